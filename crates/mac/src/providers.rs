//! Providers.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use shared::SaveCredential;

use crate::accounts::secret;
use crate::arguments::ProviderCommand;
use crate::output::{Output, word};
use crate::table::{Align, boxed};

/// Carries out a command about providers.
pub async fn run(command: ProviderCommand, output: &Output) -> anyhow::Result<ExitCode> {
    let client = crate::signed_in(output)?;
    match command {
        ProviderCommand::List => {
            let all = client::providers::list(&client).await?.items;
            output.either(&all, || {
                let rows: Vec<_> = all
                    .iter()
                    .map(|one| {
                        [
                            one.name.clone(),
                            word(&one.credential),
                            one.description.clone(),
                        ]
                    })
                    .collect();
                boxed(
                    Align::Left,
                    ["Provider", "Credentials", "Description"],
                    &rows,
                )
            })?;
        }
        ProviderCommand::Credential {
            provider,
            clientid,
            key,
            force_file,
        } => {
            let key = read(key, force_file).context("read the secret")?;
            ensure!(!key.is_empty(), "no secret was given");
            let save = SaveCredential {
                client: clientid,
                key,
            };
            let saved = client::providers::save_credential(&client, &provider, &save).await?;
            output.either(&saved, || {
                format!(
                    "Credentials validated and saved. The provider '{provider}' has been activated."
                )
            })?;
        }
        ProviderCommand::Forget { provider } => {
            let left = client::providers::forget_credential(&client, &provider).await?;
            output.either(&left, || {
                format!("The credentials for {provider} are forgotten. Terminals that are open still have them.")
            })?;
        }
        ProviderCommand::Renew { provider } => {
            let renewed = client::providers::renew(&client, &provider).await?;
            output.either(&renewed, || {
                "The key is renewed, and in ~/.aws/credentials of your home there.".to_owned()
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The secret: from a file, from standard input, asked for, or as it is.
fn read(key: Option<String>, force_file: bool) -> anyhow::Result<String> {
    let Some(key) = key else {
        return Ok(secret("Secret key: ")?);
    };
    if key == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text.trim().to_owned());
    }
    if force_file || Path::new(&key).is_file() {
        return Ok(std::fs::read_to_string(&key)?.trim().to_owned());
    }
    Ok(key)
}
