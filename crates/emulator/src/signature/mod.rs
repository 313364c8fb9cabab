//! Who signed a request: Signature Version 4, checked by signing the same request again.
//!
//! In the `Authorization` header or, for links that are signed beforehand, in the address.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

mod canonical;
mod chunks;
mod claim;
mod old;

use std::time::{Duration, SystemTime};

use hmac::{Hmac, Mac as _};
use http::request::Parts;
use sha2::{Digest as _, Sha256};

pub(crate) use self::claim::{Claim, Place};
use crate::refusal::Refusal;

/// How far a client's clock may be off, as with AWS.
const SKEW: Duration = Duration::from_secs(15 * 60);
/// The only algorithm.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// What of the body is signed.
const CONTENT_HASH: &str = "x-amz-content-sha256";

impl Claim {
    /// Whether the request was signed with `secret`, is all that was signed, and not out of date.
    ///
    /// Everything of `request` that counts is as it came; `body` is all of its body.
    pub fn verify(
        &self,
        secret: &str,
        request: &Parts,
        body: &[u8],
        now: SystemTime,
    ) -> Result<(), Refusal> {
        if let Place::OldLink { ends } = self.place {
            return old::verify(self, secret, request, ends, now);
        }
        self.is_timely(now)?;
        let payload = self.payload(request, body)?;
        let key = self.key(secret);
        let text = canonical::request(self, request, &payload);
        let text = format!(
            "{ALGORITHM}\n{}\n{}\n{}",
            self.stamp,
            self.scope(),
            hash(text.as_bytes())
        );
        if !is_equal(&hex(&sign(&key, &text)), &self.signature) {
            return Err(Refusal::WrongSignature);
        }
        match payload.as_str() {
            chunks::SIGNED | chunks::SIGNED_WITH_TRAILER => chunks::verify(self, &key, body),
            _ => Ok(()),
        }
    }

    fn is_timely(&self, now: SystemTime) -> Result<(), Refusal> {
        if self.stamp.get(..8) != Some(self.day.as_str()) {
            return Err(Refusal::WrongSignature);
        }
        let age = now.duration_since(self.time);
        match (&self.place, age) {
            (_, Err(ahead)) if ahead.duration() > SKEW => Err(Refusal::Skewed),
            (Place::Header, Ok(age)) if age > SKEW => Err(Refusal::Skewed),
            (Place::Address { lasts }, Ok(age)) if age > *lasts => Err(Refusal::LinkExpired),
            _ => Ok(()),
        }
    }

    /// What stands for the body in what is signed.
    fn payload(&self, request: &Parts, body: &[u8]) -> Result<String, Refusal> {
        let said = request.headers.get(CONTENT_HASH);
        let said = said.map(|value| value.to_str().unwrap_or_default());
        match (said, &self.place) {
            (Some("UNSIGNED-PAYLOAD"), _) => Ok("UNSIGNED-PAYLOAD".into()),
            (Some(said), _) if said.starts_with("STREAMING-") => chunks::is_known(said)
                .then(|| said.to_owned())
                .ok_or(Refusal::Malformed),
            // a link is signed before anybody knows what is put there
            (None, Place::Address { .. }) if self.service == "s3" => Ok("UNSIGNED-PAYLOAD".into()),
            (Some(said), _) if said != hash(body) => Err(Refusal::WrongHash),
            _ => Ok(hash(body)),
        }
    }

    fn scope(&self) -> String {
        format!(
            "{}/{}/{}/aws4_request",
            self.day, self.region, self.scoped_service
        )
    }

    fn key(&self, secret: &str) -> Vec<u8> {
        let parts = [&self.day, &self.region, &self.scoped_service];
        let key = format!("AWS4{secret}").into_bytes();
        let key = parts.iter().fold(key, |key, part| sign(&key, part));
        sign(&key, "aws4_request")
    }
}

/// HMAC-SHA256 of a text.
fn sign(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length will do as a key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// SHA-256 in lower case hex.
fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compares without telling by its duration how much is equal.
pub(crate) fn is_equal(left: &str, right: &str) -> bool {
    let pairs = left.bytes().zip(right.bytes());
    let differences = pairs.fold(0, |all, (left, right)| all | (left ^ right));
    left.len() == right.len() && differences == 0
}

#[cfg(test)]
mod tests;
