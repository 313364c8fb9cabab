//! What becomes of a visitor at an address.

use std::{future::Future, sync::Arc, time};

use axum::{
    body::Body,
    extract::Request,
    http::{Response, StatusCode},
};
use shared::Instant;
use tracing::debug;

use crate::{
    Domain, Flight, Http, Route, Table, To, TurnedAway, Upstream, notice::says, ours,
    record::Answered,
};

/// Leads visitors of addresses to their live versions.
#[derive(Debug)]
pub struct Router {
    /// Where each address leads.
    pub table: Table,
    /// Below which name addresses are.
    pub domain: Domain,
    /// The way to versions of whoever is asked behind the [`crate::Front`].
    pub http: Http,
}

impl Router {
    /// Addresses below a domain, none of which leads anywhere yet.
    pub fn new(domain: Domain, http: Http) -> Self {
        Self {
            table: Table::default(),
            domain,
            http,
        }
    }

    /// Where an address leads, once it lets a visitor in; who waits is under way to no version.
    ///
    /// # Errors
    /// Why the visitor is not let in.
    pub async fn enter(&self, host: &str) -> Result<Option<(Arc<Route>, Flight)>, TurnedAway> {
        loop {
            let Some((route, flight)) = self.table.enter(host) else {
                return Ok(None);
            };
            if route.door.is_open() {
                return Ok(Some((route, flight)));
            }
            drop(flight);
            route.door.pass().await?;
        }
    }

    /// Where a request leads that asks for nothing but the live version, if the way there is known and
    /// open.
    pub(crate) fn enter_at_once(&self, request: &Request) -> Option<(Arc<Route>, Flight)> {
        let label = self.domain.label_of(request.headers())?;
        if ours::may_ask_for_more(request) {
            return None;
        }
        let (route, flight) = self.table.enter(&label)?;
        (route.door.is_open() && route.upstream.initialized()).then_some((route, flight))
    }

    /// Leads a visitor who was let in to the version; `find` finds out how that is reached, if nobody
    /// has asked before.
    pub async fn visit<E, F>(
        &self,
        http: &Http,
        (route, flight): (Arc<Route>, Flight),
        find: impl FnOnce() -> F,
        request: Request,
    ) -> Response<Body>
    where
        F: Future<Output = Result<Upstream, E>>,
        E: Into<anyhow::Error>,
    {
        let begun = time::Instant::now();
        let led = async {
            let found = route.upstream.get_or_try_init(find).await;
            let to = To {
                upstream: found.map_err(Into::into)?,
                endpoint: &route.endpoint,
            };
            http.lead(to, Some(flight), request).await
        };
        let answer: anyhow::Result<_> = led.await;
        let answered = match &answer {
            Ok(answer) if !answer.status().is_server_error() => Answered::Well,
            Ok(_) | Err(_) => Answered::Badly,
        };
        let record = route.traffic.record();
        record.add(Instant::now(), answered, begun.elapsed());
        answer.unwrap_or_else(|error| {
            debug!("{} {}: {error:#}", route.application, route.version);
            let silent = format!("Version {} does not answer.", route.version);
            says(StatusCode::BAD_GATEWAY, silent)
        })
    }
}
