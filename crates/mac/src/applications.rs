//! Applications, and moving their addresses.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::bail;
use client::Client;
use shared::{Application, ApplicationDetail, ChangeApplication, DeploymentKind};

use crate::arguments::AppCommand;
use crate::deployments;
use crate::output::{FAILED, Output, word};
use crate::table::{Align, boxed};

/// How often the server is asked while something is waited for.
const GLANCE: Duration = Duration::from_millis(300);

/// Carries out a command about applications.
pub async fn run(command: AppCommand, output: &Output) -> anyhow::Result<ExitCode> {
    let client = crate::signed_in(output)?;
    match command {
        AppCommand::List => {
            let all = client::applications::list(&client).await?.items;
            output.either(&all, || table(&all))?;
            Ok(ExitCode::SUCCESS)
        }
        AppCommand::Show { name } => {
            let detail = client::applications::read(&client, &name).await?;
            output.either(&detail, || shown(&detail))?;
            Ok(ExitCode::SUCCESS)
        }
        AppCommand::Promote {
            name,
            version,
            reason,
        } => {
            let detail = client::applications::read(&client, &name).await?;
            let change = ChangeApplication {
                kind: DeploymentKind::Promote,
                version,
                expected_live: detail.application.live,
                reason,
            };
            move_address(&client, &name, change, output).await
        }
        AppCommand::Rollback { name, reason } => {
            let application = client::applications::read(&client, &name)
                .await?
                .application;
            let Some(version) = application.previous else {
                bail!("no version of {name} was live before");
            };
            let change = ChangeApplication {
                kind: DeploymentKind::RollBack,
                version,
                expected_live: application.live,
                reason,
            };
            move_address(&client, &name, change, output).await
        }
        AppCommand::Wait {
            name,
            version,
            timeout,
        } => {
            wait(
                &client,
                &name,
                version.as_deref(),
                Duration::from_secs(timeout),
                output,
            )
            .await
        }
    }
}

async fn move_address(
    client: &Client,
    name: &str,
    change: ChangeApplication,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let begun = client::applications::change(client, name, &change).await?;
    let ended = deployments::follow(client, begun, output).await?;
    if output.is_json() {
        output.either(&ended, String::new)?;
    }
    Ok(match deployments::has_succeeded(&ended) {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(FAILED),
    })
}

async fn wait(
    client: &Client,
    name: &str,
    version: Option<&str>,
    timeout: Duration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let deadline = Instant::now() + timeout;
    loop {
        let detail = client::applications::read(client, name).await?;
        let live = detail.application.live.as_deref();
        if detail.active.is_none() && version.is_none_or(|version| live == Some(version)) {
            output.either(&detail, || {
                format!("{} is live", live.unwrap_or("no version"))
            })?;
            return Ok(ExitCode::SUCCESS);
        }
        if Instant::now() > deadline {
            bail!(
                "after {} s, {} is live",
                timeout.as_secs(),
                live.unwrap_or("no version")
            );
        }
        tokio::time::sleep(GLANCE).await;
    }
}

fn table(all: &[Application]) -> String {
    let word = |version: &Option<String>| version.clone().unwrap_or_default();
    let rows: Vec<_> = all
        .iter()
        .map(|one| {
            [
                one.name.clone(),
                word(&one.live),
                word(&one.previous),
                one.address.clone(),
            ]
        })
        .collect();
    boxed(
        Align::Left,
        ["Application", "Live", "Before", "Address"],
        &rows,
    )
}

fn shown(detail: &ApplicationDetail) -> String {
    let rows: Vec<_> = detail
        .versions
        .iter()
        .map(|one| {
            let infrastructure = &one.infrastructure;
            let live = if infrastructure.live { "live" } else { "" };
            [
                infrastructure.version.clone(),
                word(&infrastructure.state),
                live.to_owned(),
                infrastructure.endpoint.clone().unwrap_or_default(),
            ]
        })
        .collect();
    boxed(
        Align::Left,
        ["Version", "State", "Live", "Serves at"],
        &rows,
    )
}
