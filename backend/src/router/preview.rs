//! A version that is not live, seen at the application's own address by who has a pass for it.
//!
//! A browser gets the pass as a cookie, by opening `/.manageacloud/preview/PASS` at the address;
//! a program sends it in a header. Everybody else sees the live version. So what is tried is what
//! will be live: absolute links, cookies and websockets are those of the real name.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header},
    response::IntoResponse as _,
};
use cookie::{Cookie, SameSite, time::Duration};
use shared::{AccountId, InfrastructureId, Instant};

use routing::{Flight, OUR_PATH, PREVIEW_COOKIE, PREVIEW_HEADER, To, says};

use super::reach;
use crate::{Error, accounts, app::App, infrastructures, instances::Signer};

/// What an answer says of the version that it comes from.
const VERSION: HeaderName = HeaderName::from_static("manageacloud-version");

/// Lets somebody see a version at an address for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// Whose version it is.
    pub account: AccountId,
    /// The version.
    pub infrastructure: InfrastructureId,
    /// Until when.
    pub until: Instant,
}

impl Pass {
    /// The pass as it is shown at an address, by the first label of that.
    pub fn sign(&self, signer: &Signer, host: &str) -> String {
        let (account, infrastructure) = (self.account, self.infrastructure);
        let said = format!("{account}.{infrastructure}.{}", self.until.unix_ms());
        let signature = signer.sign_words(&words(host, &said));
        format!("{said}.{signature}")
    }

    /// Reads what is shown at an address; none when it is forged, too old, or of another address.
    fn read(signer: &Signer, host: &str, shown: &str, now: Instant) -> Option<Self> {
        let (said, signature) = shown.rsplit_once('.')?;
        if !signer.is_signed(&words(host, said), signature) {
            return None;
        }
        let mut parts = said.split('.');
        let (account, infrastructure, until) = (parts.next()?, parts.next()?, parts.next()?);
        let until = Instant::from_unix_ms(until.parse().ok()?);
        (until > now).then_some(Self {
            account: account.parse().ok()?,
            infrastructure: infrastructure.parse().ok()?,
            until,
        })
    }
}

fn words(host: &str, said: &str) -> String {
    format!("preview/{host}/{said}")
}

/// The path at an application's address by which a browser gets a pass.
pub fn path(pass: &str) -> String {
    format!("{OUR_PATH}preview/{pass}")
}

/// What a request asks for besides what the live version serves.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Nothing.
    Live,
    /// The version of a pass.
    Version(Pass),
    /// To be given a pass that it shows; none when that is not good.
    Enter(Option<(String, Pass)>),
    /// To see what is live again.
    Leave,
}

/// Reads what is asked for at an address.
pub(super) fn asked(signer: &Signer, host: &str, request: &Request, now: Instant) -> Asked {
    let read = |shown: &str| Pass::read(signer, host, shown, now);
    if let Some(ours) = request.uri().path().strip_prefix(OUR_PATH) {
        match ours.strip_prefix("preview/") {
            Some(shown) => return Asked::Enter(read(shown).map(|pass| (shown.to_owned(), pass))),
            None if ours == "live" => return Asked::Leave,
            None => {}
        }
    }
    let headers = request.headers();
    let shown = headers
        .get(PREVIEW_HEADER)
        .and_then(|shown| shown.to_str().ok());
    let shown = shown
        .map(str::to_owned)
        .or_else(|| accounts::cookie_of(headers, PREVIEW_COOKIE));
    shown
        .and_then(|shown| read(&shown))
        .map_or(Asked::Live, Asked::Version)
}

/// Gives a browser its pass, and shows it the front page.
pub(super) fn enter(given: Option<(String, Pass)>, now: Instant) -> Response<Body> {
    let Some((shown, pass)) = given else {
        let why = "This preview is over, or was not for this address: ask for another one.";
        return says(StatusCode::FORBIDDEN, why.into());
    };
    let left = pass.until.unix_ms().saturating_sub(now.unix_ms());
    to_the_front(kept(shown, Duration::milliseconds(left)))
}

/// Takes a browser's pass, and shows it the front page.
pub(super) fn leave() -> Response<Body> {
    to_the_front(kept(String::new(), Duration::ZERO))
}

fn kept(pass: String, age: Duration) -> Cookie<'static> {
    Cookie::build((PREVIEW_COOKIE, pass))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(age)
        .build()
}

fn to_the_front(cookie: Cookie<'static>) -> Response<Body> {
    let headers = [
        (header::LOCATION, "/".to_owned()),
        (header::SET_COOKIE, cookie.to_string()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        // the pass is in the address, and of nobody else's concern
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// Leads a request to the version of a pass.
pub(super) async fn lead(
    app: &App,
    host: &str,
    pass: Pass,
    request: Request,
) -> anyhow::Result<Response<Body>> {
    let found = infrastructures::by_id(app, pass.account, pass.infrastructure).await;
    let infrastructure = match found {
        Ok(found) => found,
        Err(Error::NotFound(_)) => return Ok(gone("The version")),
        Err(error) => return Err(error.into()),
    };
    let version = infrastructure.version;
    let Some(endpoint) = infrastructure.endpoint else {
        return Ok(gone(&version));
    };
    let upstream = &reach(app, pass.account, &endpoint).await?;
    let flight: Flight = app.router.table.fly(host, &version);
    let to = To {
        upstream,
        endpoint: &endpoint,
    };
    let answer = app.router.http.lead(to, Some(flight), request).await;
    let mut answer = answer.unwrap_or_else(|error| {
        tracing::debug!("{host} {version}: {error:#}");
        let silent = format!("Version {version} does not answer.");
        says(StatusCode::BAD_GATEWAY, silent)
    });
    mark(answer.headers_mut(), &version);
    Ok(answer)
}

/// Says which version it is, and keeps it out of caches that others read, or that are read later.
fn mark(headers: &mut HeaderMap, version: &str) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(version) = HeaderValue::from_str(version) {
        headers.insert(VERSION, version);
    }
}

fn gone(version: &str) -> Response<Body> {
    let why = format!(
        "{version} that was to be seen here is gone. Load this page again for what is live."
    );
    let mut answer = says(StatusCode::GONE, why);
    let cookie = kept(String::new(), Duration::ZERO).to_string();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    answer
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, extract::Request};
    use shared::{AccountId, InfrastructureId, Instant};

    use super::{Asked, Pass, asked, path};
    use crate::instances::Signer;

    fn request(path: &str, header: (&str, &str)) -> Request {
        let request = Request::get(path).header(header.0, header.1);
        request.body(Body::empty()).unwrap()
    }

    #[test]
    fn a_pass_is_good_at_its_address_until_its_time_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let signer = Signer::open(&folder.path().join("key")).unwrap();
        let (now, until) = (Instant::from_unix_ms(1_000), Instant::from_unix_ms(2_000));
        let pass = Pass {
            account: AccountId::new(),
            infrastructure: InfrastructureId::new(),
            until,
        };
        let shown = pass.sign(&signer, "demo");
        let at = |host: &str, header: (&str, &str), now| {
            asked(&signer, host, &request("/a?b", header), now)
        };
        let cookie = format!("a=1; manageacloud_preview={shown}");
        for header in [("manageacloud-preview", &shown), ("cookie", &cookie)] {
            let header = (header.0, header.1.as_str());
            assert_eq!(at("demo", header, now), Asked::Version(pass), "{header:?}");
            assert_eq!(at("other", header, now), Asked::Live, "{header:?}");
            assert_eq!(at("demo", header, until), Asked::Live, "{header:?}");
        }
        let longer = shown.replacen(".2000.", ".9000.", 1);
        let forged = ("manageacloud-preview", longer.as_str());
        assert_eq!(at("demo", forged, now), Asked::Live);
        assert_eq!(
            at("demo", ("cookie", "manageacloud_preview="), now),
            Asked::Live
        );
    }

    #[test]
    fn a_browser_gets_a_pass_and_gives_it_back_at_the_address() {
        let folder = tempfile::tempdir().unwrap();
        let signer = Signer::open(&folder.path().join("key")).unwrap();
        let (now, until) = (Instant::from_unix_ms(1_000), Instant::from_unix_ms(2_000));
        let pass = Pass {
            account: AccountId::new(),
            infrastructure: InfrastructureId::new(),
            until,
        };
        let shown = pass.sign(&signer, "demo");
        let at = |path: &str| asked(&signer, "demo", &request(path, ("a", "b")), now);
        assert_eq!(at(&path(&shown)), Asked::Enter(Some((shown, pass))));
        assert_eq!(at(&path("nonsense")), Asked::Enter(None));
        assert_eq!(at("/.manageacloud/live"), Asked::Leave);
        assert_eq!(at("/.manageacloud/other"), Asked::Live);
        assert_eq!(at("/"), Asked::Live);
    }
}
