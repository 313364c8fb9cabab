//! The functions of template expressions.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::expression::{MOST_MADE, Scope, invalid};
use crate::azure::Fault;

impl Scope<'_> {
    /// The value of a call.
    pub(super) fn call(&self, name: &str, arguments: &[Value], depth: u32) -> Result<Value, Fault> {
        let text = |at: usize| arguments.get(at).map(written).unwrap_or_default();
        let all = || arguments.iter().map(written);
        let value = match name.to_ascii_lowercase().as_str() {
            "parameters" => named(self.parameters, &text(0), "parameter")?.clone(),
            "variables" => {
                let value = named(self.variables, &text(0), "variable")?;
                self.resolve_within(value, depth + 1)?
            }
            "concat" if arguments.iter().any(Value::is_array) => {
                let items = arguments.iter().filter_map(Value::as_array);
                Value::Array(items.flatten().cloned().collect())
            }
            "concat" => json!(all().collect::<String>()),
            "format" => json!(format(&text(0), arguments.get(1..).unwrap_or_default())?),
            "tolower" => json!(text(0).to_lowercase()),
            "toupper" => json!(text(0).to_uppercase()),
            "string" => json!(text(0)),
            "int" => json!(
                text(0)
                    .parse::<i64>()
                    .map_err(|_| invalid("int takes a number"))?
            ),
            "true" => json!(true),
            "false" => json!(false),
            "null" => Value::Null,
            "equals" => json!(arguments.first() == arguments.get(1)),
            "not" => json!(arguments.first() != Some(&json!(true))),
            "if" => {
                let at = if arguments.first() == Some(&json!(true)) {
                    1
                } else {
                    2
                };
                arguments.get(at).cloned().unwrap_or_default()
            }
            "empty" => json!(text(0).is_empty() || ["[]", "{}"].contains(&text(0).as_str())),
            "createarray" => Value::Array(arguments.to_vec()),
            "copyindex" => json!(self.copy_index(arguments)?),
            "uniquestring" | "guid" => json!(unique(all())),
            "resourcegroup" => self.group.clone(),
            "subscription" => json!({
                "id": format!("/subscriptions/{}", self.subscription),
                "subscriptionId": self.subscription,
            }),
            "deployment" => json!({"name": self.deployment}),
            "resourceid" => json!(self.resource_id(&all().collect::<Vec<_>>())?),
            "reference" => self.reference(&text(0), &text(2))?,
            other => return Err(invalid(&format!("the function '{other}' is not emulated"))),
        };
        self.count(value)
    }

    fn copy_index(&self, arguments: &[Value]) -> Result<u64, Fault> {
        let index = self
            .index
            .ok_or_else(|| invalid("copyIndex is used where nothing is copied"))?;
        let offset = arguments.iter().find_map(Value::as_u64).unwrap_or_default();
        Ok(index.saturating_add(offset))
    }

    /// The id of a resource: its group if it is another one, its type, and a name for each step.
    fn resource_id(&self, words: &[String]) -> Result<String, Fault> {
        let at = words.iter().position(|word| word.contains('/'));
        let (before, rest) = words.split_at(at.ok_or_else(|| invalid("resourceId has no type"))?);
        let own = self.group["name"].as_str().unwrap_or_default();
        let group = before.last().map_or(own, String::as_str);
        let mut kinds = rest[0].split('/');
        let space = kinds.next().unwrap_or_default();
        let steps: String = kinds
            .zip(&rest[1..])
            .map(|(kind, name)| format!("/{kind}/{name}"))
            .collect();
        let subscription = self.subscription;
        Ok(format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/{space}{steps}"
        ))
    }

    fn reference(&self, id: &str, how: &str) -> Result<Value, Fault> {
        let found = (self.find)(id);
        let found =
            found.ok_or_else(|| invalid(&format!("'{id}' is not there to be referred to")))?;
        Ok(if how.eq_ignore_ascii_case("Full") {
            found
        } else {
            found["properties"].clone()
        })
    }
}

fn named<'a>(all: &'a Map<String, Value>, name: &str, what: &str) -> Result<&'a Value, Fault> {
    let mut meant = all.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
    let found = meant.next().map(|(_, value)| value);
    found.ok_or_else(|| invalid(&format!("the {what} '{name}' is not there")))
}

/// As a text: a text itself, and JSON of everything else.
fn written(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Puts values in the places of `{0}`, `{1}` and so on.
fn format(pattern: &str, values: &[Value]) -> Result<String, Fault> {
    let mut made = pattern.to_owned();
    for (at, value) in values.iter().enumerate() {
        let (place, value) = (format!("{{{at}}}"), written(value));
        // counted before it is made
        if made.len() + made.matches(&place).count() * value.len() > MOST_MADE {
            return Err(invalid("its expressions make too much"));
        }
        made = made.replace(&place, &value);
    }
    Ok(made)
}

/// Thirteen letters that follow from texts, as long as Azure's.
fn unique(texts: impl Iterator<Item = String>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.to_lowercase());
        hash.update([0]);
    }
    let letters = b"abcdefghijklmnopqrstuvwxyz234567";
    let bytes = hash.finalize();
    bytes
        .iter()
        .take(13)
        .map(|byte| char::from(letters[usize::from(byte % 32)]))
        .collect()
}
