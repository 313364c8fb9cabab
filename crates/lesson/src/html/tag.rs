//! One tag that an author wrote.

use crate::Severity;
use crate::link;

/// What makes a page do something.
const SEVERE: [&str; 5] = ["script", "iframe", "object", "embed", "base"];

/// Nobody writes a longer tag; it bounds how far its end is looked for.
const LONGEST_BYTES: usize = 1024;

/// A tag as its author wrote it.
pub(super) struct Tag<'t> {
    pub closes: bool,
    pub name: &'t str,
    attributes: Vec<(&'t str, &'t str)>,
    /// How many bytes it takes.
    pub length: usize,
}

impl<'t> Tag<'t> {
    /// Reads the tag at the start of a text.
    pub fn parse(html: &'t str) -> Option<Self> {
        let html = &html[..html.floor_char_boundary(LONGEST_BYTES)];
        let rest = html.strip_prefix('<')?;
        let (closes, rest) = match rest.strip_prefix('/') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let is_name = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '!' | '?');
        let end = rest.find(|letter| !is_name(letter))?;
        let (name, mut rest) = rest.split_at(end);
        if name.is_empty() || name.starts_with(|it: char| it.is_ascii_digit() || it == '-') {
            return None;
        }
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start_matches(|it: char| it.is_whitespace() || it == '/');
            if let Some(after) = rest.strip_prefix('>') {
                let length = html.len() - after.len();
                return Some(Self {
                    closes,
                    name,
                    attributes,
                    length,
                });
            }
            let (key, value, after) = attribute(rest)?;
            attributes.push((key, value));
            rest = after;
        }
    }

    /// What there is to say of the tag.
    pub fn complaint(&self, is_known: bool) -> Option<(Severity, String)> {
        let name = self.name.to_ascii_lowercase();
        let handler = self.attributes.iter().find(|(key, _)| is_handler(key));
        if !is_known && SEVERE.contains(&name.as_str()) {
            return (!self.closes).then(|| (Severity::Error, format!("<{name}> is left out")));
        }
        if let Some((key, _)) = handler {
            return Some((Severity::Error, format!("{key}=… of <{name}> is left out")));
        }
        if self.attributes.iter().any(|(_, value)| is_script(value)) {
            let message = format!("<{name}> with a javascript: link is left out");
            return Some((Severity::Error, message));
        }
        if !is_known {
            return (!self.closes).then(|| (Severity::Warning, format!("<{name}> is left out")));
        }
        let other = self
            .attributes
            .iter()
            .find(|(key, value)| !is_kept(&name, key, value))?;
        Some((
            Severity::Warning,
            format!("{}=… of <{name}> is left out", other.0),
        ))
    }

    /// The tag with what is kept of it.
    pub fn written(&self, name: &str) -> String {
        let mut written = format!("<{name}");
        for (key, value) in self
            .attributes
            .iter()
            .filter(|(key, value)| is_kept(name, key, value))
        {
            written.push_str(&format!(
                " {}=\"{}\"",
                key.to_ascii_lowercase(),
                escape_quotes(value)
            ));
        }
        written.push('>');
        written
    }
}

/// Reads `key="value"` and what is after it.
fn attribute(text: &str) -> Option<(&str, &str, &str)> {
    let end = text.find(|it: char| it.is_whitespace() || matches!(it, '=' | '>' | '/'))?;
    // a key may begin with `=`: browsers read it so
    let end = if end == 0 { 1 } else { end };
    let (key, rest) = text.split_at(end);
    let Some(value) = rest.trim_start().strip_prefix('=') else {
        return Some((key, "", rest));
    };
    let value = value.trim_start();
    match value.chars().next()? {
        quote @ ('"' | '\'') => {
            let (value, after) = value[1..].split_once(quote)?;
            Some((key, value, after))
        }
        _ => {
            let end = value.find(|it: char| it.is_whitespace() || it == '>')?;
            Some((key, &value[..end], &value[end..]))
        }
    }
}

fn is_handler(key: &str) -> bool {
    key.get(..2)
        .is_some_and(|start| start.eq_ignore_ascii_case("on"))
}

fn is_script(value: &str) -> bool {
    let bare: String = value.chars().filter(|it| *it > ' ').collect();
    bare.to_ascii_lowercase().starts_with("javascript:")
}

fn is_kept(name: &str, key: &str, value: &str) -> bool {
    match (name, key.to_ascii_lowercase().as_str()) {
        ("img", "alt") => true,
        ("img", "src") => link::is_image(value),
        _ => false,
    }
}

/// The value keeps the entities that its author wrote.
fn escape_quotes(value: &str) -> String {
    value
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
