//! Tutorials carried from other platforms to here, and from here to others.
//!
//! Texts in, texts and complaints out; whoever calls it reads and writes the files.

mod edits;
mod exported;
mod imported;
mod instruqt;
mod killercoda;
mod plain;
mod scenario;
mod spelling;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use crate::{Complaint, Files};

/// What a tutorial is carried to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Markdown as everybody reads it.
    Markdown,
    /// A folder with an `index.json`, as Killercoda has it.
    Killercoda,
}

/// A folder as it is carried over.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// The texts that are written, by their paths in the new folder.
    pub texts: Files,
    /// The files that are copied as they are: their paths in the new folder, and in the old one.
    pub copied: BTreeMap<String, String>,
    /// What could not be carried over, by the lines of the old folder.
    pub complaints: Vec<Complaint>,
}

/// Carries a folder of Katacoda's, Killercoda's or Instruqt's over to here.
///
/// `names` are the paths of all its files, those too that are no texts. There is nothing where the folder is
/// none of these.
pub fn import(files: &Files, names: &BTreeSet<String>) -> Option<Carried> {
    let mut carried = Carried::default();
    let is_read = if files.contains_key(crate::scenario::FILE) {
        scenario::import(files, names, &mut carried)
    } else if files.contains_key(instruqt::FILE) {
        instruqt::import(files, names, &mut carried)
    } else {
        return None;
    };
    carried.complaints.sort();
    carried.complaints.dedup();
    if is_read.is_none() {
        carried.texts.clear();
        carried.copied.clear();
    }
    Some(carried)
}

/// Carries a tutorial over to others; without a text if it can't be read here.
pub fn export(name: &str, files: &Files, format: Format) -> Carried {
    let reading = crate::read(name, files);
    let mut carried = Carried {
        complaints: reading.complaints,
        ..Carried::default()
    };
    if let Some(lesson) = reading.lesson {
        match format {
            Format::Markdown => plain::export(&lesson, files, &mut carried),
            Format::Killercoda => killercoda::export(&lesson, files, &mut carried),
        };
    }
    carried.complaints.sort();
    carried
}
