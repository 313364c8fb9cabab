//! The names that lead to applications and to emulated load balancers: all are below one domain, another
//! than the dashboard's.

use anyhow::{Context as _, ensure};
use axum::http::{Request, Uri, header, uri::Authority};

use crate::config::Config;

/// Below which name applications have theirs, and how people reach those.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    is_https: bool,
    /// With a dot before it, for example `.localhost`.
    below: String,
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
            names.label(&dashboard).is_none(),
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
            below: format!(".{domain}"),
            port: uri.port_u16().filter(|port| *port != own),
        })
    }

    /// The address of what has a label, for example `http://docker-tomcat.localhost:8080/`.
    pub fn address(&self, label: &str) -> String {
        let scheme = self.scheme();
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{scheme}://{}{port}/", self.name(label))
    }

    /// The name of what has a label, for example `docker-tomcat.localhost`.
    pub(super) fn name(&self, label: &str) -> String {
        format!("{label}{}", self.below)
    }

    /// What people reach it by, for example `http`.
    pub(super) fn scheme(&self) -> &'static str {
        if self.is_https { "https" } else { "http" }
    }

    /// `docker-tomcat` of `docker-tomcat.localhost:8080`; none of what is not below the domain.
    pub(super) fn label(&self, host: &str) -> Option<String> {
        let name = host.split(':').next()?.to_ascii_lowercase();
        let label = name.strip_suffix(&self.below)?;
        (!label.is_empty()).then(|| label.to_owned())
    }
}

/// Lets a request say by `Host` alone what it is for.
///
/// Of HTTP/2 that is the pseudo-header `:authority`, and whoever goes on with such a request in HTTP/1.1
/// makes a `Host` of it (RFC 9113, section 8.3.1); an absolute address of HTTP/1.1 goes before `Host`
/// (RFC 9112, section 3.2.2).
pub async fn named<B>(mut request: Request<B>) -> Request<B> {
    let named = request.uri().authority().map(Authority::as_str);
    // what is before an @ was never a part of a name
    let named = named.and_then(|named| named.rsplit('@').next());
    if let Some(host) = named.and_then(|named| named.parse().ok()) {
        request.headers_mut().insert(header::HOST, host);
    }
    request
}

#[cfg(test)]
mod tests {
    use axum::http::{Request, header};

    use super::{Names, named};

    #[test]
    fn an_application_is_told_from_the_dashboard_by_its_host() {
        let names = Names::read("http://localhost:8080").unwrap();
        let label = |host: &str| names.label(host);
        assert_eq!(
            label("docker-tomcat.localhost:8080").unwrap(),
            "docker-tomcat"
        );
        assert_eq!(label("Docker-Tomcat.LOCALHOST").unwrap(), "docker-tomcat");
        for dashboard in [
            "localhost:8080",
            ".localhost",
            "127.0.0.1:8080",
            "manage.example.com",
            "[::1]:80",
        ] {
            assert_eq!(label(dashboard), None, "{dashboard}");
        }
    }

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

    #[tokio::test]
    async fn what_a_request_is_for_is_its_host_whatever_it_was_said_by() {
        let host = async |uri: &str, host: Option<&str>| {
            let mut request = Request::builder().uri(uri);
            if let Some(host) = host {
                request = request.header(header::HOST, host);
            }
            let request = named(request.body(()).unwrap()).await;
            let host = request.headers().get(header::HOST)?;
            Some(host.to_str().unwrap().to_owned())
        };
        let said = Some("a.localhost:8080".to_owned());
        assert_eq!(host("http://a.localhost:8080/b", None).await, said);
        assert_eq!(host("http://a.localhost:8080/b", Some("c")).await, said);
        assert_eq!(host("http://u:p@a.localhost:8080/", None).await, said);
        assert_eq!(host("/b", Some("a.localhost:8080")).await, said);
        assert_eq!(host("/b", None).await, None);
    }
}
