//! A tutorial as Markdown that everybody reads.

use super::exported;
use super::killercoda::titles;
use super::spelling::{heading, plain};
use super::{Carried, Format};
use crate::source::Source;
use crate::{Files, Lesson, lesson, matter};

/// The file that is written.
const FILE: &str = "README.md";

/// Writes the file, with the images that it shows.
pub(super) fn export(lesson: &Lesson, files: &Files, carried: &mut Carried) -> Option<()> {
    let Some(text) = files.get(lesson::FILE) else {
        // one that was written for others is read by them
        let message = "this is a scenario: import it first";
        let complaint = crate::Complaint::error(crate::scenario::FILE, (1, 1), message);
        carried.complaints.push(complaint);
        return None;
    };
    let source = Source::new(lesson::FILE, text);
    let (_, from) = matter::split(&source).ok()?;
    let complaints = &mut carried.complaints;
    let titles = titles(lesson);
    let steps = exported::steps(&source, from, Format::Markdown, &titles, "", complaints);
    let tutorial = &lesson.original.tutorial;
    let mut whole = format!("# {}\n\n", plain(&tutorial.title));
    if !tutorial.description.is_empty() {
        whole += &format!("{}\n\n", plain(&tutorial.description));
    }
    for (step, shown) in steps.into_iter().zip(&lesson.original.steps) {
        whole += &format!("{}{}\n\n", heading(&shown.title), step.text.trim());
        for image in step.images {
            carried.copied.insert(image.clone(), image);
        }
    }
    let whole = format!("{}\n", whole.trim_end());
    carried.texts.insert(FILE.to_owned(), whole);
    Some(())
}
