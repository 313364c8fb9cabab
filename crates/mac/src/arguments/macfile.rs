//! Of macfiles.

use std::path::PathBuf;

use clap::Subcommand;

/// What to do with a macfile, without a server.
#[derive(Debug, Subcommand)]
pub enum MacfileCommand {
    /// Says what is wrong, and what is probably not meant.
    Lint(Text),
    /// Says what would happen, in which order.
    Plan(Text),
    /// Writes it in its canonical form.
    Fmt {
        /// The macfile; without it, the only one of this folder.
        file: Option<PathBuf>,
        /// Changes nothing, and fails when something would be changed.
        #[arg(long)]
        check: bool,
    },
    /// Prints the JSON Schema of the language, for editors.
    Schema,
}

/// A macfile with its parameters.
#[derive(Debug, clap::Args)]
pub struct Text {
    /// The macfile, or its URL; without it, the only one of this folder.
    pub file: Option<String>,
    /// Fills {KEY} in the macfile with VALUE.
    #[arg(short = 'p', long = "param", value_name = "KEY=VALUE", num_args = 1.., value_parser = pair)]
    pub parameters: Vec<(String, String)>,
    /// Fetches macfiles from private addresses as well.
    #[arg(long)]
    pub allow_private_urls: bool,
}

/// Reads `KEY=VALUE`.
pub fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("KEY=VALUE was expected".to_owned()),
    }
}
