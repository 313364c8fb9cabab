//! Carrying out a deployment's commands on this machine, with its files and credentials; the server
//! keeps the journal.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use client::Client;
use rustix::process::{Pid, Signal};
use shared::{ClientCommand, ClientReport, Deployment, DeploymentId, Problem, ProblemKind};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::output::Output;

/// How long the server may hold a request for a command.
const WAIT_MS: u64 = 20_000;
/// How much is told at once.
const CHUNK_BYTES: usize = 32 << 10;
/// How often a report is sent again while the server does not answer.
const TRIES: u32 = 60;

/// Takes the deployment's commands one after the other, or several where they don't wait for each
/// other, until it has ended. What is at work then, or when this is dropped, is ended.
pub async fn carry_out(
    client: &Client,
    deployment: &Deployment,
    folder: &Path,
    output: &Output,
) -> anyhow::Result<()> {
    let mut taken = 0;
    let mut at_work = JoinSet::new();
    loop {
        while at_work.try_join_next().is_some() {}
        match client::deployments::command(client, deployment.id, WAIT_MS).await {
            // one that is handed out again is at work already
            Ok(Some(command)) if command.number <= taken => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Ok(Some(command)) => {
                taken = command.number;
                output.verbose(&format!("running {} here", command.step));
                let run = Run {
                    client: client.clone(),
                    id: deployment.id,
                    number: command.number,
                };
                let folder = folder.to_owned();
                at_work.spawn(async move { run.carry_out(command, &folder).await });
            }
            Ok(None) if has_ended(client, deployment.id).await? => {
                // nobody waits any more for what is still at work: it was cancelled
                at_work.shutdown().await;
                return Ok(());
            }
            Ok(None) => {}
            Err(problem) if problem.kind == ProblemKind::Unreachable => {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Err(problem) => return Err(problem.into()),
        }
    }
}

async fn has_ended(client: &Client, id: DeploymentId) -> Result<bool, Problem> {
    Ok(client::deployments::read(client, id)
        .await?
        .deployment
        .state
        .is_final())
}

/// One command, and whom to tell of it.
struct Run {
    client: Client,
    id: DeploymentId,
    number: u64,
}

impl Run {
    async fn carry_out(&self, command: ClientCommand, folder: &Path) {
        // so that the server does not hand it out again
        let begun = ClientReport::Stdout {
            text: String::new(),
        };
        if !self.tell(&begun).await {
            return;
        }
        let exit_code = match start(&command, folder) {
            Ok(child) => {
                self.watch(child, Duration::from_secs(command.timeout_seconds.into()))
                    .await
            }
            Err(error) => {
                let text = format!("{error}\n");
                self.tell(&ClientReport::Stderr { text }).await;
                Some(127)
            }
        };
        self.tell(&ClientReport::Ended { exit_code }).await;
    }

    /// Tells what it writes while it runs, and returns how it ended; none when it had to be ended.
    async fn watch(&self, mut child: Child, timeout: Duration) -> Option<i32> {
        let (sender, mut written) = mpsc::channel(16);
        let group = Group(child.id());
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(read(stdout, sender.clone(), |text| ClientReport::Stdout {
                text,
            }));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(read(stderr, sender, |text| ClientReport::Stderr { text }));
        }
        let late = tokio::time::sleep(timeout);
        tokio::pin!(late);
        let mut is_open = true;
        let ended = loop {
            tokio::select! {
                report = written.recv(), if is_open => match report {
                    Some(report) if self.tell(&report).await => {}
                    Some(_) => break None, // nobody waits for it any more
                    None => is_open = false,
                },
                status = child.wait() => break status.ok(),
                () = &mut late => break None,
            }
        };
        drop(group);
        // what it left behind may hold the streams open: what is there is told, and no more waited for
        while let Ok(Some(report)) =
            tokio::time::timeout(Duration::from_secs(1), written.recv()).await
        {
            if !self.tell(&report).await {
                break;
            }
        }
        ended.filter(|status| status.signal().is_none())?.code()
    }

    /// Tells the server, again and again while it does not answer; false when nobody waits for it.
    async fn tell(&self, report: &ClientReport) -> bool {
        for _ in 0..TRIES {
            match client::deployments::report(&self.client, self.id, self.number, report).await {
                Ok(()) => return true,
                Err(problem) if problem.kind == ProblemKind::Unreachable => {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                Err(_) => return false,
            }
        }
        false
    }
}

fn start(command: &ClientCommand, folder: &Path) -> std::io::Result<Child> {
    Command::new("/bin/bash")
        .arg("-c")
        .arg(&command.script)
        .current_dir(folder)
        .env("AWS_PAGER", "") // nobody is there to leaf through pages
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
}

/// A command's process group; what is left of it ends with this.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        let group = self.0.and_then(|id| Pid::from_raw(id.cast_signed()));
        if let Some(group) = group {
            // nobody may be left, which is as good
            rustix::process::kill_process_group(group, Signal::KILL).ok();
        }
    }
}

/// Reads a stream in pieces; a letter that is cut in two waits for its second half.
async fn read(
    mut stream: impl AsyncRead + Unpin,
    told: mpsc::Sender<ClientReport>,
    report: fn(String) -> ClientReport,
) {
    let (mut chunk, mut rest) = (vec![0; CHUNK_BYTES], Vec::new());
    loop {
        let size = stream.read(&mut chunk).await.unwrap_or(0);
        rest.extend_from_slice(&chunk[..size]);
        let whole = match std::str::from_utf8(&rest) {
            Err(error) if error.error_len().is_none() && size > 0 => error.valid_up_to(),
            _ => rest.len(),
        };
        let text = String::from_utf8_lossy(&rest[..whole]).into_owned();
        rest.drain(..whole);
        if !text.is_empty() && told.send(report(text)).await.is_err() {
            return;
        }
        if size == 0 {
            return;
        }
    }
}
