//! Templates: from what is sent to the resources that it asks for, in the order of their making.

use std::cell::Cell;

use serde_json::{Map, Value, json};

use super::{
    estate::{Estate, Moment},
    expression::{Scope, invalid},
    id::Id,
    shape,
    view::View,
};
use crate::azure::Fault;

/// How many copies of a resource there may be.
const MOST_COPIES: u64 = 100;
/// How many resources a template may ask for.
const MOST_RESOURCES: usize = 200;

/// A template, with values for its parameters.
pub(super) struct Template<'a> {
    template: &'a Value,
    /// The values of parameters.
    pub parameters: Map<String, Value>,
    variables: Map<String, Value>,
    group: Value,
    deployment: &'a str,
    made: Cell<usize>,
}

/// A resource that a template asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted<'a> {
    /// Where it is to be.
    pub id: Id,
    /// What is said of it, with expressions in it.
    body: &'a Value,
    index: Option<u64>,
}

impl<'a> Template<'a> {
    /// Reads one from a deployment's properties.
    pub fn read(properties: &'a Value, group: Value, deployment: &'a str) -> Result<Self, Fault> {
        if !shape::at(properties, &["templateLink"]).is_null() {
            return Err(invalid("a template by a link can't be read here: send it"));
        }
        let template = shape::at(properties, &["template"]);
        if shape::at(template, &["resources"]).as_array().is_none() {
            return Err(invalid("there is no list of resources in it"));
        }
        Ok(Self {
            template,
            parameters: parameters(template, shape::at(properties, &["parameters"]))?,
            variables: shape::fields(shape::at(template, &["variables"])),
            group,
            deployment,
            made: Cell::new(0),
        })
    }

    /// The parameters that may be shown again: those that are not secret.
    pub fn shown_parameters(&self) -> Value {
        let declared = shape::at(self.template, &["parameters"]);
        let shown = self.parameters.iter().filter_map(|(name, value)| {
            let kind = shape::text(declared, &[name, "type"]);
            let is_secret = kind.to_ascii_lowercase().starts_with("secure");
            let shown = json!({"type": kind, "value": value});
            (!is_secret).then(|| (name.clone(), shown))
        });
        Value::Object(shown.collect())
    }

    fn with<T>(
        &self,
        estate: &Estate,
        index: Option<u64>,
        moment: Moment<'_>,
        work: impl FnOnce(&Scope<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let own = self.group["name"].as_str().unwrap_or_default();
        let find = |text: &str| {
            let by_id = Id::read(text, moment.subscription);
            let id = by_id.or_else(|| Self::by_name(estate, own, text))?;
            let found = estate.find(&id)?;
            Some(View::of(estate, moment).show(found, false))
        };
        work(&Scope {
            parameters: &self.parameters,
            variables: &self.variables,
            group: &self.group,
            subscription: moment.subscription,
            deployment: self.deployment,
            index,
            find: &find,
            made: &self.made,
        })
    }

    /// A resource that is called by its name alone, or by its type and its name.
    fn by_name(estate: &Estate, group: &str, text: &str) -> Option<Id> {
        let words: Vec<&str> = text.split('/').collect();
        if let Some(id) = Id::within(group, &words) {
            return Some(id);
        }
        let own = estate.resources.iter();
        let mut own = own.filter(|resource| resource.group.eq_ignore_ascii_case(group));
        let found = own.find(|resource| resource.name.eq_ignore_ascii_case(text));
        found.map(super::estate::Resource::id)
    }

    /// What it asks for, in the order in which it can be made.
    pub fn wanted(&self, estate: &Estate, moment: Moment<'_>) -> Result<Vec<Wanted<'a>>, Fault> {
        let mut wanted = Vec::new();
        for body in shape::list(self.template, &["resources"]) {
            self.gather(body, ("", ""), estate, moment, &mut wanted)?;
        }
        wanted.sort_by_key(|wanted| (wanted.id.part.is_some(), wanted.id.kind));
        Ok(wanted)
    }

    /// Gathers a resource, its copies, and those that are in it.
    fn gather(
        &self,
        body: &'a Value,
        (of_type, of_name): (&str, &str),
        estate: &Estate,
        moment: Moment<'_>,
        wanted: &mut Vec<Wanted<'a>>,
    ) -> Result<(), Fault> {
        let copies = shape::at(body, &["copy", "count"]);
        let copies = self.with(estate, None, moment, |scope| scope.resolve(copies))?;
        let indices: Vec<Option<u64>> = match copies.as_u64() {
            None if copies.is_null() => vec![None],
            Some(count) if count <= MOST_COPIES => (0..count).map(Some).collect(),
            _ => return Err(invalid(&format!("there may be {MOST_COPIES} copies"))),
        };
        for index in indices {
            let resolve = |name: &str| {
                let value = shape::at(body, &[name]);
                self.with(estate, index, moment, |scope| scope.resolve(value))
            };
            if resolve("condition")? == json!(false) {
                continue;
            }
            let (kind, name) = (resolve("type")?, resolve("name")?);
            let kind = joined(of_type, kind.as_str().unwrap_or_default());
            let name = joined(of_name, name.as_str().unwrap_or_default());
            let id = self.id(&kind, &name)?;
            wanted.push(Wanted { id, body, index });
            if wanted.len() > MOST_RESOURCES {
                return Err(invalid(&format!(
                    "there may be {MOST_RESOURCES} resources in it"
                )));
            }
            if of_type.is_empty() {
                for inner in shape::list(body, &["resources"]) {
                    self.gather(inner, (&kind, &name), estate, moment, wanted)?;
                }
            }
        }
        Ok(())
    }

    /// The id of a type and a name, for example `a.b/c/d` and `e/f`.
    fn id(&self, kind: &str, name: &str) -> Result<Id, Fault> {
        let group = self.group["name"].as_str().unwrap_or_default();
        let mut kinds = kind.split('/');
        let mut words = vec![kinds.next().unwrap_or_default()];
        let names: Vec<&str> = name.split('/').collect();
        let steps = kinds.clone().count();
        for (kind, name) in kinds.zip(&names) {
            words.extend([kind, name]);
        }
        let id = Id::within(group, &words).filter(|_| steps == names.len());
        id.ok_or_else(|| {
            invalid(&format!(
                "a resource '{name}' of type '{kind}' is not emulated"
            ))
        })
    }

    /// What is said of a resource, without expressions.
    pub fn body(
        &self,
        wanted: &Wanted<'_>,
        estate: &Estate,
        moment: Moment<'_>,
    ) -> Result<Value, Fault> {
        let sent = ["location", "tags", "sku", "zones", "properties"].into_iter();
        let sent = sent.filter_map(|name| Some((name.to_owned(), wanted.body.get(name)?.clone())));
        let sent = Value::Object(sent.collect());
        self.with(estate, wanted.index, moment, |scope| {
            // copies may be many times what was sent
            scope.resolve(&sent).and_then(|body| scope.count(body))
        })
    }

    /// What it tells, once all is made.
    pub fn outputs(&self, estate: &Estate, moment: Moment<'_>) -> Result<Value, Fault> {
        let declared = shape::fields(shape::at(self.template, &["outputs"]));
        let told = declared.iter().map(|(name, output)| {
            let value = shape::at(output, &["value"]);
            let value = self.with(estate, None, moment, |scope| scope.resolve(value))?;
            let told = json!({"type": shape::at(output, &["type"]), "value": value});
            Ok((name.clone(), told))
        });
        told.collect::<Result<_, Fault>>().map(Value::Object)
    }
}

/// What is sent for each parameter, or what it is without.
fn parameters(template: &Value, sent: &Value) -> Result<Map<String, Value>, Fault> {
    let declared = shape::fields(shape::at(template, &["parameters"]));
    let unknown = shape::fields(sent)
        .keys()
        .find(|name| !declared.contains_key(*name))
        .cloned();
    if let Some(name) = unknown {
        return Err(invalid(&format!("the template has no parameter '{name}'")));
    }
    let values = declared.iter().map(|(name, declaration)| {
        let value = sent.get(name).and_then(|sent| sent.get("value"));
        let value = value.or_else(|| declaration.get("defaultValue"));
        let missing = || {
            invalid(&format!(
                "the value for the parameter '{name}' is not provided"
            ))
        };
        Ok((name.clone(), value.ok_or_else(missing)?.clone()))
    });
    values.collect()
}

fn joined(before: &str, own: &str) -> String {
    if before.is_empty() || own.starts_with(&format!("{before}/")) {
        own.to_owned()
    } else {
        format!("{before}/{own}")
    }
}
