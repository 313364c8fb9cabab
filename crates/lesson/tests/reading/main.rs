//! Folders as authors write them, read whole.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod any_text;
mod bad;
mod carry;
mod clean;
mod clicks;
mod corpus;
mod form;
mod guide;
mod scenario;
mod translation;
mod whole;

use lesson::{Files, Lesson, Reading};
use shared::tutorial::{Block, TutorialStep};

fn folder(files: &[(&str, &str)]) -> Files {
    let own = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
    files.iter().map(own).collect()
}

fn read(files: &[(&str, &str)]) -> Reading {
    lesson::read("sample", &folder(files))
}

/// The complaints as people see them.
fn complaints(reading: &Reading) -> String {
    let lines = reading.complaints.iter().map(ToString::to_string);
    lines.collect::<Vec<_>>().join("\n")
}

/// The lesson of files that nothing is wrong with.
fn lesson(files: &[(&str, &str)]) -> Lesson {
    let reading = read(files);
    assert_eq!(complaints(&reading), "");
    reading.lesson.unwrap()
}

/// A lesson of one step, with what there is to say of it.
fn step(text: &str) -> (TutorialStep, String) {
    let text = format!("---\ntitle: T\n---\n## S\n{text}");
    let reading = read(&[("lesson.md", &text)]);
    let told = complaints(&reading);
    (reading.lesson.unwrap().original.steps.remove(0), told)
}

/// The HTML of a step, block by block.
fn htmls(blocks: &[Block]) -> Vec<String> {
    let html = |block: &Block| match block {
        Block::Prose { html } => vec![html.clone()],
        Block::Hint { blocks } | Block::Solution { blocks } | Block::Note { blocks } => {
            htmls(blocks)
        }
        Block::Quiz { html, choices, .. } => {
            std::iter::once(html).chain(choices).cloned().collect()
        }
        Block::Command { .. } | Block::Task { .. } | Block::Edit { .. } | Block::Form { .. } => {
            Vec::new()
        }
    };
    blocks.iter().flat_map(html).collect()
}
