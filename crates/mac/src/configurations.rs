//! Server configurations.

use std::process::ExitCode;

use shared::Configuration;

use crate::arguments::ConfigurationCommand;
use crate::output::Output;
use crate::table::{Align, boxed};

/// Carries out a command about configurations.
pub async fn run(command: ConfigurationCommand, output: &Output) -> anyhow::Result<ExitCode> {
    let client = crate::signed_in(output)?;
    let all = client::configurations::list(&client).await?.items;
    match command {
        ConfigurationCommand::List => output.either(&all, || titles(&all))?,
        ConfigurationCommand::Search { keyword, url } => {
            let found: Vec<_> = all.into_iter().filter(|one| has(one, &keyword)).collect();
            output.either(&found, || {
                if url {
                    addresses(&found)
                } else {
                    titles(&found)
                }
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn has(known: &Configuration, words: &[String]) -> bool {
    let said = format!("{} {} {}", known.tag, known.name, known.summary).to_lowercase();
    words.iter().all(|word| said.contains(&word.to_lowercase()))
}

fn titles(all: &[Configuration]) -> String {
    if all.is_empty() {
        return "\nThere are not configurations available\n\n".to_owned();
    }
    let row = |one: &Configuration| [one.tag.clone(), one.name.clone(), one.summary.clone()];
    let rows: Vec<_> = all.iter().map(row).collect();
    boxed(Align::Left, ["Tag", "Title", "Summary"], &rows)
}

fn addresses(all: &[Configuration]) -> String {
    let row = |one: &Configuration| [one.tag.clone(), one.url.clone()];
    let rows: Vec<_> = all.iter().map(row).collect();
    boxed(Align::Left, ["Tag", "Url"], &rows)
}
