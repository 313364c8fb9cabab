//! Visitors of an application: whether they are let in, and how they are answered.

use serde::{Deserialize, Serialize};

use crate::Instant;

/// What becomes of visitors at an application's address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "are", rename_all = "snake_case")]
pub enum Visitors {
    /// The live version answers them.
    #[default]
    Served,
    /// They wait, and are served then.
    Held {
        /// Until when at most.
        until: Instant,
    },
    /// They are told that the application is being worked on, with status 503.
    TurnedAway {
        /// In these words.
        notice: String,
    },
}

impl Visitors {
    /// The same at a moment: who was held until then is served.
    pub fn at(self, now: Instant) -> Self {
        match self {
            Self::Held { until } if until <= now => Self::Served,
            other => other,
        }
    }
}

/// Says what becomes of visitors from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "are", rename_all = "snake_case")]
pub enum ChangeVisitors {
    /// The live version answers them.
    Served,
    /// They wait for so long at most, and are served then.
    Held {
        /// In seconds, at most five minutes.
        #[serde(default = "ChangeVisitors::usual_hold_seconds")]
        #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 300, default = 30))]
        seconds: u32,
    },
    /// They are told that the application is being worked on, with status 503.
    TurnedAway {
        /// In these words, 500 characters at most; without any it says that it will be back soon.
        #[serde(default)]
        notice: Option<String>,
    },
}

impl ChangeVisitors {
    /// How long visitors wait, unless somebody says otherwise, in seconds.
    pub const USUAL_HOLD_SECONDS: u32 = 30;
    /// The longest that visitors wait, in seconds: browsers and proxies wait hardly longer.
    pub const LONGEST_HOLD_SECONDS: u32 = 300;
    /// The longest notice, in characters.
    pub const LONGEST_NOTICE: usize = 500;

    fn usual_hold_seconds() -> u32 {
        Self::USUAL_HOLD_SECONDS
    }
}

/// How visitors of an application were answered lately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Traffic {
    /// Up to when this is whole.
    pub until: Instant,
    /// For each version that was asked.
    pub versions: Vec<VersionTraffic>,
}

/// How visitors were answered by one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionTraffic {
    /// The version.
    pub version: String,
    /// The seconds in which somebody was answered, oldest first.
    pub seconds: Vec<TrafficSecond>,
}

/// How visitors were answered within a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrafficSecond {
    /// When it began.
    pub at: Instant,
    /// How many answers began.
    pub requests: u32,
    /// How many of them were failures: a status of 500 or above, or no answer.
    pub errors: u32,
    /// How long all of them took until they began, added up, in milliseconds.
    pub took_ms: u64,
}

impl Traffic {
    /// How many seconds are remembered.
    pub const SECONDS: u32 = 60;
}

#[cfg(test)]
mod tests {
    use super::{ChangeVisitors, Visitors};
    use crate::Instant;

    #[test]
    fn who_waited_long_enough_is_served() {
        let until = Instant::from_unix_ms(1000);
        let held = Visitors::Held { until };
        assert_eq!(held.clone().at(Instant::from_unix_ms(999)), held);
        assert_eq!(held.at(until), Visitors::Served);
    }

    #[test]
    fn a_hold_takes_the_usual_time_unless_another_is_said() {
        let read: ChangeVisitors = serde_json::from_str(r#"{"are":"held"}"#).unwrap();
        assert_eq!(read, ChangeVisitors::Held { seconds: 30 });
    }
}
