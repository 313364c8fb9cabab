//! Tasks and what checks them.

use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::Spanned;
use shared::tutorial::Task;

use crate::complaint::{Complaint, Place, nearest};
use crate::matter::{self, Ordered, TaskMatter};
use crate::{Check, Files};

/// How long a script of a check may take unless it is said, in seconds.
pub(crate) const TIMEOUT_S: u32 = 15;
/// A reader waits for no check longer, in seconds.
const LONGEST_S: u32 = 60;
/// Nobody does more tasks in one lesson; it bounds how long circles are looked for.
const MOST: usize = 100;

/// The tasks of a front matter in their order.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    pub tasks: Vec<Task>,
    pub checks: BTreeMap<String, Check>,
    /// Where each is, in the same order.
    pub places: Vec<Place>,
}

impl Tasks {
    pub fn names(&self) -> Vec<String> {
        self.tasks.iter().map(|task| task.name.clone()).collect()
    }
}

/// `Built blue` for `built_blue`.
pub(crate) fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Scripts that are written in place or in a file of the folder.
pub(crate) struct Scripts<'f> {
    pub file: &'f str,
    pub files: &'f Files,
    pub complaints: Vec<Complaint>,
}

impl Scripts<'_> {
    /// The text of a script.
    pub fn text(&mut self, said: Option<&Spanned<String>>) -> Option<String> {
        let said = said?;
        let word = said.value.trim();
        if !word.ends_with(".sh") || word.contains(char::is_whitespace) {
            return Some(said.value.clone());
        }
        let found = self.files.get(word.trim_start_matches("./"));
        if found.is_none() {
            let hint = nearest(word, self.files.keys().map(String::as_str));
            self.fail(
                matter::place(said),
                format!("there is no file {word}"),
                hint,
            );
        }
        found.map(|text| text.trim_start_matches('\u{feff}').replace("\r\n", "\n"))
    }

    /// How long something may take, in seconds.
    pub fn seconds(&mut self, said: Option<&Spanned<String>>, otherwise: u32) -> u32 {
        let Some(said) = said else {
            return otherwise;
        };
        matter::seconds(&said.value).unwrap_or_else(|| {
            let message = format!("\"{}\" is no time", said.value);
            let hint = Some("write 90s, 20m or 1h".to_owned());
            self.fail(matter::place(said), message, hint);
            otherwise
        })
    }

    pub fn fail(&mut self, place: Place, message: impl Into<String>, hint: Option<String>) {
        self.complaints
            .push(Complaint::error(self.file, place, message).with_hint(hint));
    }

    pub fn warn(&mut self, place: Place, message: impl Into<String>) {
        self.complaints
            .push(Complaint::warning(self.file, place, message));
    }

    /// Reads the tasks of a front matter.
    pub fn tasks(&mut self, matter: &Ordered<TaskMatter>) -> Tasks {
        let mut tasks = Tasks::default();
        let known: BTreeSet<&str> = matter
            .0
            .iter()
            .map(|(name, _)| name.value.as_str())
            .collect();
        if let Some((name, _)) = matter.0.get(MOST) {
            self.fail(
                matter::place(name),
                format!("a lesson has up to {MOST} tasks"),
                None,
            );
        }
        for (name, said) in matter.0.iter().take(MOST) {
            let check = self.check(name, said);
            tasks.tasks.push(Task {
                name: name.value.clone(),
                title: said.title.clone().unwrap_or_else(|| title(&name.value)),
                needs: self.needs(said, &known),
                can_be_solved: check.solve.is_some(),
            });
            tasks.checks.insert(name.value.clone(), check);
            tasks.places.push(matter::place(name));
        }
        self.break_circles(&mut tasks);
        tasks
    }

    fn check(&mut self, name: &Spanned<String>, said: &TaskMatter) -> Check {
        let at = matter::place(name);
        let is_plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
        if name.value.is_empty() || !name.value.chars().all(is_plain) {
            let message = format!("\"{}\" is no name of a task", name.value);
            let hint = Some("use small letters, digits and _".to_owned());
            self.fail(at, message, hint);
        }
        if said.run.is_some() == said.event.is_some() {
            let message = format!(
                "the task \"{}\" has to have either run or event",
                name.value
            );
            self.fail(at, message, None);
        }
        Check {
            run: self.text(said.run.as_ref()),
            event: said.event.clone(),
            hintcheck: self.text(said.hintcheck.as_ref()),
            failcheck: self.text(said.failcheck.as_ref()),
            solve: self.text(said.solve.as_ref()),
            timeout_s: self.timeout(said.timeout.as_ref()),
        }
    }

    fn timeout(&mut self, said: Option<&Spanned<String>>) -> u32 {
        let timeout = self.seconds(said, TIMEOUT_S);
        if let Some(said) = said.filter(|_| timeout > LONGEST_S) {
            let message = format!("a check takes {LONGEST_S}s at most: it is ended then");
            self.warn(matter::place(said), message);
        }
        timeout.min(LONGEST_S)
    }

    fn needs(&mut self, said: &TaskMatter, known: &BTreeSet<&str>) -> Vec<String> {
        let mut needs = Vec::new();
        for need in &said.needs {
            if known.contains(need.value.as_str()) {
                needs.push(need.value.clone());
            } else {
                let hint = nearest(&need.value, known.iter().copied());
                let message = format!("there is no task \"{}\"", need.value);
                self.fail(matter::place(need), message, hint);
            }
        }
        needs
    }

    /// Tells of tasks that wait for themselves, and lets them wait for nothing.
    fn break_circles(&mut self, tasks: &mut Tasks) {
        for index in 0..tasks.tasks.len() {
            if waits_for_itself(&tasks.tasks, index) {
                let task = &mut tasks.tasks[index];
                let message = format!("the task \"{}\" needs itself in the end", task.name);
                task.needs.clear();
                self.fail(tasks.places[index], message, None);
            }
        }
    }
}

fn waits_for_itself(tasks: &[Task], index: usize) -> bool {
    let needs: BTreeMap<&str, &Vec<String>> = tasks
        .iter()
        .map(|task| (task.name.as_str(), &task.needs))
        .collect();
    let mut seen = BTreeSet::new();
    let mut open = vec![&tasks[index].needs];
    while let Some(names) = open.pop() {
        for name in names {
            if *name == tasks[index].name {
                return true;
            }
            if seen.insert(name) {
                open.extend(needs.get(name.as_str()));
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn a_task_without_title_is_called_after_its_name() {
        assert_eq!(title("built_blue"), "Built blue");
        assert_eq!(title(""), "");
    }
}
