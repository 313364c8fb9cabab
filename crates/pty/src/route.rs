//! What a connection to the host is for, as its handshake says.

use shared::terminal::Role;

use crate::Visitor;

/// What a connection is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// The server's requests.
    Control,
    /// A page of a terminal, whose bytes are passed on by the server.
    Page(String, Visitor),
    /// A page of a terminal, whose connection will be handed over by the server.
    Handed(String, Visitor),
}

impl Route {
    /// Reads the path and what is behind its question mark.
    pub(crate) fn read(path: &str, query: Option<&str>) -> Option<Self> {
        if path == "/control" {
            return Some(Self::Control);
        }
        let mut visitor = Visitor {
            role: Role::Write,
            login: String::new(),
        };
        for (name, value) in query
            .into_iter()
            .flat_map(|query| query.split('&'))
            .filter_map(|pair| pair.split_once('='))
        {
            match (name, value) {
                ("role", "view") => visitor.role = Role::View,
                ("login", login) => login.clone_into(&mut visitor.login),
                _ => {}
            }
        }
        let id = path.strip_prefix("/terminals/")?;
        Some(match id.strip_suffix("/handed") {
            Some(id) => Self::Handed(id.to_owned(), visitor),
            None => Self::Page(id.to_owned(), visitor),
        })
    }

    /// The same as a path.
    pub(crate) fn path(&self) -> String {
        let (id, visitor, end) = match self {
            Self::Control => return "/control".to_owned(),
            Self::Page(id, visitor) => (id, visitor, ""),
            Self::Handed(id, visitor) => (id, visitor, "/handed"),
        };
        let role = match visitor.role {
            Role::View => "view",
            Role::Write => "write",
        };
        format!("/terminals/{id}{end}?role={role}&login={}", visitor.login)
    }
}

#[cfg(test)]
mod tests {
    use shared::terminal::Role;

    use super::{Route, Visitor};

    #[test]
    fn a_route_reads_back() {
        let visitor = |role| Visitor {
            role,
            login: "a1-b2".into(),
        };
        for route in [
            Route::Control,
            Route::Page("t-1".into(), visitor(Role::View)),
            Route::Handed("t-1".into(), visitor(Role::Write)),
        ] {
            let path = route.path();
            let (path, query) = path.split_once('?').unwrap_or((&path, ""));
            assert_eq!(Route::read(path, Some(query)), Some(route));
        }
        assert_eq!(Route::read("/", None), None);
    }
}
