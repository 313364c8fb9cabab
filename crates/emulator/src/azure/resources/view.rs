//! How resources are shown, with what follows from others and from the time.

use serde_json::{Value, json};

use super::{
    estate::{Estate, Group, Moment, Part, Resource},
    id::Id,
    interfaces::hardware,
    kind::Kind,
    shape,
    uses::Uses,
};
use crate::azure::{identity::guid_of, show::instant};

impl Group {
    /// As Resource Manager shows it.
    pub fn show(&self, subscription: &str) -> Value {
        json!({
            "id": format!("/subscriptions/{subscription}/resourceGroups/{}", self.name),
            "name": self.name,
            "type": "Microsoft.Resources/resourceGroups",
            "location": self.location,
            "tags": self.tags,
            "properties": {"provisioningState": "Succeeded"},
        })
    }
}

/// An estate at an instant, with what needs what in it.
pub(super) struct View<'a> {
    estate: &'a Estate,
    moment: Moment<'a>,
    uses: Uses,
}

impl Resource {
    /// What is shown of a resource in lists of all kinds.
    pub fn outline(&self, moment: Moment<'_>) -> Value {
        let id = self.id();
        let mut shown = json!({
            "id": id.show(moment.subscription),
            "name": self.name,
            "type": id.type_name(),
            "location": self.location,
            "tags": self.tags,
        });
        shape::merge(&mut shown, &Value::Object(self.others.clone()));
        shown
    }
}

impl<'a> View<'a> {
    /// Of an estate.
    pub fn of(estate: &'a Estate, moment: Moment<'a>) -> Self {
        Self {
            estate,
            moment,
            uses: Uses::of(estate, moment),
        }
    }

    /// A resource, with how a machine is doing if that is asked for.
    pub fn show(&self, resource: &Resource, with_instance_view: bool) -> Value {
        let (id, moment) = (resource.id(), self.moment);
        let mut shown = resource.outline(moment);
        let mut properties = resource.value();
        properties["provisioningState"] = json!(resource.state(moment.now_ms));
        let used_by = |kind: Kind| self.uses.users(&id).find(|user| user.kind == kind);
        match resource.kind {
            Kind::Network | Kind::SecurityGroup => {
                if let Some(parts) = resource.kind.parts() {
                    let all = resource.parts.iter();
                    properties[parts] = all.map(|part| self.show_part(resource, part)).collect();
                }
            }
            Kind::Address => {
                if let Some(user) = used_by(Kind::Interface) {
                    properties["ipConfiguration"] = json!({"id": self.configuration(user, &id)});
                }
            }
            Kind::Interface => {
                properties["macAddress"] = json!(hardware(&id.show(moment.subscription)));
                if let Some(user) = used_by(Kind::Machine) {
                    properties["virtualMachine"] = json!({"id": user.show(moment.subscription)});
                }
            }
            Kind::Disk => {
                let user = used_by(Kind::Machine);
                let state = if user.is_some() {
                    "Attached"
                } else {
                    "Unattached"
                };
                properties["diskState"] = json!(state);
                properties["timeCreated"] = json!(instant(resource.made_ms));
                if let Some(user) = user {
                    shown["managedBy"] = json!(user.show(moment.subscription));
                }
            }
            Kind::Machine => {
                properties["vmId"] = json!(guid_of(
                    &id.show(moment.subscription).to_lowercase(),
                    resource.made_ms
                ));
                properties["timeCreated"] = json!(instant(resource.made_ms));
                if with_instance_view {
                    properties["instanceView"] = resource.instance_view(moment);
                }
                // az stumbles over more than the ids
                let parts = resource.parts.iter().map(|part| id.part(&part.name));
                let parts: Vec<Value> = parts
                    .map(|part| json!({"id": part.show(moment.subscription)}))
                    .collect();
                if !parts.is_empty() {
                    shown["resources"] = Value::Array(parts);
                }
            }
        }
        shown["properties"] = properties;
        shown
    }

    /// A part of a resource.
    pub fn show_part(&self, whole: &Resource, part: &Part) -> Value {
        let (id, moment) = (whole.id().part(&part.name), self.moment);
        let mut properties = Value::Object(part.properties.clone());
        properties["provisioningState"] = json!(part.state(whole, moment.now_ms));
        let mut shown = json!({
            "id": id.show(moment.subscription),
            "name": part.name,
            "type": id.type_name(),
        });
        match whole.kind {
            Kind::Network => {
                let users = self.uses.users(&id);
                let users = users.filter(|user| user.kind == Kind::Interface);
                let users: Vec<Value> = users
                    .map(|user| json!({"id": self.configuration(user, &id)}))
                    .collect();
                if !users.is_empty() {
                    properties["ipConfigurations"] = Value::Array(users);
                }
            }
            Kind::Machine => {
                shown["location"] = json!(whole.location);
                shown["tags"] = json!(part.tags);
                properties["instanceView"] = part.instance_view(whole, moment.now_ms);
            }
            Kind::SecurityGroup | Kind::Address | Kind::Interface | Kind::Disk => {}
        }
        shown["properties"] = properties;
        shown
    }

    /// The id of the configuration of an interface that names something.
    fn configuration(&self, interface: &Id, named: &Id) -> String {
        let subscription = self.moment.subscription;
        let found = self.estate.find(interface);
        let value = found.map(Resource::value).unwrap_or_default();
        let all = shape::list(&value, &["ipConfigurations"]).iter();
        let mut meant = all.filter(|one| {
            let mut ids = Vec::new();
            shape::ids(shape::at(one, &["properties"]), &mut ids);
            let mut ids = ids.into_iter().filter_map(|id| Id::read(id, subscription));
            ids.any(|id| named.holds(&id))
        });
        let name = meant
            .next()
            .map(|one| shape::text(one, &["name"]))
            .unwrap_or_default();
        format!("{}/ipConfigurations/{name}", interface.show(subscription))
    }
}
