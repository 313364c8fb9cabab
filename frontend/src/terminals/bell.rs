//! A mark in the title of a page that nobody looks at while its bell rings.

use leptos::prelude::*;

const MARK: &str = "🔔 ";

fn marked(title: &str) -> String {
    format!("{MARK}{}", unmarked(title))
}

fn unmarked(title: &str) -> &str {
    title.strip_prefix(MARK).unwrap_or(title)
}

/// Marks the title, when nobody looks.
pub fn mark_title() {
    if document().hidden() {
        document().set_title(&marked(&document().title()));
    }
}

/// Somebody looks: takes the mark away.
pub fn unmark_title() {
    if !document().hidden() {
        document().set_title(unmarked(&document().title()));
    }
}

#[cfg(test)]
mod tests {
    use super::{marked, unmarked};

    #[test]
    fn a_title_is_marked_once_however_often_it_rings() {
        let title = marked(&marked("Terminals"));
        assert_eq!(title, "🔔 Terminals");
        assert_eq!(unmarked(&title), "Terminals");
        assert_eq!(unmarked("Terminals"), "Terminals");
    }
}
