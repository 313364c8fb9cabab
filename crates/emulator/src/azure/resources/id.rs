//! Ids of resources, which are their paths.

use super::kind::Kind;

/// Where a resource is, or a part of one; names are kept as they were written, and compared in any
/// letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Id {
    /// Its group.
    pub group: String,
    /// Its kind, of the whole of which it may be a part.
    pub kind: Kind,
    /// The name of the whole.
    pub name: String,
    /// The name of the part, for example of a subnet.
    pub part: Option<String>,
}

impl Id {
    /// A resource as a whole.
    pub fn new(group: &str, kind: Kind, name: &str) -> Self {
        Self {
            group: group.to_owned(),
            kind,
            name: name.to_owned(),
            part: None,
        }
    }

    /// A part of it.
    pub fn part(&self, name: &str) -> Self {
        Self {
            part: Some(name.to_owned()),
            ..self.clone()
        }
    }

    /// Reads a whole id; none if it is of another subscription, or of no kind that is known.
    pub fn read(text: &str, subscription: &str) -> Option<Self> {
        let words: Vec<&str> = text.split('/').filter(|word| !word.is_empty()).collect();
        let [subscriptions, owner, groups, group, providers, rest @ ..] = words.as_slice() else {
            return None;
        };
        let is = |word: &str, wanted: &str| word.eq_ignore_ascii_case(wanted);
        let is_right = is(subscriptions, "subscriptions")
            && is(owner, subscription)
            && is(groups, "resourceGroups")
            && is(providers, "providers");
        is_right.then(|| Self::within(group, rest)).flatten()
    }

    /// Reads what follows `providers` in an id.
    pub fn within(group: &str, words: &[&str]) -> Option<Self> {
        let [space, kind, name, rest @ ..] = words else {
            return None;
        };
        let whole = Self::new(group, Kind::read(space, kind)?, name);
        match rest {
            [] => Some(whole),
            [parts, part] if whole.kind.parts()?.eq_ignore_ascii_case(parts) => {
                Some(whole.part(part))
            }
            _ => None,
        }
    }

    /// As Azure writes it.
    pub fn show(&self, subscription: &str) -> String {
        let (space, kind) = self.kind.names();
        let (group, name) = (&self.group, &self.name);
        let whole = format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/{space}/{kind}/{name}"
        );
        match (&self.part, self.kind.parts()) {
            (Some(part), Some(parts)) => format!("{whole}/{parts}/{part}"),
            _ => whole,
        }
    }

    /// As `type` says it.
    pub fn type_name(&self) -> String {
        let whole = self.kind.full_name();
        match (&self.part, self.kind.parts()) {
            (Some(_), Some(parts)) => format!("{whole}/{parts}"),
            _ => whole,
        }
    }

    /// The name of what it stands for itself.
    pub fn last(&self) -> &str {
        self.part.as_deref().unwrap_or(&self.name)
    }

    /// Whether another one stands for the same resource, or for a part of it.
    pub fn holds(&self, other: &Self) -> bool {
        let is_part = match (&self.part, &other.part) {
            (None, _) => true,
            (Some(own), Some(other)) => own.eq_ignore_ascii_case(other),
            (Some(_), None) => false,
        };
        self.kind == other.kind
            && self.group.eq_ignore_ascii_case(&other.group)
            && self.name.eq_ignore_ascii_case(&other.name)
            && is_part
    }
}

#[cfg(test)]
mod tests {
    use super::Id;
    use crate::azure::resources::kind::Kind;

    const SUBNET: &str =
        "/subscriptions/S/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/n/subnets/s";

    #[test]
    fn an_id_is_read_in_any_letters_and_written_as_azure_does() {
        let id = Id::read(&SUBNET.to_lowercase(), "S").unwrap();
        assert_eq!(id, Id::new("g", Kind::Network, "n").part("s"));
        assert_eq!(id.show("S"), SUBNET);
        assert_eq!(id.type_name(), "Microsoft.Network/virtualNetworks/subnets");
        // az sends an id with two slashes in it
        let id = Id::read(&SUBNET.replace("/virtual", "//virtual"), "s").unwrap();
        assert_eq!(id.last(), "s");
    }

    #[test]
    fn what_is_another_s_or_unknown_is_no_id() {
        for text in [
            &SUBNET.replace("/S/", "/T/"),
            &SUBNET.replace("virtualNetworks", "lots"),
            &SUBNET.replace("subnets", "extensions"),
            &format!("{SUBNET}/more"),
            "/subscriptions/S/resourceGroups/g",
            "",
        ] {
            assert_eq!(Id::read(text, "S"), None, "{text}");
        }
    }

    #[test]
    fn a_whole_holds_its_parts() {
        let whole = Id::new("G", Kind::Network, "N");
        let part = Id::new("g", Kind::Network, "n").part("s");
        assert!(whole.holds(&part) && whole.holds(&whole) && part.holds(&part));
        assert!(!part.holds(&whole) && !part.holds(&whole.part("t")));
        assert!(!whole.holds(&Id::new("g", Kind::Machine, "n")));
    }
}
