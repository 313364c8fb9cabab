//! A scenario of Katacoda's or Killercoda's as a tutorial of here.

use std::collections::BTreeSet;

use super::told::{Told, ToldTask};
use super::{Carried, imported, spelling};
use crate::complaint::{Complaint, Place};
use crate::scenario::FILE;
use crate::scenario::index::{Index, Page};
use crate::slug::{Taken, slug};
use crate::source::Source;
use crate::{Files, laid, lesson, texts};

/// Carries a scenario over; nothing if its index can't be read, or it has no step.
pub(super) fn import(files: &Files, names: &BTreeSet<String>, carried: &mut Carried) -> Option<()> {
    // what there is to say of the scenario itself, by its own lines
    let reading = crate::read("scenario", files);
    carried.complaints.extend(reading.complaints);
    let scenario = reading.lesson?;
    let mut unheard = Vec::new();
    let index = Index::parse(texts::source(files, FILE, &mut unheard)?, &mut unheard)?;
    let mut importing = Importing {
        files,
        names,
        carried,
        told: Told::default(),
        taken: Taken::default(),
        text: String::new(),
        steps: 0,
    };
    importing.say(&index, &scenario.original);
    let description = index.text("description").unwrap_or_default();
    for page in index.pages() {
        importing.page(&index, &page, &description);
    }
    let (foreground, background) = index.setup();
    importing.told.foreground = importing.script(&index, foreground);
    importing.told.background = importing.script(&index, background);
    importing.assets(&index);
    let whole = format!(
        "{}{}\n",
        importing.told.written(),
        importing.text.trim_end()
    );
    carried.texts.insert(lesson::FILE.to_owned(), whole);
    Some(())
}

struct Importing<'i> {
    files: &'i Files,
    names: &'i BTreeSet<String>,
    carried: &'i mut Carried,
    told: Told,
    /// The names of tasks.
    taken: Taken,
    text: String,
    steps: usize,
}

impl Importing<'_> {
    fn say(&mut self, index: &Index, read: &shared::TutorialDetail) {
        self.told.title.clone_from(&read.tutorial.title);
        self.told.description = index.text("description").unwrap_or_default();
        self.told.difficulty = index.difficulty();
        self.told.minutes = index.minutes();
        self.told.is_challenge = index
            .text("type")
            .is_some_and(|it| it.starts_with("challenge"));
        self.told.terminals.clone_from(&read.terminals);
        self.told.layout = read.layout;
    }

    fn page(&mut self, index: &Index, page: &Page, description: &str) {
        let Some(file) = &page.text else { return };
        let Some(text) = self.files.get(file) else {
            return; // it was told of
        };
        let source = Source::new(file, text);
        let said = source.text.trim();
        if said.is_empty() || (page.is_intro && says_no_more(said, description)) {
            return;
        }
        self.steps += 1;
        let title = title(page, &source, self.steps);
        let (body, images) = imported::text(&source, 0, &mut Vec::new());
        self.images(images);
        self.text += &format!(
            "{}{}\n\n",
            spelling::heading(&title),
            body.trim_start_matches('\n')
        );
        if let Some(answer) = page.answer.as_ref().filter(|it| it.ends_with(".md")) {
            self.answer(answer);
        }
        if let Some(run) = self.script(index, page.verify.clone()) {
            let hintcheck = self.script(index, page.hint.clone());
            self.task(title, run, hintcheck, None);
        }
    }

    /// Puts what a page says of its solution behind its text.
    fn answer(&mut self, file: &str) {
        let Some(text) = self.files.get(file) else {
            return;
        };
        let source = Source::new(file, text);
        let (body, images) = imported::text(&source, 0, &mut Vec::new());
        self.images(images);
        self.text += &format!("::solution\n{}\n::\n\n", body.trim_start_matches('\n'));
    }

    fn images(&mut self, images: Vec<String>) {
        for image in images {
            if self.names.contains(&image) {
                self.carried.copied.insert(image.clone(), image);
            }
        }
    }

    fn task(
        &mut self,
        title: String,
        run: String,
        hintcheck: Option<String>,
        solve: Option<String>,
    ) {
        let slug = slug(&title);
        let wanted = if slug.is_empty() { "step" } else { &slug };
        let name = self.taken.unique(wanted).replace('-', "_");
        self.text += &format!("::task{{#{name}}}\n\n");
        self.told.tasks.push(ToldTask {
            name,
            title,
            run,
            hintcheck,
            solve,
        });
    }

    /// Carries a script over, and says what it is called here.
    fn script(&mut self, index: &Index, file: Option<String>) -> Option<String> {
        let file = file.filter(|file| self.files.contains_key(file))?;
        if file.split('/').any(|part| part == "..") || file.starts_with('/') {
            self.warn(
                index.place(&file),
                format!("{file} is outside of the folder: it is not carried over"),
            );
            return None;
        }
        let is_word = file.ends_with(".sh") && !file.contains(char::is_whitespace);
        let name = if is_word {
            file.clone()
        } else {
            format!("{}.sh", slug(&file))
        };
        self.carried.copied.insert(name.clone(), file);
        Some(name)
    }

    fn assets(&mut self, index: &Index) {
        for asset in index.assets() {
            if laid::target(&asset, &asset.file).is_none() {
                let message = format!(
                    "{} is not laid: {} is not in the home",
                    asset.file, asset.target
                );
                self.warn(index.place(&asset.file), message);
                continue;
            }
            let found: Vec<_> = self
                .names
                .iter()
                .filter(|name| laid::is_meant(&asset.file, name))
                .collect();
            if found.is_empty() {
                let message = format!("there is no file {}", asset.file);
                self.warn(index.place(&asset.file), message);
                continue;
            }
            for name in found {
                if !self.files.contains_key(name) {
                    let message = format!("{name} is no text: readers don't get it");
                    self.carried.complaints.push(Complaint::warning(
                        FILE,
                        index.place(&asset.file),
                        message,
                    ));
                }
                self.carried.copied.insert(name.clone(), name.clone());
            }
            self.told.assets.push(asset);
        }
    }

    fn warn(&mut self, place: Place, message: String) {
        self.carried
            .complaints
            .push(Complaint::warning(FILE, place, message));
    }
}

/// Whether an introduction says what the description says already.
fn says_no_more(text: &str, description: &str) -> bool {
    let words = |text: &str| {
        text.replace('\\', "")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    words(text) == words(description)
}

/// What a page is called: as the index says, or its first heading.
fn title(page: &Page, source: &Source, number: usize) -> String {
    if let Some(title) = &page.title {
        return title.clone();
    }
    let heading = source.text.lines().find_map(|line| line.strip_prefix('#'));
    let heading = heading.map(|it| it.trim_matches(['#', ' ']).to_owned());
    heading
        .filter(|it| !it.is_empty())
        .unwrap_or_else(|| format!("Step {number}"))
}
