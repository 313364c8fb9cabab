//! Errors as answers: RFC 9457 problem details.

use serde::{Deserialize, Serialize};

/// What went wrong, for a page, a command line and a socket alike (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[error("{title}")]
pub struct Problem {
    /// Which kind of problem this is; the `type` member of RFC 9457.
    #[serde(rename = "type")]
    pub kind: ProblemKind,
    /// What happened, for the reader.
    pub title: String,
    /// The HTTP status that it was sent with.
    pub status: u16,
    /// What the reader can do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Which request it was, to find it in the server's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
}

/// The kinds of problems that a client treats differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// Nobody is signed in, or the token is not valid.
    NotSignedIn,
    /// Signed in, but not allowed; a foreign origin is refused with it too.
    Forbidden,
    /// No such thing, or it is somebody else's.
    NotFound,
    /// The request cannot be understood or carried out as written.
    Invalid,
    /// The thing is not in the state that the request expects.
    Conflict,
    /// Too many, or too much.
    LimitReached,
    /// A part of the server that the request needs is not there.
    Unavailable,
    /// The server failed; the log has the reason under `instance`.
    Internal,
    /// The server could not be reached, or its answer could not be read; made by the client.
    Unreachable,
}

impl Problem {
    /// A problem made by a client that got no readable answer.
    pub fn unreachable(title: impl Into<String>) -> Self {
        Self {
            kind: ProblemKind::Unreachable,
            title: title.into(),
            status: 0,
            detail: None,
            instance: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Problem, ProblemKind};

    #[test]
    fn a_problem_reads_as_rfc_9457() {
        let problem = Problem {
            kind: ProblemKind::NotFound,
            title: "no such terminal".into(),
            status: 404,
            detail: None,
            instance: None,
        };
        assert_eq!(
            serde_json::to_string(&problem).unwrap(),
            r#"{"type":"not-found","title":"no such terminal","status":404}"#
        );
    }
}
