//! YAML as a tree that keeps source text, order and places.

use saphyr_parser::{Event, Marker, Parser, ScanError};

use crate::Problem;

/// Nobody writes a macfile deeper than this; it bounds recursion.
const DEPTH: usize = 24;

/// A value with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub line: usize,
    pub column: usize,
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

/// Reads one document.
pub(crate) fn load(text: &str) -> Result<Node, Problem> {
    let mut events = Events {
        parser: Parser::new_from_str(text),
        last: (1, 1),
    };
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
            Some(Err(error)) => Err(unreadable(&error)),
        }
    }

    fn problem(&self, message: impl Into<String>) -> Problem {
        let (line, column) = self.last;
        Problem {
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
        let value = match event {
            Event::Scalar(text, ..) => Value::Text(text.into_owned()),
            Event::SequenceStart(..) => self.list(depth)?,
            Event::MappingStart(..) => self.map(depth)?,
            Event::Alias(_) => return Err(self.problem("YAML aliases are not yet supported")),
            _ => return Err(self.problem("a value was expected")),
        };
        Ok(Node {
            line: at.0,
            column: at.1,
            value,
        })
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
        loop {
            let key = match self.inner()? {
                (Event::MappingEnd, _) => return Ok(Value::Map(members)),
                key => self.node(key, depth + 1)?,
            };
            let Some(name) = key.text() else {
                return Err(key.problem("a key must be a word", None));
            };
            if members.iter().any(|(other, _)| other.text() == Some(name)) {
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

fn unreadable(error: &ScanError) -> Problem {
    let (line, column) = place(error.marker());
    Problem {
        line,
        column,
        message: format!("this is not YAML: {}", error.info()),
        hint: None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Value, load};

    #[test]
    fn scalars_keep_their_source_text_and_keys_their_order() {
        let Value::Map(members) = load("b: 1.10\na: 0x1F").unwrap().value else {
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
                "a: &x 1\nb: *x",
                "line 2, column 4: YAML aliases are not yet supported",
            ),
        ] {
            assert_eq!(load(text).unwrap_err().to_string(), told);
        }
    }
}
