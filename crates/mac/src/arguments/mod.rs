//! What can be typed: the words and options of the original client, and our own.

mod application;
mod catalogue;
mod infrastructure;
mod instance;
mod macfile;
mod tutorial;

use std::{ffi::OsString, path::PathBuf};

pub use application::{
    AppCommand, DeploymentCommand, HistoryCommand, TerminalCommand, Until, WhoApproves,
};
pub use catalogue::{
    ConfigurationCommand, FilesCommand, ProviderCommand, ResourceCommand, WebhookCommand,
};
use clap::{Parser, Subcommand};
pub use infrastructure::{InfrastructureCommand, Macfile, OnFailure, Where};
pub use instance::{Create, InstanceCommand, Kind};
pub use macfile::{MacfileCommand, Text, pair};
pub use tutorial::{ExportFormat, TutorialCommand};

/// Makes, shows and destroys infrastructures.
#[derive(Debug, Parser)]
#[command(
    name = "mac",
    version,
    about,
    arg_required_else_help = true,
    infer_long_args = true
)]
pub struct Arguments {
    /// Accepted for older command lines; no command here checks host keys.
    #[arg(short = 's', long = "disable-strict-host", global = true)]
    pub disable_strict_host: bool,
    /// Says more about what is asked of which server.
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Prints results and failures alone.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Prints one JSON document, as the API has it.
    #[arg(long, global = true)]
    pub json: bool,
    /// The same as --verbose.
    #[arg(long, global = true)]
    pub debug: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Arguments {
    /// Reads a command line; three options of the original have one dash and two letters.
    pub fn from(words: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let long = |word: OsString| match word.to_str() {
            Some("-rv") => "--release-version".into(),
            Some("-hw") => "--hardware".into(),
            Some("-hd") => "--hd".into(),
            _ => word,
        };
        Self::try_parse_from(words.into_iter().map(long))
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Signs in, and keeps a token in ~/.manageacloud.
    Login(Login),
    /// Forgets the token.
    Logout,
    /// Shows the account, and removes it.
    Account {
        /// What with it.
        #[command(subcommand)]
        command: AccountCommand,
    },
    /// Makes, shows and destroys infrastructures.
    #[command(visible_aliases = ["infra", "inf"])]
    Infrastructure {
        /// Which of them.
        #[command(subcommand)]
        command: InfrastructureCommand,
    },
    /// Makes, shows, configures and destroys instances.
    #[command(visible_alias = "ins")]
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
    /// Shows server configurations.
    Configuration {
        /// Which of them.
        #[command(subcommand)]
        command: ConfigurationCommand,
    },
    /// Saves credentials for providers.
    Provider {
        /// Which of them.
        #[command(subcommand)]
        command: ProviderCommand,
    },
    /// Shows applications, and moves their addresses.
    App {
        /// Which of them.
        #[command(subcommand)]
        command: AppCommand,
    },
    /// Shows and ends deployments.
    Deployment {
        /// Which of them.
        #[command(subcommand)]
        command: DeploymentCommand,
    },
    /// Says where to be told of deployments.
    Webhook {
        /// Which of them.
        #[command(subcommand)]
        command: WebhookCommand,
    },
    /// Shows what was done, newest first.
    #[command(args_conflicts_with_subcommands = true)]
    History {
        /// Of this application alone.
        application: Option<String>,
        /// Its receipts.
        #[command(subcommand)]
        command: Option<HistoryCommand>,
    },
    /// Opens, lists, shares and ends terminals on the server.
    Terminal {
        /// Which of them.
        #[command(subcommand)]
        command: TerminalCommand,
    },
    /// Lists, downloads and uploads files of the home on the server.
    Files {
        /// What with them.
        #[command(subcommand)]
        command: FilesCommand,
    },
    /// Lists the tutorials, looks one over, or does one as a test.
    Tutorial {
        /// What of them; without it, the list.
        #[command(subcommand)]
        command: Option<TutorialCommand>,
    },
    /// Checks, explains and formats macfiles, without a server.
    Macfile {
        /// What of it.
        #[command(subcommand)]
        command: MacfileCommand,
    },
    /// Prints completions for a shell.
    Completion {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

/// What to do with the account.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Shows whose it is.
    Show,
    /// Removes it with all that is kept for it; what it has made must be destroyed before.
    Remove {
        /// Its name, so that no other is removed.
        name: String,
    },
}

/// How to sign in; without options, a name and a password are asked for.
#[derive(Debug, clap::Args)]
pub struct Login {
    /// Reads a token from this file; - is standard input.
    #[arg(long, value_name = "FILE", alias = "token-file")]
    pub token: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{Arguments, Command, InfrastructureCommand, InstanceCommand};

    fn read(line: &str) -> Arguments {
        Arguments::from(line.split(' ').map(Into::into)).unwrap_or_else(|e| panic!("{line}: {e}"))
    }

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    /// The command lines of the articles that the product grew from, letter by letter.
    #[test]
    fn the_articles_command_lines_are_understood() {
        for line in [
            "mac login",
            "mac provider credential amazon <access key> <secret_access_key>",
            "mac -s infrastructure macfile -p TOMCAT_VERSION=7-jre8",
            "mac -s infrastructure macfile -p TOMCAT_VERSION=8-jre8",
            "mac resource get_stdout docker_tomcat 7-jre8 load_balancer_01",
            "mac resource get_stdout docker_tomcat 8-jre8 load_balancer_01",
            "mac infrastructure macfile azure.macfile",
            "mac infrastructure destroy azure_demo 1.1",
        ] {
            // a shell would take the words in angles for redirections: they stand for one word each
            let line = line
                .replace("<access key>", "AKIA")
                .replace("<secret_access_key>", "s3");
            read(&line);
        }
    }

    #[test]
    fn the_originals_other_words_are_understood() {
        for line in [
            "mac --disable-strict-host infra macfile a.macfile -p A=1 B=2 --on_failure destroy_others",
            "mac -v infrastructure macfile http://example.com/a.macfile --resume",
            "mac --debug infrastructure list",
            "mac infrastructure items -v 7-jre8 -n docker_tomcat",
            "mac infrastructure items docker_tomcat 7-jre8",
            "mac infrastructure update docker_tomcat 7-jre8 -c web_server",
            "mac infrastructure lifespan 20 -n docker_tomcat -v 7-jre8",
            "mac infrastructure sshkey -k",
            "mac ins create -c web_server -l local -d testing -p default -n box -r ubuntu:trusty -rv \
             trusty -hw t2.micro -t 20 -e A=1 B=2 -hd /dev/sdb:20 --port 22,80 --net subnet-1 -y",
            "mac instance update all -b true",
            "mac instance destroy a b",
            "mac instance ssh box -c ls -la /",
            "mac instance facts box",
            "mac instance log -f box",
            "mac instance lifespan box 40",
            "mac configuration list",
            "mac configuration search -k web server -u",
            "mac resource get_stdout a 1 b json.Images.0.Id",
        ] {
            read(&line.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }

    #[test]
    fn parameters_gather_and_keep_equals_signs_in_values() {
        let arguments = read("mac infrastructure macfile a.macfile -p A=1 B=x=y -p C=");
        let Command::Infrastructure {
            command: InfrastructureCommand::Macfile(macfile),
        } = arguments.command
        else {
            panic!()
        };
        let pairs: Vec<_> = macfile
            .text
            .parameters
            .iter()
            .map(|(k, v)| (&**k, &**v))
            .collect();
        assert_eq!(pairs, [("A", "1"), ("B", "x=y"), ("C", "")]);
    }

    #[test]
    fn what_follows_c_is_one_command() {
        let Command::Instance {
            command: InstanceCommand::Ssh { command, .. },
        } = read("mac instance ssh box -c ls -la /tmp").command
        else {
            panic!()
        };
        assert_eq!(command, ["ls", "-la", "/tmp"]);
    }

    #[test]
    fn a_slip_is_told_with_the_nearest_word() {
        let slip = Arguments::from(["mac", "infrastructure", "lisst"].map(Into::into));
        assert!(slip.unwrap_err().to_string().contains("'list'"));
    }
}
