//! Tutorials: listed, looked over, shown while they are written, carried over, and done as
//! a test.

mod beside;
mod carry;
mod preview;
mod record;
mod shell;
mod trial;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use client::tutorials;
use lesson::{Complaint, Files, Images, Severity};
use serde_json::json;
use shared::Tutorial;

use crate::{
    arguments::TutorialCommand,
    output::{Output, WRONG},
    signed_in,
    table::{Align, boxed},
};

/// Carries out a command about tutorials.
pub async fn run(command: Option<TutorialCommand>, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        None => list(output).await,
        Some(TutorialCommand::Lint { folder }) => {
            lint(&folder.unwrap_or_else(|| PathBuf::from(".")), output)
        }
        Some(TutorialCommand::Preview { folder }) => {
            let folder = folder.unwrap_or_else(|| PathBuf::from("."));
            preview::run(&signed_in(output)?, &folder, output).await
        }
        Some(TutorialCommand::Import { from, to, force }) => {
            carry::import(&from, to.as_deref(), carry::Over::of(force), output)
        }
        Some(TutorialCommand::Export {
            from,
            to,
            format,
            force,
        }) => carry::export(&from, &to, format, carry::Over::of(force), output),
        Some(TutorialCommand::Test {
            name,
            timeout,
            record,
        }) => {
            let client = signed_in(output)?;
            let passed = trial::run(&client, &name, timeout, output).await?;
            if let (Some(file), Some(fingerprint)) = (&record, &passed) {
                record::note(file, &name, fingerprint).await?;
            }
            Ok(match passed {
                Some(_) => ExitCode::SUCCESS,
                None => ExitCode::FAILURE,
            })
        }
    }
}

async fn list(output: &Output) -> anyhow::Result<ExitCode> {
    let all = tutorials::list(&signed_in(output)?).await?.items;
    output.either(&all, || table(&all))?;
    Ok(ExitCode::SUCCESS)
}

fn table(all: &[Tutorial]) -> String {
    if all.is_empty() {
        return "this server has no tutorials".to_owned();
    }
    let row = |tutorial: &Tutorial| {
        let minutes = tutorial.minutes.to_string();
        [tutorial.name.clone(), minutes, tutorial.title.clone()]
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    boxed(Align::Left, ["Name", "Minutes", "Title"], &rows)
}

fn lint(folder: &Path, output: &Output) -> anyhow::Result<ExitCode> {
    let shown = folder.display();
    let files = lesson::files(folder).with_context(|| format!("read {shown}"))?;
    let complaints = &read(folder, &files)?.complaints;
    let is_error = |complaint: &&Complaint| complaint.severity == Severity::Error;
    let errors = complaints.iter().filter(is_error).count();
    let found: Vec<_> = complaints.iter().map(document).collect();
    output.either(&found, || {
        let lines = complaints
            .iter()
            .map(|complaint| format!("{shown}/{complaint}\n"));
        lines.collect()
    })?;
    if errors == 0 {
        output.progress(&format!("{shown}: {} warnings", complaints.len()))?;
    }
    Ok(ExitCode::from(if errors == 0 { 0 } else { WRONG }))
}

/// A folder that was read.
struct Looked {
    complaints: Vec<Complaint>,
    images: Images,
}

/// Reads a folder's texts, and the images that they show.
fn read(folder: &Path, files: &Files) -> anyhow::Result<Looked> {
    let reading = lesson::read(&name_of(folder), files);
    let (mut complaints, mut images) = (reading.complaints, Images::new());
    if let Some(lesson) = reading.lesson {
        images = lesson::images(folder, &lesson)
            .with_context(|| format!("read images of {}", folder.display()))?;
        complaints.extend(lesson.without_image(&images));
        complaints.sort();
    }
    Ok(Looked { complaints, images })
}

/// What a folder is called.
fn name_of(folder: &Path) -> String {
    let whole = folder.canonicalize().ok();
    let name = whole.as_ref().and_then(|folder| folder.file_name());
    name.map_or_else(|| "tutorial".into(), |name| name.to_string_lossy().into())
}

fn document(complaint: &Complaint) -> serde_json::Value {
    json!({
        "file": complaint.file,
        "line": complaint.line,
        "column": complaint.column,
        "severity": complaint.severity.to_string(),
        "message": complaint.message,
        "hint": complaint.hint,
    })
}
