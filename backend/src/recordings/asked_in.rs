//! Deployments that are begun in a terminal: they are marked in its recording.

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequestParts as _, Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use shared::{AccountId, Deployment, DeploymentId, TerminalId, paths};
use tracing::debug;

use super::{store, told};
use crate::{Error, Result, accounts::SignedIn, app::App, terminals};

/// A deployment takes less.
const LARGEST_ANSWER_BYTES: usize = 1 << 20;

/// Marks a deployment that is the answer to what was asked in a terminal.
pub async fn asked_in(State(app): State<App>, request: Request, next: Next) -> Response {
    let named = request.headers().get(paths::TERMINAL_HEADER);
    let terminal = named.and_then(|named| named.to_str().ok()?.parse::<TerminalId>().ok());
    let Some(terminal) = terminal else {
        return next.run(request).await;
    };
    let (mut parts, body) = request.into_parts();
    let asker = SignedIn::from_request_parts(&mut parts, &app).await;
    let answer = next.run(Request::from_parts(parts, body)).await;
    match asker {
        Ok(asker) if answer.status() == StatusCode::ACCEPTED => {
            mark(&app, asker.account.id, terminal, answer).await
        }
        Ok(_) | Err(_) => answer,
    }
}

async fn mark(app: &App, account: AccountId, terminal: TerminalId, answer: Response) -> Response {
    let (parts, body) = answer.into_parts();
    let body = match to_bytes(body, LARGEST_ANSWER_BYTES).await {
        Ok(body) => body,
        Err(error) => return Error::from(anyhow::Error::from(error)).into_response(),
    };
    if let Ok(deployment) = serde_json::from_slice::<Deployment>(&body)
        && let Err(error) = note(app, account, terminal, deployment.id).await
    {
        // the deployment goes on in any case
        debug!("a deployment is in no recording: {error}");
    }
    Response::from_parts(parts, Body::from(body))
}

/// Marks that a deployment was begun in a terminal, if that is the account's and is recorded.
pub async fn note(
    app: &App,
    account: AccountId,
    terminal: TerminalId,
    deployment: DeploymentId,
) -> Result<()> {
    let link = terminals::held_at(app, account, terminal).await?;
    let underway = store::of_terminal(&app.pool, account, terminal).await?;
    let (Some(link), Some(underway)) = (link, underway) else {
        return Ok(());
    };
    let recording = underway.recording;
    let label = deployment.into_bytes();
    let host = link.host().await?;
    let marked = host.mark(&terminal.to_string(), label).await;
    let (name, at_ms, offset) = marked.map_err(terminals::hosts::refused)?;
    if name != recording.id.to_string() {
        return Ok(()); // it was stopped meanwhile, and another begun
    }
    let begun = store::Begun {
        deployment,
        at_ms,
        offset,
    };
    store::link(&app.pool, recording.id, begun).await?;
    told(app, account, recording.id).await.map(drop)
}
