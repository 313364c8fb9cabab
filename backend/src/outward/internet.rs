//! The names of the internet that an operator lets sandboxes reach; none, unless the settings say so.

use std::{str::FromStr, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{Response, header, uri::Authority},
};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};

use super::{CONNECTING, PublicNames};

/// The ports that are reached: of HTTPS and of HTTP.
const PORTS: [u16; 2] = [443, 80];

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(10);
/// What is between a client and its proxy, and goes no further (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [header::HeaderName; 7] = [
    header::CONNECTION,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::HeaderName::from_static("proxy-connection"),
];

/// Asks names of the internet without TLS, at public addresses alone.
#[derive(Debug, Clone)]
pub struct Client(legacy::Client<HttpConnector<PublicNames>, Body>);

impl Default for Client {
    fn default() -> Self {
        let mut connector = HttpConnector::new_with_resolver(PublicNames);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECTING));
        let mut client = legacy::Client::builder(TokioExecutor::new());
        client.pool_idle_timeout(IDLE).pool_timer(TokioTimer::new());
        Self(client.build(connector))
    }
}

impl Client {
    /// Passes a request on.
    pub(super) async fn send(
        &self,
        mut request: Request,
    ) -> Result<Response<Incoming>, legacy::Error> {
        for name in HOP_BY_HOP {
            request.headers_mut().remove(name);
        }
        self.0.request(request).await
    }
}

/// A name, or all names below one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    name: String,
    /// Whether it is those below it that are meant.
    is_below: bool,
}

impl FromStr for Allowed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let lower = text.trim().to_ascii_lowercase();
        let below = lower.strip_prefix("*.").or_else(|| lower.strip_prefix('.'));
        let name = below.unwrap_or(&lower);
        let is_label = |label: &str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            !label.is_empty() && label.bytes().all(is_plain)
        };
        if !name.split('.').all(is_label) {
            return Err(format!(
                "{text:?} is no name like example.com or .example.com"
            ));
        }
        let last = name.rsplit('.').next().unwrap_or_default();
        if last.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("{text:?} is an address: only names are allowed"));
        }
        Ok(Self {
            name: name.to_owned(),
            is_below: below.is_some(),
        })
    }
}

impl Allowed {
    fn is(&self, name: &str) -> bool {
        match self.is_below {
            true => {
                let above = name.strip_suffix(self.name.as_str());
                above.is_some_and(|above| above.len() > 1 && above.ends_with('.'))
            }
            false => name == self.name,
        }
    }
}

/// Whether sandboxes may reach a name and port by what the settings allow.
pub fn allows(allowed: &[Allowed], to: &Authority, usual_port: u16) -> bool {
    let name = to.host().trim_end_matches('.').to_ascii_lowercase();
    let port = to.port_u16().unwrap_or(usual_port);
    PORTS.contains(&port) && allowed.iter().any(|allowed| allowed.is(&name))
}

#[cfg(test)]
mod tests {
    use super::{Allowed, allows};

    fn allowed(names: &[&str]) -> Vec<Allowed> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    #[test]
    fn names_are_allowed_by_themselves_or_with_all_below_another() {
        let allowed = allowed(&["pypi.org", ".debian.org", "*.example.com"]);
        let is = |to: &str| allows(&allowed, &to.parse().unwrap(), 443);
        for to in [
            "pypi.org:443",
            "PyPI.org.:443",
            "pypi.org",
            "deb.debian.org:80",
            "a.b.example.com:443",
        ] {
            assert!(is(to), "{to}");
        }
        for to in [
            "files.pypi.org:443",
            "debian.org:443",
            ".debian.org:443",
            "notdebian.org:443",
            "pypi.org.evil.example:443",
            "pypi.org:22",
            "[::1]:443",
            "169.254.169.254:80",
        ] {
            let read = to.parse();
            assert!(!read.is_ok_and(|to| allows(&allowed, &to, 443)), "{to}");
        }
        assert!(!allows(&[], &"pypi.org:443".parse().unwrap(), 443));
    }

    #[test]
    fn addresses_and_what_is_no_name_are_refused() {
        for text in [
            "",
            ".",
            "*",
            "10.0.0.1",
            "a b",
            "http://a.example",
            "a..b",
            "[::1]",
            "a:443",
        ] {
            assert!(text.parse::<Allowed>().is_err(), "{text}");
        }
    }
}
