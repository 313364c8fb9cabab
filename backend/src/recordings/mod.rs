//! Recordings: what terminals wrote, and when, to look at again.
//!
//! The terminals' host writes them, each to a folder that is named here; this reads them. Output alone
//! is recorded, never what is typed.

mod asked_in;
mod files;
pub mod routes;
mod store;

use std::time::Duration;

use shared::{
    AccountId, DeploymentId, DeploymentKind, Event, Instant, RecordedDeployment, Recording,
    RecordingHit, RecordingId, RecordingState, TerminalId, TerminalState,
};
use tokio::time::sleep;
use tracing::warn;

pub use asked_in::{asked_in, note};

use crate::{
    Error, Result, accounts,
    app::App,
    db, deployments,
    terminals::{self, hosts},
};

/// How often it is looked whether the time of one is over.
const ROUND: Duration = Duration::from_secs(60);
/// One that is about to begin may not be listed yet by the host.
const BEGINNING_MS: i64 = 30_000;
/// How many lines are told of each recording when all are looked through.
const FIRST_HITS: usize = 3;
/// How many of one.
const MOST_HITS: usize = 200;

/// Which recordings to list.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Those in which this was written.
    pub text: Option<String>,
    /// Those in which this was begun.
    pub deployment: Option<DeploymentId>,
}

/// An account's recordings, newest first.
pub async fn list(app: &App, account: AccountId, wanted: Wanted) -> Result<Vec<Recording>> {
    let mut all = Vec::new();
    for recording in store::list(&app.pool, account).await? {
        let mut recording = whole(app, account, recording).await?;
        if let Some(deployment) = wanted.deployment
            && !recording.deployments.iter().any(|one| one.id == deployment)
        {
            continue;
        }
        if let Some(text) = &wanted.text {
            recording.hits = files::search(app, account, recording.id, text, FIRST_HITS).await?;
            if recording.hits.is_empty() {
                continue;
            }
        }
        all.push(recording);
    }
    Ok(all)
}

/// One of the account's recordings.
pub async fn by_id(app: &App, account: AccountId, id: RecordingId) -> Result<Recording> {
    let found = store::by_id(&app.pool, account, id).await?;
    whole(app, account, found.ok_or(Error::NotFound("recording"))?).await
}

/// With what is not in its row: what it has come to, while it is under way; and its deployments.
async fn whole(app: &App, account: AccountId, mut recording: Recording) -> Result<Recording> {
    if recording.state == RecordingState::Recording {
        // its files may not be there yet
        files::measure(app, account, &mut recording).await.ok();
    }
    let keep_ms = i64::from(app.config.recordings.keep_days).saturating_mul(24 * 60 * 60 * 1000);
    let ended = recording.ended_at.filter(|_| keep_ms > 0);
    let until = |ended: Instant| Instant::from_unix_ms(ended.unix_ms().saturating_add(keep_ms));
    recording.kept_until = ended.map(until);
    for begun in store::links(&app.pool, recording.id).await? {
        let deployment = deployments::by_id(app, account, begun.deployment).await?;
        let (application, version) = (deployment.application, deployment.version);
        recording.deployments.push(RecordedDeployment {
            id: begun.deployment,
            title: format!("{} {application} {version}", verb(deployment.kind)),
            at_ms: begun.at_ms,
            offset: begun.offset,
        });
    }
    Ok(recording)
}

fn verb(kind: DeploymentKind) -> &'static str {
    match kind {
        DeploymentKind::Create => "make",
        DeploymentKind::Promote => "promote",
        DeploymentKind::RollBack => "roll back to",
        DeploymentKind::Destroy => "destroy",
    }
}

/// Records what a terminal writes from now on.
pub async fn start(app: &App, account: AccountId, terminal: TerminalId) -> Result<Recording> {
    let terminal = terminals::by_id(app, account, terminal).await?;
    if terminal.state != TerminalState::Running {
        return Err(Error::Conflict("this terminal is over".into()));
    }
    let recording = Recording {
        id: RecordingId::new(),
        terminal_id: terminal.id,
        terminal: terminal.name,
        state: RecordingState::Recording,
        started_at: Instant::now(),
        ended_at: None,
        kept_until: None,
        duration_ms: 0,
        cols: 80,
        rows: 24,
        bytes: 0,
        stored_bytes: 0,
        missing_bytes: 0,
        reason: None,
        deployments: Vec::new(),
        hits: Vec::new(),
    };
    let link = terminals::held_at(app, account, terminal.id).await?;
    let link = link.ok_or(Error::NotFound("terminal"))?;
    if let Some(machine) = link.machine() {
        let why =
            format!("a terminal of machine {machine} cannot be recorded: recordings are kept here");
        return Err(Error::Conflict(why));
    }
    begin(app, account, &recording, link.name()).await?;
    let begun = async {
        let folder = files::make_room(app, account, recording.id).await?;
        let record = pty::Record {
            name: recording.id.to_string(),
            folder,
            most_bytes: app.config.recordings.most_bytes,
        };
        let host = link.host().await?;
        let begun = host.record(&terminal.id.to_string(), record).await;
        begun.map_err(not_begun)
    };
    if let Err(error) = begun.await {
        files::remove(app, account, recording.id).await?;
        store::delete(&app.pool, recording.id).await?;
        return Err(error);
    }
    told(app, account, recording.id).await
}

/// What the host said, without a path that may be in it.
fn not_begun(error: pty::client::Error) -> Error {
    match error {
        pty::client::Error::Refused(why) if why.starts_with("this terminal") => {
            Error::Conflict(why)
        }
        error => {
            warn!("a recording did not begin: {error}");
            Error::Unavailable(
                "the recording did not begin; the server's log has the reason".into(),
            )
        }
    }
}

/// Writes one that is about to begin, if there is room for it.
async fn begin(app: &App, account: AccountId, recording: &Recording, host: &str) -> Result<()> {
    let mut transaction = db::begin(&app.pool).await?;
    accounts::lock(&mut transaction, account).await?;
    let all = store::list(&mut *transaction, account).await?;
    let settings = &app.config.recordings;
    let (stored, underway) = store::usage(&all);
    // each that is under way may yet become as large as one may be
    let claimed = stored.saturating_add(settings.most_bytes.saturating_mul(underway + 1));
    if claimed > settings.account_bytes {
        let why = format!(
            "there is no room for another recording: {} of {} are taken, and one may take {}; \
             remove one, or stop one",
            mebibytes(claimed - settings.most_bytes),
            mebibytes(settings.account_bytes),
            mebibytes(settings.most_bytes),
        );
        return Err(Error::LimitReached(why));
    }
    match store::insert(&mut transaction, account, recording, host).await {
        Err(error) if Error::is_duplicate(&error) => {
            return Err(Error::Conflict("this terminal is recorded already".into()));
        }
        inserted => inserted?,
    }
    Ok(transaction.commit().await?)
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}

/// Stops the recording of a terminal.
pub async fn stop(app: &App, account: AccountId, terminal: TerminalId) -> Result<Recording> {
    let underway = store::of_terminal(&app.pool, account, terminal).await?;
    let underway = underway.ok_or(Error::NotFound("recording of this terminal"))?;
    if let Some(link) = app.terminals.by_name(&underway.host) {
        let host = link.host().await?;
        let stopped = host.stop_recording(&terminal.to_string()).await;
        stopped.map_err(hosts::refused)?;
    }
    finish(app, account, &underway.recording).await?;
    by_id(app, account, underway.recording.id).await
}

/// Removes a recording; one that is under way is stopped first.
pub async fn remove(app: &App, account: AccountId, id: RecordingId) -> Result<()> {
    let recording = by_id(app, account, id).await?;
    if recording.state == RecordingState::Recording {
        stop(app, account, recording.terminal_id).await?;
    }
    // in this order: what no row names would never be removed
    files::remove(app, account, id).await?;
    store::delete(&app.pool, id).await?;
    app.events.tell(account, Event::RecordingGone { id });
    Ok(())
}

/// Where a text was written in a recording.
pub async fn search(
    app: &App,
    account: AccountId,
    id: RecordingId,
    text: &str,
) -> Result<Vec<RecordingHit>> {
    by_id(app, account, id).await?;
    files::search(app, account, id, text, MOST_HITS).await
}

async fn told(app: &App, account: AccountId, id: RecordingId) -> Result<Recording> {
    let recording = by_id(app, account, id).await?;
    let told = recording.clone();
    app.events
        .tell(account, Event::Recording { recording: told });
    Ok(recording)
}

/// Writes down what a recording came to whose terminal is not recorded any more.
async fn finish(app: &App, account: AccountId, recording: &Recording) -> Result<()> {
    let mut recording = recording.clone();
    let has_ended = files::measure(app, account, &mut recording)
        .await
        .unwrap_or(false);
    recording.state = match has_ended {
        true => RecordingState::Ended,
        false => RecordingState::Interrupted,
    };
    if !has_ended {
        let reason = "The process that held the terminal ended: this is what was written before.";
        recording.reason = Some(reason.to_owned());
    }
    let length = i64::try_from(recording.duration_ms).unwrap_or_default();
    let ended = recording.started_at.unix_ms().saturating_add(length);
    recording.ended_at = Some(Instant::from_unix_ms(ended));
    if store::finish(&app.pool, &recording).await? {
        told(app, account, recording.id).await?;
    }
    Ok(())
}

/// Makes the rows and what a host records the same.
pub async fn compare(app: &App, link: &hosts::Link, listed: &[pty::Listed]) -> Result<()> {
    for underway in store::underway(&app.pool).await? {
        if underway.host != link.name() {
            continue;
        }
        let name = underway.recording.id.to_string();
        let mut recorded = listed.iter().filter_map(|listed| listed.recording.as_ref());
        match recorded.find(|recorded| recorded.name == name) {
            Some(recorded) => hear(app, &underway, recorded).await?,
            None => settle(app, underway).await?,
        }
    }
    Ok(())
}

/// Writes down what recordings came to whose hosts this server knows no more.
pub async fn settle_unheld(app: &App) -> Result<()> {
    for underway in store::underway(&app.pool).await? {
        if app.terminals.by_name(&underway.host).is_none() {
            settle(app, underway).await?;
        }
    }
    Ok(())
}

/// Tells what went wrong with one that goes on.
async fn hear(app: &App, underway: &store::Underway, recorded: &pty::Recorded) -> Result<()> {
    let id = underway.recording.id;
    if let Some(trouble) = &recorded.trouble
        && store::set_reason(&app.pool, id, trouble).await?
    {
        told(app, underway.account, id).await?;
    }
    Ok(())
}

/// Ends one that no host writes, unless it is about to begin.
async fn settle(app: &App, underway: store::Underway) -> Result<()> {
    let (account, recording) = (underway.account, underway.recording);
    let age_ms = Instant::now().unix_ms() - recording.id.made_at_ms();
    let has_ended = files::measure(app, account, &mut recording.clone()).await;
    if has_ended.unwrap_or(false) || age_ms >= BEGINNING_MS {
        finish(app, account, &recording).await?;
    }
    Ok(())
}

/// Removes recordings whose time is over, until the server ends.
pub async fn keep_retention(app: App) {
    loop {
        if let Err(error) = retire(&app, Instant::now()).await {
            warn!("old recordings stay longer than they should: {error}");
        }
        sleep(ROUND).await;
    }
}

async fn retire(app: &App, now: Instant) -> Result<()> {
    let days = i64::from(app.config.recordings.keep_days);
    if days == 0 {
        return Ok(());
    }
    let before = now
        .unix_ms()
        .saturating_sub(days.saturating_mul(24 * 60 * 60 * 1000));
    for (account, old) in store::ended_before(&app.pool, Instant::from_unix_ms(before)).await? {
        remove(app, account, old.id).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use shared::DeploymentKind;

    #[test]
    fn limits_and_deeds_are_said_in_words() {
        assert_eq!(super::mebibytes(1), "1 MiB");
        assert_eq!(super::mebibytes(256 << 20), "256 MiB");
        assert_eq!(super::verb(DeploymentKind::RollBack), "roll back to");
    }
}
