//! What the router itself says to a visitor: a page to a browser, a line to a program.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    response::IntoResponse as _,
};

/// When whoever is turned away may come again, in seconds.
const AGAIN: HeaderValue = HeaderValue::from_static("10");

/// What was said, in an answer's extensions, so that it can become a page.
#[derive(Debug, Clone)]
struct Said(String);

/// Says something in place of a version.
pub fn says(status: StatusCode, text: String) -> Response<Body> {
    let mut answer = (status, format!("{text}\n")).into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, AGAIN);
    }
    answer.extensions_mut().insert(Said(text));
    answer
}

/// Whether who asks would show a page.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accepts = headers.get_all(header::ACCEPT).iter();
    accepts
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/html"))
}

/// Makes a page of what was said, if anything was: what a version answers stays as it is.
pub fn as_page(mut answer: Response<Body>) -> Response<Body> {
    let Some(Said(text)) = answer.extensions_mut().remove() else {
        return answer;
    };
    *answer.body_mut() = Body::from(page(answer.status(), &text));
    let headers = answer.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, html);
    answer
}

fn page(status: StatusCode, text: &str) -> String {
    let title = match status {
        StatusCode::SERVICE_UNAVAILABLE => "Not available right now",
        StatusCode::NOT_FOUND => "Nothing is here",
        StatusCode::BAD_GATEWAY => "No answer",
        _ => status.canonical_reason().unwrap_or("Not available"),
    };
    let text = escaped(text);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title>\
         <style>body{{font:1.125rem/1.5 system-ui,sans-serif;max-width:36rem;margin:20vh auto;\
         padding:0 1.5rem}}h1{{font-size:1.5rem}}p{{white-space:pre-wrap;\
         overflow-wrap:anywhere}}</style></head>\
         <body><h1>{title}</h1><p>{text}</p></body></html>\n"
    )
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use axum::{
        body::Body,
        http::{HeaderMap, Response, StatusCode, header},
    };
    use http_body_util::BodyExt as _;

    use super::{as_page, says, wants_page};

    async fn text(answer: Response<Body>) -> String {
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_browser_gets_a_page_in_which_no_notice_is_more_than_words() {
        let notice = "Back at <b>noon</b> & \"later\"";
        let answer = says(StatusCode::SERVICE_UNAVAILABLE, notice.into());
        assert_eq!(answer.headers()[header::RETRY_AFTER], "10");
        assert_eq!(text(answer).await, format!("{notice}\n"));
        let page = as_page(says(StatusCode::SERVICE_UNAVAILABLE, notice.into()));
        assert_eq!(page.status(), 503);
        assert!(page.headers()[header::CONTENT_TYPE] == "text/html; charset=utf-8");
        let page = text(page).await;
        let escaped = "<p>Back at &lt;b&gt;noon&lt;/b&gt; &amp; &quot;later&quot;</p>";
        assert!(page.contains(escaped), "{page}");
    }

    #[tokio::test]
    async fn what_a_version_answers_stays_as_it_is() {
        let mut answer = Response::new(Body::from("its own page"));
        *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        assert_eq!(text(as_page(answer)).await, "its own page");
    }

    #[test]
    fn a_program_is_told_from_a_browser_by_what_it_takes() {
        let wants = |accepts: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accepts.parse().unwrap());
            wants_page(&headers)
        };
        assert!(wants("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"));
        assert!(!wants("*/*") && !wants("application/json"));
        assert!(!wants_page(&HeaderMap::new()));
    }
}
