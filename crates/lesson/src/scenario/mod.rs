//! An `index.json` as Katacoda and Killercoda have it, read leniently: it was written for others.

pub(crate) mod index;

use std::collections::BTreeMap;

use shared::tutorial::{Action, Block, Task, Tutorial, TutorialDetail};

use crate::complaint::{Complaint, nearest};
use crate::lesson::{SETUP_S, STEP_MINUTES};
use crate::slug::{Taken, slug};
use crate::steps::{self, Cut, Manuscript};
use crate::tasks::TIMEOUT_S;
use crate::write::{Answers, Written};
use crate::{Check, Files, Lesson, Setup};
use index::{Index, Page};

/// The file of a scenario.
pub(crate) const FILE: &str = "index.json";

/// Reads a lesson from its `index.json`.
pub(crate) fn read(name: &str, files: &Files, complaints: &mut Vec<Complaint>) -> Option<Lesson> {
    let source = crate::texts::source(files, FILE, complaints)?;
    let index = Index::parse(source, complaints)?;
    let mut scenario = Scenario {
        index,
        files,
        complaints: Vec::new(),
        written: Vec::new(),
        tasks: Vec::new(),
        checks: BTreeMap::new(),
        taken: Taken::default(),
    };
    for page in scenario.index.pages() {
        scenario.page(&page);
    }
    let lesson = scenario.finish(name);
    complaints.append(&mut scenario.complaints);
    lesson
}

struct Scenario<'f> {
    index: Index,
    files: &'f Files,
    complaints: Vec<Complaint>,
    written: Vec<Written>,
    tasks: Vec<Task>,
    checks: BTreeMap<String, Check>,
    /// The names of tasks.
    taken: Taken,
}

impl Scenario<'_> {
    fn page(&mut self, page: &Page) {
        let Some(mut written) = page.text.as_deref().and_then(|file| self.text(file)) else {
            return;
        };
        let number = self.written.len() + 1;
        if let Some(title) = &page.title {
            written.step.title.clone_from(title);
        } else if written.step.title.is_empty() {
            written.step.title = format!("Step {number}");
        }
        if let Some(answer) = page.answer.as_deref().filter(|it| it.ends_with(".md")) {
            self.answer(answer, &mut written);
        }
        if let Some(script) = self.script(page.verify.as_deref()) {
            let hint = self.script(page.hint.as_deref());
            let task = self.task(&written.step.title, script, hint);
            written.step.blocks.push(Block::Task { task });
        }
        for script in &page.scripts {
            let message = format!("{script} is not run: a lesson has one setup, at its beginning");
            let complaint = Complaint::warning(FILE, self.index.place(script), message);
            self.complaints.push(complaint);
        }
        self.written.push(written);
    }

    /// Puts what a page says of its solution into its step.
    fn answer(&mut self, file: &str, written: &mut Written) {
        let Some(mut answer) = self.text(file) else {
            return;
        };
        // its commands come behind those of the step
        let before = written.step.commands.len();
        let behind = |number: u32| number + before as u32;
        renumber(&mut answer.step.blocks, &behind);
        written.step.commands.append(&mut answer.step.commands);
        written.images.append(&mut answer.images);
        let blocks = answer.step.blocks;
        written.step.blocks.push(Block::Solution { blocks });
    }

    /// The text of a file as a step.
    fn text(&mut self, file: &str) -> Option<Written> {
        if !self.files.contains_key(file) {
            self.missing(file);
            return None;
        }
        let source = crate::texts::source(self.files, file, &mut self.complaints)?;
        let heading = source.text.lines().find_map(|line| line.strip_prefix('#'));
        let heading = heading.map(|it| it.trim_matches(['#', ' ']).to_owned());
        let mut manuscript = Manuscript {
            source,
            from: 0,
            cut: Cut::Nowhere,
        };
        let none = Some(&[][..]);
        let steps = manuscript.steps(none, Answers::Required, &mut self.complaints);
        let mut written = steps.into_iter().next()?;
        written.step.title = heading.unwrap_or_default();
        Some(written)
    }

    fn missing(&mut self, file: &str) {
        let hint = nearest(file, self.files.keys().map(String::as_str));
        let message = format!("there is no file {file}");
        let complaint = Complaint::error(FILE, self.index.place(file), message);
        self.complaints.push(complaint.with_hint(hint));
    }

    /// The text of a script's file.
    fn script(&mut self, file: Option<&str>) -> Option<String> {
        let file = file?;
        let found = self.files.get(file).map(|text| text.replace("\r\n", "\n"));
        if found.is_none() {
            self.missing(file);
        }
        found
    }

    /// Makes a task of a script that verifies a step, and says its name.
    fn task(&mut self, title: &str, script: String, hint: Option<String>) -> String {
        let slug = slug(title);
        let wanted = if slug.is_empty() { "step" } else { &slug };
        let name = self.taken.unique(wanted).replace('-', "_");
        self.tasks.push(Task {
            name: name.clone(),
            title: title.to_owned(),
            needs: Vec::new(),
            can_be_solved: false,
        });
        let check = Check {
            run: Some(script),
            event: None,
            hintcheck: hint,
            failcheck: None,
            solve: None,
            timeout_s: TIMEOUT_S,
        };
        self.checks.insert(name.clone(), check);
        name
    }

    fn finish(&mut self, name: &str) -> Option<Lesson> {
        if self.written.is_empty() {
            let complaint = Complaint::error(FILE, (1, 1), "there is no step");
            self.complaints.push(complaint);
            return None;
        }
        let mut written = std::mem::take(&mut self.written);
        steps::identify(FILE, &mut written, &mut self.complaints);
        Some(Lesson {
            translations: Vec::new(),
            checks: std::mem::take(&mut self.checks),
            setup: self.setup(),
            assets: self.index.assets(),
            images: crate::lesson::images(&written),
            limit_minutes: None,
            original: self.detail(name, written),
        })
    }

    fn detail(&mut self, name: &str, written: Vec<Written>) -> TutorialDetail {
        let count = written.len() as u32;
        let language = "en".to_owned();
        TutorialDetail {
            terminals: self.terminals(&written),
            tutorial: Tutorial {
                name: name.to_owned(),
                title: self.index.text("title").unwrap_or_else(|| name.to_owned()),
                description: self.index.text("description").unwrap_or_default(),
                difficulty: self.index.difficulty(),
                minutes: self.index.minutes().unwrap_or(count * STEP_MINUTES),
                tags: Vec::new(),
                languages: vec![language.clone()],
                steps: count,
                verified: None,
            },
            language,
            steps: written.into_iter().map(|it| it.step).collect(),
            tasks: std::mem::take(&mut self.tasks),
            layout: self.index.layout(),
            fingerprint: String::new(),
        }
    }

    fn setup(&mut self) -> Option<Setup> {
        let (foreground, background) = self.index.setup();
        let foreground = self.script(foreground.as_deref());
        let background = self.script(background.as_deref());
        (foreground.is_some() || background.is_some()).then_some(Setup {
            background,
            foreground,
            ready: None,
            timeout_s: SETUP_S,
        })
    }

    /// As many as the layout shows, or as the commands ask for.
    fn terminals(&self, written: &[Written]) -> Vec<String> {
        let commands = written.iter().flat_map(|it| &it.step.commands);
        let asked = commands.map(|command| match command.action {
            Action::Run { terminal, .. } => usize::from(terminal),
            Action::Copy | Action::Show => 1,
        });
        let count = asked.max().unwrap_or(1).max(self.index.terminals());
        let name = |number| match number {
            1 => "main".to_owned(),
            _ => format!("terminal {number}"),
        };
        (1..=count).map(name).collect()
    }
}

/// Gives commands that blocks speak of other numbers.
fn renumber(blocks: &mut [Block], new: &impl Fn(u32) -> u32) {
    for block in blocks {
        match block {
            Block::Command { command } | Block::Form { command } => *command = new(*command),
            Block::Prose { html } => *html = renumbered(html, new),
            Block::Hint { blocks } | Block::Solution { blocks } | Block::Note { blocks } => {
                renumber(blocks, new);
            }
            Block::Quiz { html, choices, .. } => {
                for html in choices.iter_mut().chain([html]) {
                    *html = renumbered(html, new);
                }
            }
            Block::Task { .. } | Block::Edit { .. } => {}
        }
    }
}

/// The same HTML with other numbers of commands.
fn renumbered(html: &str, new: &impl Fn(u32) -> u32) -> String {
    const COMMAND: &str = "<code data-command=\"";
    let mut parts = html.split(COMMAND);
    let mut renumbered = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (number, rest) = part.split_once('"').unwrap_or((part, ""));
        let number = number.parse().map_or(0, new);
        renumbered += &format!("{COMMAND}{number}\"{rest}");
    }
    renumbered
}
