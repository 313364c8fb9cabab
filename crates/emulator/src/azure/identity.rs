//! Who an account is to Azure: its subscription, and the token that its command line shows.
//!
//! All of it follows from the account's secret, so that nothing more has to be kept. The token is
//! a JWT ([RFC 7519](https://www.rfc-editor.org/rfc/rfc7519)), signed with HMAC-SHA256.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::accounts::Account;

/// How long a token lives; each time that an account is asked for, it is made anew.
const LIFE_SECONDS: u64 = 365 * 24 * 3600;
/// How far clocks may be apart.
const SKEW_SECONDS: u64 = 300;
/// Whom tokens are for: the resource that the command line asks tokens for.
const AUDIENCE: &str = "https://management.core.windows.net/";

/// What an account is to Azure.
pub(crate) struct Identity {
    /// The account's number.
    pub number: String,
    /// The id of its only subscription, a GUID.
    pub subscription: String,
    /// The id of the directory that it is in, a GUID.
    pub tenant: String,
    /// The id by which programs sign in, a GUID.
    pub client: String,
    /// The secret by which programs sign in.
    pub secret: String,
    user_id: String,
    key: Vec<u8>,
}

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// Whom it is for.
    aud: String,
    /// The account's number.
    pub sub: String,
    /// The directory's id.
    pub tid: String,
    /// The user's id.
    pub oid: String,
    /// The user's name, as `azure account show` shows it.
    pub unique_name: String,
    /// From when on it counts, in seconds since 1970.
    nbf: u64,
    /// Until when it counts, in seconds since 1970.
    pub exp: u64,
}

/// A new token of an account's.
pub(crate) fn token(account: &Account) -> String {
    let now = jiff::Timestamp::now().as_second();
    // a clock before 1970 counts as 1970
    Identity::of(account).token(u64::try_from(now).unwrap_or_default())
}

/// The id of an account's only subscription.
pub(crate) fn subscription(account: &Account) -> String {
    Identity::of(account).subscription
}

impl Identity {
    /// An account's.
    pub fn of(account: &Account) -> Self {
        let made = |what: &str| derived(&account.root, what);
        Self {
            number: account.number.clone(),
            subscription: guid(&made("azure subscription")),
            tenant: guid(&made("azure tenant")),
            client: guid(&made("azure client")),
            secret: BASE64.encode(made("azure client secret")),
            user_id: guid(&made("azure user")),
            key: made("azure token"),
        }
    }

    /// A new token, for a year.
    pub fn token(&self, now_seconds: u64) -> String {
        self.token_for(LIFE_SECONDS, now_seconds)
    }

    /// A new token, for some seconds.
    pub fn token_for(&self, life_seconds: u64, now_seconds: u64) -> String {
        let claims = Claims {
            aud: AUDIENCE.to_owned(),
            sub: self.number.clone(),
            tid: self.tenant.clone(),
            oid: self.user_id.clone(),
            unique_name: format!("{}@emulated.local", self.number),
            nbf: now_seconds,
            exp: now_seconds + life_seconds,
        };
        let part = |value: String| BASE64.encode(value);
        let header = part(json!({"typ": "JWT", "alg": "HS256"}).to_string());
        let signed = format!("{header}.{}", part(json!(claims).to_string()));
        let signature = BASE64.encode(mac(&self.key, &signed).finalize().into_bytes());
        format!("{signed}.{signature}")
    }

    /// Whether a token is one of this account's, and counts now.
    pub fn is_shown(&self, token: &str, now_seconds: u64) -> bool {
        self.check(token, now_seconds).is_some()
    }

    /// Whether a secret is this account's.
    ///
    /// What is compared are hashes under a key, so that the time it takes tells nothing.
    pub fn has_secret(&self, secret: &str) -> bool {
        let own = mac(&self.key, &self.secret).finalize().into_bytes();
        mac(&self.key, secret).verify_slice(&own).is_ok()
    }

    fn check(&self, token: &str, now_seconds: u64) -> Option<()> {
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = BASE64.decode(signature).ok()?;
        mac(&self.key, signed).verify_slice(&signature).ok()?;
        // what is signed with our key was made by us, so its header needs no look
        let claims = claims(token)?;
        let counts = claims.nbf <= now_seconds + SKEW_SECONDS && now_seconds < claims.exp;
        (claims.sub == self.number && claims.aud == AUDIENCE && counts).then_some(())
    }
}

/// What a token says, whoever signed it.
pub(crate) fn claims(token: &str) -> Option<Claims> {
    let mut parts = token.split('.');
    let claims = BASE64.decode(parts.nth(1)?).ok()?;
    serde_json::from_slice(&claims).ok()
}

/// A GUID that follows from a text and a number.
pub(crate) fn guid_of(text: &str, number: u64) -> String {
    guid(&Sha256::digest(format!("{text} {number}")))
}

fn derived(secret: &str, what: &str) -> Vec<u8> {
    mac(secret.as_bytes(), what)
        .finalize()
        .into_bytes()
        .to_vec()
}

fn mac(key: &[u8], message: &str) -> Hmac<Sha256> {
    let mac = Hmac::<Sha256>::new_from_slice(key);
    mac.expect("HMAC takes keys of any length")
        .chain_update(message)
}

/// A GUID of version 8, whose bits are ours to choose
/// ([RFC 9562](https://www.rfc-editor.org/rfc/rfc9562), 5.8), from at least 16 bytes.
pub(crate) fn guid(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (at, byte) in bytes.iter().take(16).enumerate() {
        let byte = match at {
            6 => 0x80 | (byte & 0x0f),
            8 => 0x80 | (byte & 0x3f),
            _ => *byte,
        };
        let dash = if matches!(at, 4 | 6 | 8 | 10) {
            "-"
        } else {
            ""
        };
        write!(text, "{dash}{byte:02x}").ok(); // a string takes all that is written
    }
    text
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};

    use super::{Identity, LIFE_SECONDS, claims};
    use crate::accounts::Account;

    fn identity(number: &str, secret: &str) -> Identity {
        Identity::of(&Account {
            id: "a".into(),
            tenant: 1,
            number: number.into(),
            access_key_id: String::new(),
            secret_access_key: String::new(),
            root: secret.into(),
        })
    }

    #[test]
    fn a_token_counts_for_its_account_and_its_time_alone() {
        let me = identity("1", "mine");
        let token = me.token(1000);
        assert!(me.is_shown(&token, 1000));
        assert!(me.is_shown(&token, 1000 + LIFE_SECONDS - 1));
        assert!(!me.is_shown(&token, 1000 + LIFE_SECONDS));
        assert!(!me.is_shown(&token, 100));
        assert!(!identity("1", "other").is_shown(&token, 1000));
        assert!(!identity("2", "mine").is_shown(&token, 1000));
        assert_eq!(claims(&token).unwrap().sub, "1");
    }

    #[test]
    fn a_token_that_was_changed_does_not_count() {
        let me = identity("1", "mine");
        let token = me.token(1000);
        let parts: Vec<&str> = token.split('.').collect();
        let late = BASE64.decode(parts[1]).unwrap();
        let late = String::from_utf8(late).unwrap().replace("1000,", "2000,");
        let late = format!("{}.{}.{}", parts[0], BASE64.encode(late), parts[2]);
        let unsigned = BASE64.encode("{\"alg\":\"none\"}");
        for forged in [
            late.as_str(),
            &format!("{unsigned}.{}.", parts[1]),
            &format!("{}.{}.", parts[0], parts[1]),
            parts[1],
            "",
            "..",
        ] {
            assert!(!me.is_shown(forged, 1000), "{forged}");
        }
    }

    #[test]
    fn the_ids_are_guids_and_differ_between_accounts() {
        let (me, other) = (identity("1", "mine"), identity("2", "theirs"));
        let lengths: Vec<usize> = me.subscription.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_ne!(me.subscription, other.subscription);
        assert_ne!(me.subscription, me.tenant);
        assert_eq!(me.subscription, identity("1", "mine").subscription);
    }
}
