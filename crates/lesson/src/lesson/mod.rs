//! A `lesson.md` and its translations.

mod translation;

use std::collections::BTreeSet;

use serde_saphyr::Spanned;
use shared::tutorial::{Action, Tutorial, TutorialDetail, TutorialStep};

use crate::complaint::{Complaint, nearest};
use crate::laid;
use crate::matter::{self, Image, Matter, SetupMatter};
use crate::source::Source;
use crate::steps::{self, Cut, Manuscript};
use crate::tasks::{Scripts, Tasks};
use crate::write::{Answers, Mark, Written};
use crate::{Files, Lesson, Setup, Shown};

/// The file of the original.
pub(crate) const FILE: &str = "lesson.md";
/// How long a setup may take at most, and unless it is said, in seconds.
pub(crate) const SETUP_S: u32 = 50;
/// The terminals that directives can name.
const MOST_TERMINALS: usize = 9;
/// So many files are laid into a home at most.
const MOST_ASSETS: usize = 100;
/// How long a step takes where nobody says so, in minutes.
pub(crate) const STEP_MINUTES: u32 = 5;

/// Reads a lesson from its `lesson.md`.
pub(crate) fn read(name: &str, files: &Files, complaints: &mut Vec<Complaint>) -> Option<Lesson> {
    let source = crate::texts::source(files, FILE, complaints)?;
    let (matter, from) = front(&source, complaints);
    let mut scripts = Scripts {
        file: FILE,
        files,
        complaints: Vec::new(),
    };
    let tasks = matter.as_ref().map(|matter| scripts.tasks(&matter.tasks));
    let names = tasks.as_ref().map(Tasks::names);
    let mut manuscript = Manuscript {
        source,
        from,
        cut: Cut::AtHeadings,
    };
    let mut written = manuscript.steps(names.as_deref(), Answers::Required, complaints);
    steps::identify(FILE, &mut written, complaints);
    let lesson = matter.zip(tasks).and_then(|(matter, tasks)| {
        let draft = Draft {
            name,
            matter,
            tasks,
            written,
        };
        draft.finish(&mut scripts)
    });
    complaints.append(&mut scripts.complaints);
    lesson
}

/// The front matter, if it can be read, and where the text begins.
fn front(source: &Source, complaints: &mut Vec<Complaint>) -> (Option<Matter>, usize) {
    let (yaml, from) = match matter::split(source) {
        Ok(split) => split,
        Err(complaint) => {
            complaints.push(complaint);
            return (None, 0);
        }
    };
    match matter::parse(&source.file, &yaml) {
        Ok(matter) => (Some(matter), from),
        Err(complaint) => {
            complaints.push(complaint);
            (None, from)
        }
    }
}

struct Draft<'n> {
    name: &'n str,
    matter: Matter,
    tasks: Tasks,
    written: Vec<Written>,
}

impl Draft<'_> {
    fn finish(mut self, scripts: &mut Scripts<'_>) -> Option<Lesson> {
        if self.written.is_empty() {
            let hint = "begin one with ## and its title".to_owned();
            let complaint = Complaint::error(FILE, (1, 1), "there is no step");
            scripts.complaints.push(complaint.with_hint(hint));
            return None;
        }
        self.title_steps(scripts);
        self.complain_of_tasks(scripts);
        let terminals = self.terminals(scripts);
        let original = self.original(scripts, terminals);
        let mut lesson = Lesson {
            translations: Vec::new(),
            checks: std::mem::take(&mut self.tasks.checks),
            setup: self.setup(scripts),
            assets: self.assets(scripts),
            images: images(&self.written),
            limit_minutes: minutes(scripts, self.matter.limit.as_ref()),
            original,
        };
        let languages = &self.matter.languages;
        translation::read_all(&mut lesson, languages, &self.written, scripts);
        Some(lesson)
    }

    fn title_steps(&mut self, scripts: &mut Scripts<'_>) {
        for step in &mut self.written {
            if step.step.title.is_empty() {
                scripts.warn(
                    step.place,
                    "this step has no title: begin it with ## and one",
                );
                step.step.title = self.matter.title.clone();
            }
        }
    }

    /// Tells of tasks that nobody gets to see, or more than once.
    fn complain_of_tasks(&self, scripts: &mut Scripts<'_>) {
        let mut shown = BTreeSet::new();
        for (place, mark) in self.written.iter().flat_map(|step| &step.marks) {
            if let Mark::Task(name) = mark
                && !shown.insert(name.as_str())
            {
                scripts.warn(*place, format!("the task \"{name}\" is shown twice"));
            }
        }
        for (task, place) in self.tasks.tasks.iter().zip(&self.tasks.places) {
            if !shown.contains(task.name.as_str()) {
                let message = format!("no step shows the task \"{}\"", task.name);
                scripts.warn(*place, message);
            }
        }
    }

    fn terminals(&self, scripts: &mut Scripts<'_>) -> Vec<String> {
        let mut terminals = self.matter.terminals.clone();
        if terminals.len() > MOST_TERMINALS {
            let message = format!("there are more than {MOST_TERMINALS} terminals");
            scripts.fail((1, 1), message, None);
            terminals.truncate(MOST_TERMINALS);
        }
        if terminals.is_empty() {
            terminals.push("main".to_owned());
            if self.matter.image == Image::TwoTerminals {
                terminals.push("second".to_owned());
            }
        }
        for (place, mark) in self.written.iter().flat_map(|step| &step.marks) {
            let Mark::Command(command) = mark else {
                continue;
            };
            if let Action::Run { terminal, .. } = command.action
                && usize::from(terminal) > terminals.len()
            {
                let message = format!("there is no terminal {terminal}");
                let hint = Some("name more of them in the front matter's terminals".to_owned());
                scripts.fail(*place, message, hint);
            }
        }
        terminals
    }

    fn original(&mut self, scripts: &mut Scripts<'_>, terminals: Vec<String>) -> TutorialDetail {
        let matter = &self.matter;
        let steps: Vec<TutorialStep> = self.written.iter().map(|it| it.step.clone()).collect();
        let count = steps.len() as u32;
        let minutes = minutes(scripts, matter.time.as_ref());
        let language = matter
            .languages
            .first()
            .map_or("en", |it| it.value.as_str());
        TutorialDetail {
            tutorial: Tutorial {
                name: self.name.to_owned(),
                title: matter.title.clone(),
                description: matter.description.clone(),
                difficulty: matter.difficulty,
                minutes: minutes.unwrap_or(count * STEP_MINUTES),
                tags: matter.tags.clone(),
                languages: vec![language.to_owned()],
                steps: count,
                verified: None,
            },
            language: language.to_owned(),
            steps,
            tasks: std::mem::take(&mut self.tasks.tasks),
            terminals,
            layout: matter.layout.into(),
            fingerprint: String::new(),
        }
    }

    fn setup(&self, scripts: &mut Scripts<'_>) -> Option<Setup> {
        let said = self.matter.setup.as_ref()?;
        Some(Setup {
            background: scripts.text(said.background.as_ref()),
            foreground: scripts.text(said.foreground.as_ref()),
            ready: said.ready.clone(),
            timeout_s: self.setup_s(said, scripts),
        })
    }

    /// How long the setup may take: a page waits for it, and no proxy lets it wait longer.
    fn setup_s(&self, said: &SetupMatter, scripts: &mut Scripts<'_>) -> u32 {
        let seconds = scripts.seconds(said.timeout.as_ref(), SETUP_S);
        if let Some(said) = said.timeout.as_ref().filter(|_| seconds > SETUP_S) {
            scripts.warn(matter::place(said), format!("a setup has {SETUP_S} s"));
        }
        seconds.min(SETUP_S)
    }

    fn assets(&self, scripts: &mut Scripts<'_>) -> Vec<crate::Asset> {
        let mut assets = Vec::new();
        for asset in &self.matter.assets {
            let file = &asset.value.file;
            if assets.len() == MOST_ASSETS {
                let message = format!("there are more than {MOST_ASSETS} assets");
                scripts.fail(matter::place(asset), message, None);
                break;
            }
            if laid::target(&asset.value, file).is_none() {
                let message = format!("{} is no place for a file", asset.value.target);
                let hint = Some("files go to ~/, and to no hidden place in it".to_owned());
                scripts.fail(matter::place(asset), message, hint);
                continue;
            }
            let is_there = scripts.files.keys().any(|path| laid::is_meant(file, path));
            if !is_there && !file.contains('*') {
                let hint = nearest(file, scripts.files.keys().map(String::as_str));
                let message = format!("no text file of the folder is called {file}");
                let complaint = Complaint::warning(FILE, matter::place(asset), message);
                scripts.complaints.push(complaint.with_hint(hint));
            }
            assets.push(asset.value.clone());
        }
        assets
    }
}

/// The images that steps show.
pub(crate) fn images(written: &[Written]) -> Vec<Shown> {
    written.iter().flat_map(|it| it.images.clone()).collect()
}

/// A time in minutes, rounded up.
fn minutes(scripts: &mut Scripts<'_>, said: Option<&Spanned<String>>) -> Option<u32> {
    let said = said?;
    let seconds = scripts.seconds(Some(said), 0);
    (seconds > 0).then(|| seconds.div_ceil(60))
}
