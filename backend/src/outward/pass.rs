//! What a sandbox shows at its way out: the name and password of the proxy's address.

use axum::http::HeaderValue;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use shared::AccountId;

use crate::instances::Signer;

/// The password of an account.
pub fn pass(signer: &Signer, account: AccountId) -> String {
    signer.sign_words(&words(account))
}

fn words(account: AccountId) -> String {
    format!("out/{account}")
}

/// The account whose pass a `Proxy-Authorization` header shows (RFC 7617); none if it is forged.
pub(super) fn read(signer: &Signer, shown: &HeaderValue) -> Option<AccountId> {
    let (scheme, encoded) = shown.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(BASE64.decode(encoded.trim()).ok()?).ok()?;
    let (account, password) = text.split_once(':')?;
    let account = account.parse().ok()?;
    signer
        .is_signed(&words(account), password)
        .then_some(account)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
    use shared::AccountId;

    use super::{pass, read};
    use crate::instances::Signer;

    #[test]
    fn a_pass_is_good_for_its_account_alone() {
        let folder = tempfile::tempdir().unwrap();
        let signer = Signer::open(&folder.path().join("key")).unwrap();
        let account = AccountId::new();
        let shown = |account: AccountId, password: &str| {
            let text = BASE64.encode(format!("{account}:{password}"));
            let value = HeaderValue::from_str(&format!("Basic {text}")).unwrap();
            read(&signer, &value)
        };
        let mine = pass(&signer, account);
        assert_eq!(shown(account, &mine), Some(account));
        assert_eq!(shown(AccountId::new(), &mine), None);
        assert_eq!(shown(account, ""), None);
        for bad in ["Bearer x", "Basic", "Basic !", "Basic YQ=="] {
            assert_eq!(read(&signer, &HeaderValue::from_static(bad)), None, "{bad}");
        }
    }
}
