//! What the picture of an application's visitors decides.

use std::collections::BTreeMap;

use shared::{Instant, Traffic, TrafficSecond, VersionTraffic};

/// How many seconds a rate is taken over.
const LATELY: i64 = 10;

/// How visitors were answered lately, by version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    versions: BTreeMap<String, BTreeMap<i64, TrafficSecond>>,
}

/// A second of the picture: how high it is, and how much of that is failures, from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// Its place, from 0.
    pub place: u32,
    /// Its height.
    pub height: u32,
    /// How much of that is failures.
    pub errors: u32,
}

fn second(at: Instant) -> i64 {
    at.unix_ms().div_euclid(1000)
}

impl Picture {
    /// Adds what was told; the same may be told twice.
    pub fn add(&mut self, told: &[VersionTraffic]) {
        for version in told {
            let seconds = self.versions.entry(version.version.clone()).or_default();
            seconds.extend(version.seconds.iter().map(|one| (second(one.at), *one)));
        }
    }

    /// Forgets what is older than the picture, which ends at a second.
    pub fn forget(&mut self, end: i64) {
        self.versions.retain(|_, seconds| {
            seconds.retain(|at, _| *at >= end - i64::from(Traffic::SECONDS));
            !seconds.is_empty()
        });
    }

    /// The versions that were asked.
    pub fn versions(&self) -> Vec<String> {
        self.versions.keys().cloned().collect()
    }

    /// The seconds of a version, on the scale of the busiest second of all versions.
    pub fn bars(&self, version: &str, end: i64) -> Vec<Bar> {
        let all = self.versions.values().flat_map(BTreeMap::values);
        let highest = all.map(|one| one.requests).max().unwrap_or(1).max(1);
        let first = end - i64::from(Traffic::SECONDS);
        let of_version = self.versions.get(version).into_iter().flatten();
        let shown = of_version.filter(|(at, _)| (first..end).contains(*at));
        shown
            .map(|(at, one)| {
                let part = |count: u32| match count {
                    0 => 0,
                    // a single one among thousands is seen as well
                    count => (u64::from(count) * 100 / u64::from(highest)).max(4),
                };
                Bar {
                    place: u32::try_from(at - first).unwrap_or_default(),
                    height: u32::try_from(part(one.requests)).unwrap_or_default(),
                    errors: u32::try_from(part(one.errors)).unwrap_or_default(),
                }
            })
            .collect()
    }

    /// How a version answers, in words.
    pub fn words(&self, version: &str, end: i64) -> String {
        let of_version = self.versions.get(version).into_iter().flatten();
        let lately = of_version.filter(|(at, _)| (end - LATELY..end).contains(*at));
        let (mut requests, mut errors, mut took_ms) = (0_u64, 0_u64, 0);
        for (_, one) in lately {
            requests += u64::from(one.requests);
            errors += u64::from(one.errors);
            took_ms += one.took_ms;
        }
        if requests == 0 {
            return "nobody just now".to_owned();
        }
        let rate = rate(requests);
        let failed = match errors {
            0 => "no errors".to_owned(),
            errors => format!("{errors} of {requests} failed"),
        };
        format!("{rate} requests/s, {failed}, {} ms", took_ms / requests)
    }
}

/// Requests in a second, exact to a tenth where that says something.
fn rate(requests: u64) -> String {
    let tenths = requests * 10 / LATELY.unsigned_abs();
    match (tenths / 10, tenths % 10) {
        (whole @ 10.., _) | (whole, 0) => whole.to_string(),
        (whole, tenth) => format!("{whole}.{tenth}"),
    }
}

#[cfg(test)]
mod tests {
    use shared::{Instant, TrafficSecond, VersionTraffic};

    use super::{Bar, Picture};

    fn told(version: &str, at: i64, requests: u32, errors: u32) -> VersionTraffic {
        let second = TrafficSecond {
            at: Instant::from_unix_ms(at * 1000),
            requests,
            errors,
            took_ms: 3 * u64::from(requests),
        };
        VersionTraffic {
            version: version.into(),
            seconds: vec![second],
        }
    }

    #[test]
    fn versions_are_drawn_on_one_scale_and_a_single_failure_is_seen() {
        let mut picture = Picture::default();
        picture.add(&[told("7", 100, 1000, 1)]);
        picture.add(&[told("8", 101, 500, 0), told("8", 101, 500, 0)]);
        let bar = |place, height, errors| Bar {
            place,
            height,
            errors,
        };
        assert_eq!(picture.bars("7", 102), [bar(58, 100, 4)]);
        assert_eq!(picture.bars("8", 102), [bar(59, 50, 0)]);
        assert_eq!(picture.bars("8", 161), [bar(0, 50, 0)]);
        assert!(picture.bars("8", 162).is_empty() && picture.bars("9", 102).is_empty());
        picture.forget(161);
        assert_eq!(picture.versions(), ["8"]);
    }

    #[test]
    fn what_happened_lately_is_told_in_words() {
        let mut picture = Picture::default();
        assert_eq!(picture.words("7", 100), "nobody just now");
        picture.add(&[told("7", 99, 5, 0)]);
        assert_eq!(picture.words("7", 100), "0.5 requests/s, no errors, 3 ms");
        picture.add(&[told("7", 98, 995, 2)]);
        let busy = "100 requests/s, 2 of 1000 failed, 3 ms";
        assert_eq!(picture.words("7", 100), busy);
        assert_eq!(picture.words("7", 120), "nobody just now");
    }
}
