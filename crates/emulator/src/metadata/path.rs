//! Paths of requests.

/// The parts of a path, decoded after they were told apart (RFC 3986, 2.4); slashes that are
/// doubled or at the end mean nothing, as with AWS.
pub(super) fn segments(path: &str) -> Vec<String> {
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts.map(decoded).collect()
}

fn decoded(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [first, after @ ..] = rest {
        match (first, hex(after)) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The byte that two hexadecimal digits stand for.
fn hex(digits: &[u8]) -> Option<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16);
    let [high, low, ..] = *digits else {
        return None;
    };
    u8::try_from(value(high)? << 4 | value(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::segments;

    #[test]
    fn a_path_is_told_apart_before_it_is_decoded() {
        assert_eq!(segments("/latest//meta-data/"), ["latest", "meta-data"]);
        assert_eq!(segments("/a%2Fb/c%20d/%zz%4"), ["a/b", "c d", "%zz%4"]);
        assert!(segments("/").is_empty());
    }
}
