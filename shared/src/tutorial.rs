//! Tutorials: texts in steps, whose commands are clicked and whose tasks check themselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Instant;

/// How the names of previews begin; no tutorial's does.
const PREVIEW: char = '~';

/// What the preview of a folder is called, in addresses too.
pub fn preview_name(folder: &str) -> String {
    format!("{PREVIEW}{folder}")
}

/// Whether a tutorial's name is that of a preview.
pub fn is_preview(name: &str) -> bool {
    name.starts_with(PREVIEW)
}

/// How much a tutorial asks of who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Difficulty {
    /// For a newcomer.
    #[default]
    Easy,
    /// For who has done an easy one.
    Medium,
    /// For who uses the tools already.
    Hard,
}

/// Where a tutorial's terminals are, until its reader puts them elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Beside the text.
    #[default]
    Right,
    /// Below it.
    Bottom,
}

/// A tutorial, without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tutorial {
    /// What its folder is called, in addresses too.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// What one learns, in a sentence.
    pub description: String,
    /// How much it asks of who does it.
    pub difficulty: Difficulty,
    /// How long it takes, in minutes.
    pub minutes: u32,
    /// What it is about, in single words.
    pub tags: Vec<String>,
    /// The languages that it can be read in, as BCP 47 tags; the first is the original.
    pub languages: Vec<String>,
    /// How many steps it has.
    pub steps: u32,
    /// When it was last done from its first step to its last as it is written now; none if it was not.
    #[serde(default)]
    pub verified: Option<Verified>,
}

/// That a tutorial can be done as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Verified {
    /// When it was done.
    pub at: Instant,
    /// With which programs.
    pub with: Vec<Program>,
}

/// Which tutorials can be done as they are written, by their names, as a file beside their folders says.
pub type Verifications = std::collections::BTreeMap<String, Verification>;

/// That a tutorial was done, as it was written then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// What stood for its texts.
    pub fingerprint: String,
    /// When, and with which programs.
    #[serde(flatten)]
    pub verified: Verified,
}

/// A program, and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Program {
    /// What it is called.
    pub name: String,
    /// Which it was.
    pub version: String,
}

/// A tutorial in one language, with its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TutorialDetail {
    /// The tutorial.
    pub tutorial: Tutorial,
    /// The language of the text.
    pub language: String,
    /// Its steps in order.
    pub steps: Vec<TutorialStep>,
    /// Its tasks in order.
    pub tasks: Vec<Task>,
    /// What its terminals are called; there is one at least.
    pub terminals: Vec<String>,
    /// Where they are.
    #[serde(default)]
    pub layout: Layout,
    /// Stands for its folder's texts as they are: of others it is another one.
    #[serde(default)]
    pub fingerprint: String,
}

/// A step of a tutorial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TutorialStep {
    /// What links to it name: of small letters, digits and dashes.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it says, in order.
    pub blocks: Vec<Block>,
    /// What can be clicked in it; blocks speak of these by their number, from 0.
    pub commands: Vec<Command>,
}

/// A part of a step's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// Text: clean HTML, in which `<code data-command="N">` stands for the step's command of that
    /// number, and `<span data-spotlight="TARGET">` for a button that shows where something is.
    Prose {
        /// The HTML.
        html: String,
    },
    /// A command of its own.
    Command {
        /// Its number in the step.
        command: u32,
    },
    /// A task.
    Task {
        /// Its name.
        task: String,
    },
    /// Help that is shown when it is asked for.
    Hint {
        /// What it says.
        #[cfg_attr(feature = "openapi", schema(no_recursion))]
        blocks: Vec<Block>,
    },
    /// What there is to do, shown when it is asked for.
    Solution {
        /// What it says.
        #[cfg_attr(feature = "openapi", schema(no_recursion))]
        blocks: Vec<Block>,
    },
    /// Something beside the way.
    Note {
        /// What it says.
        #[cfg_attr(feature = "openapi", schema(no_recursion))]
        blocks: Vec<Block>,
    },
    /// A question.
    Quiz {
        /// The question: clean HTML.
        html: String,
        /// What may be answered: clean HTML.
        choices: Vec<String>,
        /// Which of them are right, from 0.
        answers: Vec<u32>,
    },
    /// A form of the console beside the command that does the same: each is made of the other.
    Form {
        /// The command that it is filled in with, by its number in the step.
        command: u32,
    },
    /// A change to a file, shown before it is made.
    Edit {
        /// The file, below the home.
        file: String,
        /// What is changed.
        change: Change,
    },
}

/// The numbers of the commands that a text names, in its order; what a person wrote has no `<`.
pub fn commands_in(html: &str) -> Vec<u32> {
    let after = html.split("<code data-command=\"").skip(1);
    after
        .filter_map(|rest| rest.split('"').next()?.parse().ok())
        .collect()
}

/// A change to a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// Lines at its end; it is made if it is not there.
    Append {
        /// The lines.
        text: String,
    },
    /// Other text in place of the only place where this is.
    Replace {
        /// What is there.
        from: String,
        /// What is there afterwards.
        to: String,
    },
}

/// Why a change does not fit a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// It is made already.
    Made,
    /// What is to be replaced is not there.
    Missing,
    /// What is to be replaced is there more than once.
    Several,
}

impl Change {
    /// The text of a file once this is made; of a file that is not there, the text is empty.
    ///
    /// # Errors
    /// It is made already, or does not fit.
    pub fn made(&self, text: &str) -> Result<String, Unfit> {
        match self {
            Self::Append { text: lines } if text.ends_with(lines.as_str()) => Err(Unfit::Made),
            Self::Append { text: lines } => {
                let is_open = !text.is_empty() && !text.ends_with('\n');
                let end = if is_open { "\n" } else { "" };
                Ok(format!("{text}{end}{lines}"))
            }
            Self::Replace { from, to } => {
                // where the new text holds the old one, it looks as if both were there
                let is_made = !to.is_empty() && text.contains(to.as_str());
                match text.matches(from.as_str()).count() {
                    _ if is_made => Err(Unfit::Made),
                    0 => Err(Unfit::Missing),
                    1 => Ok(text.replacen(from.as_str(), to, 1)),
                    _ => Err(Unfit::Several),
                }
            }
        }
    }
}

/// Something that can be clicked in a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Command {
    /// What is typed or copied.
    pub text: String,
    /// What a click does.
    pub action: Action,
}

/// What a click on a command does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Types it into a terminal.
    Run {
        /// Which of the tutorial's terminals, from 1.
        terminal: u8,
        /// Whether what runs there is interrupted first.
        interrupts: bool,
        /// Whether Return is pressed after it.
        enters: bool,
        /// Whether it shows something that fails: that is well then, and success is not.
        #[serde(default)]
        fails: bool,
    },
    /// Copies it.
    Copy,
    /// Shows it, and no more.
    Show,
}

/// A task of a tutorial, which is done once its check passes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Task {
    /// Its name: of small letters, digits and underscores.
    pub name: String,
    /// What there is to do, for people.
    pub title: String,
    /// The tasks that must be done before it is checked.
    pub needs: Vec<String>,
    /// Whether it can be done for who doesn't get on.
    pub can_be_solved: bool,
}

/// How far an account is in a tutorial.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Progress {
    /// The step that is read, from 0.
    pub step: u32,
    /// The tasks that are done.
    pub done: Vec<String>,
    /// When it was begun; none if it was not.
    pub begun_at: Option<Instant>,
}

/// Where an account is in a tutorial, as its page says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadStep {
    /// The step that is read, from 0.
    pub step: u32,
}

/// What a check of a task found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "found", rename_all = "snake_case")]
pub enum Checked {
    /// It is done.
    Passed,
    /// It is not done yet.
    Waiting {
        /// What is missing, as the check says.
        message: Option<String>,
        /// What helps, as what was done so far suggests.
        hint: Option<String>,
    },
    /// It can't be done any more: the tutorial has to begin anew.
    Broken {
        /// Why, as the check says.
        message: String,
    },
}

/// How a solution went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Solved {
    /// The exit code; none if it took too long or was ended.
    pub exit_code: Option<i32>,
    /// The last of what it wrote.
    pub output: String,
}

/// A tutorial's folder, for its author alone to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushPreview {
    /// Its text files, by their paths in it.
    pub texts: BTreeMap<String, String>,
    /// The images that its texts show, by their paths in it: base64 (RFC 4648, section 4).
    pub images: BTreeMap<String, String>,
}

/// A folder that its author looks at as a tutorial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Previewed {
    /// The address of its page.
    pub url: String,
    /// What it is as a tutorial.
    pub tutorial: Tutorial,
}

#[cfg(test)]
mod tests {
    use super::{Change, Unfit, commands_in};

    #[test]
    fn commands_of_a_text_are_named_in_its_order() {
        let html = "<p><code data-command=\"3\">a</code> and <code data-command=\"1\">b</code></p>";
        assert_eq!(commands_in(html), [3, 1]);
        assert_eq!(
            commands_in("<p>none, as in data-command=\"7\"</p>"),
            [] as [u32; 0]
        );
    }

    #[test]
    fn lines_come_to_the_end_of_a_file_once() {
        let change = Change::Append { text: "b\n".into() };
        assert_eq!(change.made("").unwrap(), "b\n");
        assert_eq!(change.made("a\n").unwrap(), "a\nb\n");
        assert_eq!(change.made("a").unwrap(), "a\nb\n");
        assert_eq!(change.made("a\nb\n"), Err(Unfit::Made));
    }

    #[test]
    fn what_is_replaced_is_there_once() {
        let change = |from: &str, to: &str| Change::Replace {
            from: from.into(),
            to: to.into(),
        };
        let seven = change("VERSION: 7", "VERSION: 8");
        assert_eq!(seven.made("a\nVERSION: 7\n").unwrap(), "a\nVERSION: 8\n");
        assert_eq!(seven.made("VERSION: 8\n"), Err(Unfit::Made));
        assert_eq!(seven.made("other"), Err(Unfit::Missing));
        assert_eq!(seven.made("VERSION: 7 VERSION: 7"), Err(Unfit::Several));
        // one that goes on with what it replaces is not made twice
        let longer = change("a: 1", "a: 1\nb: 2");
        assert_eq!(longer.made("a: 1\n").unwrap(), "a: 1\nb: 2\n");
        assert_eq!(longer.made("a: 1\nb: 2\n"), Err(Unfit::Made));
        assert_eq!(change("a", "").made("xay").unwrap(), "xy");
        assert_eq!(change("a", "").made("xy"), Err(Unfit::Missing));
    }
}
