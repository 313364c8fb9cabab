//! A lesson in another language: other words, and the same commands, tasks and answers.

use std::collections::BTreeSet;

use serde_saphyr::Spanned;
use shared::tutorial::{Block, TutorialDetail, TutorialStep};

use crate::complaint::{Complaint, Place};
use crate::matter::{self, TranslatedMatter};
use crate::source::Source;
use crate::steps::{Cut, Manuscript};
use crate::tasks::Scripts;
use crate::write::{Answers, Mark, Written};
use crate::{Lesson, Shown};

/// Reads the translations that a front matter names, and those that it forgot.
pub(super) fn read_all(
    lesson: &mut Lesson,
    languages: &[Spanned<String>],
    originals: &[Written],
    scripts: &mut Scripts<'_>,
) {
    let mut named = BTreeSet::from([lesson.original.language.as_str()]);
    for language in languages.iter().skip(1) {
        let file = format!("lesson.{}.md", language.value);
        if !scripts.files.contains_key(&file) {
            let message = format!("there is no {file}");
            scripts.fail(matter::place(language), message, None);
        }
        named.insert(&language.value);
    }
    let mut translations = Vec::new();
    for file in scripts.files.keys() {
        let tag = file
            .strip_prefix("lesson.")
            .and_then(|it| it.strip_suffix(".md"));
        let Some(tag) = tag.filter(|tag| is_tag(tag)) else {
            continue;
        };
        if tag == lesson.original.language {
            let message = format!("lesson.md is the text in \"{tag}\": this one is not read");
            scripts
                .complaints
                .push(Complaint::warning(file, (1, 1), message));
            continue;
        }
        if !named.contains(tag) {
            let message = format!("the languages of lesson.md don't name \"{tag}\"");
            scripts
                .complaints
                .push(Complaint::warning(file, (1, 1), message));
        }
        translations.extend(read(lesson, originals, scripts, file, tag));
    }
    for (detail, shown) in translations {
        lesson.translations.push(detail);
        lesson.images.extend(shown);
    }
    name_languages(lesson);
}

/// Whether a text looks like a BCP 47 tag: `es`, `es-MX`.
fn is_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let is_language =
        |it: &str| matches!(it.len(), 2 | 3) && it.bytes().all(|it| it.is_ascii_alphabetic());
    let is_part =
        |it: &str| matches!(it.len(), 1..=8) && it.bytes().all(|it| it.is_ascii_alphanumeric());
    parts.next().is_some_and(is_language) && parts.all(is_part)
}

/// Tells every text which others there are.
fn name_languages(lesson: &mut Lesson) {
    let all = std::iter::once(&lesson.original).chain(&lesson.translations);
    let languages: Vec<String> = all.map(|it| it.language.clone()).collect();
    for detail in lesson.translations.iter_mut().chain([&mut lesson.original]) {
        detail.tutorial.languages.clone_from(&languages);
    }
}

/// Reads a translation, if it is one of the same steps.
fn read(
    lesson: &Lesson,
    originals: &[Written],
    scripts: &mut Scripts<'_>,
    file: &str,
    tag: &str,
) -> Option<(TutorialDetail, Vec<Shown>)> {
    let source = crate::texts::source(scripts.files, file, &mut scripts.complaints)?;
    let (matter, from) = front(&source, &mut scripts.complaints)?;
    let tasks: Vec<String> = lesson
        .original
        .tasks
        .iter()
        .map(|it| it.name.clone())
        .collect();
    let mut manuscript = Manuscript {
        source,
        from,
        cut: Cut::AtHeadings,
    };
    let complaints = &mut scripts.complaints;
    let written = manuscript.steps(Some(&tasks), Answers::Shared, complaints);
    let drift = drift(originals, &written, file);
    let is_same = drift.is_empty();
    complaints.extend(drift);
    let shown = super::images(&written);
    is_same.then(|| (translated(&lesson.original, matter, written, tag), shown))
}

/// The front matter; where there is none, title and description are the original's.
fn front(source: &Source, complaints: &mut Vec<Complaint>) -> Option<(TranslatedMatter, usize)> {
    if !source.text.starts_with("---") {
        return Some((TranslatedMatter::default(), 0));
    }
    let read = matter::split(source)
        .and_then(|(yaml, from)| Ok((matter::parse(&source.file, &yaml)?, from)));
    read.map_err(|complaint| complaints.push(complaint)).ok()
}

/// Where a translation is not what the original is.
fn drift(originals: &[Written], written: &[Written], file: &str) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    if originals.len() != written.len() {
        let place = written.get(originals.len()).or(written.last());
        let place = place.map_or((1, 1), |step| step.place);
        let (here, there) = (written.len(), originals.len());
        let message = format!("the original has {there} steps, and this {here}");
        complaints.push(Complaint::error(file, place, message));
    }
    for (original, written) in originals.iter().zip(written) {
        complaints.extend(first_difference(original, written, file));
        if let Some(id) = written.id.as_ref().filter(|id| **id != original.step.id) {
            let message = format!(
                "the original's id is \"{}\", not \"{id}\"",
                original.step.id
            );
            complaints.push(Complaint::error(file, written.place, message));
        }
    }
    complaints
}

fn first_difference(original: &Written, written: &Written, file: &str) -> Option<Complaint> {
    let pairs = original.marks.iter().zip(&written.marks);
    for ((_, theirs), (place, ours)) in pairs {
        if !is_same(theirs, ours) {
            let message = format!("{} stands here in the original", describe(theirs));
            return Some(Complaint::error(file, *place, message));
        }
    }
    let (there, here) = (original.marks.len(), written.marks.len());
    if there > here {
        let (missing, last) = (&original.marks[here].1, written.marks.last());
        let place: Place = last.map_or(written.place, |(place, _)| *place);
        let message = format!("{} is missing after this", describe(missing));
        return Some(Complaint::error(file, place, message));
    }
    let (place, ours) = written.marks.get(there)?;
    let message = format!("{} is not in the original", describe(ours));
    Some(Complaint::error(file, *place, message))
}

fn is_same(original: &Mark, translated: &Mark) -> bool {
    match (original, translated) {
        (Mark::Quiz(there, _), Mark::Quiz(here, None)) => there == here,
        _ => original == translated,
    }
}

fn describe(mark: &Mark) -> String {
    match mark {
        Mark::Command(command) => format!("the command `{}`", command.text),
        Mark::Task(name) => format!("the task \"{name}\""),
        Mark::Quiz(choices, _) => format!("a quiz of {choices} choices"),
        Mark::Edit(file) => format!("an edit of {file}"),
    }
}

fn translated(
    original: &TutorialDetail,
    matter: TranslatedMatter,
    written: Vec<Written>,
    tag: &str,
) -> TutorialDetail {
    let mut detail = original.clone();
    detail.language = tag.to_owned();
    detail.tutorial.title = matter.title.unwrap_or(detail.tutorial.title);
    detail.tutorial.description = matter.description.unwrap_or(detail.tutorial.description);
    for task in &mut detail.tasks {
        let said = matter
            .tasks
            .0
            .iter()
            .find(|(name, _)| name.value == task.name);
        if let Some((_, said)) = said {
            task.title.clone_from(&said.title);
        }
    }
    for (step, written) in detail.steps.iter_mut().zip(written) {
        step.blocks = shared_blocks(step, written.step.blocks);
        if !written.step.title.is_empty() {
            step.title = written.step.title;
        }
    }
    detail
}

/// The translated blocks with what the original alone says.
fn shared_blocks(original: &TutorialStep, mut translated: Vec<Block>) -> Vec<Block> {
    let mut said = Vec::new();
    gather(&original.blocks, &mut said);
    said.reverse();
    put(&mut translated, &mut said);
    translated
}

/// The questions and edits in their order.
fn gather<'b>(blocks: &'b [Block], said: &mut Vec<&'b Block>) {
    for block in blocks {
        match block {
            Block::Quiz { .. } | Block::Edit { .. } => said.push(block),
            Block::Hint { blocks } | Block::Solution { blocks } | Block::Note { blocks } => {
                gather(blocks, said);
            }
            Block::Prose { .. }
            | Block::Command { .. }
            | Block::Task { .. }
            | Block::Form { .. } => {}
        }
    }
}

fn put(blocks: &mut [Block], said: &mut Vec<&Block>) {
    for block in blocks {
        match block {
            Block::Quiz { answers, .. } => {
                if let Some(Block::Quiz { answers: right, .. }) = said.pop() {
                    answers.clone_from(right);
                }
            }
            Block::Edit { .. } => {
                if let Some(edit) = said.pop() {
                    block.clone_from(edit);
                }
            }
            Block::Hint { blocks } | Block::Solution { blocks } | Block::Note { blocks } => {
                put(blocks, said);
            }
            Block::Prose { .. }
            | Block::Command { .. }
            | Block::Task { .. }
            | Block::Form { .. } => {}
        }
    }
}
