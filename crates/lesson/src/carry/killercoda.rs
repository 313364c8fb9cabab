//! A tutorial as a folder of Killercoda's.

use std::collections::BTreeMap;

use serde_json::json;
use shared::tutorial::Difficulty;

use super::exported::{self, Step};
use super::{Carried, Format};
use crate::complaint::Complaint;
use crate::source::Source;
use crate::{Files, Lesson, lesson, matter};

/// What scripts here may call, and elsewhere may not.
const FAIL_MESSAGE: &str = "fail-message() { echo \"FAIL: $*\"; }\n";

/// Writes the folder.
pub(super) fn export(lesson: &Lesson, files: &Files, carried: &mut Carried) -> Option<()> {
    let Some(text) = files.get(lesson::FILE) else {
        let message = "this is a scenario already";
        let complaint = Complaint::error(crate::scenario::FILE, (1, 1), message);
        carried.complaints.push(complaint);
        return None;
    };
    let source = Source::new(lesson::FILE, text);
    let (_, from) = matter::split(&source).ok()?;
    let titles = titles(lesson);
    let steps = exported::steps(
        &source,
        from,
        Format::Killercoda,
        &titles,
        "../",
        &mut carried.complaints,
    );
    let mut writing = Writing { lesson, carried };
    let pages = steps.into_iter().zip(1..).zip(&lesson.original.steps);
    let pages: Vec<_> = pages
        .map(|((step, number), shown)| writing.page(step, number, &shown.title))
        .collect();
    writing.index(pages);
    writing.assets(files);
    writing.leave(files);
    Some(())
}

/// The titles of a lesson's tasks, by their names.
pub(super) fn titles(lesson: &Lesson) -> BTreeMap<String, String> {
    let tasks = lesson.original.tasks.iter();
    tasks
        .map(|task| (task.name.clone(), task.title.clone()))
        .collect()
}

struct Writing<'w> {
    lesson: &'w Lesson,
    carried: &'w mut Carried,
}

impl Writing<'_> {
    /// Writes a step, and says what the index says of it.
    fn page(&mut self, step: Step, number: u32, title: &str) -> serde_json::Value {
        let text = format!("step{number}/text.md");
        let mut page = json!({"title": title, "text": text});
        if let Some(script) = self.verify(&step.tasks) {
            let verify = format!("step{number}/verify.sh");
            page["verify"] = json!(verify);
            self.carried.texts.insert(verify, script);
        }
        let said = step.text.trim();
        // a page that says nothing is none
        let said = if said.is_empty() {
            "<!-- no text -->"
        } else {
            said
        };
        self.carried.texts.insert(text, format!("{said}\n"));
        for image in step.images {
            self.carried.copied.insert(image.clone(), image);
        }
        page
    }

    /// The script that exits with 0 once the tasks of a step are done.
    fn verify(&mut self, tasks: &[String]) -> Option<String> {
        let mut scripts = Vec::new();
        for name in tasks {
            let check = self.lesson.checks.get(name)?;
            match &check.run {
                Some(script) => scripts.push(script.clone()),
                None => self.warn(format!(
                    "the task \"{name}\" waits for an event: it is not checked there"
                )),
            }
            let left = [
                ("hintcheck", &check.hintcheck),
                ("failcheck", &check.failcheck),
                ("solve", &check.solve),
            ];
            for (key, _) in left.into_iter().filter(|(_, script)| script.is_some()) {
                self.warn(format!("{key} of the task \"{name}\" is not known there"));
            }
        }
        let script = match scripts.len() {
            0 => return None,
            1 => scripts.remove(0),
            count => {
                self.warn(format!(
                    "{count} tasks of a step are checked together there"
                ));
                let each = scripts
                    .iter()
                    .map(|script| format!("(\n{}\n) || exit 1\n", script.trim_end()));
                each.collect()
            }
        };
        let needed = if script.contains("fail-message") {
            FAIL_MESSAGE
        } else {
            ""
        };
        Some(format!("{needed}{script}"))
    }

    fn index(&mut self, pages: Vec<serde_json::Value>) {
        let lesson = self.lesson;
        let tutorial = &lesson.original.tutorial;
        let difficulty = match tutorial.difficulty {
            Difficulty::Easy => "beginner",
            Difficulty::Medium => "intermediate",
            Difficulty::Hard => "advanced",
        };
        let said = [&tutorial.description, &tutorial.title]
            .into_iter()
            .find(|it| !it.is_empty());
        let said = said.cloned().unwrap_or_default();
        self.carried.texts.insert(
            "intro.md".to_owned(),
            format!("{}\n", super::spelling::plain(&said)),
        );
        let mut intro = json!({"text": "intro.md"});
        for (key, script) in self.scripts() {
            let file = format!("{key}.sh");
            intro[key] = json!(file);
            self.carried.texts.insert(file, script);
        }
        let assets: Vec<_> = lesson
            .assets
            .iter()
            .map(|asset| {
                let mut said = json!({"file": asset.file, "target": asset.target});
                if let Some(mode) = &asset.chmod {
                    said["chmod"] = json!(mode);
                }
                said
            })
            .collect();
        let mut details = json!({"intro": intro, "steps": pages});
        if !assets.is_empty() {
            details["assets"] = json!({"host01": assets});
        }
        let layout = vec!["terminal"; lesson.original.terminals.len()].join("-");
        let index = json!({
            "title": tutorial.title,
            "description": tutorial.description,
            "difficulty": difficulty,
            "time": format!("{} minutes", tutorial.minutes),
            "details": details,
            "backend": {"imageid": "ubuntu"},
            "interface": {"layout": layout},
        });
        let text = format!("{index:#}\n");
        self.carried
            .texts
            .insert(crate::scenario::FILE.to_owned(), text);
    }

    /// The scripts that prepare it.
    fn scripts(&self) -> Vec<(&'static str, String)> {
        let Some(setup) = &self.lesson.setup else {
            return Vec::new();
        };
        let waits = setup.ready.as_ref().map(|ready| {
            format!(
                "until (\n{}\n) >/dev/null 2>&1; do sleep 1; done\n",
                ready.trim_end()
            )
        });
        let seen = match (waits, &setup.foreground) {
            (Some(waits), script) => {
                Some(format!("{waits}{}", script.as_deref().unwrap_or_default()))
            }
            (None, script) => script.clone(),
        };
        let scripts = [
            ("background", setup.background.clone()),
            ("foreground", seen),
        ];
        scripts
            .into_iter()
            .filter_map(|(key, script)| Some((key, script?)))
            .collect()
    }

    fn assets(&mut self, files: &Files) {
        for path in self.lesson.laid_paths(files) {
            let name = path.strip_prefix("assets/").unwrap_or(&path);
            self.carried
                .copied
                .insert(format!("assets/{name}"), path.clone());
        }
    }

    /// Tells what else stays behind.
    fn leave(&mut self, files: &Files) {
        for detail in &self.lesson.translations {
            let file = format!("lesson.{}.md", detail.language);
            if files.contains_key(&file) {
                let message = "translations are not known there";
                self.carried
                    .complaints
                    .push(Complaint::warning(&file, (1, 1), message));
            }
        }
    }

    fn warn(&mut self, message: String) {
        let complaint = Complaint::warning(lesson::FILE, (1, 1), message);
        self.carried.complaints.push(complaint);
    }
}
