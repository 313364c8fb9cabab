//! What a path names by its id.

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use shared::{Deployment, Id, Instance, Recording, Share, Terminal};

use crate::{Error, Result};

/// What has ids of its own.
pub trait Noun {
    /// What people call it.
    const CALLED: &'static str;
}

impl Noun for Deployment {
    const CALLED: &'static str = "deployment";
}

impl Noun for Instance {
    const CALLED: &'static str = "instance";
}

impl Noun for Recording {
    const CALLED: &'static str = "recording";
}

impl Noun for Share {
    const CALLED: &'static str = "link";
}

impl Noun for Terminal {
    const CALLED: &'static str = "terminal";
}

/// The one id in a path; what is no id is nobody's, so it is not found.
#[derive(Debug)]
pub struct Named<T>(pub Id<T>);

impl<T: Noun, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        let Path(text) = text.map_err(|_| Error::NotFound(T::CALLED))?;
        read(&text).map(Self)
    }
}

/// An id of several in a path.
///
/// # Errors
/// It is none, so what it names is not found.
pub fn read<T: Noun>(text: &str) -> Result<Id<T>> {
    text.parse().map_err(|_| Error::NotFound(T::CALLED))
}

#[cfg(test)]
mod tests {
    use shared::{Terminal, TerminalId};

    use super::read;

    #[test]
    fn what_is_no_id_is_not_found_by_its_name() {
        let id = TerminalId::new();
        assert_eq!(read::<Terminal>(&id.to_string()).unwrap(), id);
        let problem = read::<Terminal>("1").unwrap_err().to_string();
        assert!(problem.contains("terminal"), "{problem}");
    }
}
