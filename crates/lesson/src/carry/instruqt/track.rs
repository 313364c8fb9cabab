//! What is said of a track and of its challenges.

use serde::Deserialize;
use shared::tutorial::Difficulty;

/// What is said of a track, as far as it is of use.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Track {
    pub title: String,
    pub teaser: String,
    pub level: String,
    pub tags: Vec<String>,
}

/// What is said of a challenge.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Challenge {
    pub title: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub notes: Vec<Note>,
    pub tabs: Vec<Tab>,
    pub answers: Vec<String>,
    pub solution: Vec<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Note {
    #[serde(rename = "type")]
    pub kind: String,
    pub contents: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Tab {
    pub title: String,
    #[serde(rename = "type")]
    pub kind: String,
}

/// What a level is called here.
pub(super) fn difficulty(level: &str) -> Difficulty {
    match level {
        "intermediate" | "medium" => Difficulty::Medium,
        "advanced" | "expert" | "hard" => Difficulty::Hard,
        _ => Difficulty::Easy,
    }
}
