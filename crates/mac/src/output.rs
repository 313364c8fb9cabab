//! Printing: results to standard output, everything else to standard error.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use serde::Serialize;
use shared::{Problem, ProblemKind};

/// How much is printed, and how.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    quiet: bool,
    verbose: bool,
    json: bool,
}

impl Output {
    pub fn new(quiet: bool, verbose: bool, json: bool) -> Self {
        Self {
            quiet,
            verbose,
            json,
        }
    }

    /// A result, with a line end if it lacks one.
    pub fn result(&self, text: &str) -> io::Result<()> {
        let end = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        self.exactly(&format!("{text}{end}"))
    }

    /// A result, byte for byte.
    pub fn exactly(&self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }

    /// A result: one JSON document where that was asked for, else the words for people.
    pub fn either(
        &self,
        value: &impl Serialize,
        words: impl FnOnce() -> String,
    ) -> anyhow::Result<()> {
        let text = match self.json {
            true => serde_json::to_string_pretty(value)?,
            false => words(),
        };
        Ok(self.result(&text)?)
    }

    /// Whether JSON was asked for.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Whether progress may be drawn and drawn again in its place.
    pub fn is_live(&self) -> bool {
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        !self.quiet && !self.json && !is_dumb && io::stdout().is_terminal()
    }

    /// A line about progress.
    pub fn progress(&self, text: &str) -> io::Result<()> {
        if self.quiet {
            Ok(())
        } else if self.json {
            self.progress_error(text.trim_end_matches('\n'));
            Ok(())
        } else {
            self.result(text)
        }
    }

    /// A line about progress, from a command's standard error.
    pub fn progress_error(&self, text: &str) {
        if !self.quiet {
            eprintln!("{text}");
        }
    }

    /// A line for somebody who wants to know more.
    pub fn verbose(&self, text: &str) {
        if self.verbose {
            eprintln!("{text}");
        }
    }
}

/// A state's word, as it is on the wire.
pub fn word(state: &impl serde::Serialize) -> String {
    match serde_json::to_value(state) {
        Ok(serde_json::Value::String(word)) => word,
        _ => "?".to_owned(),
    }
}

/// The exit code of what failed on the way, as the original has it.
pub const FAILED: u8 = 3;
/// The exit code of a version that exists already.
pub const EXISTS: u8 = 7;
/// The exit code of a macfile or parameters that are not right.
pub const WRONG: u8 = 11;
/// The exit code of an infrastructure that could not be made.
pub const NOT_MADE: u8 = 12;
/// Somebody left with Ctrl-C, as shells count it: 128 and the signal's number.
pub const INTERRUPTED: u8 = 130;

/// A failure with an exit code of its own.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub struct Coded {
    pub code: u8,
    pub words: String,
}

/// Prints why it failed: exit code 2 when nobody is signed in, 0 when the reader went away, else 3
/// or the failure's own.
pub fn failure(error: &anyhow::Error) -> ExitCode {
    if let Some(error) = error.downcast_ref::<io::Error>()
        && error.kind() == io::ErrorKind::BrokenPipe
    {
        return ExitCode::SUCCESS;
    }
    if let Some(coded) = error.downcast_ref::<Coded>() {
        eprintln!("mac: {coded}");
        return ExitCode::from(coded.code);
    }
    let Some(problem) = error.downcast_ref::<Problem>() else {
        eprintln!("mac: {error:#}");
        return ExitCode::from(FAILED);
    };
    eprintln!("mac: {}", problem.title);
    if let Some(detail) = &problem.detail {
        eprintln!("{detail}");
    }
    match problem.kind {
        ProblemKind::NotSignedIn => ExitCode::from(2),
        ProblemKind::Forbidden
        | ProblemKind::NotFound
        | ProblemKind::Invalid
        | ProblemKind::Conflict
        | ProblemKind::LimitReached
        | ProblemKind::Unavailable
        | ProblemKind::Internal
        | ProblemKind::Unreachable => ExitCode::from(FAILED),
    }
}
