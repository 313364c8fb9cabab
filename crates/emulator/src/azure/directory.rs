//! Where programs sign in: what they ask before they have a token.
//!
//! It is as much of the
//! [Microsoft identity platform](https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow)
//! as `az login --service-principal` needs, with what the command line asks of a cloud.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{desk::Azure, resources};

/// How long a token lives that somebody signed in for.
const LIFE_SECONDS: u64 = 24 * 3600;

/// What is asked without a token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Question<'a> {
    /// Where to sign in to a directory, by its id.
    Configuration(&'a str),
    /// A token of a directory, by its id.
    Token(&'a str),
    /// What endpoints the cloud has.
    Endpoints,
    /// What names of images there are.
    Aliases,
}

impl<'a> Question<'a> {
    /// What a path asks; none if it asks something that needs a token.
    pub fn read(path: &'a str) -> Option<Self> {
        let words: Vec<&str> = path.split('/').filter(|word| !word.is_empty()).collect();
        Some(match words.as_slice() {
            [tenant, "v2.0", ".well-known", "openid-configuration"]
            | [tenant, ".well-known", "openid-configuration"] => Self::Configuration(tenant),
            [tenant, "oauth2", "v2.0", "token"] | [tenant, "oauth2", "token"] => {
                Self::Token(tenant)
            }
            ["metadata", "endpoints"] => Self::Endpoints,
            ["aliases.json"] => Self::Aliases,
            _ => return None,
        })
    }

    /// What it is answered with, at an address like `https://127.0.0.1:4578`.
    pub fn answer(
        &self,
        azure: &Azure,
        only: Option<&str>,
        base: &str,
        form: &str,
    ) -> (StatusCode, Value) {
        let said = match self {
            Self::Configuration(tenant) => configuration(base, tenant),
            Self::Token(tenant) => return token(azure, only, tenant, form),
            Self::Endpoints => endpoints(base),
            Self::Aliases => resources::aliases(),
        };
        (StatusCode::OK, said)
    }
}

/// [Provider metadata](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata).
fn configuration(base: &str, tenant: &str) -> Value {
    let at = format!("{base}/{tenant}");
    json!({
        "issuer": format!("{at}/v2.0"),
        "authorization_endpoint": format!("{at}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{at}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
    })
}

fn endpoints(base: &str) -> Value {
    json!([{
        "name": "Emulated",
        "portal": base,
        "resourceManager": base,
        "authentication": {
            "loginEndpoint": base,
            "audiences": [format!("{base}/")],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "graph": format!("{base}/"),
        "graphAudience": format!("{base}/"),
        "suffixes": {},
    }])
}

/// Client credentials, [RFC 6749](https://www.rfc-editor.org/rfc/rfc6749), 4.4.
fn token(azure: &Azure, only: Option<&str>, tenant: &str, form: &str) -> (StatusCode, Value) {
    let field = |name: &str| {
        let mut all = form_urlencoded::parse(form.as_bytes());
        all.find(|(own, _)| own == name)
            .map(|(_, value)| value.into_owned())
    };
    let refused = |status, error: &str, why: &str| {
        (status, json!({"error": error, "error_description": why}))
    };
    if field("grant_type").as_deref() != Some("client_credentials") {
        let why = "Only programs sign in here: az login --service-principal --username \
                   $AZURE_CLIENT_ID --password $AZURE_CLIENT_SECRET --tenant $AZURE_TENANT_ID";
        return refused(StatusCode::BAD_REQUEST, "unsupported_grant_type", why);
    }
    let (client, secret) = (field("client_id"), field("client_secret"));
    let (client, secret) = (client.unwrap_or_default(), secret.unwrap_or_default());
    let Some(desk) = azure.sign_in(tenant, &client, &secret, only) else {
        let why =
            "AADSTS7000215: Invalid client secret provided, or no such program in the tenant.";
        return refused(StatusCode::UNAUTHORIZED, "invalid_client", why);
    };
    let token = desk
        .identity
        .token_for(LIFE_SECONDS, super::desk::now_ms() / 1000);
    let said = json!({
        "token_type": "Bearer",
        "expires_in": LIFE_SECONDS,
        "ext_expires_in": LIFE_SECONDS,
        "access_token": token,
    });
    (StatusCode::OK, said)
}

#[cfg(test)]
mod tests {
    use super::Question;

    #[test]
    fn only_what_needs_no_token_is_answered_without_one() {
        let configuration = "/t/v2.0/.well-known/openid-configuration";
        assert_eq!(
            Question::read(configuration),
            Some(Question::Configuration("t"))
        );
        assert_eq!(
            Question::read("/t/oauth2/v2.0/token"),
            Some(Question::Token("t"))
        );
        for path in [
            "/subscriptions",
            "/",
            "/t/oauth2/v2.0/authorize",
            "/metadata",
            "/t/services",
        ] {
            assert_eq!(Question::read(path), None, "{path}");
        }
    }
}
