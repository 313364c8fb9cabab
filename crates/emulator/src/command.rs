//! Commands that somebody runs on an instance.

use std::time::Duration;

use anyhow::Context as _;
use sandbox::{Job, Machine, Outcome};
use tokio::time::timeout;

use crate::client::Ran;

/// How much of each stream is kept.
const KEPT_BYTES: usize = 1 << 20;
/// How long a command may take.
const LONGEST: Duration = Duration::from_secs(600);

/// Runs a line of shell beside what an instance does.
pub(crate) async fn run(machine: &Machine, line: &str) -> anyhow::Result<Ran> {
    let job = Job {
        argv: ["/bin/bash", "-c", line].map(str::to_owned).to_vec(),
        env: environment(),
        cwd: "/home/user".to_owned(),
    };
    let task = machine.run(job).await?;
    let ended = timeout(LONGEST, task.output(KEPT_BYTES)).await;
    let output = ended.with_context(|| format!("no end after {} s", LONGEST.as_secs()))??;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(Ran {
        exit_code: exit_code(output.outcome)?,
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    })
}

fn exit_code(outcome: Outcome) -> anyhow::Result<Option<i32>> {
    match outcome {
        Outcome::Exited(code) => Ok(Some(code)),
        Outcome::Signalled(_) => Ok(None),
        Outcome::NotStarted(why) => anyhow::bail!("it could not be started: {why}"),
    }
}

pub(crate) fn environment() -> Vec<(String, String)> {
    let variables = [
        ("HOME", "/home/user"),
        ("USER", "user"),
        ("LANG", "C.UTF-8"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ];
    variables
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}
