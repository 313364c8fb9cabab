//! YAML as a tree that keeps source text, order and places.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser};

use crate::Problem;

/// A macfile is text that people write.
const LARGEST_BYTES: usize = 1 << 20;
/// The most values that it may have, with those that aliases stand for.
const MOST_NODES: usize = 200_000;
/// Nobody writes a macfile deeper than this; it bounds recursion.
const DEPTH: usize = 24;

/// A value with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub line: usize,
    pub column: usize,
    /// The parent that it was read from; none is the macfile itself.
    pub file: Option<Arc<str>>,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Node {
    pub fn problem(&self, message: impl Into<String>, hint: Option<String>) -> Problem {
        Problem {
            file: self.file.as_deref().map(str::to_owned),
            line: self.line,
            column: self.column,
            message: message.into(),
            hint,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::List(_) | Value::Map(_) => None,
        }
    }
}

/// Reads one document; `file` is the name of the parent that it is.
pub(crate) fn load(text: &str, file: Option<&str>) -> Result<Node, Problem> {
    let mut events = Events {
        parser: Parser::new_from_str(text),
        last: (1, 1),
        file: file.map(Arc::from),
        anchors: BTreeMap::new(),
        nodes: 0,
    };
    if text.len() > LARGEST_BYTES {
        let kib = LARGEST_BYTES >> 10;
        return Err(events.problem(format!("a macfile may have up to {kib} KiB")));
    }
    loop {
        match events.next()? {
            Some((Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _)) => {}
            Some((Event::StreamEnd | Event::DocumentEnd, _)) | None => {
                return Err(events.problem("the macfile is empty"));
            }
            Some(first) => {
                let root = events.node(first, 0)?;
                events.end()?;
                return Ok(root);
            }
        }
    }
}

struct Events<'t> {
    parser: Parser<'t, saphyr_parser::StrInput<'t>>,
    last: (usize, usize),
    file: Option<Arc<str>>,
    /// What anchors stand for, each with its number of nodes.
    anchors: BTreeMap<usize, (Node, usize)>,
    /// How many nodes there are, with those that aliases stand for.
    nodes: usize,
}

type Placed<'t> = (Event<'t>, (usize, usize));

impl<'t> Events<'t> {
    fn next(&mut self) -> Result<Option<Placed<'t>>, Problem> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok((event, span))) => {
                self.last = place(&span.start);
                Ok(Some((event, self.last)))
            }
            Some(Err(error)) => {
                self.last = place(error.marker());
                Err(self.problem(format!("this is not YAML: {}", error.info())))
            }
        }
    }

    fn problem(&self, message: impl Into<String>) -> Problem {
        let (line, column) = self.last;
        Problem {
            file: self.file.as_deref().map(str::to_owned),
            line,
            column,
            message: message.into(),
            hint: None,
        }
    }

    /// Nothing may follow the first document.
    fn end(&mut self) -> Result<(), Problem> {
        while let Some((event, _)) = self.next()? {
            if matches!(event, Event::DocumentStart(_)) {
                return Err(self.problem("a macfile is one YAML document; here begins another"));
            }
        }
        Ok(())
    }

    fn inner(&mut self) -> Result<Placed<'t>, Problem> {
        self.next()?
            .ok_or_else(|| self.problem("the macfile ends too early"))
    }

    fn node(&mut self, (event, at): Placed<'t>, depth: usize) -> Result<Node, Problem> {
        if depth > DEPTH {
            return Err(self.problem(format!("more than {DEPTH} levels of indentation")));
        }
        let before = self.nodes;
        self.count(1)?;
        let (anchor, value) = match event {
            Event::Scalar(text, _, anchor, _) => (anchor, Value::Text(text.into_owned())),
            Event::SequenceStart(anchor, _) => (anchor, self.list(depth)?),
            Event::MappingStart(anchor, _) => (anchor, self.map(depth)?),
            Event::Alias(anchor) => return self.alias(anchor, at),
            _ => return Err(self.problem("a value was expected")),
        };
        let node = Node {
            line: at.0,
            column: at.1,
            file: self.file.clone(),
            value,
        };
        if anchor > 0 {
            let size = self.nodes - before;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok(node)
    }

    /// What an alias stands for, at the alias's own place.
    fn alias(&mut self, anchor: usize, at: (usize, usize)) -> Result<Node, Problem> {
        let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
            return Err(self.problem("this alias stands for nothing that is whole"));
        };
        self.count(size)?;
        Ok(Node {
            line: at.0,
            column: at.1,
            ..node
        })
    }

    /// A few aliases of aliases stand for billions of values.
    fn count(&mut self, nodes: usize) -> Result<(), Problem> {
        self.nodes += nodes;
        if self.nodes > MOST_NODES {
            return Err(self.problem(format!("more than {MOST_NODES} values, aliases counted")));
        }
        Ok(())
    }

    fn list(&mut self, depth: usize) -> Result<Value, Problem> {
        let mut items = Vec::new();
        loop {
            match self.inner()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                item => items.push(self.node(item, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, Problem> {
        let mut members: Vec<(Node, Node)> = Vec::new();
        let mut names = BTreeSet::new();
        loop {
            let key = match self.inner()? {
                (Event::MappingEnd, _) => return Ok(Value::Map(members)),
                key => self.node(key, depth + 1)?,
            };
            let Some(name) = key.text() else {
                return Err(key.problem("a key must be a word", None));
            };
            if !names.insert(name.to_owned()) {
                return Err(key.problem(format!("\"{name}\" is written twice"), None));
            }
            let value = self.inner()?;
            let value = self.node(value, depth + 1)?;
            members.push((key, value));
        }
    }
}

fn place(marker: &Marker) -> (usize, usize) {
    (marker.line().max(1), marker.col() + 1)
}

/// A value without its places, to compare what texts mean.
pub(crate) fn plain(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Text(text) => text.clone().into(),
        Value::List(items) => items.iter().map(plain).collect(),
        Value::Map(members) => {
            let member = |(key, value): &(Node, Node)| {
                (key.text().unwrap_or_default().to_owned(), plain(value))
            };
            serde_json::Value::Object(members.iter().map(member).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Value, load};

    #[test]
    fn scalars_keep_their_source_text_and_keys_their_order() {
        let Value::Map(members) = load("b: 1.10\na: 0x1F", None).unwrap().value else {
            panic!()
        };
        let read: Vec<_> = members
            .iter()
            .map(|(k, v)| (k.text().unwrap(), v.text().unwrap()))
            .collect();
        assert_eq!(read, [("b", "1.10"), ("a", "0x1F")]);
    }

    #[test]
    fn what_is_not_one_plain_document_is_refused_with_its_place() {
        for (text, told) in [
            ("", "line 1, column 1: the macfile is empty"),
            ("a: 1\na: 2", "line 2, column 1: \"a\" is written twice"),
            (
                "a: &x [*x]",
                "line 1, column 8: this alias stands for nothing that is whole",
            ),
        ] {
            assert_eq!(load(text, None).unwrap_err().to_string(), told);
        }
    }

    #[test]
    fn an_alias_stands_for_its_anchor_and_a_bomb_of_them_is_refused() {
        let plain = load("a: [1, {b: c}]\nd: [1, {b: c}]", None).unwrap();
        let aliased = load("a: &x [1, {b: c}]\nd: *x", None).unwrap();
        let d = |node: &super::Node| match &node.value {
            Value::Map(members) => format!("{:?}", crate::document::plain(&members[1].1)),
            _ => String::new(),
        };
        assert_eq!(d(&plain), d(&aliased));
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let before = format!("*a{}, ", level - 1).repeat(10);
            bomb.push_str(&format!("a{level}: &a{level} [{before}]\n"));
        }
        let problem = load(&bomb, None).unwrap_err();
        assert!(problem.message.contains("aliases counted"), "{problem}");
    }
}
