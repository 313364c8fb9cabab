//! Trees written as documents.

use std::fmt::Write as _;

use super::Tree;

/// The namespace of all of Service Management's XML.
const NAMESPACE: &str = "http://schemas.microsoft.com/windowsazure";
/// The namespace in which elements say their kind.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
impl Tree {
    /// The document whose root it is.
    pub fn document(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>");
        let root = format!(" xmlns=\"{NAMESPACE}\" xmlns:i=\"{INSTANCE}\"");
        self.write(&root, &mut out);
        out
    }

    fn write(&self, attributes: &str, out: &mut String) {
        let name = &self.name;
        out.push('<');
        out.push_str(name);
        out.push_str(attributes);
        if let Some(kind) = &self.kind {
            write!(out, " i:type=\"{kind}\"").ok(); // a string takes all that is written
        }
        if self.text.is_empty() && self.children.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        escape(&self.text, out);
        self.children.iter().for_each(|child| child.write("", out));
        out.push_str("</");
        out.push_str(name);
        out.push('>');
    }
}

/// Writes a text; what XML 1.0 (2.2) has no place for becomes a replacement character.
fn escape(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => {
                out.push(letter);
            }
            _ => out.push('\u{fffd}'),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::azure::Tree;

    #[test]
    fn what_is_written_is_read_again() {
        let tree = Tree::new("A")
            .with_leaf("B", "1 < 2 & \"3\"")
            .with(Tree::new("C").with(Tree::new("D")));
        assert_eq!(Tree::read(&tree.document()).unwrap(), tree);
        let odd = Tree::leaf("A", "bell \u{7} end").document();
        assert_eq!(Tree::read(&odd).unwrap().text(), "bell \u{fffd} end");
        let kind = Tree::new("A").with(Tree::new("B").of_kind("K")).document();
        assert!(kind.contains("<B i:type=\"K\"/>"), "{kind}");
    }
}
