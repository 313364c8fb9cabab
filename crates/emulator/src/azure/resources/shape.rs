//! Looking into JSON that somebody sent.

use serde_json::{Map, Value};

use crate::azure::Fault;

/// An object's fields.
pub(crate) type Fields = Map<String, Value>;

/// What is at a path of names; null if it is not there.
pub(crate) fn at<'a>(value: &'a Value, path: &[&str]) -> &'a Value {
    let found = path.iter().try_fold(value, |value, name| value.get(name));
    found.unwrap_or(&Value::Null)
}

/// The text at a path of names; empty if there is none.
pub(crate) fn text<'a>(value: &'a Value, path: &[&str]) -> &'a str {
    at(value, path).as_str().unwrap_or_default()
}

/// The list at a path of names; empty if there is none.
pub(crate) fn list<'a>(value: &'a Value, path: &[&str]) -> &'a [Value] {
    at(value, path).as_array().map_or(&[], Vec::as_slice)
}

/// The fields of an object without those that are null; none of anything else.
pub(crate) fn fields(value: &Value) -> Fields {
    let fields = value.as_object().cloned().unwrap_or_default();
    fields
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect()
}

/// Takes what is at a path of names away.
pub(crate) fn without(fields: &mut Fields, path: &[&str]) {
    let (Some(last), before) = (path.last(), &path[..path.len().saturating_sub(1)]) else {
        return;
    };
    let found = before.iter().try_fold(fields, |fields, name| {
        fields.get_mut(*name).and_then(Value::as_object_mut)
    });
    if let Some(fields) = found {
        fields.remove(*last);
    }
}

/// Lays one value over another, as [RFC 7396](https://www.rfc-editor.org/rfc/rfc7396) merges them.
pub(crate) fn merge(under: &mut Value, over: &Value) {
    let Some(changes) = over.as_object() else {
        *under = over.clone();
        return;
    };
    if !under.is_object() {
        *under = Value::Object(Fields::new());
    }
    let Some(fields) = under.as_object_mut() else {
        return;
    };
    for (name, change) in changes {
        if change.is_null() {
            fields.remove(name);
        } else {
            merge(fields.entry(name.clone()).or_insert(Value::Null), change);
        }
    }
}

/// How many values are in each other.
pub(crate) fn depth(value: &Value) -> usize {
    let inside = match value {
        Value::Object(fields) => fields.values().map(depth).max(),
        Value::Array(values) => values.iter().map(depth).max(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return 0,
    };
    inside.unwrap_or_default() + 1
}

/// Every text in a value that is called `id`.
pub(crate) fn ids<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(id) if name == "id" => found.push(id),
                    _ => ids(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| ids(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Refuses a name that no resource may have.
pub(crate) fn check_name(name: &str, longest: usize) -> Result<(), Fault> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.()".contains(&byte);
    let is_right = (1..=longest).contains(&name.len())
        && name.bytes().all(is_allowed)
        && name.bytes().any(|byte| byte.is_ascii_alphanumeric())
        && !name.ends_with('.');
    if is_right {
        return Ok(());
    }
    let why = format!(
        "The name is not valid: letters, digits, '-', '_', '.', '(' and ')', at most {longest}."
    );
    Err(Fault::refused(400, "InvalidResourceName", why))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{check_name, merge, without};

    #[test]
    fn what_is_laid_over_replaces_adds_and_removes() {
        let mut value = json!({"a": {"b": 1, "c": [1]}, "d": 2});
        merge(&mut value, &json!({"a": {"c": [2], "e": 3}, "d": null}));
        assert_eq!(value, json!({"a": {"b": 1, "c": [2], "e": 3}}));
    }

    #[test]
    fn what_is_taken_away_is_gone_and_the_rest_stays() {
        let mut value = json!({"osProfile": {"adminPassword": "p", "adminUsername": "u"}});
        let fields = value.as_object_mut().unwrap();
        without(fields, &["osProfile", "adminPassword"]);
        without(fields, &["osProfile", "nothing", "there"]);
        without(fields, &[]);
        assert_eq!(value, json!({"osProfile": {"adminUsername": "u"}}));
    }

    #[test]
    fn names_are_checked() {
        assert!(check_name("vm1_OsDisk.1-(x)", 80).is_ok());
        for bad in ["", "a/b", "a b", "é", "..", "a.", &"x".repeat(81)] {
            assert!(check_name(bad, 80).is_err(), "{bad}");
        }
    }
}
