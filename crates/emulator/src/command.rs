//! Commands that somebody runs on an instance.

use std::time::Duration;

use anyhow::Context as _;
use sandbox::{Job, Machine, Outcome};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    time::timeout,
};

use crate::client::Ran;

/// How much of each stream is kept.
const KEPT_BYTES: usize = 1 << 20;
/// How long a command may take.
const LONGEST: Duration = Duration::from_secs(600);
/// How long its streams may stay open when it has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Runs a line of shell beside what an instance does.
pub(crate) async fn run(machine: &Machine, line: &str) -> anyhow::Result<Ran> {
    let job = Job {
        argv: ["/bin/bash", "-c", line].map(str::to_owned).to_vec(),
        env: environment(),
        cwd: "/home/user".to_owned(),
    };
    let mut task = machine.run(job).await?;
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let (out, err) = (task.stdout.take(), task.stderr.take());
    let outcome = {
        let reading = async { tokio::join!(read(out, &mut stdout), read(err, &mut stderr)) };
        tokio::pin!(reading);
        let ended = async {
            tokio::select! {
                outcome = task.wait() => (outcome, false),
                _ = &mut reading => (task.wait().await, true),
            }
        };
        let ended = timeout(LONGEST, ended).await;
        let (outcome, is_read) =
            ended.with_context(|| format!("no end after {} s", LONGEST.as_secs()))?;
        if !is_read {
            timeout(LAST_WORDS, reading).await.ok(); // what it left behind may hold them open
        }
        outcome?
    };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(Ran {
        exit_code: exit_code(outcome)?,
        stdout: text(stdout),
        stderr: text(stderr),
    })
}

fn exit_code(outcome: Outcome) -> anyhow::Result<Option<i32>> {
    match outcome {
        Outcome::Exited(code) => Ok(Some(code)),
        Outcome::Signalled(_) => Ok(None),
        Outcome::NotStarted(why) => anyhow::bail!("it could not be started: {why}"),
    }
}

/// Keeps the beginning of a stream, and reads on to its end.
async fn read(stream: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) {
    let Some(mut stream) = stream else { return };
    let mut chunk = vec![0; 16 << 10];
    while let Ok(size @ 1..) = stream.read(&mut chunk).await {
        let room = KEPT_BYTES.saturating_sub(kept.len()).min(size);
        kept.extend_from_slice(&chunk[..room]);
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
