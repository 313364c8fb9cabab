//! Being reached below another path, as a proxy leads to several servers of one name.
//!
//! A proxy may take the path away or leave it; both are understood. The page is told of it.

use std::{path::Path, task::Poll};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderValue, Response, Uri, header, uri::PathAndQuery},
    response::IntoResponse as _,
};
use routing::Domain;
use tower::Service;

/// Takes the path away from what asks for the dashboard, and leaves what asks for applications.
#[derive(Debug, Clone)]
pub struct Below {
    base: String,
    domain: Domain,
    inner: Router,
}

impl Below {
    /// The router, reached below a path; applications are below a domain.
    pub fn new(base: String, domain: Domain, inner: Router) -> Self {
        Self {
            base,
            domain,
            inner,
        }
    }
}

impl Service<Request> for Below {
    type Response = Response<Body>;
    type Error = std::convert::Infallible;
    type Future = <Router as Service<Request>>::Future;

    fn poll_ready(
        &mut self,
        context: &mut std::task::Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        Service::<Request>::poll_ready(&mut self.inner, context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        if self.domain.label_of(request.headers()).is_none()
            && let Some(stripped) = without(request.uri(), &self.base)
        {
            *request.uri_mut() = stripped;
        }
        self.inner.call(request)
    }
}

/// The same without the path in front; none if that isn't there.
fn without(uri: &Uri, base: &str) -> Option<Uri> {
    let rest = uri.path().strip_prefix(base)?;
    if base.is_empty() || !(rest.is_empty() || rest.starts_with('/')) {
        return None;
    }
    let path = if rest.is_empty() { "/" } else { rest };
    let path = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path.parse::<PathAndQuery>().ok()?);
    Uri::from_parts(parts).ok()
}

/// The page's one document, which says below which path it is and asks for the rest there.
///
/// # Errors
/// The page was not built.
pub async fn index(assets: &Path, base: &str) -> std::io::Result<Response<Body>> {
    let index = tokio::fs::read_to_string(assets.join("index.html")).await?;
    let html = [(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    )];
    Ok((html, moved(&index, base)).into_response())
}

fn moved(index: &str, base: &str) -> String {
    let told = format!("<head>\n    <meta name=\"base\" content=\"{base}\">");
    index
        .replacen("<head>", &told, 1)
        .replace("\"/assets/", &format!("\"{base}/assets/"))
}

#[cfg(test)]
mod tests {
    use super::{moved, without};

    #[test]
    fn the_path_is_taken_away_where_it_is_in_front() {
        let rest = |uri: &str| {
            let found = without(&uri.parse().unwrap(), "/mac");
            found.map(|uri| uri.to_string())
        };
        assert_eq!(rest("/mac").unwrap(), "/");
        assert_eq!(rest("/mac/").unwrap(), "/");
        assert_eq!(
            rest("/mac/api/v1/x?y=/mac/z").unwrap(),
            "/api/v1/x?y=/mac/z"
        );
        assert_eq!(
            rest("http://example.com/mac/a").unwrap(),
            "http://example.com/a"
        );
        for other in ["/", "/macs", "/api/mac/", "/MAC/"] {
            assert_eq!(rest(other), None, "{other}");
        }
        assert_eq!(without(&"/x".parse().unwrap(), ""), None);
    }

    #[test]
    fn the_document_asks_for_the_rest_below_the_path() {
        let seen = moved("<head><link href=\"/assets/a.css\"></head>", "/mac");
        assert!(
            seen.contains("<meta name=\"base\" content=\"/mac\">"),
            "{seen}"
        );
        assert!(seen.contains("\"/mac/assets/a.css\""), "{seen}");
    }
}
