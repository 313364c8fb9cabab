//! The cookies that bring visitors back to the same target or pool.
//!
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/sticky-sessions.html>

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};

use crate::balancing::{Kind, Sticky};

/// Which names a pool; its `…CORS` twin is for pages of other sites.
pub(super) const OF_POOL: &str = "AWSALBTG";

/// Which names a target.
pub(super) fn of_target(kind: Kind, sticky: &Sticky) -> &'static str {
    match (kind, sticky) {
        (Kind::Classic, _) => "AWSELB",
        (_, Sticky::For(_)) => "AWSALB",
        (_, Sticky::With(_)) => "AWSALBAPP-0",
    }
}

/// How long the cookie of a target is to be kept, as the outer value says whether it is set at all:
/// one that goes with the application's only when that is set.
pub(super) fn lifetime(sticky: &Sticky, answer: &HeaderMap) -> Option<Option<Duration>> {
    match sticky {
        Sticky::For(time) => Some(*time),
        Sticky::With(cookie) => {
            let set = answer.get_all(header::SET_COOKIE).iter();
            let mut set = set.filter_map(|value| value.to_str().ok());
            let is_set = set.any(|text| {
                let name = text.split('=').next();
                name.is_some_and(|name| name.trim() == cookie)
            });
            is_set.then_some(None)
        }
    }
}

/// Sets a cookie, and its twin.
pub(super) fn set(headers: &mut HeaderMap, name: &str, value: &str, time: Option<Duration>) {
    let age = time.map_or_else(String::new, |time| format!("; Max-Age={}", time.as_secs()));
    let plain = format!("{name}={value}{age}; Path=/");
    let twin = format!("{name}CORS={value}{age}; Path=/; SameSite=None");
    for cookie in [plain, twin] {
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{HeaderMap, header};

    use super::{lifetime, set};
    use crate::balancing::Sticky;

    #[test]
    fn a_cookie_that_goes_with_the_applications_is_set_with_it_alone() {
        let with = Sticky::With("SID".into());
        let mut answer = HeaderMap::new();
        assert_eq!(lifetime(&with, &answer), None);
        answer.append(header::SET_COOKIE, "other=1".parse().unwrap());
        answer.append(header::SET_COOKIE, "SID=7; Path=/".parse().unwrap());
        assert_eq!(lifetime(&with, &answer), Some(None));
        let time = Some(Duration::from_secs(60));
        assert_eq!(lifetime(&Sticky::For(time), &answer), Some(time));
    }

    #[test]
    fn a_cookie_has_a_twin() {
        let mut headers = HeaderMap::new();
        set(&mut headers, "AWSALB", "ab", Some(Duration::from_secs(60)));
        let all: Vec<_> = headers.get_all(header::SET_COOKIE).iter().collect();
        assert_eq!(all[0], "AWSALB=ab; Max-Age=60; Path=/");
        assert_eq!(all[1], "AWSALBCORS=ab; Max-Age=60; Path=/; SameSite=None");
    }
}
