//! Tutorials: texts in steps, whose commands are clicked and whose tasks check themselves.

use serde::{Deserialize, Serialize};

use crate::Instant;

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
    /// A change to a file, shown before it is made.
    Edit {
        /// The file, below the home.
        file: String,
        /// What is changed.
        change: Change,
    },
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
