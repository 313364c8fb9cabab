//! Infrastructures: made from macfiles, shown, destroyed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use client::Client;
use shared::{CreateInfrastructure, Deployment};

use crate::arguments::{Macfile, OnFailure};
use crate::output::{Output, word};
use crate::{deployments, session};

/// Makes an infrastructure from a macfile, and follows its log.
pub async fn create(arguments: Macfile, output: &Output) -> anyhow::Result<ExitCode> {
    let file = match arguments.file {
        Some(file) => file,
        None => only_macfile(Path::new("."))?,
    };
    let create = read(&file, arguments.parameters.into_iter().collect())?;
    let client = crate::signed_in(output)?;
    let deployment = client::infrastructures::create(&client, &create).await?;
    let ended = deployments::follow(&client, deployment, output).await?;
    if deployments::has_succeeded(&ended) {
        output.progress(&format!("{} {} is ready", ended.application, ended.version))?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(OnFailure::DestroyAll) = arguments.on_failure {
        destroy(&client, &ended.application, &ended.version, output).await?;
    }
    Ok(ExitCode::FAILURE)
}

/// Reads and checks a macfile, so that a slip is told before anything is asked for.
fn read(file: &Path, parameters: BTreeMap<String, String>) -> anyhow::Result<CreateInfrastructure> {
    let shown = file.display().to_string();
    if shown.contains("://") {
        bail!("{shown}: macfiles at a URL are not yet supported; download it first");
    }
    let macfile = std::fs::read_to_string(file).with_context(|| format!("read {shown}"))?;
    if let Err(problems) = macfile::parse(&macfile, &parameters) {
        let told: Vec<String> = problems
            .iter()
            .map(|problem| format!("  {problem}"))
            .collect();
        bail!("{shown} cannot be carried out:\n{}", told.join("\n"));
    }
    let folder = folder(file, &session::home()?)?;
    Ok(CreateInfrastructure {
        macfile,
        parameters,
        folder,
        ..CreateInfrastructure::default()
    })
}

/// The macfile's folder, as seen from the home folder.
fn folder(file: &Path, home: &Path) -> anyhow::Result<String> {
    let file = file
        .canonicalize()
        .with_context(|| format!("find {}", file.display()))?;
    let home = home.canonicalize().context("find the home folder")?;
    let folder = file.parent().unwrap_or(Path::new("/"));
    let Ok(relative) = folder.strip_prefix(&home) else {
        bail!(
            "{} must lie below {}, where its commands can run",
            file.display(),
            home.display()
        );
    };
    relative
        .to_str()
        .map(str::to_owned)
        .context("the folder's name is not UTF-8")
}

/// The only `*.macfile` of a folder.
fn only_macfile(folder: &Path) -> anyhow::Result<PathBuf> {
    let entries = std::fs::read_dir(folder).context("look for a macfile here")?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "macfile")
        })
        .collect();
    match (found.pop(), found.is_empty()) {
        (Some(path), true) => Ok(path),
        (Some(_), false) => bail!("several macfiles lie here: name one of them"),
        (None, _) => bail!("no macfile lies here: name one"),
    }
}

/// Lists infrastructures.
pub async fn list(client: &Client, output: &Output) -> anyhow::Result<()> {
    let page = client::infrastructures::list(client).await?;
    let rows: Vec<_> = page
        .items
        .into_iter()
        .map(|item| {
            let live = if item.live { "live" } else { "" }.to_owned();
            let endpoint = item.endpoint.unwrap_or_default();
            [item.name, item.version, word(&item.state), live, endpoint]
        })
        .collect();
    Ok(output.table(["name", "version", "state", "live", "endpoint"], &rows)?)
}

/// Lists the parts of one infrastructure.
pub async fn items(
    client: &Client,
    name: &str,
    version: &str,
    output: &Output,
) -> anyhow::Result<()> {
    let detail = client::infrastructures::read(client, name, version).await?;
    let instances = detail.instances.into_iter().map(|item| {
        let address = item.public_address.unwrap_or_default();
        [
            "instance".to_owned(),
            item.name,
            word(&item.state),
            item.id.to_string(),
            address,
        ]
    });
    let resources = detail.resources.into_iter().map(|item| {
        let id = item.id.to_string();
        [
            "resource".to_owned(),
            item.name,
            word(&item.state),
            id,
            String::new(),
        ]
    });
    let rows: Vec<_> = instances.chain(resources).collect();
    Ok(output.table(["kind", "name", "state", "id", "address"], &rows)?)
}

/// Destroys an infrastructure, and follows the log.
pub async fn destroy(
    client: &Client,
    name: &str,
    version: &str,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let deployment: Deployment = client::infrastructures::destroy(client, name, version).await?;
    let ended = deployments::follow(client, deployment, output).await?;
    if deployments::has_succeeded(&ended) {
        output.progress(&format!("{name} {version} is destroyed"))?;
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

#[cfg(test)]
mod tests {
    use super::{folder, only_macfile};

    #[test]
    fn the_only_macfile_of_a_folder_needs_no_name() {
        let home = tempfile::tempdir().unwrap();
        assert!(only_macfile(home.path()).is_err());
        std::fs::write(home.path().join("a.macfile"), "").unwrap();
        std::fs::write(home.path().join("notes.txt"), "").unwrap();
        assert_eq!(
            only_macfile(home.path()).unwrap(),
            home.path().join("a.macfile")
        );
        std::fs::write(home.path().join("b.macfile"), "").unwrap();
        assert!(only_macfile(home.path()).is_err());
    }

    #[test]
    fn the_folder_is_seen_from_home_and_may_not_lie_outside() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("demo")).unwrap();
        let file = home.path().join("demo/a.macfile");
        std::fs::write(&file, "").unwrap();
        assert_eq!(folder(&file, home.path()).unwrap(), "demo");
        assert_eq!(folder(&file, &home.path().join("demo")).unwrap(), "");
        let elsewhere = tempfile::tempdir().unwrap();
        assert!(folder(&file, elsewhere.path()).is_err());
    }
}
