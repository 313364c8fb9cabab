//! What the server says of the hops behind it, for the page that says which one fails.

use serde::{Deserialize, Serialize};

/// How the hops behind the server are, and how a request reached it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SelfTest {
    /// The `Host` that the request had when it came here, which a proxy must leave as it is.
    pub host: String,
    /// The path below which the server takes itself to be, for example `/mac`; empty: none.
    pub base_path: String,
    /// The hops behind the server.
    pub hops: Vec<Hop>,
}

/// What the server reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hop {
    /// Which.
    pub name: HopName,
    /// How it is.
    pub state: HopState,
    /// How long it took to answer, in microseconds; none where nothing answered.
    pub took_us: Option<u64>,
    /// Why it is off or failed, and what to do, as a sentence.
    pub reason: Option<String>,
}

/// The hops behind the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HopName {
    /// The database.
    Database,
    /// The process that holds this machine's terminals.
    Terminals,
    /// Another machine that holds terminals.
    Machine,
    /// The emulated cloud.
    EmulatedCloud,
}

/// How a hop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HopState {
    /// It answers.
    Answers,
    /// It is off, as the settings or the machine want it.
    Off,
    /// It does not answer.
    Fails,
}

/// The largest message that a terminal's socket carries, in bytes; the self-test sends one of it.
pub const LARGEST_MESSAGE_BYTES: usize = 256 << 10;

/// How many words the self-test's socket says by itself at first.
pub const WORDS: usize = 8;

/// How long it waits between two of them, in milliseconds: a proxy that keeps what passes until there
/// is more would bring them together.
pub const WORD_EVERY_MS: u64 = 100;
