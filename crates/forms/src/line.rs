//! A line of a shell as words, and words as a line.

/// What makes a line more than one command, outside of quotes.
const JOINS: &[char] = &['|', ';', '&', '<', '>', '\n'];

/// What needs no quotes. `$` is among them as a variable is filled in by the shell, with quotes or without.
const PLAIN: &str = "-_./:=,@%+$";

/// Whether a line is one command alone: nothing joins another to it outside of quotes.
pub(crate) fn is_one(line: &str) -> bool {
    let (mut quote, mut is_escaped) = (None, false);
    for letter in line.chars() {
        match (letter, quote) {
            _ if is_escaped => is_escaped = false,
            ('\\', None | Some('"')) => is_escaped = true,
            ('\'' | '"', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            (letter, None) if JOINS.contains(&letter) => return false,
            _ => {}
        }
    }
    true
}

/// A line without the ends that go on below.
pub(crate) fn unfolded(line: &str) -> String {
    line.trim().replace("\\\n", " ")
}

/// A word as it stands in a line: in quotes where it needs them.
pub(crate) fn word(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || PLAIN.contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    if word.contains('$') {
        let mut quoted = String::from('"');
        for letter in word.chars() {
            if matches!(letter, '"' | '\\' | '`') {
                quoted.push('\\');
            }
            quoted.push(letter);
        }
        quoted.push('"');
        return quoted;
    }
    shell_words::quote(word).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{is_one, unfolded, word};

    #[test]
    fn one_command_is_told_from_several() {
        for line in ["aws ec2", "aws 'a|b'", "aws \"a;b\"", "aws a\\;b", ""] {
            assert!(is_one(line), "{line}");
        }
        for line in ["aws | less", "a; b", "a && b", "a > b", "a\nb", "a 'b' | c"] {
            assert!(!is_one(line), "{line}");
        }
    }

    #[test]
    fn a_line_that_goes_on_below_is_one() {
        assert_eq!(unfolded(" aws ec2 \\\n  help\n"), "aws ec2    help");
    }

    #[test]
    fn words_have_quotes_where_they_need_them() {
        for (plain, written) in [
            ("t2.micro", "t2.micro"),
            ("$ID", "$ID"),
            ("", "''"),
            ("a b", "'a b'"),
            ("$A b", "\"$A b\""),
            ("it's", "'it'\\''s'"),
            ("Name=tag:a,Values=b", "Name=tag:a,Values=b"),
            ("*", "'*'"),
        ] {
            assert_eq!(word(plain), written, "{plain}");
        }
    }
}
