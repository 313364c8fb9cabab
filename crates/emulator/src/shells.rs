//! Shells on instances, handed to the process that holds terminals.
//!
//! One connection asks for one shell, with a line of JSON; it is answered with the descriptors of
//! [`sandbox::Attached`], or with why not.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use sandbox::{Attached, Job};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    net::{UnixListener, UnixStream},
};
use tracing::debug;

use crate::{command, emulator::Emulator};

/// The longest line that asks.
const LONGEST_ASK: u64 = 4096;

/// Which instance a shell is asked for on.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ask {
    /// The account's id, as the server names it.
    pub account: String,
    /// The instance's id, as the cloud names it.
    pub instance: String,
}

/// Hands out shells until it is dropped.
pub(crate) async fn serve(listener: UnixListener, emulator: Arc<Emulator>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // most likely out of descriptors
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            continue;
        };
        let emulator = emulator.clone();
        tokio::spawn(async move {
            if let Err(error) = answer(stream, &emulator).await {
                debug!("a shell was not handed over: {error:#}");
            }
        });
    }
}

async fn answer(stream: UnixStream, emulator: &Emulator) -> anyhow::Result<()> {
    let peer = stream.peer_cred()?.uid();
    let own = rustix::process::geteuid().as_raw();
    ensure!(peer == own, "a stranger: user {peer}");
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    let mut limited = (&mut reader).take(LONGEST_ASK);
    limited.read_line(&mut line).await?;
    let stream = reader.into_inner();
    match shell(&line, emulator).await {
        Ok(attached) => attached.hand_over(&stream).await?,
        Err(error) => Attached::refuse(stream, &format!("{error:#}")).await?,
    }
    Ok(())
}

async fn shell(line: &str, emulator: &Emulator) -> anyhow::Result<Attached> {
    let ask: Ask = serde_json::from_str(line).context("not understood")?;
    let machine = emulator.machine(&ask.account, &ask.instance)?;
    let mut env = command::environment();
    env.push(("TERM".to_owned(), "xterm-256color".to_owned()));
    env.push(("SHELL".to_owned(), "/bin/bash".to_owned()));
    let job = Job {
        argv: ["/bin/bash", "-l"].map(str::to_owned).to_vec(),
        env,
        cwd: "/home/user".to_owned(),
    };
    Ok(machine.attach(job).await?)
}
