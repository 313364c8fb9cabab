//! A track of Instruqt's as a tutorial of here.
//!
//! Its challenges are folders, in the order of their names, with an `assignment.md` and scripts for hosts
//! (<https://docs.instruqt.com/tracks/manage/track-files>).

mod track;

use std::collections::{BTreeMap, BTreeSet};

use track::{Challenge, Track, difficulty};

use super::told::{Told, ToldTask};
use super::{Carried, imported, spelling};
use crate::complaint::{Complaint, Place};
use crate::slug::{Taken, slug};
use crate::source::Source;
use crate::{Files, lesson, matter};

/// The file of a track.
pub(super) const FILE: &str = "track.yml";
const ASSIGNMENT: &str = "/assignment.md";
/// The terminals that directives can name.
const MOST_TERMINALS: usize = 9;

/// Carries a track over; nothing if it can't be read, or has no challenge.
pub(super) fn import(files: &Files, names: &BTreeSet<String>, carried: &mut Carried) -> Option<()> {
    let track: Track = match matter::parse(FILE, files.get(FILE)?) {
        Ok(track) => track,
        Err(complaint) => {
            carried.complaints.push(complaint);
            return None;
        }
    };
    let mut importing = Importing {
        files,
        names,
        carried,
        told: Told {
            title: if track.title.is_empty() {
                "Untitled".to_owned()
            } else {
                track.title
            },
            description: track.teaser,
            difficulty: difficulty(&track.level),
            tags: track.tags,
            ..Told::default()
        },
        taken: Taken::default(),
        text: String::new(),
    };
    let setup = importing.chosen("track_scripts/", "setup");
    importing.leave("track_scripts/", "cleanup");
    let folders = files
        .keys()
        .filter_map(|path| path.strip_suffix(ASSIGNMENT));
    let folders: Vec<_> = folders.filter(|folder| !folder.contains('/')).collect();
    if folders.is_empty() {
        let complaint = Complaint::error(FILE, (1, 1), "there is no challenge");
        importing.carried.complaints.push(complaint);
        return None;
    }
    let mut first = setup;
    for folder in folders {
        importing.challenge(folder, &mut first);
    }
    importing.told.background = first;
    if importing.told.terminals.is_empty() {
        importing.told.terminals.push("main".to_owned());
    }
    importing.told.terminals.truncate(MOST_TERMINALS);
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
    taken: Taken,
    text: String,
}

impl Importing<'_> {
    fn challenge(&mut self, folder: &str, setup: &mut Option<String>) {
        let file = format!("{folder}{ASSIGNMENT}");
        let Some(text) = self.files.get(&file) else {
            return;
        };
        let source = Source::new(&file, text);
        let split = matter::split(&source);
        let read =
            split.and_then(|(yaml, from)| Ok((matter::parse::<Challenge>(&file, &yaml)?, from)));
        let (challenge, from) = match read {
            Ok(read) => read,
            Err(complaint) => return self.carried.complaints.push(complaint),
        };
        self.tabs(&file, &challenge);
        let title = match challenge.title.is_empty() {
            true => folder.to_owned(),
            false => challenge.title.clone(),
        };
        self.text += &spelling::heading(&title);
        self.notes(&challenge);
        self.body(&source, from);
        self.quiz(&file, &challenge);
        self.scripts(folder, title, setup);
    }

    fn tabs(&mut self, file: &str, challenge: &Challenge) {
        for tab in &challenge.tabs {
            if tab.kind != "terminal" {
                let message = format!(
                    "the tab \"{}\" is no terminal: it is not carried over",
                    tab.title
                );
                self.warn(file, place_of(self.files, file, &tab.title), message);
            } else if !self.told.terminals.contains(&tab.title) {
                self.told.terminals.push(tab.title.clone());
            }
        }
    }

    /// What is shown while a challenge is prepared.
    fn notes(&mut self, challenge: &Challenge) {
        for note in challenge.notes.iter().filter(|note| note.kind == "text") {
            let source = Source::new(lesson::FILE, &note.contents);
            let (text, _) = imported::text(&source, 0, &mut Vec::new());
            if !text.trim().is_empty() {
                self.text += &format!("::note\n{}\n::\n\n", text.trim_matches('\n'));
            }
        }
    }

    fn body(&mut self, source: &Source, from: usize) {
        let marked = self.marked(source, from);
        let source = Source::new(&source.file, &marked);
        let (text, images) = imported::text(&source, from, &mut self.carried.complaints);
        for image in images {
            if self.names.contains(&image) {
                self.carried.copied.insert(image.clone(), image);
            }
        }
        self.text += &format!("{}\n\n", text.trim_matches('\n'));
    }

    /// The text with buttons for tabs as words, told of what only Instruqt fills in.
    fn marked(&mut self, source: &Source, from: usize) -> String {
        const BUTTON: &str = "[button label=\"";
        const VARIABLE: &str = "[[ Instruqt-Var";
        let mut marked = source.text[..from].to_owned();
        for (range, line) in source.lines(from) {
            if line.contains(VARIABLE) || line.contains("[[Instruqt-Var") {
                let message = "what Instruqt fills in here is nothing here";
                self.carried
                    .complaints
                    .push(source.warning(range.start, message));
            }
            let mut rest = line;
            while let Some((before, after)) = rest.split_once(BUTTON) {
                marked += before;
                let label = after.split('"').next().unwrap_or_default();
                marked += &format!("**{}**", spelling::plain(label));
                rest = after.split_once(')').map_or("", |(_, rest)| rest);
            }
            marked += rest;
            marked.push('\n');
        }
        marked
    }

    fn quiz(&mut self, file: &str, challenge: &Challenge) {
        if challenge.kind != "quiz" {
            return;
        }
        if challenge.answers.len() < 2 || challenge.solution.is_empty() {
            return self.warn(
                file,
                (1, 1),
                "this quiz has no two answers: it is not carried over".to_owned(),
            );
        }
        let right: Vec<_> = challenge
            .solution
            .iter()
            .map(|it| (it + 1).to_string())
            .collect();
        self.text += &format!("::quiz{{answer={}}}\n\n", right.join(","));
        for answer in &challenge.answers {
            self.text += &format!("- {}\n", spelling::one_line(answer));
        }
        self.text += "::\n\n";
    }

    fn scripts(&mut self, folder: &str, title: String, setup: &mut Option<String>) {
        let before = format!("{folder}/");
        if setup.is_none() && self.told.tasks.is_empty() && self.text.matches("\n## ").count() == 0
        {
            *setup = self.chosen(&before, "setup");
        } else {
            self.leave(&before, "setup");
        }
        self.leave(&before, "cleanup");
        let (run, solve) = (self.chosen(&before, "check"), self.chosen(&before, "solve"));
        match run {
            Some(run) => {
                let slug = slug(&title);
                let wanted = if slug.is_empty() { "step" } else { &slug };
                let name = self.taken.unique(wanted).replace('-', "_");
                self.text += &format!("::task{{#{name}}}\n\n");
                self.told.tasks.push(ToldTask {
                    name,
                    title,
                    run,
                    hintcheck: None,
                    solve,
                });
            }
            None if solve.is_some() => {
                let message = "a solution without a check is no task".to_owned();
                self.warn(&format!("{folder}{ASSIGNMENT}"), (1, 1), message);
            }
            None => {}
        }
    }

    /// The first host's script of a kind, carried over; the others are told of.
    fn chosen(&mut self, folder: &str, kind: &str) -> Option<String> {
        let mut all = self.of_kind(folder, kind).into_iter();
        let first = all.next()?;
        for other in all {
            let message = format!("only one host's {kind} is carried over, and this is another");
            self.warn(&other, (1, 1), message);
        }
        let name = format!("{}.sh", slug(&first));
        self.carried.copied.insert(name.clone(), first);
        Some(name)
    }

    fn leave(&mut self, folder: &str, kind: &str) {
        for script in self.of_kind(folder, kind) {
            self.warn(
                &script,
                (1, 1),
                format!("this {kind} is not run: a lesson has one setup, at its beginning"),
            );
        }
    }

    /// The scripts `KIND-HOST` in a folder.
    fn of_kind(&self, folder: &str, kind: &str) -> Vec<String> {
        let begin = format!("{folder}{kind}-");
        let known = self.files.keys().filter(|path| {
            path.strip_prefix(&begin)
                .is_some_and(|it| !it.contains('/'))
        });
        known.cloned().collect()
    }

    fn warn(&mut self, file: &str, place: Place, message: String) {
        self.carried
            .complaints
            .push(Complaint::warning(file, place, message));
    }
}

/// Where a text is first written in a file.
fn place_of(files: &BTreeMap<String, String>, file: &str, text: &str) -> Place {
    let found = files
        .get(file)
        .and_then(|it| it.lines().position(|line| line.contains(text)));
    found.map_or((1, 1), |line| (line + 1, 1))
}
