//! Service Management's XML as a small tree: read from strangers, and built.

use std::fmt::Display;

use roxmltree::{Document, Node, ParsingOptions};
use serde::{Deserialize, Serialize};

use super::Fault;

/// More nodes than any request of the command line has.
const MOST_NODES: u32 = 10_000;
/// More attributes than any element of them has, and more declarations of namespaces than any
/// document. A parser compares each with those before it, and hands down all namespaces to each
/// element inside, so that some thousands would keep it busy for minutes.
const MOST_ATTRIBUTES: usize = 64;
/// Deeper than any request of the command line is; trees are walked by recursion.
const DEEPEST: usize = 16;
/// Elements whose text is never kept, nor seen by anything but its check.
const SECRET: [&str; 5] = [
    "AdminPassword",
    "UserPassword",
    "Password",
    "CustomData",
    "AccountData",
];

/// A parameter of an extension.
pub(crate) const PARAMETER: &str = "ResourceExtensionParameterValue";

/// An element; its namespace and attributes are dropped, but for its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tree {
    pub(super) name: String,
    /// What `i:type` says when it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) children: Vec<Tree>,
}

/// Reads a document; entities and document types are refused.
pub(crate) fn document(text: &str) -> Result<Document<'_>, Fault> {
    // no value of an attribute has a `<` in it (XML 1.0, 3.1), so that these are elements apart
    let mut elements = text.split('<');
    let has_many = |element: &str| element.matches('=').count() > MOST_ATTRIBUTES;
    if elements.any(has_many) || text.matches("xmlns").count() > MOST_ATTRIBUTES {
        let why = "The body of the request has too many attributes.";
        return Err(Fault::InvalidXml(why.to_owned()));
    }
    let options = ParsingOptions {
        nodes_limit: MOST_NODES,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text, options).map_err(|error| {
        Fault::InvalidXml(format!(
            "The body of the request could not be read: {error}."
        ))
    })
}

impl Tree {
    /// An element with nothing in it.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: None,
            text: String::new(),
            children: Vec::new(),
        }
    }

    /// An element with a text.
    pub fn leaf(name: &str, text: impl Display) -> Self {
        Self {
            text: text.to_string(),
            ..Self::new(name)
        }
    }

    /// Says its kind.
    pub fn of_kind(mut self, kind: &str) -> Self {
        self.kind = Some(kind.to_owned());
        self
    }

    /// Adds a child.
    pub fn with(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// Adds a child with a text.
    pub fn with_leaf(self, name: &str, text: impl Display) -> Self {
        self.with(Self::leaf(name, text))
    }

    /// Adds children.
    pub fn with_all(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    /// The same element under another name, and without a kind.
    pub fn renamed(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self.kind = None;
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its text without spaces around it.
    pub fn text(&self) -> &str {
        self.text.trim()
    }

    /// Its first child of a name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of its first child of a name; empty when there is none.
    pub fn field(&self, name: &str) -> &str {
        self.child(name).map_or("", Self::text)
    }

    /// What is in its first child of a name.
    pub fn items(&self, name: &str) -> &[Self] {
        self.child(name).map_or(&[], |child| &child.children)
    }

    /// How many elements it is, itself included.
    pub fn size(&self) -> usize {
        1 + self.children.iter().map(Self::size).sum::<usize>()
    }

    /// Drops its children of a name, everywhere below.
    pub fn drop_all(&mut self, name: &str) {
        self.children.retain(|child| child.name != name);
        self.children
            .iter_mut()
            .for_each(|child| child.drop_all(name));
    }

    /// Adds a child to every element of a name below.
    pub fn add_to_each(&mut self, name: &str, added: &Self) {
        for child in &mut self.children {
            child.add_to_each(name, added);
            if child.name == name {
                child.children.push(added.clone());
            }
        }
    }

    /// Reads a document; what is secret in it is left out.
    pub fn read(text: &str) -> Result<Self, Fault> {
        Self::of(document(text)?.root_element(), DEEPEST)
    }

    fn of(node: Node<'_, '_>, deepest: usize) -> Result<Self, Fault> {
        if deepest == 0 {
            let why = "The body of the request is nested too deep.";
            return Err(Fault::InvalidXml(why.to_owned()));
        }
        let name = node.tag_name().name();
        let mut children = Vec::new();
        for child in node.children().filter(Node::is_element) {
            children.push(Self::of(child, deepest - 1)?);
        }
        let is_secret = SECRET.contains(&name);
        let text = node.text().filter(|_| !is_secret && children.is_empty());
        let mut tree = Self::leaf(name, text.unwrap_or_default().trim());
        tree.children = children;
        // a parameter of an extension that is not said to be public is as secret as a password
        if name == PARAMETER && tree.field("Type") != "Public" {
            tree.children.retain(|child| child.name != "Value");
        }
        Ok(tree)
    }
}

#[cfg(test)]
mod tests {
    use super::Tree;

    #[test]
    fn no_password_and_no_private_setting_is_in_a_tree() {
        let tree = Tree::read(
            "<R><AdminPassword>hidden-1</AdminPassword><UserPassword>hidden-2</UserPassword>\
             <ResourceExtensionParameterValue><Type>Private</Type><Value>hidden-3</Value>\
             </ResourceExtensionParameterValue><ResourceExtensionParameterValue>\
             <Value>hidden-4</Value></ResourceExtensionParameterValue>\
             <ResourceExtensionParameterValue><Value>shown</Value><Type>Public</Type>\
             </ResourceExtensionParameterValue></R>",
        );
        let said = format!("{tree:?}");
        assert!(!said.contains("hidden"), "{said}");
        assert!(said.contains("shown"), "{said}");
    }

    #[test]
    fn bombs_and_towers_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbbbbbb\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;\">]>\
                    <a>&c;&c;&c;&c;</a>";
        assert!(Tree::read(bomb).is_err());
        let outside = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>";
        assert!(Tree::read(outside).is_err());
        let tower = "<a>".repeat(50_000) + &"</a>".repeat(50_000);
        assert!(Tree::read(&tower).is_err());
        let nested = "<a>".repeat(20) + &"</a>".repeat(20);
        assert!(Tree::read(&nested).is_err());
        let wide = format!("<a>{}</a>", "<b/>".repeat(20_000));
        assert!(Tree::read(&wide).is_err());
        let many: String = (0..30_000).map(|at| format!(" a{at}=''")).collect();
        assert!(Tree::read(&format!("<a{many}/>")).is_err());
        let spaces: String = (0..5000)
            .map(|at| format!("<a xmlns:n{at}='{at}'>"))
            .collect();
        assert!(Tree::read(&(spaces + &"</a>".repeat(5000))).is_err());
        assert!(Tree::read("<a><b></a>").is_err());
        assert!(Tree::read("").is_err());
    }
}
