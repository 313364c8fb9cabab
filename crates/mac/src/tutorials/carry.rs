//! Tutorials carried over from other platforms, and to them.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Component, Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, ensure};
use lesson::{Carried, Complaint, Files, Format};

use super::{document, name_of};
use crate::{
    arguments::ExportFormat,
    output::{Output, WRONG},
};

/// Whether files that are there are written over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// They are.
    Writes,
    /// They stay.
    Keeps,
}

impl Over {
    /// As `--force` says.
    pub fn of(force: bool) -> Self {
        if force { Self::Writes } else { Self::Keeps }
    }
}

/// A folder that is carried over.
struct Old {
    folder: PathBuf,
    files: Files,
    names: BTreeSet<String>,
}

impl Old {
    /// Reads a folder, or the one that its index is in.
    fn read(from: &Path) -> anyhow::Result<Self> {
        let folder = match from.is_file() {
            true => from.parent().unwrap_or(Path::new("")).to_owned(),
            false => from.to_owned(),
        };
        // the folder of a file that is named alone is this one
        let folder = if folder.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            folder
        };
        let shown = || format!("read {}", folder.display());
        let files = lesson::files(&folder).with_context(shown)?;
        let names = lesson::names(&folder).with_context(shown)?;
        Ok(Self {
            folder,
            files,
            names,
        })
    }
}

/// Makes a tutorial of what was written for others.
pub fn import(
    from: &Path,
    to: Option<&Path>,
    over: Over,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let old = Old::read(from)?;
    let shown = old.folder.display();
    let carried = lesson::import(&old.files, &old.names);
    let carried = carried
        .with_context(|| format!("there is neither an index.json nor a track.yml in {shown}"))?;
    let here = || PathBuf::from(name_of(&old.folder));
    write(
        &old,
        &carried,
        &to.map_or_else(here, Path::to_owned),
        over,
        output,
    )
}

/// Makes of a tutorial what others read.
pub fn export(
    from: &Path,
    to: &Path,
    format: ExportFormat,
    over: Over,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let old = Old::read(from)?;
    let format = match format {
        ExportFormat::Markdown => Format::Markdown,
        ExportFormat::Killercoda => Format::Killercoda,
    };
    let carried = lesson::export(&name_of(&old.folder), &old.files, format);
    write(&old, &carried, to, over, output)
}

/// Writes the new folder, and says what stays behind.
fn write(
    old: &Old,
    carried: &Carried,
    to: &Path,
    over: Over,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let same = old.folder.canonicalize().ok().zip(to.canonicalize().ok());
    ensure!(
        same.is_none_or(|(old, new)| old != new),
        "{} is the folder itself: name another one",
        to.display()
    );
    let new = texts(old, carried)?;
    for (path, _) in &new {
        check(to, path, over)?;
    }
    for (path, bytes) in &new {
        put(to, path, bytes, over).with_context(|| format!("write {}", to.join(path).display()))?;
    }
    say(old, &carried.complaints, output)?;
    if new.is_empty() {
        output.progress("nothing was written")?;
        return Ok(ExitCode::from(WRONG));
    }
    let (count, shown) = (new.len(), to.display());
    output.progress(&format!(
        "{shown}: {count} files, {} complaints",
        carried.complaints.len()
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// What is written, by its paths.
fn texts(old: &Old, carried: &Carried) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let written = carried.texts.iter();
    let mut new: Vec<_> = written
        .map(|(path, text)| (path.clone(), text.clone().into_bytes()))
        .collect();
    // what is named and is not there was told of
    let copied = carried
        .copied
        .iter()
        .filter(|(_, from)| old.names.contains(*from));
    for (path, from) in copied {
        let bytes = fs::read(old.folder.join(from)).with_context(|| format!("read {from}"))?;
        new.push((path.clone(), bytes));
    }
    Ok(new)
}

/// Refuses to write what leads out of the folder, or over something.
fn check(to: &Path, path: &str, over: Over) -> anyhow::Result<()> {
    let is_inside = Path::new(path)
        .components()
        .all(|it| matches!(it, Component::Normal(_)));
    ensure!(
        is_inside && !path.is_empty(),
        "{path} leads out of the folder"
    );
    let mut place = to.to_owned();
    for part in Path::new(path).components() {
        place.push(part);
        let Ok(facts) = fs::symlink_metadata(&place) else {
            return Ok(()); // nothing is there
        };
        ensure!(
            !facts.is_symlink(),
            "{} is a link: nothing is written there",
            place.display()
        );
    }
    ensure!(
        over == Over::Writes,
        "{} is there already: name another folder, or write over it with --force",
        place.display()
    );
    Ok(())
}

fn put(to: &Path, path: &str, bytes: &[u8], over: Over) -> io::Result<()> {
    let place = to.join(path);
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true);
    let mut file = match over {
        Over::Writes => options.create(true).truncate(true).open(place)?,
        Over::Keeps => options.create_new(true).open(place)?,
    };
    io::Write::write_all(&mut file, bytes)
}

fn say(old: &Old, complaints: &[Complaint], output: &Output) -> anyhow::Result<()> {
    let found: Vec<_> = complaints.iter().map(document).collect();
    output.either(&found, || {
        let shown = old.folder.display();
        let lines = complaints
            .iter()
            .map(|complaint| format!("{shown}/{complaint}\n"));
        lines.collect()
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::process::ExitCode;

    use super::{Over, check, export, import};
    use crate::arguments::ExportFormat;
    use crate::output::Output;

    const QUIET: fn() -> Output = || Output::new(true, false, false);

    fn lay(folder: &Path, files: &[(&str, &[u8])]) {
        for (path, bytes) in files {
            let place = folder.join(path);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, bytes).unwrap();
        }
    }

    #[test]
    fn a_scenario_is_carried_over_with_its_scripts_and_images_and_back() {
        let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let index = r#"{"title": "T", "details": {"steps": [{"title": "A", "text": "a/text.md", "verify": "a/verify.sh"}],
            "assets": {"host01": [{"file": "data.txt", "target": "~/"}]}}}"#;
        lay(
            old.path(),
            &[
                ("index.json", index.as_bytes()),
                ("a/text.md", b"![p](./p.png)\n\n`ls`{{execute}}\n"),
                ("a/verify.sh", b"true\n"),
                ("a/p.png", b"\xff\xfe"),
                ("assets/data.txt", b"data"),
                ("other.txt", b"nobody asks for it"),
            ],
        );
        let to = new.path().join("t");
        let index = old.path().join("index.json");
        import(&index, Some(&to), Over::Keeps, &QUIET()).unwrap();
        let files = lesson::files(&to).unwrap();
        let paths: Vec<_> = lesson::names(&to).unwrap().into_iter().collect();
        assert_eq!(
            paths,
            ["a/p.png", "a/verify.sh", "assets/data.txt", "lesson.md"]
        );
        assert_eq!(fs::read(to.join("a/p.png")).unwrap(), b"\xff\xfe");
        let reading = lesson::read("t", &files);
        assert_eq!(reading.complaints, []);
        assert_eq!(
            reading.lesson.unwrap().checks["a"].run.as_deref(),
            Some("true\n")
        );

        let back = new.path().join("back");
        export(&to, &back, ExportFormat::Killercoda, Over::Keeps, &QUIET()).unwrap();
        assert_eq!(fs::read(back.join("step1/verify.sh")).unwrap(), b"true\n");
        assert_eq!(fs::read(back.join("a/p.png")).unwrap(), b"\xff\xfe");
        assert!(
            fs::read_to_string(back.join("step1/text.md"))
                .unwrap()
                .contains("(../a/p.png)")
        );
    }

    #[test]
    fn nothing_is_written_over_and_nothing_out_of_the_folder() {
        let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        lay(
            old.path(),
            &[("lesson.md", b"---\ntitle: T\n---\n## S\n\nx\n")],
        );
        let again = |over| {
            export(
                old.path(),
                new.path(),
                ExportFormat::Markdown,
                over,
                &QUIET(),
            )
        };
        again(Over::Keeps).unwrap();
        fs::write(new.path().join("README.md"), "mine").unwrap();
        let refused = again(Over::Keeps).unwrap_err().to_string();
        assert!(refused.ends_with("write over it with --force"), "{refused}");
        assert_eq!(fs::read(new.path().join("README.md")).unwrap(), b"mine");
        assert_eq!(again(Over::Writes).unwrap(), ExitCode::SUCCESS);
        let itself = export(
            old.path(),
            old.path(),
            ExportFormat::Markdown,
            Over::Writes,
            &QUIET(),
        );
        assert!(itself.is_err());
        for path in ["../a", "/a", "a/../../b", ""] {
            assert!(check(new.path(), path, Over::Writes).is_err(), "{path}");
        }
        std::os::unix::fs::symlink("/", new.path().join("out")).unwrap();
        assert!(check(new.path(), "out/a", Over::Writes).is_err());
    }
}
