//! Names that stand in addresses, made from titles.

use std::collections::BTreeMap;

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

/// Names that are taken, each with the number that was tried last for others like it.
#[derive(Debug, Default)]
pub(crate) struct Taken(BTreeMap<String, usize>);

impl Taken {
    /// Takes a name; whether it was free.
    pub fn take(&mut self, name: &str) -> bool {
        let is_free = !self.0.contains_key(name);
        self.0.entry(name.to_owned()).or_insert(1);
        is_free
    }

    /// `wanted`, or what is like it and not taken; it is taken then.
    pub fn unique(&mut self, wanted: &str) -> String {
        if self.take(wanted) {
            return wanted.to_owned();
        }
        let mut number = self.0[wanted];
        let name = loop {
            number += 1;
            let name = format!("{wanted}-{number}");
            if self.take(&name) {
                break name;
            }
        };
        self.0.insert(wanted.to_owned(), number);
        name
    }
}

#[cfg(test)]
mod tests {
    use super::{Taken, slug};

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
        let mut taken = Taken::default();
        assert_eq!(
            ["a", "a", "a"].map(|it| taken.unique(it)),
            ["a", "a-2", "a-3"]
        );
    }
}
