//! Patterns in which `*` stands for any characters and `?` for one.

/// Whether a text fits a pattern; takes no longer than the product of their lengths.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut from) = (0, 0);
    // the last star, and what it stands for at the least
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(&wanted) if wanted == '?' || wanted == text[from] => {
                at += 1;
                from += 1;
            }
            _ => {
                let Some((starred, until)) = star else {
                    return false;
                };
                star = Some((starred, until + 1));
                (at, from) = (starred + 1, until + 1);
            }
        }
    }
    pattern[at..].iter().all(|&left| left == '*')
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_and_question_marks_stand_for_what_they_should() {
        for (pattern, text) in [
            ("*", ""),
            ("/img/*", "/img/a/b"),
            ("*.example.com", "www.example.com"),
            ("/a?c", "/abc"),
            ("a*b*c", "aXbYbZc"),
        ] {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("/img/*", "/img"),
            ("?", ""),
            ("a*b", "aXc"),
            ("*.example.com", "example.com"),
        ] {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_take_no_longer() {
        let pattern = "*a".repeat(200);
        assert!(!fits(&pattern, &"b".repeat(10_000)));
    }
}
