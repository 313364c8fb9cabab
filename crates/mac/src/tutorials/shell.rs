//! A shell in which a tutorial's commands are run one after the other, as in one terminal.

use std::process::Stdio;

use anyhow::Context as _;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

/// Begins the line that tells how a command ended; no program writes it (ASCII: record separator).
const MARK: char = '\u{1e}';

/// A shell that has no terminal.
pub struct Shell {
    said: Lines<BufReader<ChildStdout>>,
    input: ChildStdin,
    /// Ends with this.
    _child: Child,
}

/// How a command ended, and what it wrote.
pub struct Ended {
    /// Its exit code.
    pub code: i32,
    /// What it wrote and complained.
    pub output: String,
}

impl Shell {
    /// Starts one, here.
    pub fn start() -> anyhow::Result<Self> {
        let mut child = Command::new("/bin/bash")
            // what it complains is written to the same place, in order
            .args(["-c", "exec 2>&1; exec bash --norc"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("start bash")?;
        let input = child.stdin.take().context("bash has no input")?;
        let said = child.stdout.take().context("bash has no output")?;
        Ok(Self {
            said: BufReader::new(said).lines(),
            input,
            _child: child,
        })
    }

    /// Runs a command to its end; it reads nothing.
    pub async fn run(&mut self, command: &str) -> anyhow::Result<Ended> {
        let line = format!("{{\n{command}\n}} </dev/null\nprintf '\\n{MARK}%s\\n' \"$?\"\n");
        self.input.write_all(line.as_bytes()).await?;
        let mut output = String::new();
        while let Some(line) = self.said.next_line().await? {
            if let Some(code) = line.strip_prefix(MARK) {
                let code = code.parse().context("a code that is no number")?;
                return Ok(Ended { code, output });
            }
            output += &line;
            output.push('\n');
        }
        anyhow::bail!("the shell ended")
    }
}
