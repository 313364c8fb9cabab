//! Answers as the metadata service frames them.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use super::TTL;

/// What an answer holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Text.
    Text,
    /// User data, which may be anything.
    Bytes,
}

/// An answer with what was asked for.
pub(super) fn text(body: Bytes, kind: Kind) -> Response<Bytes> {
    let kind = match kind {
        Kind::Text => "text/plain",
        Kind::Bytes => "application/octet-stream",
    };
    framed(StatusCode::OK, kind, body)
}

/// An answer without it, in the service's own words: a page of HTML.
pub(super) fn refused(status: StatusCode) -> Response<Bytes> {
    let title = format!(
        "{} - {}",
        status.as_u16(),
        status.canonical_reason().unwrap_or_default()
    );
    let page = format!(
        "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n\
         <!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\"\n\t\
         \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n\
         <html xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"en\" lang=\"en\">\n \
         <head>\n  <title>{title}</title>\n </head>\n <body>\n  <h1>{title}</h1>\n </body>\n\
         </html>\n"
    );
    let mut answer = framed(status, "text/html", page.into());
    if status == StatusCode::METHOD_NOT_ALLOWED {
        let allowed = HeaderValue::from_static("GET, HEAD, PUT");
        answer.headers_mut().insert(header::ALLOW, allowed);
    }
    answer
}

/// Says how long the token is still valid.
pub(super) fn with_ttl(mut answer: Response<Bytes>, seconds: u32) -> Response<Bytes> {
    answer.headers_mut().insert(TTL, seconds.into());
    answer
}

fn framed(status: StatusCode, kind: &'static str, body: Bytes) -> Response<Bytes> {
    let length = HeaderValue::from(body.len());
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_LENGTH, length);
    headers.insert(header::SERVER, HeaderValue::from_static("EC2ws"));
    answer
}
