//! Names that stand in addresses, made from titles.

use std::collections::BTreeSet;

/// The small letters and digits of a text, with a dash wherever something else is.
pub(crate) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// `wanted`, or what is like it and not taken; it is taken then.
pub(crate) fn unique(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = wanted.to_owned();
    let mut number = 1;
    while !taken.insert(name.clone()) {
        number += 1;
        name = format!("{wanted}-{number}");
    }
    name
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{slug, unique};

    #[test]
    fn titles_become_small_letters_digits_and_dashes() {
        for (title, expected) in [
            ("Build version 7", "build-version-7"),
            ("  Blue / green! ", "blue-green"),
            ("Über", "ber"),
            ("世界", ""),
        ] {
            assert_eq!(slug(title), expected);
        }
        let mut taken = BTreeSet::new();
        assert_eq!(
            ["a", "a", "a"].map(|it| unique(it, &mut taken)),
            ["a", "a-2", "a-3"]
        );
    }
}
