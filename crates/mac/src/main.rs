//! The `mac` command: infrastructures from a terminal.
//!
//! It reads what was typed, asks the server through `client`, and prints. It decides nothing that
//! the server does not decide again.

mod accounts;
mod arguments;
mod deployments;
mod infrastructures;
mod instances;
mod output;
mod resources;
mod session;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command, InfrastructureCommand, InstanceCommand, ResourceCommand};
use output::Output;
use session::Session;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(arguments.quiet, arguments.verbose || arguments.debug);
    match run(arguments.command, &output).await {
        Ok(code) => code,
        Err(error) => output::failure(&error),
    }
}

async fn run(command: Command, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        Command::Login => accounts::login(output).await?,
        Command::Infrastructure { command } => return infrastructure(command, output).await,
        Command::Instance { command } => match command {
            InstanceCommand::List => instances::list(&signed_in(output)?, output).await?,
            InstanceCommand::Log { id } => instances::log(&signed_in(output)?, id, output).await?,
        },
        Command::Resource { command } => match command {
            ResourceCommand::List => resources::list(&signed_in(output)?, output).await?,
            ResourceCommand::GetStdout {
                name,
                version,
                resource,
            } => {
                resources::stdout(&signed_in(output)?, &name, &version, &resource, output).await?;
            }
        },
    }
    Ok(ExitCode::SUCCESS)
}

async fn infrastructure(
    command: InfrastructureCommand,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    match command {
        InfrastructureCommand::Macfile(arguments) => {
            infrastructures::create(arguments, output).await
        }
        InfrastructureCommand::List => {
            infrastructures::list(&signed_in(output)?, output).await?;
            Ok(ExitCode::SUCCESS)
        }
        InfrastructureCommand::Items { name, version } => {
            infrastructures::items(&signed_in(output)?, &name, &version, output).await?;
            Ok(ExitCode::SUCCESS)
        }
        InfrastructureCommand::Destroy { name, version } => {
            infrastructures::destroy(&signed_in(output)?, &name, &version, output).await
        }
    }
}

fn signed_in(output: &Output) -> anyhow::Result<client::Client> {
    let client = Session::load()?.client()?;
    output.verbose(&format!("asking {}", client.base()));
    Ok(client)
}
