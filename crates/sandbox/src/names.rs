//! Answers questions for names (RFC 1035): some are 127.0.0.1, all others don't exist.

/// The length of a message's header.
const HEADER_BYTES: usize = 12;
/// A response that was asked for with recursion, and offers it.
const RESPONSE: u8 = 0x80;
const RECURSION_AVAILABLE: u8 = 0x80;
const NO_SUCH_NAME: u8 = 3;
/// The type of a question for an IPv4 address.
const TYPE_A: [u8; 2] = [0, 1];
/// A pointer to the question's name, type A, class IN, 5 seconds, 127.0.0.1.
const LOOPBACK: [u8; 16] = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 127, 0, 0, 1];

/// An answer, and whether it is about a name that is known here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) message: Vec<u8>,
    pub(crate) is_known: bool,
}

/// The answer to a question, or nothing if it isn't one.
pub(crate) fn answer(query: &[u8], suffixes: &[String]) -> Option<Answer> {
    let header = query.get(..HEADER_BYTES)?;
    let is_one_question = header[2] & RESPONSE == 0 && header[4..6] == [0, 1];
    if !is_one_question {
        return None;
    }
    let (name, end) = read_name(query)?;
    let kind = query.get(end..end + 2)?;
    let question = query.get(HEADER_BYTES..end + 4)?;
    let known = suffixes.iter().any(|suffix| is_below(&name, suffix));
    let has_address = known && kind == TYPE_A;
    let code = if known { 0 } else { NO_SUCH_NAME };
    let mut reply = vec![header[0], header[1]];
    reply.extend([RESPONSE | (header[2] & 1), RECURSION_AVAILABLE | code]);
    reply.extend([0, 1, 0, u8::from(has_address), 0, 0, 0, 0]);
    reply.extend(question);
    if has_address {
        reply.extend(LOOPBACK);
    }
    Some(Answer {
        message: reply,
        is_known: known,
    })
}

/// The name of the first question, in lower case, and where it ends.
fn read_name(query: &[u8]) -> Option<(String, usize)> {
    let mut at = HEADER_BYTES;
    let mut labels = Vec::new();
    loop {
        let length = usize::from(*query.get(at)?);
        at += 1;
        if length == 0 {
            return Some((labels.join("."), at));
        }
        if length > 63 {
            return None;
        }
        let label = query.get(at..at + length)?;
        labels.push(String::from_utf8_lossy(label).to_ascii_lowercase());
        at += length;
    }
}

fn is_below(name: &str, suffix: &str) -> bool {
    name.strip_suffix(suffix)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::answer;

    fn ask(name: &str, kind: u8) -> Vec<u8> {
        let mut query = vec![7, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            query.push(u8::try_from(label.len()).unwrap());
            query.extend(label.as_bytes());
        }
        query.extend([0, 0, kind, 0, 1]);
        let answer = answer(&query, &["elb.amazonaws.com".to_owned()]).unwrap();
        assert_eq!(answer.is_known, answer.message[3] & 15 == 0);
        answer.message
    }

    #[test]
    fn a_name_below_a_suffix_is_loopback() {
        let reply = ask("Web-1.elb.amazonaws.com", 1);
        assert_eq!((reply[3] & 15, reply[7]), (0, 1));
        assert!(reply.ends_with(&[127, 0, 0, 1]));
    }

    #[test]
    fn a_known_name_has_no_ipv6_address() {
        let reply = ask("web.elb.amazonaws.com", 28);
        assert_eq!((reply[3] & 15, reply[7]), (0, 0));
    }

    #[test]
    fn any_other_name_does_not_exist() {
        for name in ["example.com", "notelb.amazonaws.com"] {
            assert_eq!(ask(name, 1)[3] & 15, 3, "{name}");
        }
    }

    #[test]
    fn what_is_no_question_gets_no_answer() {
        assert_eq!(answer(b"short", &[]), None);
        assert_eq!(
            answer(&[0, 0, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1], &[]),
            None
        );
        assert_eq!(answer(&[0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 60], &[]), None);
    }
}
