//! What an `index.json` says.

use serde_json::Value;
use shared::tutorial::{Difficulty, Layout};

use crate::Asset;
use crate::complaint::{Complaint, Place};
use crate::source::Source;

/// An `index.json`, of which everything may be missing.
pub(crate) struct Index {
    source: Source,
    value: Value,
}

/// What it says of one page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub title: Option<String>,
    /// Whether it is the introduction.
    pub is_intro: bool,
    /// The file of its text.
    pub text: Option<String>,
    /// The file of the script that exits with 0 once it is done.
    pub verify: Option<String>,
    /// The file of the script that writes what helps.
    pub hint: Option<String>,
    /// The file of the text that says what there is to do.
    pub answer: Option<String>,
    /// The files of scripts that would run when it is opened.
    pub scripts: Vec<String>,
}

impl Index {
    pub fn parse(source: Source, complaints: &mut Vec<Complaint>) -> Option<Self> {
        match serde_json::from_str(&source.text) {
            Ok(value) => Some(Self { source, value }),
            Err(error) => {
                let place = (error.line().max(1), error.column().max(1));
                let told = error.to_string();
                let told = told.split(" at line ").next().unwrap_or_default();
                let message = format!("this is not JSON: {told}");
                complaints.push(Complaint::error(&source.file, place, message));
                None
            }
        }
    }

    /// Where a text is first written in it.
    pub fn place(&self, text: &str) -> Place {
        let written = Value::from(text).to_string();
        self.source
            .text
            .find(&written)
            .map_or((1, 1), |at| self.source.place(at))
    }

    pub fn text(&self, key: &str) -> Option<String> {
        text(&self.value, key)
    }

    pub fn difficulty(&self) -> Difficulty {
        let said = self.text("difficulty").unwrap_or_default().to_lowercase();
        match said.as_str() {
            "intermediate" | "medium" => Difficulty::Medium,
            "advanced" | "expert" | "hard" => Difficulty::Hard,
            _ => Difficulty::Easy,
        }
    }

    /// The longest of `5-10 minutes`.
    pub fn minutes(&self) -> Option<u32> {
        let said = self.text("time")?;
        let numbers = said.split(|it: char| !it.is_ascii_digit());
        let longest = numbers.filter_map(|it| it.parse::<u32>().ok()).max()?;
        let is_hours = said.contains("hour") || said.trim_end().ends_with('h');
        let minutes = if is_hours {
            longest.checked_mul(60)?
        } else {
            longest
        };
        (minutes > 0).then_some(minutes)
    }

    /// The introduction, the steps and the end, as far as they are there.
    pub fn pages(&self) -> Vec<Page> {
        let details = &self.value["details"];
        let mut pages = Vec::new();
        if details["intro"].is_object() {
            // its scripts are the setup
            let scripts = Vec::new();
            pages.push(Page {
                is_intro: true,
                scripts,
                ..page(&details["intro"], "Introduction")
            });
        }
        let steps = details["steps"].as_array().into_iter().flatten();
        pages.extend(steps.map(|step| page(step, "")));
        if details["finish"].is_object() {
            pages.push(page(&details["finish"], "Finish"));
        }
        pages
    }

    /// The scripts that prepare a sandbox: the one that is seen, and the one that isn't.
    pub fn setup(&self) -> (Option<String>, Option<String>) {
        let intro = &self.value["details"]["intro"];
        let foreground = text(intro, "foreground").or_else(|| text(intro, "code"));
        let background = text(intro, "background").or_else(|| text(intro, "courseData"));
        (foreground, background)
    }

    /// The files of all hosts: there is one here.
    pub fn assets(&self) -> Vec<Asset> {
        let hosts = self.value["details"]["assets"].as_object();
        let lists = hosts.into_iter().flat_map(|hosts| hosts.values());
        let assets = lists.filter_map(Value::as_array).flatten();
        let asset = |said: &Value| {
            Some(Asset {
                file: text(said, "file")?,
                target: text(said, "target").unwrap_or_else(|| "~/".to_owned()),
                chmod: text(said, "chmod"),
            })
        };
        assets.filter_map(asset).collect()
    }

    /// Where the terminals are: Katacoda's `editor-terminal` and the like have them below.
    pub fn layout(&self) -> Layout {
        match self.places().starts_with("editor-terminal") {
            true => Layout::Bottom,
            false => Layout::Right,
        }
    }

    /// How many terminals the layout shows.
    pub fn terminals(&self) -> usize {
        self.places().matches("terminal").count().clamp(1, 9)
    }

    /// The layout, as Killercoda or as Katacoda says it.
    fn places(&self) -> String {
        let layout = text(&self.value["interface"], "layout");
        let layout = layout.or_else(|| text(&self.value["environment"], "uilayout"));
        layout.unwrap_or_default()
    }
}

fn page(said: &Value, otherwise: &str) -> Page {
    let title = text(said, "title").or_else(|| Some(otherwise.to_owned()));
    let scripts = ["foreground", "background", "code"];
    Page {
        is_intro: false,
        title: title.filter(|title| !title.is_empty()),
        text: text(said, "text"),
        verify: text(said, "verify"),
        hint: text(said, "hint"),
        answer: text(said, "answer"),
        scripts: scripts
            .into_iter()
            .filter_map(|key| text(said, key))
            .collect(),
    }
}

/// What a key stands for, if it is text that says something.
fn text(value: &Value, key: &str) -> Option<String> {
    let text = value.get(key)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
