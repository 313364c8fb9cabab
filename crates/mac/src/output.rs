//! Printing: results to standard output, everything else to standard error.

use std::io::{self, Write};
use std::process::ExitCode;

use shared::{Problem, ProblemKind};

/// How much is printed.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    quiet: bool,
    verbose: bool,
}

impl Output {
    pub fn new(quiet: bool, verbose: bool) -> Self {
        Self { quiet, verbose }
    }

    /// A result, with a line end if it lacks one.
    pub fn result(&self, text: &str) -> io::Result<()> {
        let end = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        let mut stdout = io::stdout().lock();
        write!(stdout, "{text}{end}")?;
        stdout.flush()
    }

    /// A line about progress.
    pub fn progress(&self, text: &str) -> io::Result<()> {
        if self.quiet {
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

    /// Rows below their titles, in columns.
    pub fn table<const N: usize>(&self, titles: [&str; N], rows: &[[String; N]]) -> io::Result<()> {
        self.result(&table(titles, rows))
    }
}

fn table<const N: usize>(titles: [&str; N], rows: &[[String; N]]) -> String {
    let titles = titles.map(str::to_uppercase);
    let lines: Vec<&[String; N]> = std::iter::once(&titles).chain(rows).collect();
    let widths: [usize; N] = std::array::from_fn(|column| {
        lines
            .iter()
            .map(|line| line[column].chars().count())
            .max()
            .unwrap_or(0)
    });
    let mut text = String::new();
    for line in lines {
        let cells = line
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// A state's word, as it is on the wire.
pub fn word(state: &impl serde::Serialize) -> String {
    match serde_json::to_value(state) {
        Ok(serde_json::Value::String(word)) => word,
        _ => "?".to_owned(),
    }
}

/// Prints why it failed: exit code 2 when nobody is signed in, 0 when the reader went away, else 1.
pub fn failure(error: &anyhow::Error) -> ExitCode {
    if let Some(error) = error.downcast_ref::<io::Error>()
        && error.kind() == io::ErrorKind::BrokenPipe
    {
        return ExitCode::SUCCESS;
    }
    let Some(problem) = error.downcast_ref::<Problem>() else {
        eprintln!("mac: {error:#}");
        return ExitCode::FAILURE;
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
        | ProblemKind::Unreachable => ExitCode::FAILURE,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            ["a".to_owned(), "ready".to_owned()],
            ["long".to_owned(), String::new()],
        ];
        assert_eq!(
            super::table(["id", "state"], &rows),
            "ID    STATE\na     ready\nlong\n"
        );
    }
}
