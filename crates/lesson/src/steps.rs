//! Steps, cut out of a text, with ids that links can name.

use crate::complaint::Complaint;
use crate::fence;
use crate::markdown::Survey;
use crate::outline::{self, Section};
use crate::slug::{Taken, slug};
use crate::source::Source;
use crate::write::{self, Answers, Context, Written};

/// How a text becomes steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Each heading of the second level begins one.
    AtHeadings,
    /// It is one.
    Nowhere,
}

/// What a text says, as steps.
pub(crate) struct Manuscript {
    pub source: Source,
    pub from: usize,
    pub cut: Cut,
}

impl Manuscript {
    /// Writes the steps, of tasks that are known or not, whose ids are still to be given.
    pub fn steps(
        &mut self,
        tasks: Option<&[String]>,
        answers: Answers,
        complaints: &mut Vec<Complaint>,
    ) -> Vec<Written> {
        let tails = fence::take_tails(&mut self.source, self.from);
        let survey = Survey::new(&self.source, self.from);
        let survey = match self.cut {
            Cut::AtHeadings => survey,
            Cut::Nowhere => survey.without_steps(),
        };
        let (sections, found) = outline::outline(&self.source, &survey);
        complaints.extend(found);
        let context = Context {
            source: &self.source,
            tails: &tails,
            survey: &survey,
            tasks,
            answers,
        };
        let steps = groups(&sections).into_iter().map(|sections| {
            let (written, found) = write::write(&context, sections);
            complaints.extend(found);
            written
        });
        steps.collect()
    }
}

/// What is before the first heading belongs to its step; the rest is a step each.
pub(crate) fn groups(sections: &[Section]) -> Vec<&[Section]> {
    let Some((preface, rest)) = sections.split_first() else {
        return Vec::new();
    };
    if rest.is_empty() {
        let is_empty = preface.parts.is_empty();
        return if is_empty { Vec::new() } else { vec![sections] };
    }
    let first = &sections[..2];
    std::iter::once(first)
        .chain(sections[2..].chunks(1))
        .collect()
}

/// Gives every step its id, and tells of those that can't be.
pub(crate) fn identify(file: &str, steps: &mut [Written], complaints: &mut Vec<Complaint>) {
    let mut taken = Taken::default();
    for step in steps.iter_mut() {
        let Some(id) = &step.id else {
            continue;
        };
        if slug(id) != *id || id.is_empty() {
            let hint = "use small letters, digits and -".to_owned();
            let complaint = Complaint::error(file, step.place, format!("\"{id}\" is no id"));
            complaints.push(complaint.with_hint(hint));
        } else if !taken.take(id) {
            let message = format!("another step has the id \"{id}\"");
            complaints.push(Complaint::error(file, step.place, message));
        } else {
            step.step.id = id.clone();
        }
    }
    for (index, step) in steps.iter_mut().enumerate() {
        if step.step.id.is_empty() {
            let wanted = slug(&step.step.title);
            let numbered = format!("step-{}", index + 1);
            let wanted = if wanted.is_empty() {
                &numbered
            } else {
                &wanted
            };
            step.step.id = taken.unique(wanted);
        }
    }
}
