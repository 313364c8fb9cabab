//! Where visitors are led, as a version's own action sees it before the version is destroyed.

use std::sync::Arc;

use macfile::Hook;
use shared::{AccountId, DeploymentId};

use super::{
    Journal,
    command::Ended,
    hooks::{self, Caller, last_line},
    underway::Reach,
};
use crate::{Result, app::App};

/// Whether visitors are led to a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observed {
    /// They are.
    Here,
    /// They are not, or its macfile has no action to see it by.
    Elsewhere,
    /// Nobody can tell, and why.
    Unclear(String),
}

/// Has a version's action `observe` say whether visitors are led to it, in a deployment's journal.
pub async fn observed(
    app: &App,
    account: AccountId,
    id: DeploymentId,
    (name, version): (&str, &str),
    reach: Reach,
) -> Result<Observed> {
    let caller = Caller {
        app: app.clone(),
        account,
        name: name.to_owned(),
        journal: Arc::new(Journal::open(app, account, id).await?),
        reach,
    };
    let run = caller.version(version, None).await?;
    let unclear = |why: &str| Observed::Unclear(format!("its action observe can't tell: {why}"));
    Ok(match hooks::call(&run, Hook::Observe).await? {
        None => Observed::Elsewhere,
        Some(Ended::Itself(output)) if output.exit_code == Some(0) => {
            match last_line(&output.stdout) == Some(version) {
                true => Observed::Here,
                false => Observed::Elsewhere,
            }
        }
        Some(Ended::Itself(output)) => {
            let code = output.exit_code.unwrap_or_default();
            unclear(&format!("it ended with {code}{}", hooks::said(&output)))
        }
        Some(Ended::Cancelled(_)) => unclear("it was ended"),
        Some(Ended::Otherwise(_, why)) => unclear(&why),
    })
}
