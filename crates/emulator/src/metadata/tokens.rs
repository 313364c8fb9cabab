//! The tokens of one instance's sessions.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE as BASE64};
use rand::Rng as _;

/// Six hours, the longest that a token may be valid (User Guide, "Use the Instance
/// Metadata Service to access instance metadata").
pub(super) const LONGEST_SECONDS: u32 = 21_600;
/// How many tokens are valid at once; with one more, the one that would end first does.
const MOST: usize = 1024;

/// The tokens that are valid.
#[derive(Default)]
pub(super) struct Tokens {
    ends: HashMap<String, SystemTime>,
}

impl Tokens {
    /// Makes a token.
    pub fn grant(&mut self, seconds: u32, now: SystemTime) -> String {
        if self.ends.len() >= MOST {
            self.make_room(now);
        }
        let token = BASE64.encode(rand::rng().random::<[u8; 40]>());
        let end = now + Duration::from_secs(seconds.into());
        self.ends.insert(token.clone(), end);
        token
    }

    fn make_room(&mut self, now: SystemTime) {
        self.ends.retain(|_, end| *end > now);
        if self.ends.len() < MOST {
            return;
        }
        let next = self.ends.iter().min_by_key(|(_, end)| **end);
        if let Some(next) = next.map(|(token, _)| token.clone()) {
            self.ends.remove(&next);
        }
    }

    /// How long a token is still valid; none when it is not.
    pub fn seconds_left(&self, token: &[u8], now: SystemTime) -> Option<u32> {
        let end = self.ends.get(std::str::from_utf8(token).ok()?)?;
        let left = end.duration_since(now).ok()?;
        let seconds = u32::try_from(left.as_millis().div_ceil(1000)).ok()?;
        (seconds > 0).then_some(seconds)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashSet,
        time::{Duration, SystemTime},
    };

    use super::{MOST, Tokens};

    #[test]
    fn a_token_is_valid_until_its_end_and_no_other_is() {
        let (mut tokens, now) = (Tokens::default(), SystemTime::UNIX_EPOCH);
        let token = tokens.grant(60, now);
        let left = |later| tokens.seconds_left(token.as_bytes(), now + Duration::from_secs(later));
        assert_eq!((left(0), left(59), left(60)), (Some(60), Some(1), None));
        assert_eq!(tokens.seconds_left(b"guess", now), None);
        assert_eq!(tokens.seconds_left(b"\xff", now), None);
    }

    #[test]
    fn however_many_are_asked_for_so_many_are_kept_and_the_newest_among_them() {
        let (mut tokens, now) = (Tokens::default(), SystemTime::UNIX_EPOCH);
        let first = tokens.grant(1, now);
        let all: HashSet<String> = (0..2 * MOST).map(|_| tokens.grant(60, now)).collect();
        assert_eq!(all.len(), 2 * MOST);
        assert_eq!(tokens.ends.len(), MOST);
        assert_eq!(tokens.seconds_left(first.as_bytes(), now), None);
        let last = tokens.grant(60, now);
        assert_eq!(tokens.seconds_left(last.as_bytes(), now), Some(60));
    }
}
