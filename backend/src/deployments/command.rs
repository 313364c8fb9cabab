//! A macfile's command: run in the account's own sandbox, its output into the journal.

use std::time::Duration;

use shared::LogStream;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    time,
};

use super::Journal;
use crate::{Result, accounts::Tenant, app::App, home, resources::Output};

/// How long one command may take.
const LONGEST: Duration = Duration::from_secs(30 * 60);
/// How much of each stream is kept beside the log.
const KEPT_BYTES: usize = 256 << 10;
/// How much is read at once.
const CHUNK_BYTES: usize = 64 << 10;

/// Runs a line of shell in a folder below the home, and returns what it wrote.
pub async fn run(
    app: &App,
    tenant: &Tenant,
    journal: &Journal,
    folder: &str,
    script: &str,
) -> Result<Output> {
    let mut spec = home::spec(app, tenant, &["/bin/bash", "-c", script]).await?;
    spec.cwd = format!("{}/{folder}", spec.cwd);
    // nobody is there to leaf through pages
    spec.env.push(("AWS_PAGER".to_owned(), String::new()));
    let mut running = app
        .sandboxes()?
        .spawn(spec)
        .await
        .map_err(anyhow::Error::from)?;
    let (stdout, stderr) = (running.stdout.take(), running.stderr.take());
    let ended = async {
        let streams = tokio::try_join!(
            pump(journal, LogStream::Stdout, stdout),
            pump(journal, LogStream::Stderr, stderr),
        );
        let status = running.wait().await.map_err(anyhow::Error::from)?;
        let (stdout, stderr) = streams?;
        Ok::<_, crate::Error>((status.code(), stdout, stderr))
    };
    let Ok(ended) = time::timeout(LONGEST, ended).await else {
        let minutes = LONGEST.as_secs() / 60;
        return Ok(Output {
            exit_code: None,
            stdout: None,
            stderr: format!("ended after {minutes} minutes, as it took too long"),
        });
    };
    let (exit_code, stdout, stderr) = ended?;
    Ok(Output {
        exit_code,
        stdout: Some(stdout),
        stderr,
    })
}

/// Copies a stream into the journal line by line, and returns its beginning.
async fn pump(
    journal: &Journal,
    stream: LogStream,
    reader: Option<impl AsyncRead + Unpin>,
) -> Result<String> {
    let Some(mut reader) = reader else {
        return Ok(String::new());
    };
    let (mut kept, mut lines) = (Vec::new(), Lines::default());
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let size = reader.read(&mut chunk).await.map_err(anyhow::Error::from)?;
        let read = &chunk[..size];
        let room = KEPT_BYTES.saturating_sub(kept.len()).min(size);
        kept.extend_from_slice(&read[..room]);
        let ready = if size == 0 {
            lines.rest()
        } else {
            lines.take(read)
        };
        journal.log(stream, ready).await?;
        if size == 0 {
            return Ok(String::from_utf8_lossy(&kept).replace('\0', "\u{fffd}"));
        }
    }
}

/// Cuts what is read into lines.
#[derive(Debug, Default)]
struct Lines(Vec<u8>);

/// A line that is longer is cut, as memory ends before an endless line does.
const LONGEST_LINE_BYTES: usize = 64 << 10;

impl Lines {
    /// The lines that `read` completes.
    fn take(&mut self, read: &[u8]) -> Vec<String> {
        self.0.extend_from_slice(read);
        let complete = match self.0.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => self.0.drain(..=end).collect::<Vec<u8>>(),
            None if self.0.len() > LONGEST_LINE_BYTES => std::mem::take(&mut self.0),
            None => return Vec::new(),
        };
        let text = String::from_utf8_lossy(&complete);
        text.lines().map(str::to_owned).collect()
    }

    /// What is left when the stream has ended.
    fn rest(&mut self) -> Vec<String> {
        let rest = std::mem::take(&mut self.0);
        String::from_utf8_lossy(&rest)
            .lines()
            .map(str::to_owned)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_LINE_BYTES, Lines};

    #[test]
    fn a_line_is_whole_however_it_is_read() {
        let mut lines = Lines::default();
        assert!(lines.take(b"on").is_empty());
        assert_eq!(lines.take(b"e\ntwo\r\nth"), ["one", "two"]);
        assert_eq!(lines.rest(), ["th"]);
        assert!(lines.rest().is_empty());
    }

    #[test]
    fn an_endless_line_is_cut() {
        let mut lines = Lines::default();
        assert_eq!(lines.take(&vec![b'x'; LONGEST_LINE_BYTES + 1]).len(), 1);
    }
}
