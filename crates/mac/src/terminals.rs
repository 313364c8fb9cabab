//! Terminals on the server.

use std::process::ExitCode;

use crate::arguments::TerminalCommand;
use crate::output::{Output, word};
use crate::table::{Align, boxed};

/// Carries out a command about terminals.
pub async fn run(command: TerminalCommand, output: &Output) -> anyhow::Result<ExitCode> {
    let client = crate::signed_in(output)?;
    match command {
        TerminalCommand::List => {
            let all = client::terminals::list(&client).await?.items;
            output.either(&all, || {
                let rows: Vec<_> = all
                    .iter()
                    .map(|one| [one.id.to_string(), one.name.clone(), word(&one.state)])
                    .collect();
                boxed(Align::Left, ["Id", "Name", "State"], &rows)
            })?;
        }
        TerminalCommand::End { id } => client::terminals::end(&client, id).await?,
    }
    Ok(ExitCode::SUCCESS)
}
