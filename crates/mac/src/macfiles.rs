//! Macfiles: found, fetched, checked, explained, formatted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use macfile::{Plan, Problem, Work};
use serde_json::{Value, json};

use crate::arguments::{MacfileCommand, Text};
use crate::fetch::{Reach, fetch, is_url};
use crate::output::{Coded, Output, WRONG};

/// A macfile with all that belongs to it.
pub struct Macfile {
    /// Where it is, for the reader.
    pub shown: String,
    /// The folder that it lies in; the folder we are in for one that was fetched.
    pub folder: PathBuf,
    pub text: String,
    pub parameters: BTreeMap<String, String>,
    /// The texts of its parents by name.
    pub parents: BTreeMap<String, String>,
}

/// Carries out a command about macfiles.
pub async fn run(command: MacfileCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        MacfileCommand::Lint(text) => lint(&read(text).await?, output),
        MacfileCommand::Plan(text) => {
            let plan = read(text).await?.plan()?;
            show(&plan, output)
        }
        MacfileCommand::Fmt { file, check } => format(file, check, output),
        MacfileCommand::Schema => {
            output.result(macfile::SCHEMA)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Finds a macfile, and fetches it and its parents.
pub async fn read(text: Text) -> anyhow::Result<Macfile> {
    let reach = match text.allow_private_urls {
        true => Reach::Anywhere,
        false => Reach::Public,
    };
    let shown = match text.file {
        Some(file) => file,
        None => only_macfile(Path::new("."))?.display().to_string(),
    };
    let folder = match is_url(&shown) {
        true => PathBuf::from("."),
        false => Path::new(&shown)
            .parent()
            .unwrap_or(Path::new(""))
            .to_owned(),
    };
    let mut macfile = Macfile {
        text: load(&shown, &shown, Path::new(""), reach).await?,
        parameters: text.parameters.into_iter().collect(),
        parents: BTreeMap::new(),
        folder,
        shown,
    };
    let named = macfile::parents(&macfile.text, &macfile.parameters);
    for parent in named.map_err(|problems| macfile.wrong(&problems))? {
        let text = load(&parent.location, &macfile.shown, &macfile.folder, reach).await?;
        macfile.parents.insert(parent.name, text);
    }
    Ok(macfile)
}

/// The text at a path from the folder, or at a URL, which may be relative to `from`.
async fn load(location: &str, from: &str, folder: &Path, reach: Reach) -> anyhow::Result<String> {
    if is_url(location) {
        return fetch(location, reach).await;
    }
    if is_url(from) {
        let base = reqwest::Url::parse(from).context("read the macfile's URL")?;
        return fetch(base.join(location)?.as_str(), reach).await;
    }
    let path = folder.join(location);
    std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
}

impl Macfile {
    /// What it asks for.
    pub fn plan(&self) -> anyhow::Result<Plan> {
        let plan = macfile::parse_with(&self.text, &self.parameters, &self.parents);
        Ok(plan.map_err(|problems| self.wrong(&problems))?)
    }

    fn wrong(&self, problems: &[Problem]) -> Coded {
        let told: Vec<String> = problems
            .iter()
            .map(|problem| format!("  {problem}"))
            .collect();
        Coded {
            code: WRONG,
            words: format!("{} cannot be carried out:\n{}", self.shown, told.join("\n")),
        }
    }
}

/// Prints what would happen.
pub fn show(plan: &Plan, output: &Output) -> anyhow::Result<ExitCode> {
    let steps = plan.steps.iter().zip(plan.needs()).map(|(step, needs)| {
        let kind = match &step.work {
            Work::Instances(_) => "instances",
            Work::Resource(_) => "resource",
            Work::Action(_) => "action",
        };
        json!({ "key": step.key, "kind": kind, "ready": step.ready, "needs": needs })
    });
    let document = json!({
        "name": plan.name,
        "version": plan.version,
        "description": plan.description,
        "steps": steps.collect::<Vec<_>>(),
    });
    output.either(&document, || plan.describe())?;
    Ok(ExitCode::SUCCESS)
}

fn document(problems: &[Problem]) -> Vec<Value> {
    let one = |problem: &Problem| {
        json!({
            "file": problem.file,
            "line": problem.line,
            "column": problem.column,
            "message": problem.message,
            "hint": problem.hint,
        })
    };
    problems.iter().map(one).collect()
}

fn lint(macfile: &Macfile, output: &Output) -> anyhow::Result<ExitCode> {
    let lint = macfile::lint(&macfile.text, &macfile.parameters, &macfile.parents);
    let code = ExitCode::from(if lint.problems.is_empty() { 0 } else { WRONG });
    if output.is_json() {
        let (problems, warnings) = (document(&lint.problems), document(&lint.warnings));
        let found = json!({ "problems": problems, "warnings": warnings });
        output.either(&found, String::new)?;
        return Ok(code);
    }
    let told = |kind: &str, found: &[Problem]| -> String {
        let line = |problem: &Problem| format!("{}: {kind}: {problem}\n", macfile.shown);
        found.iter().map(line).collect()
    };
    output.result(&told("error", &lint.problems))?;
    output.result(&told("warning", &lint.warnings))?;
    if lint.problems.is_empty() {
        output.progress(&format!(
            "{}: {} warnings",
            macfile.shown,
            lint.warnings.len()
        ))?;
    }
    Ok(code)
}

fn format(file: Option<PathBuf>, check: bool, output: &Output) -> anyhow::Result<ExitCode> {
    let file = match file {
        Some(file) => file,
        None => only_macfile(Path::new("."))?,
    };
    let shown = file.display();
    let text = std::fs::read_to_string(&file).with_context(|| format!("read {shown}"))?;
    let formatted = macfile::format(&text).map_err(|problems| {
        let words = problems.iter().map(|problem| format!("{shown}: {problem}"));
        Coded {
            code: WRONG,
            words: words.collect::<Vec<_>>().join("\n"),
        }
    })?;
    if formatted == text {
        return Ok(ExitCode::SUCCESS);
    }
    if check {
        output.result(&format!("{shown} is not in its canonical form"))?;
        return Ok(ExitCode::from(1));
    }
    std::fs::write(&file, formatted).with_context(|| format!("write {shown}"))?;
    output.progress(&format!("formatted {shown}"))?;
    Ok(ExitCode::SUCCESS)
}

/// `macfile`, or the only `*.macfile` of a folder.
fn only_macfile(folder: &Path) -> anyhow::Result<PathBuf> {
    let usual = folder.join("macfile");
    if usual.is_file() {
        return Ok(usual);
    }
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::only_macfile;

    #[test]
    fn without_a_name_the_usual_one_or_the_only_one_is_meant() {
        let folder = tempfile::tempdir().unwrap();
        let told = || only_macfile(folder.path()).unwrap_err().to_string();
        assert!(told().contains("no macfile lies here"));
        fs::write(folder.path().join("a.macfile"), "").unwrap();
        assert!(only_macfile(folder.path()).unwrap().ends_with("a.macfile"));
        fs::write(folder.path().join("b.macfile"), "").unwrap();
        assert!(told().contains("several"));
        fs::write(folder.path().join("macfile"), "").unwrap();
        assert!(only_macfile(folder.path()).unwrap().ends_with("macfile"));
    }
}
