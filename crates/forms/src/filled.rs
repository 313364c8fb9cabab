//! A form that is filled in, out of a command and back to one.

use std::collections::BTreeMap;

use crate::{
    form::{Field, Form, Kind},
    known::{COMMAND, HELP, SERVICE},
    line,
};

/// How a tag of instances begins that is their name.
const NAME_TAG: &str = "ResourceType=instance,Tags=[{Key=Name,Value=";
/// How it ends.
const NAME_END: &str = "}]";

/// A form that is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    form: &'static Form,
    /// What is in its fields, by their options; several words have blanks between, as a shell reads them,
    /// and a switch that is on has `on`.
    values: BTreeMap<&'static str, String>,
    /// The words of the command that no field has.
    others: Vec<String>,
}

/// Why a line fills no form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It is another command.
    #[error("a command of aws begins with aws")]
    NotAws,
    /// It is more than one command.
    #[error("this is more than one command")]
    Several,
    /// A quote is not closed.
    #[error("a quote is not closed")]
    Unclosed,
    /// No form does what it does.
    #[error("no form here does what aws {0} does")]
    Unknown(String),
}

impl Filled {
    /// A form in which nothing is filled in.
    pub fn empty(form: &'static Form) -> Self {
        Self {
            form,
            values: BTreeMap::new(),
            others: Vec::new(),
        }
    }

    /// The form that does what a command does, filled in as it says.
    ///
    /// # Errors
    /// No form does that; or it is not one command of `aws`.
    pub fn read(command: &str) -> Result<Self, Trouble> {
        let command = line::unfolded(command);
        if !line::is_one(&command) {
            return Err(Trouble::Several);
        }
        let words = shell_words::split(&command).map_err(|_| Trouble::Unclosed)?;
        let Some(("aws", words)) = words.split_first().map(|(it, rest)| (it.as_str(), rest)) else {
            return Err(Trouble::NotAws);
        };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if let Some(("help", about)) = words.split_last().map(|(it, rest)| (*it, rest)) {
            return help(about).ok_or_else(|| Trouble::Unknown(words.join(" ")));
        }
        let commands = Form::all().iter().filter(|form| !form.words.is_empty());
        let form = commands
            .into_iter()
            .find(|form| words.starts_with(form.words))
            .ok_or_else(|| Trouble::Unknown(first_two(&words)))?;
        let mut filled = Self::empty(form);
        filled.take(&words[form.words.len()..]);
        Ok(filled)
    }

    /// The command that does what the form does.
    pub fn command(&self) -> String {
        let mut said: Vec<String> = vec!["aws".to_owned()];
        said.extend(self.form.words.iter().map(|it| (*it).to_owned()));
        for field in self.form.fields {
            let value = self.value(field);
            if !value.is_empty() {
                said.extend(option(field, value));
            }
        }
        said.extend(self.others.iter().map(|it| line::word(it)));
        if self.form.words.is_empty() {
            said.push("help".to_owned());
        }
        said.join(" ")
    }

    /// The form.
    pub fn form(&self) -> &'static Form {
        self.form
    }

    /// What is in a field; empty where nothing is.
    pub fn value(&self, field: &Field) -> &str {
        self.values.get(field.option).map_or("", String::as_str)
    }

    /// What the command says and no field has.
    pub fn others(&self) -> &[String] {
        &self.others
    }

    /// Fills a field in; with nothing it is emptied.
    pub fn fill(&mut self, field: &'static Field, value: &str) {
        if value.trim().is_empty() {
            self.values.remove(field.option);
        } else {
            self.values.insert(field.option, value.trim().to_owned());
        }
    }

    /// Takes the options of a command; of one that is said twice, the last counts.
    fn take(&mut self, words: &[&str]) {
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let (option, inline) = match word.split_once('=') {
                Some((option, value)) if word.starts_with("--") => (option, Some(value)),
                _ => (*word, None),
            };
            let after = &words[at + 1..];
            let until = after.iter().position(|it| it.starts_with("--"));
            let values = &after[..until.unwrap_or(after.len())];
            let field = self.form.field(option).filter(|it| it.kind != Kind::Word);
            let taken = match (field, inline) {
                (Some(field), Some(value)) => self.set(field, &[value]).then_some(0),
                (Some(field), None) => match field.kind {
                    Kind::Switch => self.set(field, &["on"]).then_some(0),
                    Kind::Several => self.set(field, values).then_some(values.len()),
                    _ => self
                        .set(field, values.get(..1).unwrap_or_default())
                        .then_some(1),
                },
                (None, _) => None,
            };
            match taken {
                Some(taken) => at += 1 + taken,
                None => {
                    self.others.push((*word).to_owned());
                    at += 1;
                }
            }
        }
    }

    /// Puts an option's values into its field; whether it could.
    fn set(&mut self, field: &'static Field, values: &[&str]) -> bool {
        let value = match (field.kind, values) {
            (_, []) => return false,
            (Kind::Several, values) => {
                let words: Vec<String> = values.iter().map(|it| line::word(it)).collect();
                words.join(" ")
            }
            (Kind::Name, [tag, ..]) => match name(tag) {
                Some(name) => name.to_owned(),
                None => return false,
            },
            (_, [value, ..]) => (*value).to_owned(),
        };
        if value.trim().is_empty() {
            return false;
        }
        self.values.insert(field.option, value);
        true
    }
}

/// What is said of a field in a command.
fn option(field: &Field, value: &str) -> Vec<String> {
    match field.kind {
        Kind::Word => vec![line::word(value)],
        Kind::Switch => vec![field.option.to_owned()],
        Kind::Several => {
            // what is being typed may have a quote too many: it is a word then
            let words = shell_words::split(value).unwrap_or_else(|_| vec![value.to_owned()]);
            let words = words.iter().map(|it| line::word(it));
            std::iter::once(field.option.to_owned())
                .chain(words)
                .collect()
        }
        Kind::Name => {
            let tag = format!("{NAME_TAG}{value}{NAME_END}");
            vec![field.option.to_owned(), line::word(&tag)]
        }
        // behind a blank it would be an option
        Kind::Text | Kind::Count | Kind::OneOf(_) if value.starts_with("--") => {
            vec![format!("{}={}", field.option, line::word(value))]
        }
        Kind::Text | Kind::Count | Kind::OneOf(_) => {
            vec![field.option.to_owned(), line::word(value)]
        }
    }
}

/// The name in a tag, if it says a name and no more.
fn name(tag: &str) -> Option<&str> {
    let name = tag.strip_prefix(NAME_TAG)?.strip_suffix(NAME_END)?;
    (!name.contains(['{', '}', ','])).then_some(name)
}

/// What help is asked about.
fn help(about: &[&str]) -> Option<Filled> {
    let mut filled = Filled::empty(help_form());
    if about.len() > 2 || about.iter().any(|it| it.starts_with('-')) {
        return None;
    }
    for (option, word) in [SERVICE, COMMAND].into_iter().zip(about) {
        filled.values.insert(option, (*word).to_owned());
    }
    Some(filled)
}

fn help_form() -> &'static Form {
    let found = Form::all().iter().find(|form| **form == HELP);
    found.unwrap_or(&Form::all()[0])
}

fn first_two(words: &[&str]) -> String {
    let named = words.iter().take_while(|it| !it.starts_with('-'));
    named.take(2).copied().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Filled, Trouble};
    use crate::{Form, Kind};

    /// The command of the text that this began with.
    const RUN: &str = "aws ec2 run-instances --image-id ami-69631053 --count 1 --instance-type t2.micro \
                       --security-groups default --region ap-southeast-2";

    fn value(filled: &Filled, label: &str) -> String {
        let fields = filled.form().fields.iter();
        let field = fields.into_iter().find(|it| it.label == label).unwrap();
        filled.value(field).to_owned()
    }

    #[test]
    fn a_command_fills_its_form() {
        let filled = Filled::read(RUN).unwrap();
        assert_eq!(filled.form().button, "Launch instance");
        for (label, wanted) in [
            ("Amazon Machine Image (AMI)", "ami-69631053"),
            ("Number of instances", "1"),
            ("Instance type", "t2.micro"),
            ("Security groups", "default"),
            ("Region", "ap-southeast-2"),
            ("Name", ""),
        ] {
            assert_eq!(value(&filled, label), wanted, "{label}");
        }
        assert_eq!(filled.others(), [] as [&str; 0]);
    }

    #[test]
    fn a_form_makes_its_command() {
        let mut filled = Filled::read("aws ec2 run-instances").unwrap();
        for (option, typed) in [
            ("--image-id", "ami-1"),
            ("--tag-specifications", "my shop"),
            ("--security-groups", " a b "),
            ("--count", "2"),
        ] {
            filled.fill(filled.form().field(option).unwrap(), typed);
        }
        assert_eq!(
            filled.command(),
            "aws ec2 run-instances --tag-specifications \
             'ResourceType=instance,Tags=[{Key=Name,Value=my shop}]' --image-id ami-1 \
             --security-groups a b --count 2"
        );
        filled.fill(filled.form().field("--security-groups").unwrap(), " ");
        assert!(!filled.command().contains("groups"));
    }

    #[test]
    fn switches_values_behind_an_equals_sign_and_several_words_are_read() {
        let filled = Filled::read("aws ec2 stop-instances --force --instance-ids=i-1 --region x");
        let filled = filled.unwrap();
        assert_eq!(value(&filled, "Force stop"), "on");
        assert_eq!(value(&filled, "Selected instances"), "i-1");
        assert_eq!(
            filled.command(),
            "aws ec2 stop-instances --instance-ids i-1 --force --region x"
        );
        let two = Filled::read("aws ec2 terminate-instances --instance-ids i-1 $ID").unwrap();
        assert_eq!(value(&two, "Selected instances"), "i-1 $ID");
    }

    #[test]
    fn what_no_field_has_is_kept() {
        let line =
            "aws ec2 run-instances --dry-run --block-device-mappings file://a.json --count 1";
        let filled = Filled::read(line).unwrap();
        assert_eq!(
            filled.command(),
            "aws ec2 run-instances --count 1 --dry-run --block-device-mappings file://a.json"
        );
        // a tag that is more than a name has no field
        let line = "aws ec2 run-instances --tag-specifications \
                    'ResourceType=instance,Tags=[{Key=Name,Value=a},{Key=b,Value=c}]'";
        let filled = Filled::read(line).unwrap();
        assert_eq!(value(&filled, "Name"), "");
        assert_eq!(filled.command(), line);
    }

    #[test]
    fn help_is_asked_about_anything() {
        for (line, service, command) in [
            ("aws help", "", ""),
            ("aws ec2 help", "ec2", ""),
            (
                "aws elb create-load-balancer help",
                "elb",
                "create-load-balancer",
            ),
        ] {
            let filled = Filled::read(line).unwrap();
            assert_eq!(value(&filled, "Service"), service, "{line}");
            assert_eq!(value(&filled, "Form"), command, "{line}");
            assert_eq!(filled.command(), line);
        }
    }

    #[test]
    fn what_fills_no_form_says_why() {
        for (line, trouble) in [
            ("", Trouble::NotAws),
            ("ls", Trouble::NotAws),
            ("aws", Trouble::Unknown(String::new())),
            ("aws s3 ls s3://a", Trouble::Unknown("s3 ls".into())),
            ("aws ec2 run-instances | less", Trouble::Several),
            (
                "aws ec2 stop-instances --instance-ids 'i-1",
                Trouble::Unclosed,
            ),
        ] {
            assert_eq!(Filled::read(line), Err(trouble), "{line}");
        }
    }

    #[test]
    fn every_form_is_found_by_its_own_command() {
        for form in Form::all() {
            let command = Filled::empty(form).command();
            assert_eq!(Filled::read(&command).unwrap().form(), form, "{command}");
        }
    }

    proptest! {
        /// Whatever is typed, a form's command is read as the same form, with the same in each field.
        #[test]
        fn a_forms_command_fills_the_same_form(
            at in 0..Form::all().len() - 1,
            typed in prop::collection::vec("(--)?[ -~é]{0,12}", 8),
        ) {
            let form = &Form::all()[at];
            let mut filled = Filled::empty(form);
            for (field, typed) in form.fields.iter().zip(&typed) {
                let is_word = typed.trim().starts_with("--");
                match field.kind {
                    Kind::Switch => filled.fill(field, "on"),
                    Kind::Name if typed.contains(['{', '}', ',', '$']) => {}
                    Kind::Several if is_word || shell_words::split(typed).is_err() => {}
                    Kind::Several => {
                        let words = shell_words::split(typed).unwrap();
                        let words = words.iter().map(|it| crate::line::word(it));
                        let words: Vec<_> = words.filter(|it| !it.starts_with("--")).collect();
                        if !words.iter().any(|it| it.contains('$') || it.contains('`')) {
                            filled.fill(field, &words.join(" "));
                        }
                    }
                    _ if typed.contains(['$', '`']) => {}
                    _ => filled.fill(field, typed),
                }
            }
            let read = Filled::read(&filled.command()).unwrap();
            prop_assert_eq!(read, filled);
        }
    }
}
