//! What a rollout asks for, done: each answer is an input of the state machine.

use std::time::Duration;

use rollout::Input;
use routing::NewRoute;
use shared::AccountId;
use tokio::time;
use tokio_util::sync::CancellationToken;

use super::{check, fault, hooks::Caller, switch::Switch};
use crate::{Error, Result, app::App, infrastructures, router};

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
pub(super) async fn examine(caller: &Caller, version: &str) -> Input {
    match check(&caller.app, caller.account, &caller.name, version).await {
        Input::Healthy => {
            let checked = check::run(caller, version).await;
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

/// Lets an address lead to a version: by the actions of macfiles first, if there are any.
pub(super) async fn route(
    caller: &Caller,
    (switch, over): (&Switch, CancellationToken),
    host: String,
    version: String,
    epoch: u64,
) -> Input {
    let (app, account) = (&caller.app, caller.account);
    let led = async {
        let endpoint = endpoint(app, account, &caller.name, &version).await;
        let endpoint = endpoint.map_err(|error| error.to_string())?;
        switch.lead(&version, over).await?;
        Ok(endpoint)
    };
    let endpoint = match led.await {
        Ok(endpoint) => endpoint,
        Err(why) => return Input::RouteRefused { epoch, why },
    };
    let taken = app.router.table.take(NewRoute {
        host: host.clone(),
        account,
        application: caller.name.clone(),
        version,
        epoch,
        endpoint,
    });
    fault::point();
    match taken {
        // what the actions led was seen just now
        Ok(()) => routed(app, &host),
        Err(newer) => Input::RouteRefused {
            epoch,
            why: format!("the router has taken a newer route, number {newer}"),
        },
    }
}

/// Says where an address leads: as the actions of macfiles observe it, else as the router has it.
pub(super) async fn observe(app: &App, switch: &Switch, host: &str) -> Input {
    match (switch.observe().await, routed(app, host)) {
        (Some(seen), Input::RouteObserved { epoch, .. }) => Input::RouteObserved {
            version: Some(seen).filter(|seen| !seen.is_empty()),
            epoch,
        },
        (_, routed) => routed,
    }
}

fn routed(app: &App, host: &str) -> Input {
    let route = app.router.table.route(host);
    Input::RouteObserved {
        version: route.as_ref().map(|route| route.version.clone()),
        epoch: route.map_or(0, |route| route.epoch),
    }
}
