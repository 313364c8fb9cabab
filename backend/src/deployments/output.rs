//! What a command writes: its lines into the log, its beginning beside it.
//!
//! A command may write without an end. The log keeps the first [`LOGGED_LINES`] lines of each
//! stream as they come, and the last [`LAST_LINES`] when it has ended; what stands in between is
//! counted. Memory stays bounded however much it is.

use std::collections::VecDeque;

use shared::LogStream;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio_util::sync::CancellationToken;

use super::Journal;
use crate::Result;

/// How many lines of a stream are logged as they come.
const LOGGED_LINES: usize = 10_000;
/// How many bytes of a stream are logged as they come.
const LOGGED_BYTES: usize = 1 << 20;
/// How many lines of the end of a longer stream are logged.
const LAST_LINES: usize = 100;
/// How much of a stream is kept beside the log, for references.
const KEPT_BYTES: usize = 1 << 20;
/// How much is read at once.
const CHUNK_BYTES: usize = 64 << 10;
/// A line that is longer is cut, as memory ends before an endless line does.
const LONGEST_LINE_BYTES: usize = 64 << 10;

/// Copies a stream into the journal line by line until it ends or is to stop, and returns its
/// beginning.
pub(super) async fn pump(
    journal: &Journal,
    stream: LogStream,
    mut reader: impl AsyncRead + Unpin,
    stop: &CancellationToken,
) -> Result<String> {
    let mut pump = Pump::new(stream);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let size = tokio::select! {
            biased;
            // a stream that breaks off has ended
            read = reader.read(&mut chunk) => read.unwrap_or(0),
            () = stop.cancelled() => 0,
        };
        if size == 0 {
            return pump.end(journal).await;
        }
        pump.take(journal, &chunk[..size]).await?;
    }
}

/// One stream of a command, on its way into the journal.
#[derive(Debug)]
pub(super) struct Pump {
    stream: LogStream,
    kept: Vec<u8>,
    lines: Lines,
    logged: Logged,
}

impl Pump {
    pub fn new(stream: LogStream) -> Self {
        Self {
            stream,
            kept: Vec::new(),
            lines: Lines::default(),
            logged: Logged::default(),
        }
    }

    /// Logs what was read, as far as it is to be logged.
    pub async fn take(&mut self, journal: &Journal, read: &[u8]) -> Result<()> {
        let room = KEPT_BYTES.saturating_sub(self.kept.len()).min(read.len());
        self.kept.extend_from_slice(&read[..room]);
        let lines = self.lines.take(read);
        journal.log(self.stream, self.logged.pass(lines)).await
    }

    /// Logs what is left, and returns the stream's beginning.
    pub async fn end(mut self, journal: &Journal) -> Result<String> {
        let rest = self.lines.rest();
        journal.log(self.stream, self.logged.pass(rest)).await?;
        if let Some(note) = self.logged.left_out() {
            journal.note(note).await?;
        }
        let last = self.logged.last.into_iter().collect();
        journal.log(self.stream, last).await?;
        Ok(String::from_utf8_lossy(&self.kept).replace('\0', "\u{fffd}"))
    }
}

/// Which lines go into the log.
#[derive(Debug, Default)]
struct Logged {
    lines: usize,
    bytes: usize,
    left_out: u64,
    last: VecDeque<String>,
}

impl Logged {
    /// The lines that are logged at once; later ones wait, and most of them in vain.
    fn pass(&mut self, mut lines: Vec<String>) -> Vec<String> {
        let mut fits = 0;
        for line in &lines {
            if self.lines >= LOGGED_LINES || self.bytes + line.len() > LOGGED_BYTES {
                break;
            }
            self.lines += 1;
            self.bytes += line.len();
            fits += 1;
        }
        for line in lines.drain(fits..) {
            // nothing is logged at once any more, else lines would change places
            self.lines = LOGGED_LINES;
            self.last.push_back(line);
            if self.last.len() > LAST_LINES {
                self.last.pop_front();
                self.left_out += 1;
            }
        }
        lines
    }

    fn left_out(&self) -> Option<String> {
        (self.left_out > 0).then(|| format!("… {} lines are left out here", self.left_out))
    }
}

/// Cuts what is read into lines.
#[derive(Debug, Default)]
struct Lines(Vec<u8>);

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
        let text = String::from_utf8_lossy(&rest);
        text.lines().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{LAST_LINES, LOGGED_LINES, LONGEST_LINE_BYTES, Lines, Logged};

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

    #[test]
    fn of_a_long_stream_the_first_and_the_last_lines_are_logged_and_the_rest_is_counted() {
        let mut logged = Logged::default();
        let count = LOGGED_LINES + LAST_LINES + 7;
        let mut passed = Vec::new();
        for number in 0..count {
            passed.extend(logged.pass(vec![number.to_string()]));
        }
        assert_eq!(passed.len(), LOGGED_LINES);
        assert_eq!(logged.left_out().unwrap(), "… 7 lines are left out here");
        assert_eq!(logged.last.len(), LAST_LINES);
        assert_eq!(logged.last.back().unwrap(), &(count - 1).to_string());
    }

    #[test]
    fn long_lines_fill_the_log_as_well() {
        let mut logged = Logged::default();
        let long = "x".repeat(LONGEST_LINE_BYTES);
        let passed = logged.pass(vec![long; 100]);
        assert_eq!(passed.len(), 16);
        assert!(logged.pass(vec!["short".into()]).is_empty());
    }
}
