//! Instants on the wire.

use serde::{Deserialize, Serialize};

/// An instant, with milliseconds: RFC 3339 in UTC on the wire, unix milliseconds in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(value_type = String, format = DateTime)
)]
#[serde(transparent)]
pub struct Instant(jiff::Timestamp);

impl Instant {
    /// The instant that many milliseconds after the start of 1970, clamped to year 9999.
    pub fn from_unix_ms(ms: i64) -> Self {
        Self(jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::MAX))
    }

    /// The clock's reading now, cut to milliseconds.
    pub fn now() -> Self {
        Self::from_unix_ms(jiff::Timestamp::now().as_millisecond())
    }

    /// Milliseconds since the start of 1970.
    pub fn unix_ms(self) -> i64 {
        self.0.as_millisecond()
    }
}

impl std::fmt::Display for Instant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::Instant;

    #[test]
    fn an_instant_is_rfc_3339_on_the_wire() {
        let instant = Instant::from_unix_ms(1_763_856_000_123);
        assert_eq!(
            serde_json::to_string(&instant).unwrap(),
            "\"2025-11-23T00:00:00.123Z\""
        );
        assert_eq!(
            serde_json::from_str::<Instant>("\"2025-11-23T00:00:00.123Z\"").unwrap(),
            instant
        );
    }
}
