//! Tutorials as folders of Markdown: the text files in, a lesson and complaints out.
//!
//! `read` opens no file: who calls it brings the texts, which `files` finds in a folder. It knows no
//! clock, no socket and no shell.
//!
//! ```
//! let text = "---\ntitle: Hello\n---\n## Look\nType `ls`{{exec}}.\n";
//! let files = lesson::Files::from([("lesson.md".to_owned(), text.to_owned())]);
//! let reading = lesson::read("hello", &files);
//! assert!(reading.complaints.is_empty());
//! let step = &reading.lesson.unwrap().original.steps[0];
//! assert_eq!(step.title, "Look");
//! assert_eq!(step.commands[0].text, "ls");
//! ```

mod attributes;
mod carry;
mod complaint;
mod directive;
mod fence;
mod fingerprint;
mod folder;
mod html;
mod laid;
mod lesson;
mod link;
mod markdown;
mod matter;
mod model;
mod outline;
mod scenario;
mod slug;
mod source;
mod steps;
mod tasks;
mod texts;
mod write;

pub use carry::{Carried, Format, export, import};
pub use complaint::{Complaint, Severity};
pub use folder::{LARGEST_IMAGE_BYTES, files, images, names};
pub use laid::Laid;
pub use link::image_type;
pub use model::{
    Asset, Check, EventKind, Files, Images, Lesson, ProductEvent, Reading, Setup, Shown,
};

/// Reads a tutorial's folder, `name`: its `lesson.md`, or else its `index.json`.
pub fn read(name: &str, files: &Files) -> Reading {
    let mut complaints = Vec::new();
    let mut lesson = if files.contains_key(lesson::FILE) {
        lesson::read(name, files, &mut complaints)
    } else if files.contains_key(scenario::FILE) {
        scenario::read(name, files, &mut complaints)
    } else {
        let known = files.keys().map(String::as_str);
        let message = "there is neither a lesson.md nor an index.json";
        let complaint = Complaint::error(lesson::FILE, (1, 1), message);
        complaints.push(complaint.with_hint(complaint::nearest(lesson::FILE, known)));
        None
    };
    if let Some(lesson) = &mut lesson {
        fingerprint::mark(lesson, files);
    }
    complaints.sort();
    Reading { lesson, complaints }
}
