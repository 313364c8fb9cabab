//! How groups, resources and their parts are made, changed and removed.

use serde_json::{Value, json};

use super::{
    catalogue,
    estate::{Estate, Group, Made, Moment, Part, Resource},
    id::Id,
    kind::Kind,
    shape::{self, check_name},
    uses::Uses,
};
use crate::azure::{Fault, machine::Power};

/// How many groups there may be; Azure's own limit is 980.
const MOST_GROUPS: usize = 200;
/// How many resources there may be in all groups.
const MOST_RESOURCES: usize = 400;

impl Estate {
    /// Makes a group, or changes its tags.
    pub fn put_group(&mut self, name: &str, body: &Value) -> Result<Made, Fault> {
        check_name(name, 90)?;
        let known = self.groups.iter_mut();
        let mut known = known.filter(|group| group.name.eq_ignore_ascii_case(name));
        let location = place(body)?;
        if let Some(group) = known.next() {
            if !location.is_empty() && location != group.location {
                let why = format!(
                    "Invalid resource group location '{location}'. The Resource group already \
                     exists in location '{}'.",
                    group.location
                );
                return Err(Fault::refused(409, "InvalidResourceGroupLocation", why));
            }
            group.tags = shape::fields(shape::at(body, &["tags"]));
            return Ok(Made::Over);
        }
        if location.is_empty() {
            let why = "The location property is required for this definition.";
            return Err(Fault::refused(400, "LocationRequired", why));
        }
        full(self.groups.len(), MOST_GROUPS, "resource groups")?;
        self.groups.push(Group {
            name: name.to_owned(),
            location,
            tags: shape::fields(shape::at(body, &["tags"])),
        });
        Ok(Made::Anew)
    }

    /// Removes a group with all that is in it, unless something elsewhere needs that.
    pub fn remove_group(&mut self, name: &str, subscription: &str) -> Result<(), Fault> {
        let name = self.group(name)?.name.clone();
        let is_inside = |group: &str| group.eq_ignore_ascii_case(&name);
        let outside = self
            .resources
            .iter()
            .filter(|resource| !is_inside(&resource.group));
        for resource in outside {
            let needs = resource.needs(subscription);
            if let Some(needed) = needs.iter().find(|id| is_inside(&id.group)) {
                return Err(in_use(needed, &resource.id(), subscription));
            }
        }
        self.resources
            .retain(|resource| !is_inside(&resource.group));
        self.deployments
            .retain(|deployment| !is_inside(&deployment.group));
        self.groups.retain(|group| !is_inside(&group.name));
        Ok(())
    }

    /// Makes a resource or a part of one, or lets it become as it is sent.
    pub fn put(&mut self, id: &Id, body: &Value, moment: Moment<'_>) -> Result<Made, Fault> {
        let group = self.group(&id.group)?.name.clone();
        check_name(id.last(), 80)?;
        if id.part.is_some() {
            return self.put_part(id, body, moment);
        }
        let id = Id {
            group,
            ..id.clone()
        };
        let before = self.find(&id).cloned();
        let location = place(body)?;
        let location = match &before {
            Some(before) => before.location.clone(),
            None if location.is_empty() => self.group(&id.group)?.location.clone(),
            None => location,
        };
        let sent = shape::fields(body);
        let others = ["sku", "zones"].into_iter();
        let others = others.filter_map(|name| Some((name.to_owned(), sent.get(name)?.clone())));
        let mut new = Resource {
            group: id.group.clone(),
            kind: id.kind,
            name: before
                .as_ref()
                .map_or(&id.name, |before| &before.name)
                .clone(),
            location,
            tags: shape::fields(shape::at(body, &["tags"])),
            others: others.collect(),
            properties: shape::fields(shape::at(body, &["properties"])),
            parts: before
                .as_ref()
                .map(|before| before.parts.clone())
                .unwrap_or_default(),
            power: before.as_ref().and_then(|before| before.power),
            made_ms: before
                .as_ref()
                .map_or(moment.now_ms, |before| before.made_ms),
        };
        for derived in ["provisioningState", "resourceGuid"] {
            new.properties.remove(derived);
        }
        self.settle(&mut new, before.as_ref(), moment)?;
        self.check_needs(&new, moment.subscription)?;
        let made = self.lay(new)?;
        Ok(made)
    }

    /// Lets a resource become what its kind makes of it.
    fn settle(
        &mut self,
        new: &mut Resource,
        before: Option<&Resource>,
        moment: Moment<'_>,
    ) -> Result<(), Fault> {
        match new.kind {
            Kind::Network => self.settle_network(new, moment),
            Kind::SecurityGroup => self.settle_rules(new, moment),
            Kind::Address => self.settle_address(new, before),
            Kind::Interface => self.settle_interface(new, before, moment),
            Kind::Disk => self.settle_disk(new),
            Kind::Machine => self.settle_machine(new, before, moment),
        }
    }

    /// Lays a resource in, in the place of the one before it.
    pub(super) fn lay(&mut self, new: Resource) -> Result<Made, Fault> {
        let id = new.id();
        let place = self
            .resources
            .iter()
            .position(|resource| id.holds(&resource.id()));
        if let Some(at) = place {
            self.resources[at] = new;
            return Ok(Made::Over);
        }
        full(self.resources.len(), MOST_RESOURCES, "resources")?;
        self.resources.push(new);
        Ok(Made::Anew)
    }

    fn put_part(&mut self, id: &Id, body: &Value, moment: Moment<'_>) -> Result<Made, Fault> {
        let whole = Id::new(&id.group, id.kind, &id.name);
        let resource = self.existing(&whole)?.clone();
        let part = Part::read(id.last(), body, moment.now_ms);
        let mut new = resource;
        let place = new
            .parts
            .iter()
            .position(|own| own.name.eq_ignore_ascii_case(id.last()));
        let made = match place {
            Some(at) => {
                new.parts[at] = part.after(&new.parts[at]);
                Made::Over
            }
            None => {
                new.parts.push(part);
                Made::Anew
            }
        };
        match new.kind {
            Kind::Network => self.check_subnets(&new, moment)?,
            Kind::SecurityGroup => super::networks::check_rules(&new)?,
            Kind::Machine => super::machines::check_extensions(&new)?,
            Kind::Address | Kind::Interface | Kind::Disk => {}
        }
        self.lay(new)?;
        Ok(made)
    }

    /// Changes a resource in what is sent.
    pub fn patch(&mut self, id: &Id, body: &Value, moment: Moment<'_>) -> Result<Made, Fault> {
        let found = self.existing(id)?;
        let mut value = match id.part.as_ref().and_then(|part| found.find_part(part)) {
            Some(part) => json!({"properties": part.properties, "tags": part.tags}),
            None => {
                let mut value = Value::Object(found.others.clone());
                let known = json!({"properties": found.properties, "tags": found.tags});
                shape::merge(&mut value, &known);
                self.with_parts(found, &mut value);
                value
            }
        };
        shape::merge(&mut value, body);
        self.put(id, &value, moment)
    }

    /// Parts that are sent with their whole.
    fn with_parts(&self, found: &Resource, value: &mut Value) {
        let parts = found.kind.parts().filter(|parts| *parts != "extensions");
        if let Some(parts) = parts {
            let shown = found.parts.iter();
            let shown = shown.map(|part| json!({"name": part.name, "properties": part.properties}));
            value["properties"][parts] = shown.collect();
        }
    }

    /// Removes a resource or a part of one, unless something needs it.
    pub fn remove(&mut self, id: &Id, moment: Moment<'_>) -> Result<(), Fault> {
        if let Some(user) = Uses::of(self, moment).users(id).next() {
            return Err(in_use(id, user, moment.subscription));
        }
        match &id.part {
            None => self.resources.retain(|resource| !id.holds(&resource.id())),
            Some(part) => {
                let whole = self.existing_mut(id)?;
                whole
                    .parts
                    .retain(|own| !own.name.eq_ignore_ascii_case(part));
            }
        }
        Ok(())
    }

    /// Tells a machine something.
    pub fn tell(&mut self, id: &Id, power: Power) -> Result<(), Fault> {
        self.existing_mut(id)?.power = Some(power);
        Ok(())
    }

    /// Refuses a resource that needs what is not there, or is another's.
    fn check_needs(&self, new: &Resource, subscription: &str) -> Result<(), Fault> {
        let value = new.value();
        let mut named = Vec::new();
        shape::ids(&value, &mut named);
        let own = new.id().show(subscription);
        let within = format!("{}/", own.to_ascii_lowercase());
        for text in named.into_iter().filter(|text| text.starts_with('/')) {
            let found = Id::read(text, subscription);
            // what it says of itself is made with it
            let is_own = text.to_ascii_lowercase().starts_with(&within);
            if is_own
                || found
                    .as_ref()
                    .is_some_and(|id| new.id().holds(id) || self.has(id))
            {
                continue;
            }
            let why = format!("Resource {text} referenced by resource {own} was not found.");
            return Err(Fault::refused(400, "InvalidResourceReference", why));
        }
        Ok(())
    }
}
/// Reads the parts that are sent with a whole.
pub(crate) fn parts(new: &mut Resource, name: &str, now_ms: u64) -> Result<(), Fault> {
    let sent = new.properties.remove(name).unwrap_or_default();
    let sent = sent.as_array().cloned().unwrap_or_default();
    let mut parts = Vec::new();
    for body in &sent {
        let own = shape::text(body, &["name"]);
        check_name(own, 80)?;
        let part = Part::read(own, body, now_ms);
        parts.push(match new.find_part(own) {
            Some(before) => part.after(before),
            None => part,
        });
    }
    new.parts = parts;
    Ok(())
}

fn place(body: &Value) -> Result<String, Fault> {
    let said = shape::text(body, &["location"]);
    if said.is_empty() {
        return Ok(String::new());
    }
    catalogue::location(said).ok_or_else(|| {
        let why = format!("The provided location '{said}' is not available.");
        Fault::refused(400, "LocationNotAvailableForResourceType", why)
    })
}

fn full(count: usize, most: usize, what: &str) -> Result<(), Fault> {
    if count < most {
        return Ok(());
    }
    let why = format!("Quota exceeded: there may be {most} {what}.");
    Err(Fault::refused(409, "QuotaExceeded", why))
}

fn in_use(needed: &Id, by: &Id, subscription: &str) -> Fault {
    let (needed_id, by) = (needed.show(subscription), by.show(subscription));
    let why = format!("{needed_id} is in use by {by} and cannot be deleted.");
    Fault::refused(400, needed.kind.in_use(), why)
}
