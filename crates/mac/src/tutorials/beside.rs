//! Programs in the other terminals of a tutorial, which run on while its text goes on.

use std::{collections::BTreeMap, process::Stdio};

use anyhow::Context as _;
use tokio::process::{Child, Command};

/// Ctrl-C, as a text says it.
const INTERRUPT: &str = "\u{3}";

/// What runs in each of the other terminals.
#[derive(Default)]
pub struct Beside(BTreeMap<u8, Child>);

impl Beside {
    /// Types a line into a terminal: a program that ran there is interrupted first.
    pub async fn type_line(&mut self, terminal: u8, line: &str) -> anyhow::Result<()> {
        if let Some(child) = self.0.remove(&terminal) {
            interrupt(child).await?;
        }
        if line != INTERRUPT {
            self.0.insert(terminal, start(line)?);
        }
        Ok(())
    }

    /// Ends all of them.
    pub async fn end(&mut self) -> anyhow::Result<()> {
        while let Some((_, child)) = self.0.pop_first() {
            interrupt(child).await?;
        }
        Ok(())
    }
}

fn start(line: &str) -> anyhow::Result<Child> {
    Command::new("/bin/bash")
        .args(["-c", line])
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("start bash")
}

/// Ends a program and what it has started, and waits for that.
async fn interrupt(mut child: Child) -> anyhow::Result<()> {
    if let Some(pid) = child.id() {
        // bash ignores an interrupt that its own child does not die of
        let mut kill = Command::new("/bin/kill");
        kill.args(["-TERM", "--", &format!("-{pid}")]);
        kill.status().await.context("interrupt a program")?;
    }
    child.wait().await.context("wait for a program")?;
    Ok(())
}
