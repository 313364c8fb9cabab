//! The `mac` command: infrastructures from a terminal.
//!
//! It reads what was typed, asks the server through `client`, and prints. It decides nothing that
//! the server does not decide again.

mod accounts;
mod applications;
mod arguments;
mod attach;
mod configurations;
mod deployments;
mod fetch;
mod files;
mod here;
mod history;
mod infrastructures;
mod instances;
mod macfiles;
mod output;
mod parts;
mod pick;
mod providers;
mod python;
mod resources;
mod session;
mod table;
mod terminals;
mod tutorials;
mod webhooks;

use std::process::ExitCode;

use anyhow::Context;
use clap::CommandFactory;

use arguments::{Arguments, Command};
use output::Output;
use session::Session;

fn main() -> ExitCode {
    let arguments = match Arguments::from(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    let verbose = arguments.verbose || arguments.debug;
    let output = Output::new(arguments.quiet, verbose, arguments.json);
    run(arguments.command, &output).unwrap_or_else(|error| output::failure(&error))
}

/// What needs no server runs without anything that speaks to one.
fn run(command: Command, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        Command::Completion { shell } => {
            let mut command = Arguments::command();
            clap_complete::generate(shell, &mut command, "mac", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
        Command::Logout => accounts::logout(output),
        command => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("start")?
            .block_on(ask(command, output)),
    }
}

async fn ask(command: Command, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        Command::Login(login) => accounts::login(login, output).await,
        Command::Infrastructure { command } => infrastructures::run(command, output).await,
        Command::Instance { command } => instances::run(command, output).await,
        Command::Resource { command } => resources::run(command, output).await,
        Command::Configuration { command } => configurations::run(command, output).await,
        Command::Provider { command } => providers::run(command, output).await,
        Command::Account { command } => accounts::run(command, output).await,
        Command::App { command } => applications::run(command, output).await,
        Command::Deployment { command } => deployments::run(command, output).await,
        Command::Webhook { command } => webhooks::run(command, output).await,
        Command::History {
            command: Some(command),
            ..
        } => history::run(command, output).await,
        Command::History { application, .. } => deployments::history(application, output).await,
        Command::Terminal { command } => terminals::run(command, output).await,
        Command::Files { command } => files::run(command, output).await,
        Command::Macfile { command } => macfiles::run(command, output).await,
        Command::Tutorial { command } => tutorials::run(command, output).await,
        Command::Completion { .. } | Command::Logout => Ok(ExitCode::SUCCESS),
    }
}

fn signed_in(output: &Output) -> anyhow::Result<client::Client> {
    let client = Session::load()?.client()?;
    output.verbose(&format!("asking {}", client.base()));
    Ok(client)
}
