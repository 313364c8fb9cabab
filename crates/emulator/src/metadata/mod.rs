//! What an instance is told of itself at 169.254.169.254, as by AWS's instance metadata service.
//!
//! Has no listener: whoever leads an instance's connections hands them to [`serve`], with what
//! [`Metadata::answer`] says, one `Metadata` for each instance. Source: "Use instance metadata to manage your EC2 instance",
//! "Use the Instance Metadata Service to access instance metadata" and "Retrieve instance
//! metadata" of the Amazon EC2 User Guide.
//!
//! Not here: credentials of an instance profile's role, signatures of the identity document, and
//! the hop limit, as answers go through no router.

mod answer;
mod document;
mod network;
mod path;
mod serve;
mod tokens;
mod tree;

use std::{
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};

use answer::{Kind, refused, text};
use tokens::{LONGEST_SECONDS, Tokens};
use tree::Entry;

use crate::books::BookedInstance;

pub(crate) use serve::serve;

/// Where a token is asked for.
const TOKEN_PATH: [&str; 3] = ["latest", "api", "token"];
/// The header that shows a token.
const TOKEN: &str = "x-aws-ec2-metadata-token";
/// The header that says how long a token is valid, in seconds.
const TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
/// The header of a request that came through a proxy, which gets no token.
const FORWARDED: &str = "x-forwarded-for";

/// All that an instance may be told of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// What the books say of it.
    pub instance: BookedInstance,
    /// What was said at its launch, as it is and not in base64.
    pub user_data: Option<Bytes>,
}

/// The metadata service of one instance.
#[derive(Default)]
pub(crate) struct Metadata {
    tokens: Mutex<Tokens>,
}

impl Metadata {
    /// Answers one request; its body, if it has one, is of no use.
    ///
    /// Nothing in a request makes it fail: refusals are answers too.
    pub fn answer(&self, request: &Request<()>, facts: &Facts, now: SystemTime) -> Response<Bytes> {
        if !facts.instance.details.metadata.is_enabled {
            return refused(StatusCode::FORBIDDEN);
        }
        let path = path::segments(request.uri().path());
        let mut answer = match *request.method() {
            Method::PUT if path == TOKEN_PATH => self.grant(request.headers(), now),
            Method::GET | Method::HEAD if path != TOKEN_PATH => {
                self.read(&path, request.headers(), facts, now)
            }
            _ => refused(StatusCode::METHOD_NOT_ALLOWED),
        };
        if *request.method() == Method::HEAD {
            // the length stays in its header
            *answer.body_mut() = Bytes::new();
        }
        answer
    }

    fn grant(&self, headers: &HeaderMap, now: SystemTime) -> Response<Bytes> {
        if headers.contains_key(FORWARDED) {
            return refused(StatusCode::FORBIDDEN);
        }
        let seconds = headers.get(TTL).and_then(|said| said.to_str().ok());
        let seconds = seconds.and_then(|said| said.trim().parse::<u32>().ok());
        let Some(seconds @ 1..=LONGEST_SECONDS) = seconds else {
            return refused(StatusCode::BAD_REQUEST);
        };
        let token = self.tokens().grant(seconds, now);
        answer::with_ttl(text(Bytes::from(token), Kind::Text), seconds)
    }

    fn read(
        &self,
        path: &[String],
        headers: &HeaderMap,
        facts: &Facts,
        now: SystemTime,
    ) -> Response<Bytes> {
        let left = match headers.get(TOKEN) {
            Some(token) => self.tokens().seconds_left(token.as_bytes(), now),
            None if facts.instance.details.metadata.needs_token => None,
            None => return found(path, facts),
        };
        match left {
            Some(left) => answer::with_ttl(found(path, facts), left),
            None => refused(StatusCode::UNAUTHORIZED),
        }
    }

    fn tokens(&self) -> std::sync::MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn found(path: &[String], facts: &Facts) -> Response<Bytes> {
    match tree::find(path, facts) {
        Some(folder @ Entry::Folder(_)) => text(folder.listing().into(), Kind::Text),
        Some(Entry::Text(said)) => text(said.into(), Kind::Text),
        Some(Entry::Bytes(said)) => text(said, Kind::Bytes),
        None => refused(StatusCode::NOT_FOUND),
    }
}

#[cfg(test)]
mod tests;
