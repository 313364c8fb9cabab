//! Keys: the account's own, which is issued here, and those that its users make by IAM and STS.
//!
//! The latter are in moto's books alone, so that one that is deleted or inactive there is refused
//! from then on.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde::Deserialize;
use tracing::warn;

use crate::{emulator::Emulator, realm::Realm, refusal::Refusal, signature::is_equal};

/// A key, and what it is for.
pub(crate) struct Key {
    /// The account's part of the cloud.
    pub realm: Arc<Realm>,
    /// Its secret half.
    pub secret: String,
    session: Option<Session>,
}

/// What a key that does not last comes with.
#[derive(Debug, Clone)]
struct Session {
    token: String,
    ends: SystemTime,
}

/// A key as the program around moto tells of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Made {
    account: String,
    secret: String,
    token: Option<String>,
    expires: Option<u64>,
}

impl Key {
    /// Finds a key by its public half.
    pub async fn find(emulator: &Emulator, access_key_id: &str) -> Result<Self, Refusal> {
        if let Some((secret, realm)) = emulator.by_key(access_key_id) {
            return Ok(Self {
                realm,
                secret,
                session: None,
            });
        }
        if !may_be_made(access_key_id) {
            return Err(Refusal::UnknownKey);
        }
        let made = emulator.moto().key(access_key_id).await;
        let made = made.map_err(|error| {
            warn!("a key: {error:#}");
            Refusal::Unavailable
        })?;
        let made = made.ok_or(Refusal::UnknownKey)?;
        let realm = emulator.by_number(&made.account);
        Ok(Self {
            realm: realm.ok_or(Refusal::UnknownKey)?,
            session: made.session(),
            secret: made.secret,
        })
    }

    /// Whether a request with this token may use the key now.
    pub fn admits(&self, token: Option<&str>, now: SystemTime) -> Result<(), Refusal> {
        admits(self.session.as_ref(), token, now)
    }
}

impl Made {
    fn session(&self) -> Option<Session> {
        Some(Session {
            token: self.token.clone()?,
            ends: SystemTime::UNIX_EPOCH + Duration::from_secs(self.expires?),
        })
    }
}

fn admits(session: Option<&Session>, token: Option<&str>, now: SystemTime) -> Result<(), Refusal> {
    match (session, token) {
        (None, None) => Ok(()),
        (Some(session), Some(token)) if !is_equal(&session.token, token) => {
            Err(Refusal::WrongToken)
        }
        (Some(session), Some(_)) if session.ends <= now => Err(Refusal::ExpiredToken),
        (Some(_), Some(_)) => Ok(()),
        (None, Some(_)) | (Some(_), None) => Err(Refusal::WrongToken),
    }
}

/// Whether a text is such as moto makes for a key.
fn may_be_made(access_key_id: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let begins = ["AKIA", "ASIA"]
        .iter()
        .any(|kind| access_key_id.starts_with(kind));
    begins && access_key_id.len() == 20 && access_key_id.bytes().all(is_letter)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{Session, admits, may_be_made};
    use crate::refusal::Refusal;

    #[test]
    fn a_session_needs_its_token_and_ends() {
        let now = SystemTime::now();
        let session = |ends| {
            let token = "token".to_owned();
            Some(Session { token, ends })
        };
        let lasting = session(now + Duration::from_secs(1));
        assert_eq!(admits(lasting.as_ref(), Some("token"), now), Ok(()));
        assert_eq!(
            admits(lasting.as_ref(), Some("other"), now),
            Err(Refusal::WrongToken)
        );
        assert_eq!(
            admits(lasting.as_ref(), None, now),
            Err(Refusal::WrongToken)
        );
        let over = session(now);
        assert_eq!(
            admits(over.as_ref(), Some("token"), now),
            Err(Refusal::ExpiredToken)
        );
        assert_eq!(admits(None, Some("token"), now), Err(Refusal::WrongToken));
        assert_eq!(admits(None, None, now), Ok(()));
    }

    #[test]
    fn only_what_looks_like_a_key_is_looked_for() {
        assert!(may_be_made("ASIA8NWMTLYQABCDEF23"));
        assert!(!may_be_made("AKIA8NWMTLYQABCDEF2"));
        assert!(!may_be_made("AKIA8NWMTLYQABCDEF\r\n"));
    }
}
