//! Where messages may be sent to.

use std::net::IpAddr;

use reqwest::Url;

use crate::{Error, Result, outward::is_public};

/// Fails with what is wrong with an address.
///
/// A name is looked at when a message is sent, as it may lead elsewhere by then.
pub(super) fn check(url: &str, may_be_private: bool) -> Result<()> {
    let wrong = |why: &str| Err(Error::Invalid(format!("{url:?} {why}"), None));
    let Ok(parsed) = Url::parse(url) else {
        return wrong("is not an address");
    };
    if !matches!(parsed.scheme(), "http" | "https") {
        return wrong("is neither http nor https");
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return wrong("has a name or a password: put what is secret into its path");
    }
    if url.len() > 2048 {
        return wrong("is longer than 2,048 characters");
    }
    if may_be_private || may_be_reached(&parsed) {
        return Ok(());
    }
    wrong("is an address of this server's own networks")
}

/// Whether the host is a name, or a public address.
pub(super) fn may_be_reached(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => is_public(address),
        Err(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn addresses_of_the_operators_networks_are_refused_unless_that_is_wanted() {
        for url in [
            "http://127.0.0.1:9/",
            "http://[::1]/",
            "http://10.0.0.7/hook",
            "http://2130706433/",
            "http://0x7f.1/",
            "https://169.254.169.254/latest/meta-data/",
        ] {
            assert!(check(url, false).is_err(), "{url}");
            assert!(check(url, true).is_ok(), "{url}");
        }
        for url in [
            "ftp://example.com/",
            "example.com",
            "",
            "https://me:secret@example.com/",
        ] {
            assert!(check(url, true).is_err(), "{url}");
        }
        assert!(check("https://example.com/hook?a=b", false).is_ok());
        assert!(check("http://9.9.9.9/hook", false).is_ok());
    }
}
