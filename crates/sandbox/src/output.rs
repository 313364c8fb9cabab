//! What a command writes, read whole.

use std::{future::Future, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    time::timeout,
};

use crate::{Outcome, Result, Running, Task};

/// How long its streams may stay open when it has ended: what it left behind may hold them.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What a command wrote, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The beginning of what it wrote.
    pub stdout: Vec<u8>,
    /// The beginning of what it complained.
    pub stderr: Vec<u8>,
    /// How it ended.
    pub outcome: Outcome,
}

impl Task {
    /// Waits for its end; keeps this many bytes of each stream, and reads on.
    pub async fn output(mut self, most: usize) -> Result<Output> {
        self.stdin = None;
        let streams = (self.stdout.take(), self.stderr.take());
        collect(streams, self.wait(), most).await
    }
}

impl Running {
    /// Waits for its end; keeps this many bytes of each stream, and reads on.
    pub async fn output(mut self, most: usize) -> Result<Output> {
        let streams = (self.stdout.take(), self.stderr.take());
        let outcome = async { Ok(crate::agent::outcome(self.wait().await?)) };
        collect(streams, outcome, most).await
    }
}

async fn collect(
    (out, err): (
        Option<impl AsyncRead + Unpin>,
        Option<impl AsyncRead + Unpin>,
    ),
    outcome: impl Future<Output = Result<Outcome>>,
    most: usize,
) -> Result<Output> {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let outcome = {
        let reading =
            async { tokio::join!(read(out, &mut stdout, most), read(err, &mut stderr, most)) };
        tokio::pin!(reading, outcome);
        tokio::select! {
            ended = &mut outcome => {
                timeout(LAST_WORDS, reading).await.ok();
                ended?
            }
            _ = &mut reading => outcome.await?,
        }
    };
    Ok(Output {
        stdout,
        stderr,
        outcome,
    })
}

/// Keeps the beginning of a stream, and reads on to its end.
async fn read(stream: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>, most: usize) {
    let Some(mut stream) = stream else { return };
    let mut chunk = vec![0; 16 << 10];
    while let Ok(size @ 1..) = stream.read(&mut chunk).await {
        let room = most.saturating_sub(kept.len()).min(size);
        kept.extend_from_slice(&chunk[..room]);
    }
}
