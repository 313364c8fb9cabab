//! A folder that its author looks at as a tutorial while it is written.
//!
//! The folder is looked at again and again: that needs no more than every file system has.

use std::{
    collections::BTreeMap,
    fs, io,
    path::Path,
    process::ExitCode,
    time::{Duration, SystemTime},
};

use anyhow::Context as _;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use client::{Client, tutorials};
use lesson::{Complaint, Files};
use shared::{Problem, ProblemKind, tutorial::PushPreview};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::{Instant, sleep},
};

use super::{name_of, read};
use crate::output::Output;

/// How often it is looked whether a file has changed.
const GLANCE: Duration = Duration::from_millis(250);
/// What has not changed is sent again so often: the server may have been started anew, or forget it.
const AGAIN: Duration = Duration::from_secs(60);
/// A server that does not answer is left alone for so long.
const WITHOUT_SERVER: Duration = Duration::from_secs(2);
/// Nobody lays the files of a tutorial deeper.
const DEEPEST: usize = 4;

/// When each file was changed, and its size.
type Stamps = BTreeMap<String, (Option<SystemTime>, u64)>;

/// A folder with its preview.
struct Watched<'a> {
    client: &'a Client,
    folder: &'a Path,
    /// What the preview is called.
    name: String,
    output: &'a Output,
    /// What was said last.
    said: Option<String>,
    /// Whether it was ever taken, and the address told.
    is_told: bool,
}

/// Shows a folder until somebody ends the command.
pub async fn run(client: &Client, folder: &Path, output: &Output) -> anyhow::Result<ExitCode> {
    let shown = folder.display();
    let is_there = |name: &str| folder.join(name).is_file();
    anyhow::ensure!(
        is_there("lesson.md") || is_there("index.json"),
        "there is neither a lesson.md nor an index.json in {shown}"
    );
    let mut watched = Watched {
        client,
        folder,
        name: plain(&name_of(folder)),
        output,
        said: None,
        is_told: false,
    };
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut ended = signal(SignalKind::terminate())?;
    let mut hung_up = signal(SignalKind::hangup())?;
    let went = tokio::select! {
        went = watched.keep() => went,
        _ = interrupted.recv() => Ok(()),
        _ = ended.recv() => Ok(()),
        _ = hung_up.recv() => Ok(()),
    };
    if watched.is_told {
        match tutorials::end_preview(client, &watched.name).await {
            Ok(()) => {}
            Err(problem) if problem.kind == ProblemKind::NotFound => {}
            Err(problem) => return Err(problem.into()),
        }
    }
    went?;
    Ok(ExitCode::SUCCESS)
}

impl Watched<'_> {
    /// Sends the folder, and again whenever it has changed; ends with what can't get well by itself.
    async fn keep(&mut self) -> anyhow::Result<()> {
        let mut last: Option<(Stamps, Instant)> = None;
        loop {
            // a file may go while it is looked at: then it is looked at again
            if let Ok(stamps) = stamps(self.folder) {
                let is_same =
                    |(then, at): &(Stamps, Instant)| *then == stamps && at.elapsed() < AGAIN;
                if !last.as_ref().is_some_and(is_same) && self.send().await? {
                    last = Some((stamps, Instant::now()));
                }
            }
            sleep(GLANCE).await;
        }
    }

    /// Sends the folder as it is now, and says what there is to say; whether it could be read.
    async fn send(&mut self) -> anyhow::Result<bool> {
        let Ok((complaints, pushed)) = self.pushed() else {
            return Ok(false);
        };
        let answer = tutorials::preview(self.client, &self.name, &pushed).await;
        if let Ok(previewed) = &answer
            && !self.is_told
        {
            self.is_told = true;
            self.output.result(&previewed.url)?;
        }
        let refused = answer.err();
        let said = words(self.folder, &complaints, refused.as_ref());
        if self.said.as_ref() != Some(&said) {
            self.output.progress(&said)?;
            self.said = Some(said);
        }
        match refused {
            Some(problem) if problem.kind == ProblemKind::NotSignedIn => Err(problem.into()),
            Some(problem) if problem.kind == ProblemKind::Unreachable => {
                sleep(WITHOUT_SERVER).await;
                Ok(false)
            }
            // the author can mend it
            Some(_) | None => Ok(true),
        }
    }

    fn pushed(&self) -> anyhow::Result<(Vec<Complaint>, PushPreview)> {
        let files = lesson::files(self.folder).context("read the folder")?;
        let looked = read(self.folder, &files)?;
        let image = |(path, bytes): (String, Vec<u8>)| (path, BASE64_STANDARD.encode(bytes));
        let pushed = PushPreview {
            texts: seen(files),
            images: looked.images.into_iter().map(image).collect(),
        };
        Ok((looked.complaints, pushed))
    }
}

/// The files that are not hidden: those are the author's own.
fn seen(files: Files) -> Files {
    let is_seen = |path: &str| !path.split('/').any(|part| part.starts_with('.'));
    files
        .into_iter()
        .filter(|(path, _)| is_seen(path))
        .collect()
}

/// What there is to say of a folder that was sent.
fn words(folder: &Path, complaints: &[Complaint], refused: Option<&Problem>) -> String {
    let lines = complaints
        .iter()
        .map(|complaint| format!("{}/{complaint}\n", folder.display()));
    let lines: String = lines.collect();
    match refused {
        Some(problem) if lines.is_empty() => format!("not shown: {problem}"),
        Some(problem) => format!("{lines}not shown: {}", problem.title),
        None => format!("{lines}shown, with {} complaints", complaints.len()),
    }
}

/// A folder's name as a part of an address.
fn plain(name: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_');
    let plain = |letter: char| if is_plain(letter) { letter } else { '-' };
    let name: String = name.chars().map(plain).take(64).collect();
    if name.is_empty() {
        "tutorial".to_owned()
    } else {
        name
    }
}

/// When the files below a folder were changed; hidden ones are not looked at.
fn stamps(folder: &Path) -> io::Result<Stamps> {
    let mut stamps = Stamps::new();
    gather(folder, "", DEEPEST, &mut stamps)?;
    Ok(stamps)
}

fn gather(folder: &Path, before: &str, depth: usize, stamps: &mut Stamps) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let (path, kind) = (format!("{before}{name}"), entry.file_type()?);
        if kind.is_dir() && depth > 0 {
            gather(&entry.path(), &format!("{path}/"), depth - 1, stamps)?;
        } else if kind.is_file() {
            let facts = entry.metadata()?;
            stamps.insert(path, (facts.modified().ok(), facts.len()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{plain, stamps};

    #[test]
    fn a_change_of_a_file_is_seen_and_hidden_ones_are_not_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("in")).unwrap();
        fs::write(path("in/a.md"), "a").unwrap();
        let first = stamps(folder.path()).unwrap();
        assert_eq!(first.keys().collect::<Vec<_>>(), ["in/a.md"]);
        fs::write(path(".a.md.swp"), "x").unwrap();
        assert_eq!(stamps(folder.path()).unwrap(), first);
        fs::write(path("in/a.md"), "ab").unwrap();
        assert_ne!(stamps(folder.path()).unwrap(), first);
    }

    #[test]
    fn a_folder_is_called_as_addresses_can_be() {
        assert_eq!(plain("my tutorial.d"), "my-tutorial-d");
        assert_eq!(plain(""), "tutorial");
    }
}
