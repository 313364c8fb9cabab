//! Removing an account with all that is kept for it.
//!
//! In one transaction nobody can sign in any more and what the database has of it is gone; its terminals,
//! its home and its part of the emulated cloud follow, and again after a restart until nothing is left.

mod store;

use std::{fs, io, time::Duration};

use shared::{AccountId, Infrastructure, Instant, TerminalId};
use tokio::time::sleep;

use crate::{
    Error, Result, app::App, applications, db, home, infrastructures, instances, terminals,
};

/// How often it is looked whether something is left.
const ROUND: Duration = Duration::from_secs(5);

/// An account that is removed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Removal {
    account: AccountId,
    terminals: Vec<TerminalId>,
}

/// Removes an account.
///
/// # Errors
/// It has infrastructures or instances, which cost what nobody would know of any more; and what is live
/// is never destroyed by the way.
pub async fn remove(app: &App, account: AccountId) -> Result<()> {
    let tenant = super::tenant(app, account).await?;
    let mut transaction = db::begin(&app.pool).await?;
    // whoever makes infrastructures, instances or terminals waits for one of these two
    app.lease.hold(&mut transaction).await?;
    super::lock(&mut transaction, account).await?;
    let all = infrastructures::list(app, account).await?;
    if let Some(first) = all.first() {
        return Err(Error::Conflict(still_there(first, all.len())));
    }
    if let Some(instance) = instances::list(app, account).await?.first() {
        let why = format!(
            "the instance {} is still there: destroy it first",
            instance.name
        );
        return Err(Error::Conflict(why));
    }
    let addresses = applications::hosts(app, account).await?;
    let terminals = terminals::list(app, account).await?;
    let removal = Removal {
        account,
        terminals: terminals.into_iter().map(|terminal| terminal.id).collect(),
    };
    store::insert(&mut transaction, &removal, tenant.number, Instant::now()).await?;
    transaction.commit().await?;
    let app = app.clone();
    // who asks may be a terminal that ends by it, and its question with it
    let finishing = tokio::spawn(async move {
        for host in addresses {
            app.router.table.forget(&host);
        }
        finish_or_warn(&app, &removal).await;
    });
    finishing.await.map_err(anyhow::Error::from)?;
    Ok(())
}

fn still_there(first: &Infrastructure, count: usize) -> String {
    let (name, version) = (&first.name, &first.version);
    let live = if first.live { ", and live" } else { "" };
    let others = match count {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    format!("{name} {version}{others} is still there{live}: destroy it first")
}

/// Removes what is left of accounts, until the server ends.
pub async fn keep_removing(app: App) {
    loop {
        match store::unfinished(&app.pool).await {
            Ok(all) => {
                for removal in all {
                    finish_or_warn(&app, &removal).await;
                }
            }
            Err(error) => tracing::warn!("no account is removed: {error}"),
        }
        sleep(ROUND).await;
    }
}

async fn finish_or_warn(app: &App, removal: &Removal) {
    if let Err(error) = finish(app, removal).await {
        tracing::warn!("something is left of account {}: {error}", removal.account);
    }
}

/// Removes what is outside of the database; what is gone already stays gone.
async fn finish(app: &App, removal: &Removal) -> Result<()> {
    if app.sandboxes_off().is_none() && !removal.terminals.is_empty() {
        terminals::end_removed(app, &removal.terminals).await?;
    }
    if app.emulator_off().is_none() {
        let removed = app.emulator.remove(&removal.account.to_string()).await;
        removed.map_err(anyhow::Error::from)?;
    }
    let (home, key, recordings) = (
        home::home_of(app, removal.account),
        app.config.folders().instance_key(removal.account),
        app.config.folders().recordings(removal.account),
    );
    let removed = tokio::task::spawn_blocking(move || {
        gone(fs::remove_dir_all(home))?;
        gone(fs::remove_dir_all(recordings))?;
        gone(fs::remove_file(key))
    });
    let removed = removed.await.map_err(anyhow::Error::from)?;
    removed.map_err(anyhow::Error::from)?;
    Ok(store::end(&app.pool, removal.account, Instant::now()).await?)
}

/// What is not there need not be removed.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
