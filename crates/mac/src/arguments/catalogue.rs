//! Of what is made, and of what it can be made from.

use std::path::PathBuf;

use clap::Subcommand;
use shared::{DeliveryId, WebhookId};

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
        /// A part of it.
        #[arg(
            help = "A part of it: json, json.KEY.0.KEY, text, text.regex(PATTERN) or text.regex(PATTERN)[0]"
        )]
        key: Option<String>,
    },
}

/// What to do with configurations.
#[derive(Debug, Subcommand)]
pub enum ConfigurationCommand {
    /// Lists server configurations.
    List,
    /// Searches server configurations.
    Search {
        /// Words that all are in what is said of it.
        #[arg(short, long, num_args = 0..)]
        keyword: Vec<String>,
        /// Shows addresses in place of titles.
        #[arg(short, long)]
        url: bool,
    },
}

/// What to do with webhooks.
#[derive(Debug, Subcommand)]
pub enum WebhookCommand {
    /// Lists webhooks.
    List,
    /// Asks for messages at an address; prints the secret that they are signed with, once.
    Add {
        /// Where they are to be sent to.
        url: String,
    },
    /// Forgets a webhook with all that was sent to it.
    Remove {
        /// Which one.
        id: WebhookId,
    },
    /// Sends a message that says nothing.
    Test {
        /// To which one.
        id: WebhookId,
    },
    /// Lists what was sent, newest first.
    Deliveries {
        /// To which one.
        id: WebhookId,
    },
    /// Sends a message again.
    Replay {
        /// To which one.
        id: WebhookId,
        /// The message.
        delivery: DeliveryId,
    },
}

/// What to do with providers.
#[derive(Debug, Subcommand)]
pub enum ProviderCommand {
    /// Lists providers.
    List,
    /// Saves credentials, once the provider has accepted them.
    Credential {
        /// Which provider, for example amazon.
        provider: String,
        /// The public half: an access key id.
        clientid: String,
        /// The secret half, or a file that has it; - reads it from standard input, and without it
        /// it is asked for. Whoever may list processes sees it in a command line.
        key: Option<String>,
        /// KEY is a file in any case.
        #[arg(short, long)]
        force_file: bool,
    },
    /// Forgets the credentials; what they made stays where it is.
    Forget {
        /// Which provider, for example amazon.
        provider: String,
    },
    /// Gives you a new key to the emulated cloud, in ~/.aws; the one before it is refused.
    Renew {
        /// Which provider, for example local.
        #[arg(default_value = "local")]
        provider: String,
    },
}

/// What to do with files of the home on the server.
#[derive(Debug, Subcommand)]
pub enum FilesCommand {
    /// Lists a folder.
    Ls {
        /// Which one, from the home on; without it, the home.
        #[arg(default_value = "")]
        path: String,
    },
    /// Downloads a file, or a folder as a tar archive.
    Get {
        /// Which one, from the home on.
        path: String,
        /// The file or folder to write it to; - is standard output. Without it, its own name here.
        to: Option<PathBuf>,
    },
    /// Uploads a file.
    Put {
        /// Which one, here.
        file: PathBuf,
        /// Where, from the home on; with a slash at its end, into that folder. Without it, into the home.
        path: Option<String>,
        /// Replaces one that is there.
        #[arg(short, long)]
        overwrite: bool,
    },
}
