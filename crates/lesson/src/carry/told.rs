//! The front matter of a lesson that was carried over.

use shared::tutorial::{Difficulty, Layout};

use super::spelling::{one_line, quoted};

/// What is said of a lesson before it begins.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub title: String,
    pub description: String,
    pub is_challenge: bool,
    pub difficulty: Difficulty,
    pub minutes: Option<u32>,
    pub terminals: Vec<String>,
    pub layout: Layout,
    pub tags: Vec<String>,
    /// The file, the target, and the mode if one is said.
    pub assets: Vec<crate::Asset>,
    /// The scripts that prepare it, by their files: one that is not seen, and one that is.
    pub background: Option<String>,
    pub foreground: Option<String>,
    pub tasks: Vec<ToldTask>,
}

/// What is said of a task; scripts by their files.
#[derive(Debug)]
pub(super) struct ToldTask {
    pub name: String,
    pub title: String,
    pub run: String,
    pub hintcheck: Option<String>,
    pub solve: Option<String>,
}

impl Told {
    /// It as it stands at the beginning of a `lesson.md`.
    pub fn written(&self) -> String {
        let mut lines = vec!["---".to_owned()];
        lines.push(format!("title: {}", quoted(&one_line(&self.title))));
        if !self.description.is_empty() {
            lines.push(format!(
                "description: {}",
                quoted(&one_line(&self.description))
            ));
        }
        if self.is_challenge {
            lines.push("kind: challenge".to_owned());
        }
        let difficulty = match self.difficulty {
            Difficulty::Easy => "easy",
            Difficulty::Medium => "medium",
            Difficulty::Hard => "hard",
        };
        lines.push(format!("difficulty: {difficulty}"));
        lines.extend(self.minutes.map(|minutes| format!("time: {minutes}m")));
        lines.push(format!("terminals: {}", list(&self.terminals)));
        if self.layout == Layout::Bottom {
            lines.push("layout: bottom".to_owned());
        }
        if !self.tags.is_empty() {
            lines.push(format!("tags: {}", list(&self.tags)));
        }
        self.write_assets(&mut lines);
        self.write_setup(&mut lines);
        self.write_tasks(&mut lines);
        lines.push("---\n".to_owned());
        lines.join("\n")
    }

    fn write_assets(&self, lines: &mut Vec<String>) {
        if self.assets.is_empty() {
            return;
        }
        lines.push("assets:".to_owned());
        for asset in &self.assets {
            let (file, target) = (quoted(&asset.file), quoted(&asset.target));
            let chmod = asset.chmod.as_deref().map(quoted);
            let chmod = chmod.map(|mode| format!(", chmod: {mode}"));
            let chmod = chmod.unwrap_or_default();
            lines.push(format!("  - {{file: {file}, target: {target}{chmod}}}"));
        }
    }

    fn write_setup(&self, lines: &mut Vec<String>) {
        let scripts = [
            ("background", &self.background),
            ("foreground", &self.foreground),
        ];
        let scripts = scripts
            .into_iter()
            .filter_map(|(key, script)| Some((key, script.as_ref()?)));
        let scripts: Vec<_> = scripts
            .map(|(key, script)| format!("  {key}: {}", quoted(script)))
            .collect();
        if !scripts.is_empty() {
            lines.push("setup:".to_owned());
            lines.extend(scripts);
        }
    }

    fn write_tasks(&self, lines: &mut Vec<String>) {
        if !self.tasks.is_empty() {
            lines.push("tasks:".to_owned());
        }
        for task in &self.tasks {
            lines.push(format!("  {}:", task.name));
            lines.push(format!("    title: {}", quoted(&one_line(&task.title))));
            lines.push(format!("    run: {}", quoted(&task.run)));
            for (key, script) in [("hintcheck", &task.hintcheck), ("solve", &task.solve)] {
                let script = script.as_deref().map(quoted);
                lines.extend(script.map(|script| format!("    {key}: {script}")));
            }
        }
    }
}

fn list(words: &[String]) -> String {
    let words: Vec<_> = words.iter().map(|word| quoted(word)).collect();
    format!("[{}]", words.join(", "))
}
