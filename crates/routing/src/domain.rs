//! The names that lead to applications and to emulated load balancers: all are below one domain, another
//! than the dashboard's.

use axum::http::{HeaderMap, Request, header, uri::Authority};

/// Below which name applications have theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// With a dot before it, for example `.localhost`.
    below: String,
}

impl Domain {
    /// A domain by its name, for example `localhost`.
    pub fn new(name: &str) -> Self {
        Self {
            below: format!(".{}", name.to_ascii_lowercase()),
        }
    }

    /// The name of what has a label, for example `docker-tomcat.localhost`.
    pub fn name(&self, label: &str) -> String {
        format!("{label}{}", self.below)
    }

    /// `docker-tomcat` of `docker-tomcat.localhost:8080`; none of what is not below the domain.
    pub fn label(&self, host: &str) -> Option<String> {
        let name = host.split(':').next()?.to_ascii_lowercase();
        let label = name.strip_suffix(&self.below)?;
        (!label.is_empty()).then(|| label.to_owned())
    }

    /// The label of what a request is for, which was [`named`].
    pub fn label_of(&self, headers: &HeaderMap) -> Option<String> {
        self.label(headers.get(header::HOST)?.to_str().ok()?)
    }
}

/// Lets a request say by `Host` alone what it is for.
///
/// Of HTTP/2 that is the pseudo-header `:authority`, and whoever goes on with such a request in HTTP/1.1
/// makes a `Host` of it (RFC 9113, section 8.3.1); an absolute address of HTTP/1.1 goes before `Host`
/// (RFC 9112, section 3.2.2).
pub fn named<B>(mut request: Request<B>) -> Request<B> {
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

    use super::{Domain, named};

    #[test]
    fn an_application_is_told_from_the_dashboard_by_its_host() {
        let domain = Domain::new("localhost");
        let label = |host: &str| domain.label(host);
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
    fn what_a_request_is_for_is_its_host_whatever_it_was_said_by() {
        let host = |uri: &str, host: Option<&str>| {
            let mut request = Request::builder().uri(uri);
            if let Some(host) = host {
                request = request.header(header::HOST, host);
            }
            let request = named(request.body(()).unwrap());
            let host = request.headers().get(header::HOST)?;
            Some(host.to_str().unwrap().to_owned())
        };
        let said = Some("a.localhost:8080".to_owned());
        assert_eq!(host("http://a.localhost:8080/b", None), said);
        assert_eq!(host("http://a.localhost:8080/b", Some("c")), said);
        assert_eq!(host("http://u:p@a.localhost:8080/", None), said);
        assert_eq!(host("/b", Some("a.localhost:8080")), said);
        assert_eq!(host("/b", None), None);
    }
}
