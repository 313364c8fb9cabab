//! Signing in.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::{Context, ensure};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::output::Output;
use crate::session::Session;

/// Asks for a token, shows it to the server, and keeps it.
pub async fn login(output: &Output) -> anyhow::Result<()> {
    let token = token().context("read the token")?;
    ensure!(!token.is_empty(), "no token was given");
    ensure!(
        !token.contains(char::is_whitespace),
        "a token has no spaces"
    );
    let client = Session::new(String::new(), token.clone()).client()?;
    let account = client::accounts::current(&client).await?;
    let path = Session::new(account.name.clone(), token).save()?;
    output.progress(&format!(
        "Signed in as {}; kept in {}",
        account.name,
        path.display()
    ))?;
    Ok(())
}

fn token() -> io::Result<String> {
    let silence = Silence::begin()?;
    if silence.is_some() {
        eprint!("Server token: ");
        io::stderr().flush()?;
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    if silence.is_some() {
        eprintln!();
    }
    Ok(line.trim().to_owned())
}

/// A terminal that does not show what is typed, until this is dropped.
struct Silence(Termios);

impl Silence {
    /// None when standard input is not a terminal.
    fn begin() -> io::Result<Option<Self>> {
        if !io::stdin().is_terminal() {
            return Ok(None);
        }
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(Some(Self(before)))
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // Nothing is left to be done if the terminal is gone.
        tcsetattr(io::stdin(), OptionalActions::Flush, &self.0).ok();
    }
}
