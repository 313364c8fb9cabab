//! The AWS endpoint: checks who asks, lets moto keep the books, and mends what it answers.
//!
//! Who asks is known by the key alone; every key of an account may do everything in it, as IAM's
//! policies are kept in the books and not enforced.

mod action;
mod body;
mod call;
mod foreign;
mod hops;
mod mend;
mod serve;

use std::{sync::Arc, time::SystemTime};

use axum::{
    body::Body,
    extract::Request,
    http::{Response, StatusCode, request::Parts},
};

pub(crate) use self::{
    body::{AllRoom, LARGEST_BYTES},
    serve::serve,
};
use self::{
    body::{Held, Room},
    call::Call,
};
use crate::{
    door::is_back_door, emulator::Emulator, keys::Key, protocol::Protocol, refusal::Refusal,
    signature::Claim,
};

/// An endpoint: of one account, or of all.
#[derive(Clone)]
pub(crate) struct Front {
    emulator: Arc<Emulator>,
    only: Option<String>,
    room: Arc<Room>,
}

impl Front {
    /// The endpoint of all accounts, or of the one with an id.
    pub fn new(emulator: Arc<Emulator>, only: Option<String>) -> Self {
        let room = Arc::new(Room::within(emulator.room.clone()));
        Self {
            emulator,
            only,
            room,
        }
    }

    /// Answers one request to AWS.
    async fn answer(&self, request: Request) -> Response<Body> {
        if is_back_door(request.uri().path()) {
            return plain(StatusCode::NOT_FOUND, "no such service\n");
        }
        let (parts, body) = request.into_parts();
        let claim = Claim::read(&parts);
        let service = claim.as_ref().ok().map(|claim| claim.service.as_str());
        let is_form = action::is_form(&parts);
        let protocol = Protocol::spoken(service, &parts.headers, is_form);
        let answer = match claim {
            Ok(claim) if protocol == Protocol::S3 || !body::is_small(&parts.headers) => {
                // the thread that drives this connection drives others as well
                let front = self.clone();
                let carried_out =
                    async move { front.carry_out(claim, protocol, parts, body).await };
                let apart = self.emulator.apart.spawn(carried_out);
                apart.await.unwrap_or(Err(Refusal::Failed))
            }
            Ok(claim) => self.carry_out(claim, protocol, parts, body).await,
            Err(refusal) => Err(refusal),
        };
        answer.unwrap_or_else(|refusal| refusal.answer(protocol))
    }

    async fn carry_out(
        &self,
        claim: Claim,
        protocol: Protocol,
        mut parts: Parts,
        body: Body,
    ) -> Result<Response<Body>, Refusal> {
        Protocol::of(&claim.service).ok_or(Refusal::UnknownService)?;
        let key = self.key(&claim).await?;
        let mut held = self.room.read(&parts.headers, body).await?;
        Self::check(&claim, &key, &parts, &held)?;
        held.unpack(&claim.service, &mut parts.headers)?;
        let call = Call::new(key.realm, claim, protocol, &parts, &held)?;
        if !call.changes() {
            return call.carry_out(parts, held).await;
        }
        // a client that hangs up must not leave half of it done: moto's books changed, and nobody
        // told, or a launch done whose token is not remembered
        let done = tokio::spawn(call.carry_out(parts, held)).await;
        done.unwrap_or(Err(Refusal::Failed))
    }

    /// The key that a request claims, if it may be used here.
    async fn key(&self, claim: &Claim) -> Result<Key, Refusal> {
        let key = Key::find(&self.emulator, &claim.access_key_id).await?;
        let is_for = |only: &String| *only == key.realm.account.id;
        if self.only.as_ref().is_none_or(is_for) {
            Ok(key)
        } else {
            Err(Refusal::UnknownKey)
        }
    }

    fn check(claim: &Claim, key: &Key, parts: &Parts, held: &Held) -> Result<(), Refusal> {
        let now = SystemTime::now();
        claim.verify(&key.secret, parts, &held.body, now)?;
        key.admits(claim.token.as_deref(), now)
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
}
