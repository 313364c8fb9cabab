//! What a tutorial needs before its first step: files in the home, and a script that has run.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{checks::run, shelf::Held};
use crate::{Error, Result, accounts::Tenant, app::App, files};

/// How often it is looked whether a sandbox is ready.
const GLANCE: Duration = Duration::from_millis(500);

/// Lays the tutorial's files into the account's home, and runs its setup; once for each time that it is
/// begun, as scripts need not stand being run twice.
///
/// # Errors
/// Something of it failed: what it said goes to the reader, who may try again.
pub(super) async fn prepare(app: &App, tenant: &Tenant, held: &Held) -> Result<()> {
    let account = tenant.account.id;
    for laid in &held.laid {
        files::lay(app, account, &laid.path, laid.text.clone().into_bytes()).await?;
    }
    let modes = modes(held);
    if !modes.is_empty() {
        succeed(app, tenant, &modes, GLANCE * 20).await?;
    }
    let Some(setup) = &held.lesson.setup else {
        return Ok(());
    };
    let until = Instant::now() + Duration::from_secs(setup.timeout_s.into());
    let left = || until.saturating_duration_since(Instant::now());
    if let Some(script) = &setup.background {
        succeed(app, tenant, script, left()).await?;
    }
    if let Some(script) = &setup.ready {
        while let Err(error) = succeed(app, tenant, script, left()).await {
            if left().is_zero() {
                return Err(error);
            }
            sleep(GLANCE).await;
        }
    }
    Ok(())
}

/// The script that gives laid files their modes.
fn modes(held: &Held) -> String {
    let each = held.laid.iter().filter_map(|laid| {
        let mode = laid.chmod.as_deref()?;
        let words = ["chmod", "--", mode, &laid.path];
        Some(format!("{}\n", shell_words::join(words)))
    });
    let lines: String = each.collect();
    match lines.is_empty() {
        true => lines,
        false => format!("cd && set -e\n{lines}"),
    }
}

/// Runs a script that has to succeed.
async fn succeed(app: &App, tenant: &Tenant, script: &str, within: Duration) -> Result<()> {
    let ran = run(app, tenant, script, within).await?;
    if ran.passed() {
        return Ok(());
    }
    let problem = "the tutorial could not be prepared; try again".to_owned();
    Err(Error::Invalid(problem, Some(ran.tail())))
}
