//! The names that lead to applications and to emulated load balancers: all are below one domain, another
//! than the dashboard's.

use anyhow::{Context as _, ensure};
use axum::http::Uri;
use routing::Domain;

use crate::config::Config;

/// Below which name applications have theirs, and how people reach those.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    is_https: bool,
    domain: Domain,
    /// None when it is the scheme's own.
    port: Option<u16>,
}

impl Names {
    /// The names that the settings ask for.
    ///
    /// # Errors
    /// What is set names no domain, or the dashboard's own name is below it.
    pub fn of(config: &Config) -> anyhow::Result<Self> {
        let usual = || match config.https.listen {
            Some(listen) => format!("https://localhost:{}/", listen.port()),
            None => format!("http://localhost:{}/", config.listen.port()),
        };
        let url = config.applications_url.clone().unwrap_or_else(usual);
        let names = Self::read(&url).with_context(|| {
            format!("{url} is not like https://apps.example.com/, below which applications are")
        })?;
        let people = config.reached_by_people();
        let people: Uri = people.parse().with_context(|| format!("read {people}"))?;
        let dashboard = people.host().unwrap_or_default().to_owned();
        ensure!(
            names.domain.label(&dashboard).is_none(),
            "{dashboard} is below {url}, so it would be an application and not the dashboard: choose \
             another --applications-url"
        );
        Ok(names)
    }

    fn read(url: &str) -> anyhow::Result<Self> {
        let uri: Uri = url.parse()?;
        let is_https = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => anyhow::bail!("it begins with neither http:// nor https://"),
        };
        ensure!(uri.path() == "/" && uri.query().is_none(), "it has a path");
        let domain = uri.host().unwrap_or_default().to_ascii_lowercase();
        let is_name = domain.split('.').all(|label| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            !label.is_empty() && label.bytes().all(is_plain)
        });
        let is_address = domain
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        ensure!(is_name && !is_address, "nothing can be below its name");
        let own = if is_https { 443 } else { 80 };
        Ok(Self {
            is_https,
            domain: Domain::new(&domain),
            port: uri.port_u16().filter(|port| *port != own),
        })
    }

    /// The address of what has a label, for example `http://docker-tomcat.localhost:8080/`.
    pub fn address(&self, label: &str) -> String {
        let scheme = self.scheme();
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{scheme}://{}{port}/", self.domain.name(label))
    }

    /// The domain below which they are.
    pub(super) fn domain(&self) -> &Domain {
        &self.domain
    }

    /// What people reach it by, for example `http`.
    pub(super) fn scheme(&self) -> &'static str {
        if self.is_https { "https" } else { "http" }
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn an_address_has_the_scheme_the_domain_and_the_port_that_people_use() {
        let address = |url: &str| Names::read(url).unwrap().address("shop");
        assert_eq!(
            address("http://localhost:8080/"),
            "http://shop.localhost:8080/"
        );
        assert_eq!(
            address("https://Apps.example.com"),
            "https://shop.apps.example.com/"
        );
        assert_eq!(address("https://a.b:443/"), "https://shop.a.b/");
        assert_eq!(address("http://a.b:443/"), "http://shop.a.b:443/");
    }

    #[test]
    fn what_nothing_can_be_below_is_refused() {
        for url in [
            "apps.example.com",
            "ftp://apps.example.com",
            "https://10.0.0.1/",
            "https://[::1]/",
            "https://apps..example.com/",
            "https://apps.example.com/path",
            "",
        ] {
            assert!(Names::read(url).is_err(), "{url}");
        }
    }
}
