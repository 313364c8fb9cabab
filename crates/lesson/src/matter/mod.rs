//! The front matter of a text: what is said of it before it begins.

mod duration;
mod ordered;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_saphyr::{Error, Spanned, UserMessageFormatter};
use shared::tutorial::Difficulty;

pub(crate) use duration::seconds;
pub(crate) use ordered::Ordered;

use crate::complaint::{Complaint, Place, nearest};
use crate::source::Source;
use crate::{Asset, ProductEvent};

/// What is said of a lesson.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Matter {
    #[serde(default)]
    #[expect(dead_code, reason = "it is checked, and nothing depends on it yet")]
    kind: Kind,
    pub title: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub difficulty: Difficulty,
    pub time: Option<Spanned<String>>,
    pub limit: Option<Spanned<String>>,
    #[serde(default)]
    pub image: Image,
    #[serde(default)]
    pub layout: Layout,
    #[serde(default)]
    pub terminals: Vec<String>,
    #[serde(default)]
    pub languages: Vec<Spanned<String>>,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default)]
    #[expect(dead_code, reason = "it is checked, and nothing depends on it yet")]
    cloud: Cloud,
    #[serde(default)]
    pub assets: Vec<Spanned<Asset>>,
    pub setup: Option<SetupMatter>,
    #[serde(default)]
    pub tasks: Ordered<TaskMatter>,
}

/// What is said of a translation; all else is said by the original.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TranslatedMatter {
    pub title: Option<String>,
    pub description: Option<String>,
    pub tasks: Ordered<TranslatedTask>,
}

/// What a translation says of a task.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TranslatedTask {
    pub title: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    #[default]
    Lesson,
    Challenge,
}

/// What a sandbox of the lesson is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Image {
    Shell,
    #[default]
    MacClis,
    TwoTerminals,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Layout {
    #[default]
    Right,
    Bottom,
    TerminalOnly,
    Editor,
}

impl From<Layout> for shared::tutorial::Layout {
    fn from(layout: Layout) -> Self {
        match layout {
            Layout::Bottom => Self::Bottom,
            // a text without itself is no tutorial, and there is no editor
            Layout::Right | Layout::TerminalOnly | Layout::Editor => Self::Right,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Cloud {
    #[default]
    Simulated,
    BringYourOwn,
    None,
}

/// What is said of a setup.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetupMatter {
    pub background: Option<Spanned<String>>,
    pub foreground: Option<Spanned<String>>,
    pub ready: Option<String>,
    pub timeout: Option<Spanned<String>>,
}

/// What is said of a task.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskMatter {
    pub title: Option<String>,
    #[serde(default)]
    pub needs: Vec<Spanned<String>>,
    pub run: Option<Spanned<String>>,
    pub event: Option<ProductEvent>,
    pub hintcheck: Option<Spanned<String>>,
    pub failcheck: Option<Spanned<String>>,
    pub solve: Option<Spanned<String>>,
    pub timeout: Option<Spanned<String>>,
}

/// Where something of the front matter is.
pub(crate) fn place<T>(spanned: &Spanned<T>) -> Place {
    let at = &spanned.referenced;
    (at.line().max(1) as usize, at.column().max(1) as usize)
}

/// The front matter as YAML whose lines count as those of the file, and where the text begins.
pub(crate) fn split(source: &Source) -> Result<(String, usize), Complaint> {
    let mut lines = source.lines(0);
    let is_fence = |line: &str| line.trim_end() == "---";
    let Some((first, _)) = lines.next().filter(|(_, line)| is_fence(line)) else {
        let hint = "begin the file with a line ---, title: …, and a line ---".to_owned();
        return Err(source.error(0, "there is no front matter").with_hint(hint));
    };
    let Some((last, _)) = lines.find(|(_, line)| is_fence(line)) else {
        let hint = "end it with a line ---".to_owned();
        return Err(source
            .error(0, "the front matter never ends")
            .with_hint(hint));
    };
    let yaml = &source.text[first.end..last.start];
    Ok((yaml.to_owned(), (last.end + 1).min(source.text.len())))
}

/// Reads front matter.
pub(crate) fn parse<T: DeserializeOwned>(file: &str, yaml: &str) -> Result<T, Complaint> {
    // what is all blank has no fields
    let yaml = if yaml.trim().is_empty() { "{}" } else { yaml };
    let options = serde_saphyr::options! { with_snippet: false };
    serde_saphyr::from_str_with_options(yaml, options).map_err(|error| complaint(file, &error))
}

fn complaint(file: &str, error: &Error) -> Complaint {
    let at = error.location().filter(|at| at.line() > 0);
    let place = at.map_or((1, 1), |at| {
        (at.line() as usize, at.column().max(1) as usize)
    });
    let error = error.without_snippet();
    Complaint::error(file, place, message(error)).with_hint(hint(error))
}

fn message(error: &Error) -> String {
    match error {
        Error::SerdeUnknownField { field, .. } => format!("there is no field \"{field}\""),
        Error::SerdeUnknownVariant { variant, .. } => format!("\"{variant}\" is not known here"),
        Error::SerdeMissingField { field, .. } => format!("the field \"{field}\" is missing"),
        other => {
            let told = other.render_with_formatter(&UserMessageFormatter);
            let told = told.lines().next().unwrap_or_default();
            let (told, _) = told.split_once(" at line ").unwrap_or((told, ""));
            told.to_owned()
        }
    }
}

/// What was probably meant, or else what is known.
fn hint(error: &Error) -> Option<String> {
    let (word, expected) = match error {
        Error::SerdeUnknownField {
            field, expected, ..
        } => (field, expected),
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => (variant, expected),
        _ => return None,
    };
    let all = || format!("one of {}", expected.join(", "));
    nearest(word, expected.iter().copied()).or_else(|| Some(all()))
}
