//! What is only looked at: lists, and what there is to choose from.

use serde_json::{Value, json};

use super::{Ask, Estate, ask::Target, catalogue, estate::Moment, images, kind::Kind, view::View};
use crate::azure::Fault;

impl Estate {
    /// What is looked at and changes nothing.
    pub(super) fn look(
        &self,
        target: &Target,
        ask: &Ask,
        moment: Moment<'_>,
    ) -> Result<Value, Fault> {
        let subscription = moment.subscription;
        let not_there = || {
            let why = format!("'{}' was not found.", ask.path);
            Fault::refused(404, "NotFound", why)
        };
        Ok(match target {
            Target::Locations => catalogue::locations(subscription),
            Target::Sizes => catalogue::sizes(),
            Target::Walk(location, steps) => {
                let location = catalogue::location(location).ok_or_else(not_there)?;
                let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
                let path = format!(
                    "/subscriptions/{subscription}/{}",
                    ask.path.trim_matches('/')
                );
                images::walk(&path, &location, &steps).ok_or_else(not_there)?
            }
            Target::Providers(None) => catalogue::providers(subscription),
            Target::Providers(Some(space)) => {
                catalogue::provider(subscription, space).ok_or_else(|| {
                    let why = format!("The resource namespace '{space}' is invalid.");
                    Fault::refused(404, "InvalidResourceNamespace", why)
                })?
            }
            Target::Groups => {
                let groups = self.groups.iter().map(|group| group.show(subscription));
                list(groups.collect())
            }
            Target::All(group) => self.list_all(group.as_deref(), &ask.filter, moment)?,
            Target::Kind(group, kind) => self.list_kind(group.as_deref(), *kind, moment)?,
            Target::Parts(id) => {
                let whole = self.existing(id)?;
                let view = View::of(self, moment);
                let parts = whole.parts.iter();
                list(parts.map(|part| view.show_part(whole, part)).collect())
            }
            Target::Deployments(group) => {
                let group = self.group(group)?;
                let all = self.deployments.iter();
                let own = all.filter(|deployment| deployment.group == group.name);
                list(own.map(|deployment| deployment.show(moment)).collect())
            }
            Target::Group(_)
            | Target::One(_)
            | Target::Told(..)
            | Target::Deployment(..)
            | Target::Operation(_) => return Err(not_there()),
        })
    }

    fn list_kind(
        &self,
        group: Option<&str>,
        kind: Kind,
        moment: Moment<'_>,
    ) -> Result<Value, Fault> {
        let group = group.map(|name| self.group(name)).transpose()?;
        let view = View::of(self, moment);
        let all = self.of(kind);
        let own = all.filter(|resource| group.is_none_or(|group| group.name == resource.group));
        Ok(list(
            own.map(|resource| view.show(resource, false)).collect(),
        ))
    }

    fn list_all(
        &self,
        group: Option<&str>,
        filter: &str,
        moment: Moment<'_>,
    ) -> Result<Value, Fault> {
        let filter = Filter::read(filter)?;
        let group = group.map(|name| self.group(name)).transpose()?;
        let all = self.resources.iter();
        let own = all.filter(|resource| {
            group.is_none_or(|group| group.name == resource.group)
                && filter.lets_in("resourcegroup", &resource.group)
                && filter.lets_in("resourcetype", &resource.kind.full_name())
                && filter.lets_in("name", &resource.name)
                && filter.lets_in("location", &resource.location)
        });
        Ok(list(own.map(|resource| resource.outline(moment)).collect()))
    }
}

/// As every list is shown.
pub(super) fn list(values: Vec<Value>) -> Value {
    json!({"value": values})
}

/// Which of a list are meant: fields that are equal to a text, joined by `and`.
struct Filter(Vec<(String, String)>);

impl Filter {
    fn read(text: &str) -> Result<Self, Fault> {
        let wrong = || {
            let why = format!("The filter {text:?} is not among those that are emulated.");
            Fault::refused(400, "InvalidFilterInQueryString", why)
        };
        let parts = text
            .split(" and ")
            .map(str::trim)
            .filter(|part| !part.is_empty());
        let parts = parts.map(|part| {
            let (name, value) = part.split_once(" eq ").ok_or_else(wrong)?;
            let value = value
                .trim()
                .strip_prefix('\'')
                .and_then(|rest| rest.strip_suffix('\''));
            let name = name.trim().to_ascii_lowercase();
            let is_known =
                ["resourcegroup", "resourcetype", "name", "location"].contains(&name.as_str());
            let value = value.filter(|_| is_known).ok_or_else(wrong)?;
            Ok((name, value.to_owned()))
        });
        parts.collect::<Result<_, Fault>>().map(Self)
    }

    fn lets_in(&self, name: &str, value: &str) -> bool {
        let mut own = self.0.iter().filter(|(own, _)| own == name);
        own.all(|(_, wanted)| wanted.eq_ignore_ascii_case(value))
    }
}
