//! Signing in and out.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use shared::Account;

use crate::arguments::{AccountCommand, Login};
use crate::output::{Coded, FAILED, Output};
use crate::session::Session;

/// Shows the account, or removes it.
pub async fn run(command: AccountCommand, output: &Output) -> anyhow::Result<ExitCode> {
    let client = crate::signed_in(output)?;
    let account = client::accounts::current(&client).await?;
    match command {
        AccountCommand::Show => output.either(&account, || account.name.clone())?,
        AccountCommand::Remove { name } => {
            ensure!(name == account.name, "this is the account {}", account.name);
            client::accounts::remove(&client).await?;
            output.either(&account, || format!("{name} is removed"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks for a name and a password (any token is one) or reads a token, shows it to the server,
/// and keeps it.
pub async fn login(login: Login, output: &Output) -> anyhow::Result<ExitCode> {
    if login.token.is_none()
        && let Some(account) = signed_in_by_the_terminal().await
    {
        let name = &account.name;
        output.either(&account, || {
            format!("This terminal is already signed in as {name}.")
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    let (name, token) = match &login.token {
        Some(file) => (None, from_file(file)?),
        None => asked_for()?,
    };
    ensure!(!token.is_empty(), "no token was given");
    ensure!(
        !token.contains(char::is_whitespace),
        "a token has no spaces"
    );
    let account = owner(&token).await?;
    if name.is_some_and(|name| !name.is_empty() && name != account.name) {
        let words = "Not authorized".to_owned();
        return Err(Coded {
            code: FAILED,
            words,
        }
        .into());
    }
    let path = Session::new(account.name.clone(), token).save()?;
    if output.is_json() {
        output.either(&account, String::new)?;
        return Ok(ExitCode::SUCCESS);
    }
    output.progress(&format!(
        "Login succeeded! Signed in as {}; kept in {}",
        account.name,
        path.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// The account of one of the server's terminals, which is signed in from its beginning, for
/// somebody who types.
async fn signed_in_by_the_terminal() -> Option<Account> {
    if std::env::var_os("MAC_TERMINAL").is_none() || !io::stdin().is_terminal() {
        return None;
    }
    // whoever is not signed in after all is asked
    let client = Session::load().ok()?.client().ok()?;
    client::accounts::current(&client).await.ok()
}

async fn owner(token: &str) -> Result<Account, anyhow::Error> {
    let client = Session::new(String::new(), token.to_owned()).client()?;
    Ok(client::accounts::current(&client).await?)
}

fn from_file(file: &std::path::Path) -> anyhow::Result<String> {
    let mut text = String::new();
    if file.as_os_str() == "-" {
        io::stdin()
            .read_to_string(&mut text)
            .context("read the token")?;
    } else {
        let shown = file.display();
        text = std::fs::read_to_string(file).with_context(|| format!("read {shown}"))?;
    }
    Ok(text.trim().to_owned())
}

/// The name, if there is one, and the token. What is piped in is a token alone, or both.
fn asked_for() -> anyhow::Result<(Option<String>, String)> {
    if !io::stdin().is_terminal() {
        let mut lines = io::stdin().lock().lines();
        let first = lines
            .next()
            .transpose()
            .context("read the token")?
            .unwrap_or_default();
        let second = lines.next().transpose().context("read the token")?;
        let trimmed = |text: String| text.trim().to_owned();
        return Ok(
            match second.map(trimmed).filter(|second| !second.is_empty()) {
                Some(second) => (Some(trimmed(first)), second),
                None => (None, trimmed(first)),
            },
        );
    }
    eprint!("Username or email: ");
    io::stderr().flush()?;
    let mut name = String::new();
    io::stdin().lock().read_line(&mut name)?;
    let token = secret("Password: ")?;
    Ok((Some(name.trim().to_owned()), token))
}

/// Asks for something that nobody else shall see.
pub fn secret(prompt: &str) -> io::Result<String> {
    let silence = Silence::begin()?;
    if silence.is_some() {
        eprint!("{prompt}");
        io::stderr().flush()?;
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    if silence.is_some() {
        eprintln!();
    }
    Ok(line.trim().to_owned())
}

/// Forgets the token.
pub fn logout(output: &Output) -> anyhow::Result<ExitCode> {
    let is_gone = Session::forget()?;
    let words = match is_gone {
        true => "Signed out",
        false => "Nobody was signed in",
    };
    match output.is_json() {
        true => output.either(&serde_json::json!({ "signed_out": is_gone }), String::new)?,
        false => output.progress(words)?,
    }
    Ok(ExitCode::SUCCESS)
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
