//! Expressions in templates, as far as templates of machines use them.
//!
//! The language is that of
//! [template expressions](https://learn.microsoft.com/en-us/azure/azure-resource-manager/templates/template-expressions):
//! a text that begins with `[` is a call of a function, of whose value fields and items are taken.

use std::cell::Cell;

use serde_json::{Map, Value, json};

use crate::azure::Fault;

/// How deep expressions may be in each other, and variables name variables.
const DEEPEST: u32 = 32;
/// How many characters a template's expressions may make altogether: variables that double each
/// other would fill the memory.
pub(super) const MOST_MADE: usize = 1 << 20; // 1 MiB, as much as a book may have

/// What an expression may name.
pub(super) struct Scope<'a> {
    /// The values of parameters.
    pub parameters: &'a Map<String, Value>,
    /// The variables, as they are written.
    pub variables: &'a Map<String, Value>,
    /// The group, as it is shown.
    pub group: &'a Value,
    /// The subscription's id.
    pub subscription: &'a str,
    /// The deployment's name.
    pub deployment: &'a str,
    /// Which of several copies it is.
    pub index: Option<u64>,
    /// Finds a resource by its id, or by its name.
    pub find: &'a dyn Fn(&str) -> Option<Value>,
    /// How much has been made so far.
    pub made: &'a Cell<usize>,
}

impl Scope<'_> {
    /// A value without expressions.
    pub fn resolve(&self, value: &Value) -> Result<Value, Fault> {
        self.resolve_within(value, 0)
    }

    /// A value without expressions, that is within others.
    pub fn resolve_within(&self, value: &Value, depth: u32) -> Result<Value, Fault> {
        if depth > DEEPEST {
            return Err(invalid("it is nested too deep"));
        }
        Ok(match value {
            Value::String(text) => self.resolve_text(text, depth)?,
            Value::Array(values) => {
                let all = values
                    .iter()
                    .map(|value| self.resolve_within(value, depth + 1));
                Value::Array(all.collect::<Result<_, _>>()?)
            }
            Value::Object(fields) => {
                let all = fields.iter().map(|(name, value)| {
                    Ok((name.clone(), self.resolve_within(value, depth + 1)?))
                });
                Value::Object(all.collect::<Result<_, Fault>>()?)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        })
    }

    fn resolve_text(&self, text: &str, depth: u32) -> Result<Value, Fault> {
        let inner = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        let Some(inner) = inner else {
            return Ok(json!(text));
        };
        if inner.starts_with('[') {
            return Ok(json!(&text[1..])); // two of them stand for one
        }
        let mut reader = Reader {
            scope: self,
            rest: inner,
        };
        let value = reader.expression(depth)?;
        if !reader.rest.trim().is_empty() {
            return Err(invalid(&format!("{text:?} goes on where it should end")));
        }
        Ok(value)
    }

    /// Counts what is made, and stops it when that is too much.
    pub fn count(&self, value: Value) -> Result<Value, Fault> {
        let size = match &value {
            Value::String(text) => text.len(),
            Value::Object(_) | Value::Array(_) => value.to_string().len(),
            Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        };
        let made = self.made.get() + size + 1;
        self.made.set(made);
        if made > MOST_MADE {
            return Err(invalid("its expressions make too much"));
        }
        Ok(value)
    }
}

/// Reads an expression while it works it out.
struct Reader<'a, 'b> {
    scope: &'a Scope<'b>,
    rest: &'a str,
}

impl<'a> Reader<'a, '_> {
    fn expression(&mut self, depth: u32) -> Result<Value, Fault> {
        if depth > DEEPEST {
            return Err(invalid("it is nested too deep"));
        }
        self.rest = self.rest.trim_start();
        let mut value = if self.rest.starts_with('\'') {
            json!(self.text()?)
        } else if self
            .rest
            .starts_with(|first: char| first.is_ascii_digit() || first == '-')
        {
            let number = self.word(|letter| letter.is_ascii_digit() || letter == '-');
            json!(
                number
                    .parse::<i64>()
                    .map_err(|_| invalid("a number is too large"))?
            )
        } else {
            let name = self.word(|letter| letter.is_ascii_alphanumeric() || letter == '_');
            let arguments = self.arguments(depth)?;
            self.scope.call(name, &arguments, depth)?
        };
        loop {
            self.rest = self.rest.trim_start();
            value = if let Some(rest) = self.rest.strip_prefix('.') {
                self.rest = rest;
                let name = self.word(|letter| letter.is_ascii_alphanumeric() || letter == '_');
                field(&value, name)
            } else if let Some(rest) = self.rest.strip_prefix('[') {
                self.rest = rest;
                let index = self.expression(depth + 1)?;
                self.expect(']')?;
                match index.as_u64().and_then(|at| usize::try_from(at).ok()) {
                    Some(at) => value.get(at).cloned().unwrap_or_default(),
                    None => field(&value, index.as_str().unwrap_or_default()),
                }
            } else {
                return Ok(value);
            };
        }
    }

    fn arguments(&mut self, depth: u32) -> Result<Vec<Value>, Fault> {
        self.expect('(')?;
        let mut arguments = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            if let Some(rest) = self.rest.strip_prefix(')') {
                self.rest = rest;
                return Ok(arguments);
            }
            if !arguments.is_empty() {
                self.expect(',')?;
            }
            arguments.push(self.expression(depth + 1)?);
        }
    }

    fn text(&mut self) -> Result<String, Fault> {
        let mut text = String::new();
        let mut letters = self.rest.char_indices().skip(1).peekable();
        while let Some((at, letter)) = letters.next() {
            if letter != '\'' {
                text.push(letter);
            } else if letters.peek().is_some_and(|(_, next)| *next == '\'') {
                letters.next();
                text.push('\'');
            } else {
                self.rest = &self.rest[at + 1..];
                return Ok(text);
            }
        }
        Err(invalid("a text does not end"))
    }

    fn word(&mut self, is_in: impl Fn(char) -> bool) -> &'a str {
        let end = self
            .rest
            .find(|letter| !is_in(letter))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn expect(&mut self, wanted: char) -> Result<(), Fault> {
        self.rest = self.rest.trim_start();
        let rest = self.rest.strip_prefix(wanted);
        self.rest =
            rest.ok_or_else(|| invalid(&format!("'{wanted}' is missing in an expression")))?;
        Ok(())
    }
}

/// A field by its name in any letters.
fn field(value: &Value, name: &str) -> Value {
    let fields = value.as_object().into_iter().flatten();
    let mut meant = fields.filter(|(own, _)| own.eq_ignore_ascii_case(name));
    meant
        .next()
        .map(|(_, value)| value.clone())
        .unwrap_or_default()
}

/// That a template makes no sense.
pub(super) fn invalid(why: &str) -> Fault {
    let why = format!("Deployment template validation failed: {why}.");
    Fault::refused(400, "InvalidTemplate", why)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::{Value, json};

    use super::Scope;

    fn resolved(value: &Value) -> Result<Value, String> {
        let parameters = json!({"name": "vm", "list": ["a", "b"], "deep": {"one": {"two": 3}}});
        let variables = json!({
            "nic": "[concat(parameters('name'), 'Nic')]",
            "loop": "[variables('loop')]",
            "b0": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "b1": "[concat(variables('b0'), variables('b0'), variables('b0'), variables('b0'))]",
            "b2": "[concat(variables('b1'), variables('b1'), variables('b1'), variables('b1'))]",
            "b3": "[concat(variables('b2'), variables('b2'), variables('b2'), variables('b2'))]",
            "b4": "[concat(variables('b3'), variables('b3'), variables('b3'), variables('b3'))]",
            "b5": "[concat(variables('b4'), variables('b4'), variables('b4'), variables('b4'))]",
            "b6": "[concat(variables('b5'), variables('b5'), variables('b5'), variables('b5'))]",
            "b7": "[concat(variables('b6'), variables('b6'), variables('b6'), variables('b6'))]",
            "b8": "[concat(variables('b7'), variables('b7'), variables('b7'), variables('b7'))]",
            "b9": "[concat(variables('b8'), variables('b8'), variables('b8'), variables('b8'))]",
            "places": "{0}".repeat(10_000),
        });
        let find = |id: &str| (id == "known").then(|| json!({"properties": {"ip": "10.0.0.4"}}));
        let scope = Scope {
            parameters: parameters.as_object().unwrap(),
            variables: variables.as_object().unwrap(),
            group: &json!({"name": "rg", "location": "eastus"}),
            subscription: "S",
            deployment: "d",
            index: Some(1),
            find: &find,
            made: &Cell::new(0),
        };
        scope.resolve(value).map_err(|fault| format!("{fault:?}"))
    }

    #[test]
    fn expressions_are_worked_out_wherever_they_are() {
        for (expression, wanted) in [
            (json!("plain"), json!("plain")),
            (json!("[[plain]"), json!("[plain]")),
            (
                json!({"a": ["[variables('nic')]"]}),
                json!({"a": ["vmNic"]}),
            ),
            (
                json!("[concat('it''s ', copyIndex(), parameters('NAME'))]"),
                json!("it's 1vm"),
            ),
            (json!("[parameters('list')[copyIndex()]]"), json!("b")),
            (json!("[parameters('deep').one['two']]"), json!(3)),
            (json!("[resourceGroup().location]"), json!("eastus")),
            (json!("[format('{0}-{1}', 'a', 2)]"), json!("a-2")),
            (
                json!("[if(equals(parameters('name'), 'vm'), 'yes', 'no')]"),
                json!("yes"),
            ),
            (json!("[reference('known').ip]"), json!("10.0.0.4")),
            (
                json!("[resourceId('Microsoft.Network/virtualNetworks/subnets', 'n', 's')]"),
                json!(
                    "/subscriptions/S/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/n/subnets/s"
                ),
            ),
            (
                json!("[resourceId('other', 'Microsoft.Compute/disks', 'd')]"),
                json!("/subscriptions/S/resourceGroups/other/providers/Microsoft.Compute/disks/d"),
            ),
        ] {
            assert_eq!(resolved(&expression), Ok(wanted), "{expression}");
        }
        let unique = resolved(&json!("[uniqueString(resourceGroup().name)]")).unwrap();
        assert_eq!(unique.as_str().unwrap().len(), 13);
    }

    #[test]
    fn what_makes_no_sense_is_refused_and_never_ends_the_program() {
        let deep = format!("[{}'x'{}]", "concat(".repeat(500), ")".repeat(500));
        for (expression, wanted) in [
            ("[]", "missing"),
            ("[concat('a'", ""),
            ("[concat('a')] ", ""),
            ("[concat('a']", "missing"),
            ("[concat('a]", "does not end"),
            ("[concat('a') more]", "goes on"),
            ("[listKeys('a')]", "not emulated"),
            ("[parameters('none')]", "not there"),
            ("[variables('loop')]", "too deep"),
            ("[variables('b9')]", "too much"),
            ("[format(variables('places'), variables('b5'))]", "too much"),
            ("[reference('none')]", "referred to"),
            ("[99999999999999999999]", "too large"),
            (&deep, "too deep"),
        ] {
            match resolved(&json!(expression)) {
                // what does not begin and end as one is a text
                Ok(value) => assert!(wanted.is_empty() && value == json!(expression), "{value}"),
                Err(why) => assert!(
                    why.contains(wanted) && why.contains("InvalidTemplate"),
                    "{why}"
                ),
            }
        }
    }
}
