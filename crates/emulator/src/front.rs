//! The AWS endpoint: checks who asks, lets moto keep the books, and mends what it answers.

use std::{collections::HashMap, sync::Arc, time::SystemTime};

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, Response, StatusCode, header, request::Parts},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use http_body_util::Full;
use tracing::warn;

use crate::{
    books,
    door::is_back_door,
    emulator::Emulator,
    form, health,
    moto::{ACCOUNT, CHANGES, KNOWN_ONLY, LAUNCH},
    plan::MOST_INSTANCES,
    power::{self, Decision, Power},
    realm::Realm,
    refusal::{REQUEST_ID, Refusal},
    signature::Claim,
    status, user_data,
};

/// The largest request; AWS's own limit for user data is far below.
const LARGEST_BYTES: usize = 16 << 20;
/// Actions that change nothing begin with one of these, or nothing that must be kept: what was
/// received from a queue appears again.
const READING: [&str; 6] = ["Describe", "Get", "List", "Search", "Receive", "Query"];

/// An endpoint: of one account, or of all.
#[derive(Clone)]
pub(crate) struct Front {
    /// All accounts.
    pub emulator: Arc<Emulator>,
    /// The account whose own socket this is.
    pub only: Option<String>,
}

/// A request that was let in.
struct Call {
    realm: Arc<Realm>,
    claim: Claim,
    form: HashMap<String, String>,
}

/// Answers one request to AWS.
pub(crate) async fn answer(State(front): State<Front>, request: Request) -> Response<Body> {
    if is_back_door(request.uri().path()) {
        return plain(StatusCode::NOT_FOUND, "no such service\n");
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BYTES).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "the request is too large\n");
    };
    let Some(claim) = Claim::read(&parts.headers) else {
        return Refusal::Malformed.answer("ec2");
    };
    let service = claim.service.clone();
    match front.carry_out(claim, parts, body).await {
        Ok(answer) => answer,
        Err(refusal) => refusal.answer(&service),
    }
}

impl Front {
    async fn carry_out(
        &self,
        claim: Claim,
        parts: Parts,
        body: Bytes,
    ) -> Result<Response<Body>, Refusal> {
        let realm = self.let_in(&claim, &parts, &body)?;
        let form = form::read(parts.uri.query(), &body);
        let call = Call { realm, claim, form };
        // a client that hangs up must not leave half of it done: moto's books changed, and nobody
        // told, or a launch done whose token is not remembered
        let done = tokio::spawn(call.carry_out(parts, body)).await;
        done.unwrap_or(Err(Refusal::Unavailable))
    }

    fn let_in(&self, claim: &Claim, parts: &Parts, body: &[u8]) -> Result<Arc<Realm>, Refusal> {
        let realm = self.emulator.by_key(&claim.access_key_id);
        let realm = realm.ok_or(Refusal::UnknownKey)?;
        if self
            .only
            .as_ref()
            .is_some_and(|only| *only != realm.account.id)
        {
            return Err(Refusal::UnknownKey);
        }
        let secret = &realm.account.secret_access_key;
        claim.verify(secret, parts, body, SystemTime::now())?;
        Ok(realm)
    }
}

impl Call {
    async fn carry_out(self, parts: Parts, body: Bytes) -> Result<Response<Body>, Refusal> {
        if self.form.iter().any(user_data::is_too_large) {
            return Err(Refusal::UserDataTooLarge);
        }
        match (self.claim.service.as_str(), self.action()) {
            (_, "RunInstances") => self.launch(parts, body).await,
            ("ec2", "StartInstances" | "StopInstances" | "RebootInstances") => {
                self.power(parts, body).await
            }
            _ => self.pass(parts, body, &[]).await.map(into_response),
        }
    }

    fn action(&self) -> &str {
        self.field("Action")
    }

    fn field(&self, name: &str) -> &str {
        self.form.get(name).map_or("", String::as_str)
    }

    /// Launches at most once for each token, and not more than the account may have.
    async fn launch(&self, parts: Parts, body: Bytes) -> Result<Response<Body>, Refusal> {
        let _one_at_a_time = self.realm.launching.lock().await;
        let (region, token) = (&self.claim.region, self.field("ClientToken"));
        let more: usize = self.field("MaxCount").parse().unwrap_or(1);
        let is_full = self.realm.running().saturating_add(more) > MOST_INSTANCES;
        let launch = format!("{region} {token}");
        let told = match (token.is_empty(), is_full) {
            (true, true) => return Err(Refusal::InstanceLimit(MOST_INSTANCES)),
            (true, false) => vec![],
            (false, false) => vec![(LAUNCH, launch.as_str())],
            (false, true) => vec![(LAUNCH, launch.as_str()), (KNOWN_ONLY, "1")],
        };
        let answer = self.pass(parts, body, &told).await?;
        if is_full && answer.status() == StatusCode::NOT_FOUND {
            return Err(Refusal::InstanceLimit(MOST_INSTANCES));
        }
        Ok(into_response(answer))
    }

    /// Starts, stops or reboots what may be; what the books do not know they refuse themselves.
    async fn power(&self, parts: Parts, body: Bytes) -> Result<Response<Body>, Refusal> {
        let ids = power::named(&self.form);
        let booked = self.realm.named(&self.claim.region, &ids).await;
        let (Some(power), Some(booked)) = (Power::of(self.action()), booked) else {
            return self.pass(parts, body, &[]).await.map(into_response);
        };
        match power.decide(&booked) {
            Decision::Refuse(id) => Err(Refusal::WrongState(id, power.participle())),
            Decision::Reboot(ids) if self.field("DryRun") != "true" => {
                self.realm.reboot(ids);
                Ok(power::rebooted())
            }
            Decision::Reboot(_) | Decision::Pass => {
                self.pass(parts, body, &[]).await.map(into_response)
            }
        }
    }

    /// Lets moto answer, mends the answer, and has the change carried out.
    async fn pass(
        &self,
        parts: Parts,
        body: Bytes,
        told: &[(&'static str, &str)],
    ) -> Result<http::Response<Bytes>, Refusal> {
        let target = parts.headers.get("x-amz-target");
        let target = target.and_then(|target| target.to_str().ok());
        let changes = changes(&parts.method, self.action(), target.unwrap_or_default());
        let marks = changes.then_some((CHANGES, "1")).into_iter();
        let marks = marks.chain(told.iter().copied());
        let request = self
            .for_moto(parts, body, marks)
            .ok_or(Refusal::Malformed)?;
        let answer = self.realm.ground.moto.send(request).await;
        let answer = answer.map_err(|error| {
            warn!("moto: {error:#}");
            Refusal::Unavailable
        })?;
        if !answer.status().is_success() {
            return Ok(answer);
        }
        if changes {
            self.realm.touch();
        }
        let (mut head, body) = answer.into_parts();
        // how it was framed between moto and here
        for name in [
            header::CONTENT_LENGTH,
            header::TRANSFER_ENCODING,
            header::CONNECTION,
        ] {
            head.headers.remove(name);
        }
        Ok(http::Response::from_parts(head, self.mend(body)))
    }

    /// The request as moto sees it: the account is ours to say.
    fn for_moto<'a>(
        &self,
        parts: Parts,
        body: Bytes,
        marks: impl Iterator<Item = (&'static str, &'a str)>,
    ) -> Option<http::Request<Full<Bytes>>> {
        let mut request = http::Request::from_parts(parts, Full::from(body));
        let said: Vec<HeaderName> = request.headers().keys().cloned().collect();
        // CGI names, which moto reads, know no difference between `-` and `_` (RFC 3875, 4.1.18)
        let is_ours = |name: &&HeaderName| name.as_str().replace('_', "-").starts_with("x-moto-");
        for name in said.iter().filter(is_ours) {
            request.headers_mut().remove(name);
        }
        for (name, value) in marks {
            let value = HeaderValue::from_str(value).ok()?;
            request.headers_mut().insert(name, value);
        }
        let account = HeaderValue::from_str(&self.realm.account.number).ok()?;
        request.headers_mut().insert(ACCOUNT, account);
        Some(request)
    }

    fn mend(&self, body: Bytes) -> Bytes {
        let text = String::from_utf8_lossy(&body);
        let mended = match (self.claim.service.as_str(), self.action()) {
            ("elasticloadbalancing", "DescribeInstanceHealth") => {
                health::of_instances(&self.realm, &self.claim.region, &self.form, &text)
            }
            ("elasticloadbalancing", "DescribeTargetHealth") => {
                health::of_targets(&self.realm, &self.form, &text)
            }
            ("elasticloadbalancing", _) => Some(books::in_region(&text, &self.claim.region)),
            ("ec2", "GetConsoleOutput") => self.console(),
            ("ec2", "DescribeInstanceStatus") => self.status(&text),
            _ => None,
        };
        mended.map_or(body, Bytes::from)
    }

    /// What came of the instances' boots.
    fn status(&self, listed: &str) -> Option<String> {
        let wanted = form::filter(&self.form, "instance-status.status");
        let now = SystemTime::now();
        status::mended(listed, &wanted, |id| self.realm.vitals.check(id, now)).ok()
    }

    /// What the instance really wrote; that it exists moto has checked.
    fn console(&self) -> Option<String> {
        let id = self.field("InstanceId");
        let is_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !id.bytes().all(is_id) {
            return None;
        }
        let shown = self.realm.place(id).shown_console();
        if let Err(error) = &shown {
            warn!("the console of {id}: {error}");
        }
        let output = BASE64.encode(shown.ok()?);
        let now = jiff::Timestamp::now();
        Some(format!(
            "<GetConsoleOutputResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
             <requestId>{REQUEST_ID}</requestId><instanceId>{id}</instanceId>\
             <timestamp>{now:.3}</timestamp><output>{output}</output></GetConsoleOutputResponse>"
        ))
    }
}

/// Whether a request may change the books, by its action: that of a form, of a JSON target
/// (`Service.Action`), or the method where there is neither.
fn changes(method: &Method, action: &str, target: &str) -> bool {
    let target = target.rsplit('.').next().unwrap_or_default();
    match [action, target].into_iter().find(|name| !name.is_empty()) {
        Some(name) => !READING.iter().any(|word| name.starts_with(word)),
        None => !method.is_safe(),
    }
}

fn into_response(answer: http::Response<Bytes>) -> Response<Body> {
    answer.map(Body::from)
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::changes;

    #[test]
    fn what_may_change_the_books_is_told_by_action_target_or_method() {
        assert!(changes(&Method::GET, "RunInstances", ""));
        assert!(changes(&Method::POST, "", "DynamoDB_20120810.PutItem"));
        assert!(changes(&Method::PUT, "", ""));
        assert!(!changes(&Method::POST, "DescribeInstances", ""));
        assert!(!changes(&Method::POST, "", "AmazonSQS.ReceiveMessage"));
        assert!(!changes(&Method::GET, "", ""));
    }
}
