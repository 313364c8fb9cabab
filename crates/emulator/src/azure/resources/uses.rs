//! What needs what, worked out once for all that an answer shows.

use super::{
    estate::{Estate, Moment},
    id::Id,
};

/// Each resource, with the ids that it names.
pub(super) struct Uses(Vec<(Id, Vec<Id>)>);

impl Uses {
    /// Of all that an account has.
    pub fn of(estate: &Estate, moment: Moment<'_>) -> Self {
        let all = estate.resources.iter();
        let named = all.map(|resource| (resource.id(), resource.needs(moment.subscription)));
        Self(named.collect())
    }

    /// Those other resources that need a resource, or a part of one.
    pub fn users(&self, needed: &Id) -> impl Iterator<Item = &Id> {
        let all = self.0.iter();
        let others = all.filter(|(user, _)| {
            let whole = Id::new(&needed.group, needed.kind, &needed.name);
            !whole.holds(user)
        });
        let users = others.filter(|(_, named)| named.iter().any(|own| needed.holds(own)));
        users.map(|(user, _)| user)
    }
}
