//! What instances tell of themselves: their agents' requests, each with a token that is used up
//! when its phase ends.

use std::time::Duration;

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts, Query, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    routing::{get, post},
};
use serde::Deserialize;
use shared::{Facts, InstanceId, InstanceState, Instant};
use tokio::time;

use super::{boot, configurations};
use crate::{Error, Result, app::App};

/// Where agents ask.
pub(crate) const AGENT: &str = "/api/v1/agent";
/// How much of what scripts write is kept: the end of it.
const KEPT_BYTES: usize = 1 << 20;
/// The longest that a request for work is held.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How long a token is good for; an agent that waits for work gets no new one.
const TOKEN_DAYS: i64 = 365;

/// The paths of agents.
pub(crate) fn router() -> Router<App> {
    let path = |name: &str| format!("{AGENT}/{name}");
    Router::new()
        .route(&path("running"), post(running))
        .route(&path("work"), get(work))
        .route(&path("log"), post(log))
        .route(&path("next"), get(next))
        .route(&path("ended"), post(ended))
        .layer(DefaultBodyLimit::max(256 << 10))
}

/// The token for a phase of an instance's life, good for a year from an instant on.
pub(super) fn token(app: &App, id: InstanceId, phase: i64, from: Instant) -> String {
    let until = from.unix_ms() + TOKEN_DAYS * 24 * 60 * 60 * 1000;
    app.signer.sign(id, phase, Instant::from_unix_ms(until))
}

/// Proof that an instance speaks, in the phase that it is in.
struct Agent {
    id: InstanceId,
    phase: i64,
}

impl FromRequestParts<App> for Agent {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let shown = shown(&parts.headers).ok_or(Error::NotSignedIn)?;
        let (id, phase) = app
            .signer
            .verify(shown, Instant::now())
            .ok_or(Error::NotSignedIn)?;
        let known = configurations::read(&app.pool, id).await?;
        let is_now = known.is_some_and(|known| known.phase == phase);
        if !is_now {
            return Err(Error::Forbidden("the token was used up"));
        }
        Ok(Self { id, phase })
    }
}

fn shown(headers: &HeaderMap) -> Option<&str> {
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    header.strip_prefix("Agent ")
}

/// It runs, and tells of itself: lines of `name=value`.
async fn running(State(app): State<App>, agent: Agent, lines: String) -> Result<StatusCode> {
    let facts: Facts = lines
        .lines()
        .filter_map(|line| line.split_once('='))
        .take(200)
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    configurations::set_facts(&app.pool, agent.id, &facts).await?;
    super::runs(&app, agent.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How long to wait for work.
#[derive(Debug, Deserialize)]
struct Wait {
    #[serde(default)]
    wait_ms: u64,
}

/// The script that it is to be configured with, or nothing.
async fn work(State(app): State<App>, agent: Agent, Query(wait): Query<Wait>) -> Result<String> {
    let deadline = time::Instant::now() + Duration::from_millis(wait.wait_ms).min(LONGEST_WAIT);
    loop {
        let news = app.instances_changed.notified();
        tokio::pin!(news);
        news.as_mut().enable();
        if let Some(script) = configurations::take(&app.pool, agent.id).await? {
            super::settle(&app, agent.id, InstanceState::Configuring, None).await?;
            return Ok(script);
        }
        if time::timeout_at(deadline, news).await.is_err() {
            return Ok(String::new());
        }
    }
}

/// Where a part of the log begins.
#[derive(Debug, Deserialize)]
struct From {
    offset: u64,
}

/// A part of what its script wrote, from a byte of this script's on.
async fn log(
    State(app): State<App>,
    agent: Agent,
    Query(from): Query<From>,
    body: axum::body::Bytes,
) -> Result<StatusCode> {
    add_to_log(&app, agent.id, from.offset, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds to an instance's log; a part that was sent twice is there once.
async fn add_to_log(app: &App, id: InstanceId, offset: u64, part: &[u8]) -> Result<()> {
    let known = configurations::read(&app.pool, id).await?;
    let known = known.ok_or(Error::NotFound("instance"))?;
    let before = app.sent.received(id, offset, part.len() as u64);
    let new = part.get(usize::try_from(before).unwrap_or(usize::MAX)..);
    let new = String::from_utf8_lossy(new.unwrap_or_default());
    let mut log = known.log;
    log.push_str(&new.replace('\0', "\u{fffd}"));
    let mut begins = known.log_begins;
    if log.len() > KEPT_BYTES {
        let cut = log.ceil_char_boundary(log.len() - KEPT_BYTES / 2);
        begins += i64::try_from(cut).unwrap_or(i64::MAX);
        log.drain(..cut);
    }
    configurations::set_log(&app.pool, id, &log, begins).await?;
    app.instances_changed.notify_waiters();
    Ok(())
}

/// The token for the next phase, which is good for nothing before that. It is fetched before the
/// end is told, as the answer to that may be lost.
async fn next(State(app): State<App>, agent: Agent) -> String {
    token(&app, agent.id, agent.phase + 1, Instant::now())
}

/// Its script ended, with the code that is sent, or is left as it runs too long. The token is used
/// up.
async fn ended(State(app): State<App>, agent: Agent, code: String) -> Result<StatusCode> {
    let code = match code.trim() {
        boot::STILL_RUNS => None,
        code => {
            let code = code.parse::<i32>();
            let strange = |_| Error::Invalid("an exit code was expected".into(), None);
            Some(code.map_err(strange)?)
        }
    };
    if !configurations::next_phase(&app.pool, agent.id, agent.phase).await? {
        return Err(Error::Forbidden("the token was used up"));
    }
    app.sent.forget(agent.id);
    super::configured(&app, agent.id, code).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How far the log of each instance's script was received, as agents count: from the beginning of
/// the script that runs. Kept in memory: after a restart a part may be there twice.
#[derive(Debug, Clone, Default)]
pub struct Sent(std::sync::Arc<std::sync::Mutex<std::collections::HashMap<InstanceId, u64>>>);

impl Sent {
    /// How many bytes of a part that begins at `offset` were received before.
    fn received(&self, id: InstanceId, offset: u64, length: u64) -> u64 {
        let mut all = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let known = all.entry(id).or_insert(offset);
        let before = known.saturating_sub(offset).min(length);
        *known = (*known).max(offset + length);
        before
    }

    fn forget(&self, id: InstanceId) {
        let mut all = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        all.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use shared::InstanceId;

    use super::Sent;

    #[test]
    fn a_part_that_comes_twice_counts_once() {
        let (sent, id) = (Sent::default(), InstanceId::new());
        assert_eq!(sent.received(id, 0, 10), 0);
        assert_eq!(sent.received(id, 0, 10), 10);
        assert_eq!(sent.received(id, 5, 10), 5);
        sent.forget(id);
        assert_eq!(sent.received(id, 0, 3), 0);
    }
}
