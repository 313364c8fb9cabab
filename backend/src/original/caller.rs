//! Who is asking: an account's name with one of its tokens.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use shared::{Account, AccountId};

use super::Refusal;
use crate::{
    Error,
    accounts::{self, SecretKind},
    app::App,
};

/// Proof that the request speaks for an account.
pub(super) struct Caller {
    pub account: Account,
    /// The token that it was shown.
    pub key: String,
}

impl Caller {
    pub fn id(&self) -> AccountId {
        self.account.id
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let header = parts.headers.get(header::AUTHORIZATION);
        let header = header.and_then(|header| header.to_str().ok());
        let (user, key) = header.and_then(shown).ok_or(Error::NotSignedIn)?;
        let tenant = accounts::by_secret(app, &key, SecretKind::Token).await?;
        let account = tenant.ok_or(Error::NotSignedIn)?.account;
        if account.name != user {
            return Err(Error::NotSignedIn.into());
        }
        Ok(Self { account, key })
    }
}

/// The name and the token of `ApiKey user:key` or `Basic base64(user:password)`.
fn shown(header: &str) -> Option<(String, String)> {
    let pair = match header.split_once(' ')? {
        ("ApiKey", pair) => pair.to_owned(),
        ("Basic", packed) => String::from_utf8(BASE64.decode(packed.trim()).ok()?).ok()?,
        _ => return None,
    };
    let (user, key) = pair.split_once(':')?;
    Some((user.trim().to_owned(), key.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn both_schemes_show_a_name_and_a_token() {
        let ann = Some(("ann".to_owned(), "s3".to_owned()));
        assert_eq!(shown("ApiKey ann:s3"), ann);
        assert_eq!(shown("Basic YW5uOnMz"), ann);
        for strange in [
            "Bearer x",
            "ApiKey",
            "ApiKey ann",
            "Basic ????",
            "Basic YW5u",
        ] {
            assert_eq!(shown(strange), None, "{strange}");
        }
    }
}
