//! What a rollout asks for, done: each answer is an input of the state machine.

use std::{sync::Arc, time::Duration};

use rollout::Input;
use shared::AccountId;
use tokio::time;

use super::{Journal, check, fault, underway::Reach};
use crate::{
    Error, Result,
    app::App,
    infrastructures,
    router::{self, NewRoute},
};

/// How often a version's health is asked for until it counts as not well.
const TRIES: u32 = 5;
/// How long to wait between two of them.
const PAUSE: Duration = Duration::from_millis(500);
/// How long one of them may take.
const PATIENCE: Duration = Duration::from_secs(5);

async fn endpoint(app: &App, account: AccountId, name: &str, version: &str) -> Result<String> {
    let found = infrastructures::by_version(app, account, name, version).await?;
    found.endpoint.ok_or(Error::NotFound("endpoint"))
}

/// Asks whether a version is well.
pub(super) async fn check(app: &App, account: AccountId, name: &str, version: &str) -> Input {
    let endpoint = match endpoint(app, account, name, version).await {
        Ok(endpoint) => endpoint,
        Err(error) => return Input::Inconclusive(error.to_string()),
    };
    let mut why = String::new();
    for _ in 0..TRIES {
        match time::timeout(PATIENCE, router::ask(app, account, &endpoint)).await {
            Ok(Ok(status)) if status.is_success() || status.is_redirection() => {
                return Input::Healthy;
            }
            Ok(Ok(status)) => why = format!("{version} answers {status}"),
            Ok(Err(error)) => why = format!("{version} does not answer: {error:#}"),
            Err(_) => why = format!("{version} does not answer in {} s", PATIENCE.as_secs()),
        }
        time::sleep(PAUSE).await;
    }
    Input::Unhealthy(why)
}

/// Asks whether a version is well, and then whether its own check lets it go live.
pub(super) async fn examine(
    app: &App,
    account: AccountId,
    (name, version): (&str, &str),
    journal: Arc<Journal>,
    reach: Reach,
) -> Input {
    match check(app, account, name, version).await {
        Input::Healthy => {
            let checked = check::run(app, account, (name, version), journal, reach).await;
            checked.unwrap_or_else(|error| {
                Input::Inconclusive(format!("its check was not run: {error}"))
            })
        }
        other => other,
    }
}

/// Asks for a version's health again and again, and returns once it is not well.
///
/// What cannot be asked for is not held against it: that says nothing of the version.
pub(super) async fn watch(app: &App, account: AccountId, name: &str, version: &str) -> Input {
    loop {
        time::sleep(PAUSE).await;
        if let bad @ Input::Unhealthy(_) = check(app, account, name, version).await {
            return bad;
        }
    }
}

/// Lets an address lead to a version.
pub(super) async fn route(
    app: &App,
    account: AccountId,
    name: &str,
    host: String,
    version: String,
    epoch: u64,
) -> Input {
    let endpoint = match endpoint(app, account, name, &version).await {
        Ok(endpoint) => endpoint,
        Err(error) => {
            let why = error.to_string();
            return Input::RouteRefused { epoch, why };
        }
    };
    let taken = app.router.table.take(NewRoute {
        host: host.clone(),
        account,
        version,
        epoch,
        endpoint,
    });
    fault::point();
    match taken {
        Ok(()) => observe(app, &host),
        Err(newer) => Input::RouteRefused {
            epoch,
            why: format!("the router has taken a newer route, number {newer}"),
        },
    }
}

/// Says where an address leads.
pub(super) fn observe(app: &App, host: &str) -> Input {
    let route = app.router.table.route(host);
    Input::RouteObserved {
        version: route.as_ref().map(|route| route.version.clone()),
        epoch: route.map_or(0, |route| route.epoch),
    }
}
