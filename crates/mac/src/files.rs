//! Files of the home on the server: listing, up, down.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use client::{Client, files::Replace};
use serde_json::json;
use shared::{FileEntry, FileKind};
use tokio::{
    fs::{self, File},
    io::{self, AsyncWriteExt as _},
};

use crate::arguments::FilesCommand;
use crate::output::Output;
use crate::table::{Align, boxed};

/// Carries out a command about files.
pub async fn run(command: FilesCommand, output: &Output) -> anyhow::Result<ExitCode> {
    let client = crate::signed_in(output)?;
    match command {
        FilesCommand::Ls { path } => {
            let folder = client::files::list(&client, &inside(&path)).await?;
            if folder.is_cut {
                output.progress_error("there is more in this folder than is listed");
            }
            let rows = || {
                let rows: Vec<_> = folder.entries.iter().map(row).collect();
                boxed(Align::Left, ["Name", "Kind", "Bytes", "Changed"], &rows)
            };
            output.either(&folder, rows)?;
        }
        FilesCommand::Get { path, to } => get(&client, &path, to, output).await?,
        FilesCommand::Put {
            file,
            path,
            overwrite,
        } => {
            let replace = match overwrite {
                true => Replace::Yes,
                false => Replace::No,
            };
            put(&client, &file, path, replace, output).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn row(entry: &FileEntry) -> [String; 4] {
    let (kind, bytes) = match entry.kind {
        FileKind::Folder => ("folder", String::new()),
        FileKind::File => ("file", entry.size_bytes.to_string()),
        FileKind::Other => ("other", String::new()),
    };
    let modified = entry.modified_at.to_string();
    [entry.name.clone(), kind.to_owned(), bytes, modified]
}

/// A path from the home on, which may be written with the home before it.
fn inside(path: &str) -> String {
    let path = path.strip_prefix("~").unwrap_or(path);
    path.trim_matches('/').to_owned()
}

/// Writes what comes beside its place, and moves it there once all of it has come.
async fn get(
    client: &Client,
    path: &str,
    to: Option<PathBuf>,
    output: &Output,
) -> anyhow::Result<()> {
    let path = inside(path);
    let (mut answer, is_folder) = client::files::get(client, &path).await?;
    if to.as_deref() == Some(Path::new("-")) {
        let mut stdout = io::stdout();
        while let Some(part) = answer.part().await? {
            stdout.write_all(&part).await?;
        }
        return Ok(stdout.flush().await?);
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let name = match (name, is_folder) {
        ("", _) => "home.tar".to_owned(),
        (name, true) => format!("{name}.tar"),
        (name, false) => name.to_owned(),
    };
    let to = match to {
        Some(to) if to.is_dir() => to.join(name),
        Some(to) => to,
        None => name.into(),
    };
    let doing = || format!("write {}", to.display());
    let mut half = to.clone().into_os_string();
    half.push(format!(".part-{}", std::process::id()));
    let half = Half(half.into());
    let mut options = fs::OpenOptions::new();
    let opened = options.write(true).create_new(true).open(&half.0).await;
    let mut file = opened.with_context(doing)?;
    while let Some(part) = answer.part().await? {
        file.write_all(&part).await.with_context(doing)?;
    }
    file.sync_all().await.with_context(doing)?;
    fs::rename(&half.0, &to).await.with_context(doing)?;
    let got = json!({ "file": to });
    output.either(&got, || format!("{} is here", to.display()))
}

/// What is not whole yet, and is gone unless it was moved.
struct Half(PathBuf);

impl Drop for Half {
    fn drop(&mut self) {
        // moved, or never made
        std::fs::remove_file(&self.0).ok();
    }
}

async fn put(
    client: &Client,
    file: &Path,
    path: Option<String>,
    replace: Replace,
    output: &Output,
) -> anyhow::Result<()> {
    let name = file.file_name().and_then(|name| name.to_str());
    let path = match (path, name) {
        (Some(path), Some(name)) if path.ends_with('/') || inside(&path).is_empty() => {
            let folder = inside(&path);
            format!("{folder}/{name}").trim_matches('/').to_owned()
        }
        (Some(path), _) => inside(&path),
        (None, Some(name)) => name.to_owned(),
        (None, None) => bail!("say how it is to be called: mac files put FILE PATH"),
    };
    let opened = match File::open(file).await {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("there is no {}", file.display())
        }
        opened => opened.with_context(|| format!("read {}", file.display()))?,
    };
    let stat = opened.metadata().await.context("look at the file")?;
    if !stat.is_file() {
        bail!(
            "{} is no file: mac files put takes one file",
            file.display()
        );
    }
    client::files::put(client, &path, replace, opened, stat.len()).await?;
    let put = json!({ "path": path });
    output.either(&put, || format!("{path} is in the home"))
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn the_home_may_be_written_before_a_path() {
        for (written, path) in [
            ("", ""),
            ("~", ""),
            ("~/a", "a"),
            ("a/b/", "a/b"),
            ("/", ""),
        ] {
            assert_eq!(inside(written), path);
        }
    }
}
