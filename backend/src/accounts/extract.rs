//! Who is asking: a cookie from our own page, or a token.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, header, request::Parts},
};
use shared::Account;

use super::{COOKIE, SecretKind, Tenant};
use crate::{Error, Result, app::App};

/// Proof that the request speaks for an account.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The account.
    pub account: Account,
    /// Its number.
    pub tenant: u32,
    /// The hash of the secret that it was shown by, which is what is known of a login.
    pub login: String,
}

impl SignedIn {
    /// The account with its number, as what is started for it needs.
    pub fn tenant(self) -> Tenant {
        Tenant {
            account: self.account,
            number: self.tenant,
        }
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let shown = shown(&parts.headers);
        if !matches!(shown, Some((_, SecretKind::Token))) && changes_or_upgrades(parts) {
            own_origin(&parts.headers)?;
        }
        let (secret, kind) = shown.ok_or(Error::NotSignedIn)?;
        let found = super::by_secret(app, &secret, kind).await?;
        let tenant = found.ok_or(Error::NotSignedIn)?;
        Ok(Self {
            account: tenant.account,
            tenant: tenant.number,
            login: super::hash(&secret),
        })
    }
}

/// What a login would be known by that shows what these headers do, whether there is such a one or not.
pub fn claimed_login(headers: &HeaderMap) -> Option<String> {
    shown(headers).map(|(secret, _)| super::hash(&secret))
}

/// The secret that is shown, and how.
fn shown(headers: &HeaderMap) -> Option<(String, SecretKind)> {
    let token = bearer(headers).map(|token| (token.to_owned(), SecretKind::Token));
    token.or_else(|| cookie(headers).map(|secret| (secret, SecretKind::Cookie)))
}

/// The token of `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

/// The secret in our cookie.
pub(super) fn cookie(headers: &HeaderMap) -> Option<String> {
    cookie_of(headers, COOKIE)
}

/// The value of a cookie.
pub fn cookie_of(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| cookie::Cookie::split_parse(text.to_owned()))
        .filter_map(|cookie| cookie.ok())
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

fn changes_or_upgrades(parts: &Parts) -> bool {
    !matches!(parts.method, Method::GET | Method::HEAD)
        || parts.headers.contains_key(header::UPGRADE)
}

/// A browser that shows our cookie must say that our own page sends the request.
///
/// The page of an application is another origin on the same port, so `Origin` must be equal to
/// `Host`, port included (OWASP ASVS 4.4.2).
pub fn own_origin(headers: &HeaderMap) -> Result<()> {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let origin = headers
        .get(header::ORIGIN)
        .and_then(|origin| origin.to_str().ok());
    let own = match (origin, host) {
        (Some(origin), Some(host)) => ["http://", "https://"]
            .iter()
            .any(|scheme| origin.strip_prefix(scheme).is_some_and(|rest| rest == host)),
        _ => false,
    };
    if own {
        Ok(())
    } else {
        Err(Error::Forbidden(
            "the request comes from a page that is not ours",
        ))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    fn own(origin: Option<&'static str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("localhost:8080"));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        super::own_origin(&headers).is_ok()
    }

    #[test]
    fn only_our_own_origin_may_use_the_cookie() {
        assert!(own(Some("http://localhost:8080")));
        for foreign in [
            None,
            Some("null"),
            Some("http://localhost"),
            Some("http://localhost:8081"),
            Some("http://docker-tomcat.localhost:8080"),
            Some("http://localhost:8080.evil.example"),
            Some("http://evil.example/http://localhost:8080"),
            Some("http://[::1]:8080"),
        ] {
            assert!(!own(foreign), "{foreign:?}");
        }
    }
}
