//! What can be typed.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use shared::InstanceId;

/// Makes, shows and destroys infrastructures.
#[derive(Debug, Parser)]
#[command(name = "mac", version, about)]
pub struct Arguments {
    /// Accepted for older command lines; no command here opens an ssh connection.
    #[arg(short = 's', long = "disable-strict-host", global = true)]
    pub disable_strict_host: bool,
    /// Says more about what is asked of which server.
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Prints results and failures alone.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// The same as --verbose.
    #[arg(long, global = true)]
    pub debug: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Signs in with a token, and keeps it in ~/.manageacloud.
    Login,
    /// Makes, shows and destroys infrastructures.
    #[command(visible_alias = "inf")]
    Infrastructure {
        /// Which of them.
        #[command(subcommand)]
        command: InfrastructureCommand,
    },
    /// Shows instances.
    Instance {
        /// Which of them.
        #[command(subcommand)]
        command: InstanceCommand,
    },
    /// Shows resources.
    Resource {
        /// Which of them.
        #[command(subcommand)]
        command: ResourceCommand,
    },
}

/// What to do with infrastructures.
#[derive(Debug, Subcommand)]
pub enum InfrastructureCommand {
    /// Makes an infrastructure from a macfile, and follows its log to the end.
    Macfile(Macfile),
    /// Lists infrastructures.
    List,
    /// Lists the instances and resources of one infrastructure.
    Items {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
    },
    /// Destroys an infrastructure, and follows the log to the end.
    Destroy {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
    },
}

/// How to make an infrastructure.
#[derive(Debug, Args)]
pub struct Macfile {
    /// The macfile; without it, the only *.macfile of this folder.
    pub file: Option<PathBuf>,
    /// Fills {KEY} in the macfile with VALUE.
    #[arg(short = 'p', long = "param", value_name = "KEY=VALUE", num_args = 1.., action = ArgAction::Append, value_parser = parameter)]
    pub parameters: Vec<(String, String)>,
    /// What to do when it fails; without it, what was made is kept.
    #[arg(long = "on_failure", alias = "on-failure", value_name = "WHAT")]
    pub on_failure: Option<OnFailure>,
}

/// What to do when a macfile fails.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum OnFailure {
    /// Destroys everything that this run made.
    DestroyAll,
}

/// What to do with instances.
#[derive(Debug, Subcommand)]
pub enum InstanceCommand {
    /// Lists instances.
    List,
    /// Prints what an instance wrote on its console.
    Log {
        /// Its id.
        id: InstanceId,
    },
}

/// What to do with resources.
#[derive(Debug, Subcommand)]
pub enum ResourceCommand {
    /// Lists resources.
    List,
    /// Prints what a resource's create command wrote to standard output.
    #[command(name = "get_stdout", alias = "get-stdout")]
    GetStdout {
        /// The infrastructure's name.
        name: String,
        /// The infrastructure's version.
        version: String,
        /// The resource's key under infrastructures.
        resource: String,
    },
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("KEY=VALUE was expected".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{Arguments, Command, InfrastructureCommand};

    #[test]
    fn the_commands_of_the_tutorials_are_understood() {
        for line in [
            "mac -s infrastructure macfile docker_tomcat.macfile -p TOMCAT_VERSION=7-jre8",
            "mac --disable-strict-host infrastructure macfile -p TOMCAT_VERSION=7-jre8",
            "mac -v infrastructure macfile a.macfile -p A=1 B=2 --on_failure destroy_all",
            "mac infrastructure items docker_tomcat 7-jre8",
            "mac resource get_stdout docker_tomcat 7-jre8 load_balancer_01",
            "mac instance list",
            "mac login",
        ] {
            assert!(Arguments::try_parse_from(line.split(' ')).is_ok(), "{line}");
        }
    }

    #[test]
    fn parameters_gather_and_keep_equals_signs_in_values() {
        let line = "mac infrastructure macfile a.macfile -p A=1 B=x=y -p C=";
        let arguments = Arguments::parse_from(line.split(' '));
        let Command::Infrastructure {
            command: InfrastructureCommand::Macfile(macfile),
        } = arguments.command
        else {
            panic!()
        };
        let pairs: Vec<_> = macfile
            .parameters
            .iter()
            .map(|(k, v)| (&**k, &**v))
            .collect();
        assert_eq!(pairs, [("A", "1"), ("B", "x=y"), ("C", "")]);
    }
}
