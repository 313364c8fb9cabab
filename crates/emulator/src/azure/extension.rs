//! What a machine's agent would do once the machine is ready, and what is said of it.

use serde::{Deserialize, Serialize};

use super::{Fault, Tree, tree::PARAMETER};

/// The largest public configuration that is kept, in base64.
const CONFIG_BYTES: usize = 16 << 10;

/// An extension of a machine; its private settings are not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Extension {
    /// Its name on its machine.
    pub reference: String,
    /// Who made it.
    pub(super) publisher: String,
    /// Its publisher's name for it.
    pub(super) name: String,
    /// Its version.
    pub(super) version: String,
    /// What is wanted of it.
    pub(super) state: State,
    /// Keys and base64 values, as they were sent.
    pub(super) public: Vec<(String, String)>,
    /// Whether there were private settings.
    pub(super) has_private: bool,
    /// When it was set last, in milliseconds since 1970.
    pub(super) set_ms: u64,
}

/// What is wanted of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    /// That it does what it is for.
    Enable,
    /// That it stays, and does nothing.
    Disable,
    /// That it goes.
    Uninstall,
}

impl Extension {
    /// Reads a `ResourceExtensionReference`.
    pub fn read(tree: &Tree, now_ms: u64) -> Result<Self, Fault> {
        let field = |name: &str| tree.field(name).to_owned();
        let values = tree.items("ResourceExtensionParameterValues");
        let is_public = |value: &&Tree| value.field("Type") == "Public";
        let public = values.iter().filter(is_public);
        let extension = Self {
            reference: field("ReferenceName"),
            publisher: field("Publisher"),
            name: field("Name"),
            version: field("Version"),
            state: match tree.field("State") {
                "Disable" => State::Disable,
                "Uninstall" => State::Uninstall,
                _ => State::Enable,
            },
            public: public
                .map(|value| {
                    (
                        value.field("Key").to_owned(),
                        value.field("Value").to_owned(),
                    )
                })
                .collect(),
            has_private: values.iter().any(|value| !is_public(&value)),
            set_ms: now_ms,
        };
        extension.check()
    }

    fn check(self) -> Result<Self, Fault> {
        let names = [&self.reference, &self.publisher, &self.name, &self.version];
        if names.iter().any(|name| !(1..=128).contains(&name.len())) {
            let why = "An extension has no reference name, publisher, name or version.";
            return Err(Fault::BadRequest(why.to_owned()));
        }
        let sizes = self
            .public
            .iter()
            .map(|(key, value)| key.len() + value.len());
        if sizes.sum::<usize>() > CONFIG_BYTES {
            let why = format!(
                "The configuration of {} is larger than 16 KiB.",
                self.reference
            );
            return Err(Fault::BadRequest(why));
        }
        Ok(self)
    }

    /// Whether it is to go.
    pub fn leaves(&self) -> bool {
        self.state == State::Uninstall
    }

    /// Keeps when it was set, and that there were private settings, if it is as it was: a machine's
    /// extensions are all sent again with each change of the machine.
    pub fn after(mut self, known: &[Self]) -> Self {
        let is_before = |before: &&Self| before.reference.eq_ignore_ascii_case(&self.reference);
        let Some(before) = known.iter().find(is_before) else {
            return self;
        };
        let told_anew = self.has_private;
        let (set_ms, has_private) = (self.set_ms, before.has_private);
        self.set_ms = before.set_ms;
        self.has_private = has_private;
        if told_anew || self != *before {
            self.set_ms = set_ms;
            self.has_private = told_anew;
        }
        self
    }

    /// As a `ResourceExtensionReference`, without what is private.
    pub fn show(&self) -> Tree {
        let values = self.public.iter().map(|(key, value)| {
            Tree::new(PARAMETER)
                .with_leaf("Key", key)
                .with_leaf("Value", value)
                .with_leaf("Type", "Public")
        });
        Tree::new("ResourceExtensionReference")
            .with_leaf("ReferenceName", &self.reference)
            .with_leaf("Publisher", &self.publisher)
            .with_leaf("Name", &self.name)
            .with_leaf("Version", &self.version)
            .with(Tree::new("ResourceExtensionParameterValues").with_all(values))
            .with_leaf(
                "State",
                match self.state {
                    State::Enable => "Enable",
                    State::Disable => "Disable",
                    State::Uninstall => "Uninstall",
                },
            )
    }
}

#[cfg(test)]
pub(super) mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};

    use super::Extension;
    use crate::azure::{Tree, tree::PARAMETER};

    /// A reference with values of some kinds, in base64.
    pub fn reference(values: &[(&str, &str)]) -> Tree {
        let values = values.iter().map(|(kind, value)| {
            Tree::new(PARAMETER)
                .with_leaf("Key", "k")
                .with_leaf("Value", BASE64.encode(value))
                .with_leaf("Type", kind)
        });
        Tree::new("ResourceExtensionReference")
            .with_leaf("ReferenceName", "CustomScriptExtension")
            .with_leaf("Publisher", "Microsoft.Compute")
            .with_leaf("Name", "CustomScriptExtension")
            .with_leaf("Version", "1.4")
            .with(Tree::new("ResourceExtensionParameterValues").with_all(values))
            .with_leaf("State", "Enable")
    }

    #[test]
    fn what_is_sent_again_as_it_was_is_not_run_again() {
        let read = |config: &str, at| Extension::read(&reference(&[("Public", config)]), at);
        let first = read("{\"commandToExecute\": \"a\"}", 1000).unwrap();
        let known = [first.clone()];
        let again = read("{\"commandToExecute\": \"a\"}", 2000)
            .unwrap()
            .after(&known);
        assert_eq!(again, first);
        let other = read("{\"commandToExecute\": \"b\"}", 2000)
            .unwrap()
            .after(&known);
        assert_eq!(other.set_ms, 2000);
    }

    #[test]
    fn a_large_configuration_is_refused() {
        let large = "x".repeat(20 << 10);
        assert!(Extension::read(&reference(&[("Public", &large)]), 0).is_err());
        assert!(Extension::read(&Tree::new("ResourceExtensionReference"), 0).is_err());
    }
}
