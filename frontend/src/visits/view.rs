//! What is said to a visitor.

use shared::{Instant, Visit, terminal::Role};

use crate::shares::left;

/// Why a link leads nowhere, as far as its visitor can know, and what to do.
pub fn over(visit: Option<&Visit>, now: Instant) -> String {
    match visit {
        None => {
            "This link leads nowhere. It has expired, was ended, or a part of it is missing: ask \
                 whoever sent it for another."
                .to_owned()
        }
        Some(visit) if visit.expires_at <= now => {
            format!("The link has expired. Ask {} for another.", visit.by)
        }
        Some(visit) => format!("{} has ended this link.", visit.by),
    }
}

/// Who shares the terminal, and what its visitor may do.
pub fn shared_by(visit: &Visit) -> String {
    let may = match visit.role {
        Role::View => "you watch, and cannot type",
        Role::Write => "you watch, and may type",
    };
    format!("Shared by {}: {may}.", visit.by)
}

/// How long the visitor may stay.
pub fn stays(visit: &Visit, now: Instant) -> String {
    format!("The link has {}.", left(visit.expires_at, now))
}

#[cfg(test)]
mod tests {
    use shared::{Instant, Visit, terminal::Role};

    use super::{over, shared_by, stays};

    #[test]
    fn a_visitor_is_told_why_a_link_leads_nowhere_as_far_as_that_is_known() {
        let at = Instant::from_unix_ms;
        let visit = Visit {
            ticket: String::new(),
            name: "Guest 1".into(),
            terminal: "Terminal 1".into(),
            by: "guest-7f3a".into(),
            role: Role::View,
            expires_at: at(60_000),
        };
        assert!(over(None, at(0)).contains("leads nowhere"));
        assert_eq!(over(Some(&visit), at(0)), "guest-7f3a has ended this link.");
        assert!(over(Some(&visit), at(60_000)).contains("has expired"));
        assert!(shared_by(&visit).contains("cannot type"));
        assert_eq!(stays(&visit, at(18_000)), "The link has 42 s left.");
    }
}
