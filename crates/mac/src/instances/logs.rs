//! What instances write.

use std::process::ExitCode;

use client::Client;
use shared::{Instance, InstanceId, InstanceState};

use crate::output::{FAILED, Output};

pub(super) async fn log(
    client: &Client,
    instance: &Instance,
    output: &Output,
) -> anyhow::Result<()> {
    let log = client::instances::log(client, instance.id, 0, 0).await?;
    let when = instance.created_at;
    let block = |title: &str, text: &str| match text.is_empty() {
        true => format!("There is not {} logs\n", title.to_lowercase()),
        false => {
            let head = format!("{title} logs for {when}");
            format!("{head}\n{}\n\n{text}\n", "-".repeat(head.chars().count()))
        }
    };
    output.either(&log, || {
        let creation = block("Creation", &log.console);
        format!(
            "\n\n{creation}\n\n{}",
            block("Configuration", &log.configuration)
        )
    })
}

/// Prints what its script writes until that has ended.
pub(super) async fn follow_log(
    client: &Client,
    id: InstanceId,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let mut after = 0;
    loop {
        let log = client::instances::log(client, id, after, WAIT_MS).await?;
        output.exactly(&log.configuration)?;
        after = log.next;
        match log.state {
            InstanceState::Creating | InstanceState::Created | InstanceState::Configuring => {}
            _ if !log.configuration.is_empty() => {}
            InstanceState::ConfigureFailed | InstanceState::CreateFailed => {
                return Ok(ExitCode::from(FAILED));
            }
            InstanceState::Ready
            | InstanceState::Destroying
            | InstanceState::Destroyed
            | InstanceState::DestroyFailed => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// How long the server may hold a request for more of a log.
const WAIT_MS: u64 = 20_000;
