//! Terminals on the server.

use std::process::ExitCode;

use anyhow::bail;
use client::Client;
use serde_json::json;
use shared::{InstanceId, NewShare, OpenTerminal, ProblemKind, Sharing, Terminal, terminal::Role};

use crate::arguments::TerminalCommand;
use crate::attach::{self, Ended};
use crate::output::{FAILED, Output, word};
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
        TerminalCommand::Open { terminal } => open(&client, terminal.as_deref(), output).await?,
        TerminalCommand::Share {
            terminal,
            types,
            time,
            to,
        } => {
            let terminal = one(&client, &terminal).await?;
            let new = NewShare {
                role: if types { Role::Write } else { Role::View },
                // what is too long for that is refused as what is too long for a link
                lasts_s: u32::try_from(time.as_secs()).unwrap_or(u32::MAX),
                label: to,
            };
            let made = client::shares::make(&client, terminal.id, &new).await?;
            output.progress_error(&format!("until {}", made.share.expires_at));
            output.either(&made, || made.url.clone())?;
        }
        TerminalCommand::Watching { terminal } => {
            let terminal = one(&client, &terminal).await?;
            let sharing = client::shares::list(&client, terminal.id).await?;
            output.either(&sharing, || watching(&sharing))?;
        }
        TerminalCommand::Unshare { terminal, share } => {
            let terminal = one(&client, &terminal).await?;
            match share {
                Some(share) => client::shares::end(&client, terminal.id, share).await?,
                None => client::shares::end_all(&client, terminal.id).await?,
            }
            let shared = json!({ "terminal": terminal.id, "ended": share });
            output.either(&shared, || {
                format!("{} is shared no more by that", terminal.name)
            })?;
        }
        TerminalCommand::End { terminal } => {
            let terminal = one(&client, &terminal).await?;
            client::terminals::end(&client, terminal.id).await?;
            let ended = json!({ "ended": terminal.id });
            output.either(&ended, || format!("{} is ended", terminal.name))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Attaches this terminal to a shell on an instance, and exits as that does.
pub async fn shell(
    client: &Client,
    instance: InstanceId,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    attach::ensure_terminal()?;
    let (cols, rows) = attach::size();
    let open = OpenTerminal {
        instance: Some(instance),
        ..OpenTerminal::sized(cols, rows)
    };
    let terminal = client::terminals::open(client, &open).await?;
    match attach::attach(client, terminal.id).await? {
        Ended::LetGo => {
            let again = format!("it goes on: mac terminal open {}", terminal.id);
            output.progress_error(&again);
            Ok(ExitCode::SUCCESS)
        }
        Ended::Exited(code) => {
            match client::terminals::end(client, terminal.id).await {
                // the server may have seen its end before, and cleared it away
                Err(problem) if problem.kind != ProblemKind::NotFound => return Err(problem.into()),
                _ => {}
            }
            Ok(ExitCode::from(u8::try_from(code).unwrap_or(FAILED)))
        }
    }
}

/// Attaches this terminal to one of the server's; without a name, to a new one.
async fn open(client: &Client, named: Option<&str>, output: &Output) -> anyhow::Result<()> {
    attach::ensure_terminal()?;
    let (cols, rows) = attach::size();
    let terminal = match named {
        Some(named) => one(client, named).await?,
        None => client::terminals::open(client, &OpenTerminal::sized(cols, rows)).await?,
    };
    output.progress_error(&format!("{}: Ctrl-] lets go of it", terminal.name));
    let ended = attach::attach(client, terminal.id).await?;
    output.progress_error(&match ended {
        Ended::LetGo => format!("it goes on: mac terminal open {}", terminal.id),
        Ended::Exited(code) => format!("{} ended with {code}", terminal.name),
    });
    Ok(())
}

/// The links, and below them who looks.
fn watching(sharing: &Sharing) -> String {
    let may = |role: Role| word(&role);
    let links: Vec<_> = sharing
        .shares
        .iter()
        .map(|share| {
            let label = share.label.clone().unwrap_or_default();
            let until = share.expires_at.to_string();
            [share.id.to_string(), may(share.role), until, label]
        })
        .collect();
    let links = boxed(Align::Left, ["Link", "May", "Until", "For"], &links);
    let watching: Vec<_> = sharing
        .watching
        .iter()
        .map(|watcher| {
            let by = watcher.share.map(|share| share.to_string());
            let since = watcher.since.to_string();
            [
                watcher.name.clone(),
                may(watcher.role),
                since,
                by.unwrap_or_default(),
            ]
        })
        .collect();
    let watching = boxed(Align::Left, ["Who", "May", "Since", "Link"], &watching);
    format!("{links}\n{watching}")
}

async fn one(client: &Client, named: &str) -> anyhow::Result<Terminal> {
    let mut items = client::terminals::list(client).await?.items;
    items.retain(|item| item.name == named || item.id.to_string() == named);
    match (items.pop(), items.is_empty()) {
        (Some(terminal), true) => Ok(terminal),
        (Some(_), false) => bail!("several terminals are called {named}: name one by its id"),
        (None, _) => bail!("there is no terminal {named}"),
    }
}
