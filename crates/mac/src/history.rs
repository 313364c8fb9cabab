//! What was done, and the proof of it.

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use shared::{Receipt, receipt};

use crate::arguments::HistoryCommand;
use crate::output::{FAILED, Output};

/// Carries out a command about receipts.
pub async fn run(command: HistoryCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        HistoryCommand::Receipts { application } => {
            let client = crate::signed_in(output)?;
            let receipts = client::applications::receipts(&client, &application).await?;
            let lines: Result<Vec<_>, _> =
                receipts.items.iter().map(serde_json::to_string).collect();
            let lines = lines?.join("\n");
            output.either(&receipts.items, || lines)?;
            Ok(ExitCode::SUCCESS)
        }
        HistoryCommand::Verify { file } => verify(&file, output),
    }
}

/// Needs no server: whoever has the file can do it.
fn verify(file: &Path, output: &Output) -> anyhow::Result<ExitCode> {
    let shown = file.display();
    let receipts = read(file).with_context(|| format!("read receipts from {shown}"))?;
    match receipt::check(&receipts) {
        Ok(last) => {
            let count = receipts.len();
            let whole = || format!("{count} receipts, unbroken; the last hash is {last}");
            output.either(&last, whole)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(broken) => {
            eprintln!("mac: {shown}: {broken}");
            Ok(ExitCode::from(FAILED))
        }
    }
}

/// A line for each receipt, or all of them as one JSON list.
fn read(file: &Path) -> anyhow::Result<Vec<Receipt>> {
    let mut text = String::new();
    match file == "-" {
        true => std::io::stdin().read_to_string(&mut text)?,
        false => std::fs::File::open(file)?.read_to_string(&mut text)?,
    };
    if text.trim_start().starts_with('[') {
        return Ok(serde_json::from_str(&text)?);
    }
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let one = |(place, line): (usize, &str)| {
        serde_json::from_str(line).with_context(|| format!("line {}", place + 1))
    };
    lines.enumerate().map(one).collect()
}
