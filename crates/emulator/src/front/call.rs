//! One request that was let in: what moto is told with it, and what becomes of its answer.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Method, Response, StatusCode, header, request::Parts},
};
use bytes::Bytes;
use tokio::time::timeout;
use tracing::warn;

use super::{
    action::{self, Change},
    body::Held,
    foreign::Asker,
    hops,
};
use crate::{
    moto::{CHANGES, KNOWN_ONLY, LAUNCH, REFUSED},
    plan::MOST_INSTANCES,
    power::{self, Decision, Power},
    protocol::Protocol,
    realm::{MOST_ASKING, Realm},
    refusal::Refusal,
    signature::Claim,
    user_data,
};

/// How long a request may wait while its account has as many with moto as it may.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request that was let in.
pub(super) struct Call {
    pub(super) realm: Arc<Realm>,
    pub(super) claim: Claim,
    protocol: Protocol,
    change: Change,
    pub(super) form: HashMap<String, String>,
}

impl Call {
    /// Reads what is asked; refuses what must not be asked.
    pub fn new(
        realm: Arc<Realm>,
        claim: Claim,
        protocol: Protocol,
        parts: &Parts,
        held: &Held,
    ) -> Result<Self, Refusal> {
        let form = action::parameters(protocol, parts, &held.body)?;
        let number = &realm.account.number;
        let service = &claim.service;
        Asker { number, service }.check(parts, &form, &held.body, protocol)?;
        let action = form.get("Action").map_or("", String::as_str);
        let change = action::change(protocol, parts, action, !held.body.is_empty());
        Ok(Self {
            realm,
            claim,
            protocol,
            change,
            form,
        })
    }

    /// Whether the books may be others afterwards.
    pub fn changes(&self) -> bool {
        self.change != Change::None
    }

    /// Has it carried out.
    pub async fn carry_out(self, parts: Parts, held: Held) -> Result<Response<Body>, Refusal> {
        // an object may be as large as all that an account has
        let is_object = self.protocol == Protocol::S3 && parts.method == Method::GET;
        let places = if is_object { MOST_ASKING / 4 } else { 1 };
        let place = timeout(PATIENCE, self.realm.asking.acquire_many(places)).await;
        let _place = place.map_err(|_| Refusal::Busy)?;
        if self.form.iter().any(user_data::is_too_large) {
            return Err(Refusal::UserDataTooLarge);
        }
        let answer = match (self.claim.service.as_str(), self.action()) {
            (_, "RunInstances") => self.launch(parts, held.body).await,
            ("ec2", "StartInstances" | "StopInstances" | "RebootInstances") => {
                self.power(parts, held.body).await
            }
            _ => self.pass(parts, held.body, &[]).await,
        };
        answer.map(|answer| answer.map(Body::from))
    }

    /// What is asked for, of a query API.
    pub(super) fn action(&self) -> &str {
        self.field("Action")
    }

    /// A parameter; empty when it is not there.
    pub(super) fn field(&self, name: &str) -> &str {
        self.form.get(name).map_or("", String::as_str)
    }

    /// Launches at most once for each token, and not more than the account may have.
    async fn launch(&self, parts: Parts, body: Bytes) -> Result<Response<Bytes>, Refusal> {
        let _one_at_a_time = self.realm.launching.lock().await;
        let (region, token) = (&self.claim.region, self.field("ClientToken"));
        let more: usize = self.field("MaxCount").parse().unwrap_or(1);
        let is_full = self.realm.running().saturating_add(more) > MOST_INSTANCES;
        let launch = format!("{region} {token}");
        let told = match (token.is_empty(), is_full) {
            (true, true) => return Err(Refusal::InstanceLimit(MOST_INSTANCES)),
            (true, false) => vec![],
            (false, false) => vec![(LAUNCH, launch.as_str())],
            (false, true) => vec![(LAUNCH, launch.as_str()), (KNOWN_ONLY, "1")],
        };
        self.pass(parts, body, &told).await
    }

    /// Starts, stops or reboots what may be; what the books do not know they refuse themselves.
    async fn power(&self, parts: Parts, body: Bytes) -> Result<Response<Bytes>, Refusal> {
        let ids = power::named(&self.form);
        let booked = self.realm.named(&self.claim.region, &ids).await;
        let (Some(power), Some(booked)) = (Power::of(self.action()), booked) else {
            return self.pass(parts, body, &[]).await;
        };
        match power.decide(&booked) {
            Decision::Refuse(id) => Err(Refusal::WrongState(id, power.participle())),
            Decision::Reboot(ids) if self.field("DryRun") != "true" => {
                self.realm.reboot(ids);
                Ok(power::rebooted())
            }
            Decision::Reboot(_) | Decision::Pass => self.pass(parts, body, &[]).await,
        }
    }

    /// Lets moto answer, mends the answer, and has the change carried out.
    async fn pass(
        &self,
        parts: Parts,
        body: Bytes,
        told: &[(&'static str, &str)],
    ) -> Result<Response<Bytes>, Refusal> {
        let method = parts.method.clone();
        let answer = self.ask(parts, body, told).await?;
        self.refused(&answer)?;
        let (mut head, body) = answer.into_parts();
        hops::unframe(&method, &mut head.headers);
        if !head.status.is_success() {
            return Ok(Response::from_parts(head, body));
        }
        if self.change != Change::None {
            self.realm.touch();
        }
        let body = if method == Method::HEAD {
            body
        } else {
            self.mend(body)
        };
        Ok(Response::from_parts(head, body))
    }

    async fn ask(
        &self,
        parts: Parts,
        body: Bytes,
        told: &[(&'static str, &str)],
    ) -> Result<Response<Bytes>, Refusal> {
        let change = match self.change {
            Change::None => None,
            Change::More => Some((CHANGES, "more")),
            Change::Less => Some((CHANGES, "less")),
        };
        let marks = change.into_iter().chain(told.iter().copied());
        let number = &self.realm.account.number;
        let request = hops::to_moto(parts, body, &self.claim, number, marks);
        let answer = self
            .realm
            .ground
            .moto
            .send(request.ok_or(Refusal::Malformed)?)
            .await;
        answer.map_err(|error| {
            warn!("moto: {error:#}");
            Refusal::Unavailable
        })
    }

    /// What moto, or the program around it, did not do for a reason of its own.
    fn refused(&self, answer: &Response<Bytes>) -> Result<(), Refusal> {
        let why = answer.headers().get(REFUSED).map(|why| why.as_bytes());
        let kind = answer.headers().get(header::CONTENT_TYPE);
        let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        match (why, answer.status()) {
            (Some(b"foreign"), _) => Err(Refusal::Foreign),
            (Some(b"full"), _) => Err(Refusal::Full),
            (Some(b"unlaunched"), _) => Err(Refusal::InstanceLimit(MOST_INSTANCES)),
            (Some(b"unknown"), _) => Err(Refusal::UnknownAction),
            (Some(_), _) => Err(Refusal::Failed),
            // the pages of its web framework, for a browser
            (None, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED)
                if is_page && self.protocol != Protocol::S3 =>
            {
                Err(Refusal::UnknownAction)
            }
            (None, status) if is_page && status.is_server_error() => Err(Refusal::Failed),
            _ => Ok(()),
        }
    }
}
