//! What a tutorial's folder says, once it is read.

use std::collections::BTreeMap;

use serde::Deserialize;
use shared::tutorial::TutorialDetail;

use crate::complaint::{Complaint, Place, nearest};

/// The text files of a tutorial's folder, by their paths in it.
pub type Files = BTreeMap<String, String>;

/// The images of a tutorial's folder, by their paths in it.
pub type Images = BTreeMap<String, Vec<u8>>;

/// What was read of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The lesson, unless something keeps it from being one.
    ///
    /// One with errors is for its author to look at: what is wrong is left out of it.
    pub lesson: Option<Lesson>,
    /// What is wrong or probably not meant, by file and line.
    pub complaints: Vec<Complaint>,
}

/// A tutorial with all that its page and its checks need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    /// The tutorial in the language that it was written in.
    pub original: TutorialDetail,
    /// The tutorial in its other languages.
    pub translations: Vec<TutorialDetail>,
    /// How its tasks are checked, by their names.
    pub checks: BTreeMap<String, Check>,
    /// What prepares a sandbox for it.
    pub setup: Option<Setup>,
    /// The files that are laid into a sandbox.
    pub assets: Vec<Asset>,
    /// The images that its texts show.
    pub images: Vec<Shown>,
    /// How long a sandbox of it may live, in minutes.
    pub limit_minutes: Option<u32>,
}

impl Lesson {
    /// What there is to say of images that its texts show, and that its folder does not have.
    pub fn without_image(&self, images: &Images) -> Vec<Complaint> {
        let missing = self
            .images
            .iter()
            .filter(|it| !images.contains_key(&it.path));
        let say = |shown: &Shown| {
            let message = format!("there is no image {}", shown.path);
            let hint = nearest(&shown.path, images.keys().map(String::as_str));
            Complaint::error(&shown.file, shown.place, message).with_hint(hint)
        };
        missing.map(say).collect()
    }

    /// The tutorial in `wanted`, a BCP 47 tag, or in the nearest language that it has.
    ///
    /// `es-MX` finds `es`; what is not there is the original.
    pub fn in_language(&self, wanted: &str) -> &TutorialDetail {
        let all = || std::iter::once(&self.original).chain(&self.translations);
        let mut tag = wanted;
        loop {
            if let Some(found) = all().find(|it| it.language.eq_ignore_ascii_case(tag)) {
                return found;
            }
            match tag.rsplit_once('-') {
                Some((shorter, _)) => tag = shorter,
                None => return &self.original,
            }
        }
    }
}

/// An image that a text shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The image, by its path in the folder.
    pub path: String,
    /// The text, by its path in the folder.
    pub file: String,
    /// The line and the column, from 1.
    pub place: Place,
}

/// How a task is checked: by a script, or by something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The script that exits with 0 once the task is done.
    pub run: Option<String>,
    /// What has to happen.
    pub event: Option<ProductEvent>,
    /// The script that writes what helps.
    pub hintcheck: Option<String>,
    /// The script that exits with another code than 0 once the task can't be done any more.
    pub failcheck: Option<String>,
    /// The script that does the task.
    pub solve: Option<String>,
    /// How long a script may take, in seconds.
    pub timeout_s: u32,
}

/// Something that happens in the product.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductEvent {
    /// What happens.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// The application that it happens to; none is any.
    pub app: Option<String>,
    /// The version that it happens with; none is any.
    pub version: Option<String>,
}

/// What can happen in the product that a task may wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum EventKind {
    /// A version went live.
    #[serde(rename = "deployment.promoted")]
    DeploymentPromoted,
    /// The version before went live again.
    #[serde(rename = "deployment.rolled_back")]
    DeploymentRolledBack,
    /// An infrastructure stands.
    #[serde(rename = "infrastructure.ready")]
    InfrastructureReady,
    /// An infrastructure is gone.
    #[serde(rename = "infrastructure.destroyed")]
    InfrastructureDestroyed,
}

/// What prepares a sandbox, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The text of the script that nobody sees run.
    pub background: Option<String>,
    /// The text of the script that runs in the first terminal.
    pub foreground: Option<String>,
    /// The script that exits with 0 once the sandbox is ready.
    pub ready: Option<String>,
    /// How long it may take, in seconds.
    pub timeout_s: u32,
}

/// A file of the folder that is laid into a sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// The file, by its path in the folder.
    pub file: String,
    /// Where it goes.
    pub target: String,
    /// The mode that it gets, as `chmod` takes it.
    pub chmod: Option<String>,
}
