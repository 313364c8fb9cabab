//! What a form is.

use crate::known;

/// A form of the console, and the command that does the same.
#[derive(Debug, PartialEq, Eq)]
pub struct Form {
    /// The command's words behind `aws`: `["ec2", "run-instances"]`. None for help, which stands at the end
    /// of any.
    pub words: &'static [&'static str],
    /// Where it is in the console.
    pub place: &'static str,
    /// What is written on the button that sends it.
    pub button: &'static str,
    /// What there is to fill in, in the console's order.
    pub fields: &'static [Field],
}

impl Form {
    /// All that are known.
    pub fn all() -> &'static [Self] {
        known::FORMS
    }

    /// Its field with an option.
    pub fn field(&self, option: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.option == option)
    }
}

/// Something to fill in.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// What the console calls it.
    pub label: &'static str,
    /// The command's option that says the same.
    pub option: &'static str,
    /// What can be filled in.
    pub kind: Kind,
}

/// What can be filled into a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A number of one or more.
    Count,
    /// Any text; these are proposed.
    OneOf(&'static [&'static str]),
    /// Several words.
    Several,
    /// Yes or no: the option has no value.
    Switch,
    /// The name of an instance, which the command says as a tag.
    Name,
    /// A word of the command itself, and no option.
    Word,
}
