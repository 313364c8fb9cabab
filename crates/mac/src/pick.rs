//! Parts of a command's output, by the keys of the original client.

use anyhow::{Context, bail};
use regex::{Regex, RegexBuilder};
use serde_json::Value;

use crate::python;

/// A pattern's automaton takes at most this much memory.
const MAX_PATTERN_BYTES: usize = 1024 * 1024;

/// What a key prints: `json`, `json.a.0.b`, `text`, `text.regex(…)`, `text.regex(…)[n]`.
pub fn printed(stdout: &str, key: &str) -> anyhow::Result<String> {
    if key == "text" {
        return Ok(stdout.to_owned());
    }
    if let Some(rest) = key.strip_prefix("text.regex(") {
        return matched(stdout.trim(), rest);
    }
    let path = key
        .strip_prefix("json")
        .filter(|path| path.is_empty() || path.starts_with('.'));
    let Some(path) = path else {
        bail!("json, json.PATH, text or text.regex(…) was expected, not \"{key}\"");
    };
    let value: Value = serde_json::from_str(stdout.trim()).context("the output is not JSON")?;
    let found = within(&value, path)?;
    Ok(match found {
        Value::String(text) if !path.is_empty() => text.clone(),
        other => python::dumps(other),
    })
}

fn within<'a>(value: &'a Value, path: &str) -> anyhow::Result<&'a Value> {
    let mut found = value;
    for key in path.split('.').skip(1) {
        let next = match (found, key.parse::<usize>()) {
            (Value::Array(items), Ok(place)) => items.get(place),
            (other, _) => other.get(key),
        };
        found = next.with_context(|| format!("Key '{key}' not found"))?;
    }
    Ok(found)
}

/// Prints one match, or all of them as Python prints a list.
fn matched(text: &str, rest: &str) -> anyhow::Result<String> {
    // as the original reads it, the pattern ends at the last bracket
    let (pattern, position) = rest.rsplit_once(')').context("the bracket is not closed")?;
    let regex = RegexBuilder::new(pattern)
        .case_insensitive(true)
        .size_limit(MAX_PATTERN_BYTES)
        .build()
        .with_context(|| format!("{pattern} is no pattern"))?;
    let found: Vec<Vec<&str>> = all(&regex, text);
    let position = position
        .strip_prefix('[')
        .and_then(|position| position.strip_suffix(']'));
    match position {
        Some(position) if !found.is_empty() => {
            let place: usize = position.parse().context("a number was expected in [ ]")?;
            let one = found.get(place).with_context(|| {
                format!(
                    "{pattern} matches {} times, so there is no [{place}]",
                    found.len()
                )
            })?;
            Ok(match one.as_slice() {
                [only] => (*only).to_owned(),
                groups => python::tuple(groups) + "\n",
            })
        }
        _ => Ok(python::list(&found) + "\n"),
    }
}

/// Each match: its groups, or the whole where there is none.
fn all<'a>(regex: &Regex, text: &'a str) -> Vec<Vec<&'a str>> {
    let first = usize::from(regex.captures_len() > 1);
    regex
        .captures_iter(text)
        .map(|groups| {
            let groups = groups.iter().skip(first);
            groups
                .map(|group| group.map_or("", |group| group.as_str()))
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::printed;

    const JSON: &str = r#"{"b": [{"name": "é"}, 2], "a": {}, "n": null}
"#;

    #[test]
    fn json_is_printed_as_the_original_prints_it() {
        assert_eq!(printed(JSON, "json.b.0.name").unwrap(), "é");
        assert_eq!(printed(JSON, "json.b.1").unwrap(), "2");
        assert_eq!(printed(JSON, "json.n").unwrap(), "null");
        let whole = "{\n    \"b\": [\n        {\n            \"name\": \"\\u00e9\"\n        },\n        2\n    ],\n    \"a\": {},\n    \"n\": null\n}";
        assert_eq!(printed(JSON, "json").unwrap(), whole);
    }

    #[test]
    fn matches_are_printed_as_the_original_prints_them() {
        let text = "  id-1 ID-2\n";
        assert_eq!(printed(text, "text").unwrap(), text);
        assert_eq!(
            printed(text, "text.regex(id-.)").unwrap(),
            "['id-1', 'ID-2']\n"
        );
        assert_eq!(printed(text, "text.regex(id-(.))").unwrap(), "['1', '2']\n");
        assert_eq!(printed(text, "text.regex(id-(.))[1]").unwrap(), "2");
        assert_eq!(
            printed(text, "text.regex((i)d-(.))").unwrap(),
            "[('i', '1'), ('I', '2')]\n"
        );
        assert_eq!(printed(text, "text.regex(none)[0]").unwrap(), "[]\n");
        assert_eq!(printed("it's", "text.regex(.+)").unwrap(), "[\"it's\"]\n");
    }

    #[test]
    fn what_is_not_there_is_told() {
        for (key, told) in [
            ("json.c", "Key 'c' not found"),
            ("json.b.7", "Key '7' not found"),
            ("text.regex(a)[9]", "so there is no [9]"),
            ("text.regex(()", "is no pattern"),
            ("xml", "not \"xml\""),
        ] {
            let error = printed("{\"b\": [\"a\"]}", key).unwrap_err();
            assert!(format!("{error:#}").contains(told), "{key}: {error:#}");
        }
        assert!(printed("plain", "json").is_err());
    }
}
