//! What an account has: groups, and resources in them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    deployments::Deployment,
    id::Id,
    kind::Kind,
    shape::{self, Fields},
};
use crate::azure::{Fault, machine::Power};

/// What an account has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Estate {
    /// The groups, in the order in which they were made.
    pub(super) groups: Vec<Group>,
    /// The resources, in the order in which they were made.
    pub(super) resources: Vec<Resource>,
    /// What was deployed.
    pub(super) deployments: Vec<Deployment>,
}

/// A group of resources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    /// Its name.
    pub name: String,
    /// Where what is known of it is said to be.
    pub location: String,
    /// What somebody labelled it with.
    pub tags: Fields,
}

/// A resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Resource {
    /// The group that it is in.
    pub group: String,
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Where it is said to be.
    pub location: String,
    /// What somebody labelled it with.
    pub tags: Fields,
    /// What else was said beside its properties: `sku` and `zones`.
    pub others: Fields,
    /// Its properties, without what is secret and what follows from others.
    pub properties: Fields,
    /// Its parts: subnets, rules or extensions.
    pub parts: Vec<Part>,
    /// What a machine was told last.
    pub power: Option<Power>,
    /// When it was made, in milliseconds since 1970.
    pub made_ms: u64,
}

/// A part of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// Its name.
    pub name: String,
    /// Its properties, without what is secret.
    pub properties: Fields,
    /// What somebody labelled it with.
    pub tags: Fields,
    /// Whether there was something secret.
    pub has_secret: bool,
    /// When it was set last, in milliseconds since 1970.
    pub set_ms: u64,
}

/// Whose estate it is, and when something is asked of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment<'a> {
    /// The subscription's id.
    pub subscription: &'a str,
    /// Milliseconds since 1970.
    pub now_ms: u64,
}

/// Whether something was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    /// It was not.
    Anew,
    /// It was, and has changed.
    Over,
}

impl Resource {
    /// Where it is.
    pub fn id(&self) -> Id {
        Id::new(&self.group, self.kind, &self.name)
    }

    /// Its properties as a value.
    pub fn value(&self) -> Value {
        Value::Object(self.properties.clone())
    }

    /// A part of it.
    pub fn find_part(&self, name: &str) -> Option<&Part> {
        let mut parts = self.parts.iter();
        parts.find(|part| part.name.eq_ignore_ascii_case(name))
    }

    /// What it names by an id that is one of this subscription's.
    pub fn needs(&self, subscription: &str) -> Vec<Id> {
        let parts = self
            .parts
            .iter()
            .map(|part| Value::Object(part.properties.clone()));
        let all = Value::Array(parts.chain([self.value()]).collect());
        let mut found = Vec::new();
        shape::ids(&all, &mut found);
        found
            .into_iter()
            .filter_map(|id| Id::read(id, subscription))
            .collect()
    }
}

impl Estate {
    /// A group.
    pub fn group(&self, name: &str) -> Result<&Group, Fault> {
        let mut groups = self.groups.iter();
        let group = groups.find(|group| group.name.eq_ignore_ascii_case(name));
        group.ok_or_else(|| {
            let why = format!("Resource group '{name}' could not be found.");
            Fault::refused(404, "ResourceGroupNotFound", why)
        })
    }

    /// A resource; of an id of a part, the whole.
    pub fn find(&self, id: &Id) -> Option<&Resource> {
        let whole = Id::new(&id.group, id.kind, &id.name);
        self.resources
            .iter()
            .find(|resource| whole.holds(&resource.id()))
    }

    /// Whether there is a resource, or a part of one.
    pub fn has(&self, id: &Id) -> bool {
        let whole = self.find(id);
        whole.is_some_and(|whole| {
            id.part
                .as_ref()
                .is_none_or(|part| whole.find_part(part).is_some())
        })
    }

    /// A resource that must be there.
    pub fn existing(&self, id: &Id) -> Result<&Resource, Fault> {
        self.group(&id.group)?;
        let found = self.find(id).filter(|_| self.has(id));
        found.ok_or_else(|| missing(id))
    }

    /// A resource that must be there, to be changed.
    pub fn existing_mut(&mut self, id: &Id) -> Result<&mut Resource, Fault> {
        self.existing(id)?;
        let whole = Id::new(&id.group, id.kind, &id.name);
        let mut all = self.resources.iter_mut();
        all.find(|resource| whole.holds(&resource.id()))
            .ok_or_else(|| missing(id))
    }

    /// Those of a kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Resource> {
        self.resources
            .iter()
            .filter(move |resource| resource.kind == kind)
    }
}

impl Part {
    /// Reads one from what is sent.
    pub fn read(name: &str, body: &Value, now_ms: u64) -> Self {
        let mut properties = shape::fields(shape::at(body, &["properties"]));
        for derived in ["provisioningState", "ipConfigurations", "instanceView"] {
            properties.remove(derived);
        }
        let secret = properties.remove("protectedSettings");
        Self {
            name: name.to_owned(),
            properties,
            tags: shape::fields(shape::at(body, &["tags"])),
            has_secret: secret.is_some(),
            set_ms: now_ms,
        }
    }

    /// Keeps when it was set if it is as it was: it is not run again.
    pub fn after(self, before: &Self) -> Self {
        let is_same = !self.has_secret && self.properties == before.properties;
        Self {
            set_ms: if is_same { before.set_ms } else { self.set_ms },
            name: before.name.clone(),
            ..self
        }
    }
}

/// That something is not there.
pub(crate) fn missing(id: &Id) -> Fault {
    let (kind, name) = (id.type_name(), id.last());
    let why = format!(
        "The Resource '{kind}/{name}' under resource group '{}' was not found.",
        id.group
    );
    Fault::refused(404, "ResourceNotFound", why)
}
