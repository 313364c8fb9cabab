//! Parts of what a resource's command printed: `json.a.0.b`, `text.regex(…)[n]`.

use anyhow::{Context, bail};
use regex::RegexBuilder;
use serde::Serialize;
use serde_json::Value;

/// A part of an output, as the original client prints it.
pub fn pick(stdout: &str, key: &str) -> anyhow::Result<String> {
    if let Some(path) = key.strip_prefix("json") {
        let value: Value = serde_json::from_str(stdout.trim()).context("the output is not JSON")?;
        return match path.strip_prefix('.') {
            None if path.is_empty() => indented(&value),
            Some(path) => json(value, path, key),
            None => bail!("Key '{key}' not found"),
        };
    }
    if key == "text" {
        return Ok(stdout.to_owned());
    }
    match key
        .strip_prefix("text.regex(")
        .and_then(|rest| rest.rsplit_once(')'))
    {
        Some((pattern, place)) => regex(stdout, pattern, place),
        None => bail!(
            "Key '{key}' not found: json, json.KEY.0.KEY, text, text.regex(PATTERN) or \
             text.regex(PATTERN)[0] was expected"
        ),
    }
}

fn json(mut value: Value, path: &str, key: &str) -> anyhow::Result<String> {
    for part in path.split('.') {
        let found = match &mut value {
            Value::Array(items) => part.parse().ok().and_then(|at: usize| items.get_mut(at)),
            Value::Object(members) => members.get_mut(part),
            _ => None,
        };
        value = found
            .with_context(|| format!("Key '{key}' not found: there is no '{part}'"))?
            .take();
    }
    match value {
        Value::String(text) => Ok(text),
        other => indented(&other),
    }
}

fn indented(value: &Value) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    let form = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut bytes, form,
    ))?;
    Ok(String::from_utf8(bytes)?)
}

/// Every match on a line of its own, or the one at the place that is named.
fn regex(stdout: &str, pattern: &str, place: &str) -> anyhow::Result<String> {
    let regex = RegexBuilder::new(pattern)
        .case_insensitive(true)
        .size_limit(1 << 20)
        .build()
        .context("the pattern cannot be read")?;
    let found: Vec<&str> = regex
        .captures_iter(stdout.trim())
        .filter_map(|found| found.get(1).or_else(|| found.get(0)))
        .map(|part| part.as_str())
        .collect();
    if place.is_empty() {
        return Ok(found.join("\n"));
    }
    let at = place
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let at: usize = at
        .and_then(|at| at.parse().ok())
        .with_context(|| format!("a place like [0] was expected, not \"{place}\""))?;
    let one = found
        .get(at)
        .with_context(|| format!("there is no match {at}"))?;
    Ok((*one).to_owned())
}

#[cfg(test)]
mod tests {
    use super::pick;

    const PRINTED: &str = "{\"Images\": [{\"Id\": \"ami-1\", \"Size\": 8}]}\n";

    #[test]
    fn json_is_followed_and_printed_as_the_original_did() {
        assert_eq!(pick(PRINTED, "json.Images.0.Id").unwrap(), "ami-1");
        assert_eq!(pick(PRINTED, "json.Images.0.Size").unwrap(), "8");
        assert_eq!(
            pick(PRINTED, "json.Images.0").unwrap(),
            "{\n    \"Id\": \"ami-1\",\n    \"Size\": 8\n}"
        );
        assert!(
            pick(PRINTED, "json")
                .unwrap()
                .starts_with("{\n    \"Images\": [\n        {")
        );
        let error = pick(PRINTED, "json.Images.1.Id").unwrap_err().to_string();
        assert!(
            error.contains("Key 'json.Images.1.Id' not found"),
            "{error}"
        );
        assert!(pick("no json", "json.a").is_err());
    }

    #[test]
    fn a_pattern_gives_its_matches() {
        assert_eq!(pick("id=A id=B", "text.regex(ID=(.))[1]").unwrap(), "B");
        assert_eq!(pick("id=A id=B", "text.regex(id=.)").unwrap(), "id=A\nid=B");
        assert_eq!(pick("as it is\n", "text").unwrap(), "as it is\n");
        assert!(pick("id=A", "text.regex(id=.)[1]").is_err());
        assert!(pick("id=A", "text.regex(()").is_err());
        assert!(pick("id=A", "yaml").is_err());
    }
}
