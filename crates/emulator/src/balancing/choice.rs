//! Which pool and which target a request goes to.

use hmac::{Hmac, Mac as _};
use http::{HeaderMap, header};
use sha2::Sha256;

use super::{Forward, Target};

/// The cookies of a request, and the key that tells our own from others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cookies<'a> {
    /// What the client sent.
    pub headers: &'a HeaderMap,
    /// Known here alone.
    pub key: &'a [u8],
}

impl Cookies<'_> {
    /// Which of some things a cookie names.
    fn named<'t, T>(
        &self,
        cookie: &str,
        things: impl IntoIterator<Item = &'t T>,
        name: impl Fn(&T) -> String,
    ) -> Option<&'t T> {
        let value = self.value(cookie)?;
        let mut things = things.into_iter();
        things.find(|thing| value == self.token(&name(thing)))
    }

    fn value(&self, cookie: &str) -> Option<&str> {
        let values = self.headers.get_all(header::COOKIE).iter();
        let texts = values.filter_map(|value| value.to_str().ok());
        let mut pairs = texts.flat_map(|text| text.split(';'));
        pairs.find_map(|pair| pair.trim().strip_prefix(cookie)?.strip_prefix('='))
    }

    /// What names a thing without telling what it is.
    pub fn token(&self, name: &str) -> String {
        // a key may be of any length, so this cannot fail
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.key) else {
            return String::new();
        };
        mac.update(name.as_bytes());
        let bytes = mac.finalize().into_bytes();
        bytes
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// Which pool is taken: the one of the cookie, or by weight and `random`.
pub(crate) fn pick_pool<'a>(
    forward: &'a Forward,
    cookie: &str,
    cookies: Cookies<'_>,
    random: u32,
) -> Option<&'a str> {
    let taken = || forward.pools.iter().filter(|(_, weight)| *weight > 0);
    if forward.sticky.is_some()
        && let Some((pool, _)) = cookies.named(cookie, taken(), |(pool, _)| pool.clone())
    {
        return Some(pool);
    }
    let pools = forward
        .pools
        .iter()
        .map(|(pool, weight)| (pool.as_str(), *weight));
    by_weight(pools, random)
}

/// One of some things, in proportion to their weights if `random` is any number as likely as
/// another; those that weigh nothing never.
pub(crate) fn by_weight<T>(
    things: impl Iterator<Item = (T, u32)> + Clone,
    random: u32,
) -> Option<T> {
    let total: u64 = things.clone().map(|(_, weight)| u64::from(weight)).sum();
    let mut left = (u64::from(random) * total) >> 32;
    for (thing, weight) in things {
        if left < u64::from(weight) {
            return Some(thing);
        }
        left -= u64::from(weight);
    }
    None
}

/// In which order targets are tried: the one of the cookie first, else each time another one.
pub(crate) fn pick_target(
    mut targets: Vec<Target>,
    cookie: Option<&str>,
    cookies: Cookies<'_>,
    turn: usize,
) -> Vec<Target> {
    if targets.is_empty() {
        return targets;
    }
    let by_cookie = cookie
        .and_then(|cookie| cookies.named(cookie, &targets, name_of))
        .and_then(|found| targets.iter().position(|target| target == found));
    let first = by_cookie.unwrap_or(turn % targets.len());
    targets.rotate_left(first);
    targets
}

/// What a cookie names a target by.
pub(crate) fn name_of(target: &Target) -> String {
    format!("{}:{}", target.instance, target.port)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::Duration};

    use http::HeaderMap;

    use super::{Cookies, name_of, pick_pool, pick_target};
    use crate::balancing::{Forward, Target};

    fn forward(weights: &[(&str, u32)]) -> Forward {
        let pools = weights
            .iter()
            .map(|&(name, weight)| (name.to_owned(), weight));
        Forward {
            pools: pools.collect(),
            sticky: Some(Duration::from_secs(60)),
        }
    }

    fn taken(forward: &Forward) -> BTreeMap<String, u32> {
        let (headers, mut counts) = (HeaderMap::new(), BTreeMap::new());
        let cookies = Cookies {
            headers: &headers,
            key: b"k",
        };
        for step in 0..1000_u32 {
            let random = step * (u32::MAX / 1000);
            if let Some(pool) = pick_pool(forward, "AWSALBTG", cookies, random) {
                *counts.entry(pool.to_owned()).or_default() += 1;
            }
        }
        counts
    }

    #[test]
    fn pools_are_taken_in_proportion_to_their_weights() {
        let counts = taken(&forward(&[("blue", 90), ("green", 10)]));
        assert!(counts["blue"].abs_diff(900) < 5, "{counts:?}");
        assert!(counts["green"].abs_diff(100) < 5, "{counts:?}");
        let counts = taken(&forward(&[("blue", 0), ("green", 999)]));
        assert_eq!(counts.keys().collect::<Vec<_>>(), ["green"]);
        assert!(taken(&forward(&[("blue", 0)])).is_empty());
        assert!(taken(&forward(&[])).is_empty());
    }

    #[test]
    fn a_cookie_brings_a_visitor_back_as_long_as_its_pool_is_taken() {
        let mut headers = HeaderMap::new();
        let key = b"secret";
        let token = Cookies {
            headers: &HeaderMap::new(),
            key,
        }
        .token("green");
        let cookie = format!("a=b; AWSALBTG={token}");
        headers.insert("cookie", cookie.parse().unwrap());
        let cookies = Cookies {
            headers: &headers,
            key,
        };
        let both = forward(&[("blue", 99), ("green", 1)]);
        assert_eq!(pick_pool(&both, "AWSALBTG", cookies, 0), Some("green"));
        let off = forward(&[("blue", 99), ("green", 0)]);
        assert_eq!(pick_pool(&off, "AWSALBTG", cookies, 0), Some("blue"));
        let forged = Cookies {
            headers: &headers,
            key: b"other",
        };
        assert_eq!(pick_pool(&both, "AWSALBTG", forged, 0), Some("blue"));
    }

    #[test]
    fn targets_take_turns_unless_a_cookie_names_one() {
        let target = |id: &str| Target {
            instance: id.to_owned(),
            port: 80,
        };
        let all = || vec![target("a"), target("b"), target("c")];
        let mut headers = HeaderMap::new();
        let first = |headers: &HeaderMap, turn| {
            let cookies = Cookies { headers, key: b"k" };
            pick_target(all(), Some("AWSELB"), cookies, turn).remove(0)
        };
        assert_eq!(first(&headers, 4), target("b"));
        let none = HeaderMap::new();
        let token = Cookies {
            headers: &none,
            key: b"k",
        }
        .token(&name_of(&target("c")));
        headers.insert("cookie", format!("AWSELB={token}").parse().unwrap());
        assert_eq!(first(&headers, 4), target("c"));
    }
}
