//! What is said of logins.

use shared::{Login, LoginKind};

/// What a login is.
pub fn kind(kind: LoginKind) -> &'static str {
    match kind {
        LoginKind::Cookie => "A browser",
        LoginKind::Token => "A token",
        LoginKind::Home => "mac in your terminals",
    }
}

/// Whether the list signs it out: the one that asks has a button of its own.
pub fn can_revoke(login: &Login) -> bool {
    !login.is_this
}

/// What will happen when it is signed out.
pub fn says(login: &Login) -> &'static str {
    match login.kind {
        LoginKind::Cookie => "Its terminals are closed within two seconds; their shells go on.",
        LoginKind::Token => {
            "Whatever uses this token is refused from now on, and terminals that it has open are closed."
        }
        LoginKind::Home => {
            "mac in your terminals is refused from now on, until it signs in with another token: mac \
             login --token FILE."
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::{Instant, Login, LoginKind};

    use super::{can_revoke, says};

    #[test]
    fn all_but_the_one_that_asks_can_be_signed_out_and_each_says_what_that_does() {
        let login = |kind, is_this| Login {
            id: "1".into(),
            kind,
            name: "browser".into(),
            created_at: Instant::from_unix_ms(0),
            used_at: None,
            is_this,
        };
        assert!(!can_revoke(&login(LoginKind::Cookie, true)));
        for kind in [LoginKind::Cookie, LoginKind::Token, LoginKind::Home] {
            assert!(can_revoke(&login(kind, false)));
            assert!(!says(&login(kind, false)).is_empty());
        }
    }
}
