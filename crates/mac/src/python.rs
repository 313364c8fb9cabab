//! Values as Python prints them, which scripts written for the original client read.

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};

/// `json.dumps(value, indent=4)`.
pub fn dumps(value: &Value) -> String {
    let mut bytes = Vec::new();
    let mut serializer =
        Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b"    "));
    value
        .serialize(&mut serializer)
        .expect("a value in memory can be written to memory");
    String::from_utf8_lossy(&bytes)
        .chars()
        .flat_map(|c| ascii(c).chars().collect::<Vec<_>>())
        .collect()
}

/// A character as JSON in ASCII has it.
fn ascii(c: char) -> String {
    if c.is_ascii() {
        return c.to_string();
    }
    let mut units = [0; 2];
    c.encode_utf16(&mut units)
        .iter()
        .map(|unit| format!("\\u{unit:04x}"))
        .collect()
}

/// `repr` of a list of strings, or of tuples of them.
pub fn list(found: &[Vec<&str>]) -> String {
    let items = found.iter().map(|groups| match groups.as_slice() {
        [only] => string(only),
        groups => tuple(groups),
    });
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// `repr` of a tuple of strings.
pub fn tuple(groups: &[&str]) -> String {
    let items: Vec<String> = groups.iter().map(|text| string(text)).collect();
    format!("({})", items.join(", "))
}

/// `repr` of a string.
fn string(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut shown = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => shown.push_str("\\\\"),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if c == quote => shown.extend(['\\', c]),
            c if c.is_ascii_control() => shown.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => shown.push(c),
        }
    }
    shown.push(quote);
    shown
}
