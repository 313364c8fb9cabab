//! Moving an address where something else than our router leads there, as a load balancer or a name
//! does: by the actions `activate`, `deactivate` and `observe` of the versions' macfiles.

use std::time::Duration;

use macfile::Hook;
use tokio::{sync::Mutex, time};
use tokio_util::sync::CancellationToken;

use super::{
    command::Ended,
    hooks::{self, Caller, last_line, said},
    run::Run,
};
use crate::{Error, Result, app::App, infrastructures};

/// How long to wait until it is observed again where an address leads.
const GLANCE: Duration = Duration::from_secs(1);
/// The actions that move an address.
const MOVING: [Hook; 3] = [Hook::Activate, Hook::Deactivate, Hook::Observe];

/// Whether any of these versions is made live, or not live, by its macfile's actions.
pub async fn is_by_commands(
    app: &App,
    account: shared::AccountId,
    name: &str,
    versions: &[&str],
) -> Result<bool> {
    for version in versions {
        let Ok(found) = infrastructures::by_version(app, account, name, version).await else {
            continue; // destroyed
        };
        // what can't be read, as what another program told of, has no actions
        let Ok(plan) = super::plan(&infrastructures::blueprint(app, found.id).await?) else {
            continue;
        };
        if MOVING.iter().any(|hook| plan.hook(*hook).is_some()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The versions between which an address is moved, by the actions of their macfiles.
pub(super) struct Switch {
    caller: Caller,
    versions: Vec<String>,
    longest: Duration,
    /// One is carried out at a time.
    turn: Mutex<()>,
    /// Ends the one that was begun last.
    newest: std::sync::Mutex<CancellationToken>,
}

impl Switch {
    /// `longest` is how long a move may take; without any time the router alone leads the address.
    pub fn new(caller: Caller, versions: Vec<String>, longest: Duration) -> Self {
        Self {
            caller,
            versions,
            longest,
            turn: Mutex::default(),
            newest: std::sync::Mutex::default(),
        }
    }

    /// Ends the move that was entered last, if it is under way, and says what ends the one that is to begin.
    pub fn enter(&self) -> CancellationToken {
        let over = CancellationToken::new();
        self.renew(over.clone()).cancel();
        over
    }

    /// Leads the address to a version by its actions and those of the other one, if they have any, and
    /// returns once it is seen there; `over` is of [`Switch::enter`].
    ///
    /// # Errors
    /// Why the address may lead elsewhere, in words.
    pub async fn lead(&self, version: &str, over: CancellationToken) -> Result<(), String> {
        if self.longest.is_zero() {
            return Ok(());
        }
        let _turn = self.turn.lock().await;
        let leading = time::timeout(self.longest, self.carry_out(version));
        match over.run_until_cancelled(leading).await {
            Some(Ok(led)) => led,
            Some(Err(_)) => Err(format!("it took longer than {} s", self.longest.as_secs())),
            None => Err("a newer move began".into()),
        }
    }

    fn renew(&self, over: CancellationToken) -> CancellationToken {
        let mut newest = self
            .newest
            .lock()
            .unwrap_or_else(|poison| poison.into_inner());
        std::mem::replace(&mut newest, over)
    }

    async fn carry_out(&self, version: &str) -> Result<(), String> {
        let runs = self.runs().await?;
        let (own, others): (Vec<_>, Vec<_>) = runs.iter().partition(|(name, _)| name == version);
        for (name, run) in own {
            act(name, run, Hook::Activate).await?;
        }
        for (name, run) in others {
            act(name, run, Hook::Deactivate).await?;
        }
        while let Some(seen) = observed(&runs).await? {
            if seen == [version] {
                return Ok(());
            }
            time::sleep(GLANCE).await;
        }
        Ok(())
    }

    /// The version that the address leads to, or one of two; an empty one when it leads to neither.
    /// None when no macfile can tell. Returns once it is known.
    pub async fn observe(&self) -> Option<String> {
        if self.longest.is_zero() {
            return None;
        }
        let _turn = self.turn.lock().await;
        loop {
            let seen = async { observed(&self.runs().await?).await };
            match seen.await {
                Ok(seen) => return seen.map(|seen| seen.first().cloned().unwrap_or_default()),
                Err(why) => note(&self.caller, format!("nobody can tell yet: {why}")).await,
            }
            time::sleep(GLANCE).await;
        }
    }

    /// Has a version finish what it has, by its own action; that it fails is said and holds nothing up.
    pub async fn drain(&self, version: &str) {
        let drained = async {
            let run = self.caller.version(version, None).await;
            let run = run.map_err(|error| error.to_string())?;
            act(version, &run, Hook::Drain).await
        };
        if let Err(why) = drained.await {
            note(&self.caller, why).await;
        }
    }

    /// Those of the versions that are still there, the one that is moved to first.
    async fn runs(&self) -> Result<Vec<(String, Run)>, String> {
        let mut runs = Vec::new();
        for version in &self.versions {
            match self.caller.version(version, Some(self.longest)).await {
                Ok(run) => runs.push((version.clone(), run)),
                // destroyed, or what can't be read and has no actions
                Err(Error::NotFound(_) | Error::Invalid(..)) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        Ok(runs)
    }
}

async fn note(caller: &Caller, said: String) {
    if let Err(error) = caller.journal.note(said).await {
        tracing::warn!("a journal is not written: {error}");
    }
}

/// Calls an action that must end well, if there is one.
async fn act(version: &str, run: &Run, hook: Hook) -> Result<(), String> {
    ask(version, run, hook).await.map(drop)
}

/// What an action prints, if there is one and it ends well.
async fn ask(version: &str, run: &Run, hook: Hook) -> Result<Option<String>, String> {
    let failed = |why: String| format!("{version}: its action {} {why}", hook.name());
    let called = hooks::call(run, hook).await;
    match called.map_err(|error| failed(format!("was not run: {error}")))? {
        None => Ok(None),
        Some(Ended::Itself(output)) => match output.exit_code {
            Some(0) => Ok(Some(output.stdout)),
            code => Err(failed(format!(
                "ended with {}{}",
                code.unwrap_or_default(),
                said(&output)
            ))),
        },
        Some(Ended::Cancelled(_)) => Err(failed("was ended".into())),
        Some(Ended::Otherwise(_, why)) => Err(failed(format!("did not come to its end: {why}"))),
    }
}

/// The versions that the address leads to, as the macfile of each says of those that it knows; none
/// when none of them can say.
async fn observed(runs: &[(String, Run)]) -> Result<Option<Vec<String>>, String> {
    let mut seen: Option<Vec<String>> = None;
    for (version, run) in runs {
        let Some(printed) = ask(version, run, Hook::Observe).await? else {
            continue;
        };
        let seen = seen.get_or_insert_default();
        if let Some(live) = last_line(&printed)
            && !seen.iter().any(|one| one == live)
        {
            seen.push(live.to_owned());
        }
    }
    Ok(seen)
}
