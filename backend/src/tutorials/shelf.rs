//! The tutorials that there are, as their folders say.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use lesson::{Files, Images, Laid, Lesson};
use shared::tutorial::{Tutorial, TutorialDetail, Verifications, is_preview};
use tracing::{info, warn};

/// The file beside the folders that says which of them were verified.
const VERIFIED: &str = "verified.json";

/// The tutorials of a server.
#[derive(Debug, Default)]
pub struct Shelf {
    lessons: BTreeMap<String, Arc<Held>>,
}

/// A tutorial, with what a reader gets of its folder.
#[derive(Debug)]
pub struct Held {
    /// The tutorial.
    pub lesson: Lesson,
    /// The files that are laid into a reader's home.
    pub laid: Vec<Laid>,
    /// The images that its texts show.
    pub images: Images,
}

impl Shelf {
    /// Reads every folder in a folder. What is wrong with one is told to the operator, and keeps none of
    /// the others away; where there is no such folder there are no tutorials.
    pub fn read(folder: &Path) -> Self {
        let mut lessons = BTreeMap::new();
        let verifications = verifications(folder);
        for (name, place) in folders(folder) {
            match held(&name, &place, &verifications) {
                Ok(Some(held)) => drop(lessons.insert(name, Arc::new(held))),
                Ok(None) => {}
                Err(error) => warn!("tutorial {name} cannot be read: {error}"),
            }
        }
        info!("{} tutorials in {}", lessons.len(), folder.display());
        Self { lessons }
    }

    /// All of them, the shortest first.
    pub fn all(&self) -> Vec<Tutorial> {
        let mut all: Vec<Tutorial> = self
            .lessons
            .values()
            .map(|held| held.lesson.original.tutorial.clone())
            .collect();
        all.sort_by_key(|tutorial| tutorial.minutes);
        all
    }

    /// The one in a folder of this name.
    pub fn by_name(&self, name: &str) -> Option<Arc<Held>> {
        self.lessons.get(name).cloned()
    }
}

/// Says of a tutorial when it was verified, if that was with the texts that it has.
fn verify(detail: &mut TutorialDetail, verifications: &Verifications) {
    let noted = verifications.get(&detail.tutorial.name);
    let of_these = noted.filter(|noted| noted.fingerprint == detail.fingerprint);
    detail.tutorial.verified = of_these.map(|noted| noted.verified.clone());
}

/// Which tutorials were verified, as the file beside their folders says; none if there is no such file.
fn verifications(folder: &Path) -> Verifications {
    let read = fs::read_to_string(folder.join(VERIFIED));
    let text = match read {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Verifications::new(),
        Err(error) => {
            warn!("{VERIFIED} cannot be read: {error}");
            return Verifications::new();
        }
    };
    serde_json::from_str(&text).unwrap_or_else(|error| {
        warn!("{VERIFIED} cannot be read: {error}");
        Verifications::new()
    })
}

/// The tutorial in a folder, if there is one.
fn held(name: &str, folder: &Path, verifications: &Verifications) -> io::Result<Option<Held>> {
    let files = lesson::files(folder)?;
    if !is_tutorial(&files) {
        return Ok(None);
    }
    let reading = lesson::read(name, &files);
    let mut complaints = reading.complaints;
    let held = match reading.lesson {
        Some(mut lesson) => {
            let original = std::iter::once(&mut lesson.original);
            for detail in original.chain(&mut lesson.translations) {
                verify(detail, verifications);
            }
            let images = lesson::images(folder, &lesson)?;
            complaints.extend(lesson.without_image(&images));
            let laid = lesson.laid(&files);
            Some(Held {
                lesson,
                laid,
                images,
            })
        }
        None => None,
    };
    for complaint in complaints {
        warn!("tutorial {name}: {complaint}");
    }
    Ok(held)
}

fn is_tutorial(files: &Files) -> bool {
    files.contains_key("lesson.md") || files.contains_key("index.json")
}

/// The folders in a folder, with their names.
fn folders(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let named =
        named.filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path())));
    named.filter(|(name, _)| !is_preview(name)).collect()
}
