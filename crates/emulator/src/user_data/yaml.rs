//! YAML as a tree of texts, within bounds: strangers write it.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};

use super::node::{How, Node};

/// Nobody writes cloud-config deeper than this; it bounds recursion.
const DEPTH: usize = 24;
/// The most values, with those that aliases stand for; each 32 bytes of text count as one more.
const MOST_WEIGHT: usize = 200_000;

/// Reads the first document.
///
/// # Errors
/// It is not YAML, with the line, or too large for what is read here.
pub(super) fn load(text: &str) -> Result<Option<Node>, String> {
    let mut events = Events {
        parser: Parser::new_from_str(text),
        anchors: BTreeMap::new(),
        weight: 0,
    };
    loop {
        match events.next()? {
            Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
            Event::StreamEnd | Event::DocumentEnd => return Ok(None),
            first => return events.node(first, 0).map(Some),
        }
    }
}

struct Events<'t> {
    parser: Parser<'t, StrInput<'t>>,
    /// What anchors stand for, each with its weight.
    anchors: BTreeMap<usize, (Node, usize)>,
    weight: usize,
}

impl<'t> Events<'t> {
    fn next(&mut self) -> Result<Event<'t>, String> {
        match self.parser.next_event() {
            None => Ok(Event::StreamEnd),
            Some(Ok((event, _))) => Ok(event),
            Some(Err(error)) => Err(format!(
                "this is not YAML, line {}: {}",
                error.marker().line(),
                error.info()
            )),
        }
    }

    fn node(&mut self, event: Event<'t>, depth: usize) -> Result<Node, String> {
        if depth > DEPTH {
            return Err(format!("this has more than {DEPTH} levels"));
        }
        let before = self.weight;
        self.weigh(1)?;
        let (anchor, node) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.weigh(text.len() / 32)?;
                let is_binary = tag.is_some_and(|tag| tag.suffix == "binary");
                let how = match style {
                    _ if is_binary => How::Binary,
                    ScalarStyle::Plain => How::Plain,
                    _ => How::Quoted,
                };
                let text = text.into_owned();
                (anchor, Node::Text { text, how })
            }
            Event::SequenceStart(anchor, _) => (anchor, self.list(depth)?),
            Event::MappingStart(anchor, _) => (anchor, self.map(depth)?),
            Event::Alias(anchor) => return self.alias(anchor),
            _ => return Err("this is not YAML: it ends too early".to_owned()),
        };
        if anchor > 0 {
            let weight = self.weight - before;
            self.anchors.insert(anchor, (node.clone(), weight));
        }
        Ok(node)
    }

    /// A few aliases of aliases stand for billions of values.
    fn weigh(&mut self, weight: usize) -> Result<(), String> {
        self.weight += weight;
        if self.weight > MOST_WEIGHT {
            return Err(format!(
                "this has more than {MOST_WEIGHT} values, aliases counted"
            ));
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize) -> Result<Node, String> {
        let (_, weight) = self
            .anchors
            .get(&anchor)
            .ok_or("an alias stands for nothing")?;
        self.weigh(*weight)?;
        let node = self.anchors.get(&anchor).map(|(node, _)| node.clone());
        node.ok_or_else(|| "an alias stands for nothing".to_owned())
    }

    fn list(&mut self, depth: usize) -> Result<Node, String> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => return Ok(Node::List(items)),
                item => items.push(self.node(item, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Node, String> {
        let mut members: Vec<(String, Node)> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        loop {
            let key = match self.next()? {
                Event::MappingEnd => return Ok(Node::Map(members)),
                key => self.node(key, depth + 1)?,
            };
            let Node::Text { text: key, .. } = key else {
                return Err(format!("a key is {}, and must be a text", key.kind()));
            };
            let value = self.next()?;
            let value = self.node(value, depth + 1)?;
            match places.get(&key) {
                Some(place) => members[*place].1 = value,
                None => {
                    places.insert(key.clone(), members.len());
                    members.push((key, value));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{How, Node, load};

    fn plain(text: &str) -> Node {
        let text = text.to_owned();
        Node::Text {
            text,
            how: How::Plain,
        }
    }

    #[test]
    fn texts_are_kept_as_they_are_written() {
        let Some(Node::Map(members)) = load("a: 0644\nb: '0644'\na: !!binary aGk=\nc:").unwrap()
        else {
            panic!()
        };
        let read: Vec<_> = members
            .iter()
            .map(|(key, node)| (key.as_str(), node.text()))
            .collect();
        assert_eq!(
            read,
            [("a", Some("aGk=")), ("b", Some("0644")), ("c", None)]
        );
        assert!(matches!(
            members[0].1,
            Node::Text {
                how: How::Binary,
                ..
            }
        ));
        assert!(members[2].1.is_nothing());
        assert_eq!(plain("Yes").truth(), Some(true));
    }

    #[test]
    fn a_bomb_of_aliases_is_refused() {
        let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (name, last) in ('b'..='j').zip('a'..) {
            let many = format!("*{last}, ").repeat(9);
            bomb += &format!("{name}: &{name} [{}]\n", many.trim_end_matches(", "));
        }
        assert!(load(&bomb).unwrap_err().contains("aliases counted"));
        assert!(
            load("a: &a [*a]")
                .unwrap_err()
                .contains("stands for nothing")
        );
    }

    #[test]
    fn depth_and_length_are_bounded() {
        let deep = "[".repeat(30);
        assert!(load(&deep).unwrap_err().contains("levels"));
        for opening in ["[", "{", "- ", "? ", "{a: ", "[? ", "- a:\n ", "!!set {"] {
            assert!(load(&opening.repeat(100_000)).is_err(), "{opening}");
        }
        let long = "- x\n".repeat(300_000);
        assert!(load(&long).unwrap_err().contains("values"));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let why = load("a: 1\nb: [").unwrap_err();
        assert!(why.starts_with("this is not YAML, line "), "{why}");
        assert_eq!(load("# nothing\n").unwrap(), None);
    }
}
