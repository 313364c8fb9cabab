//! What a request is for: its action, and whether that changes the books.

use std::collections::HashMap;

use axum::http::{Method, header, request::Parts};

use crate::{form, protocol::Protocol, refusal::Refusal};

/// Actions that change nothing begin with one of these, or nothing that must be kept: what was
/// received from a queue appears again.
const READING: [&str; 6] = ["Describe", "Get", "List", "Search", "Receive", "Query"];
/// What makes a key all the same.
const MAKING: [&str; 2] = ["GetSessionToken", "GetFederationToken"];
/// Actions that leave less than there was.
const REMOVING: [&str; 14] = [
    "Abort",
    "Cancel",
    "Delete",
    "Deregister",
    "Detach",
    "Disassociate",
    "Purge",
    "Release",
    "Remove",
    "Revoke",
    "Stop",
    "Terminate",
    "Unsubscribe",
    "Untag",
];
/// The most parameters of a form, and the most bytes of one.
const MOST_PARAMETERS: usize = 10_000;
const LARGEST_FORM: usize = 2 << 20;

/// What a request does to the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing.
    None,
    /// It may add to them.
    More,
    /// It only takes from them.
    Less,
}

/// Whether a request is one of a form.
pub(super) fn is_form(parts: &Parts) -> bool {
    let kind = parts.headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let query = parts.uri.query().unwrap_or_default();
    kind.starts_with("application/x-www-form-urlencoded") || query.contains("Action=")
}

/// The parameters of a request: those of the address, and of the body where there is a form.
///
/// Refuses what is not to be read in one way only: moto takes the first of two actions in one
/// place, and the last of two in another.
pub(super) fn parameters(
    protocol: Protocol,
    parts: &Parts,
    body: &[u8],
) -> Result<HashMap<String, String>, Refusal> {
    let query = parts.uri.query().unwrap_or_default();
    let body = match protocol {
        Protocol::Ec2 | Protocol::Query => body,
        _ => b"",
    };
    if body.len() > LARGEST_FORM {
        return Err(Refusal::TooLarge);
    }
    let all = query.bytes().chain(body.iter().copied());
    if all.filter(|byte| *byte == b'&').count() > MOST_PARAMETERS {
        return Err(Refusal::Unreadable);
    }
    if form::count(Some(query), body, "Action") > 1 {
        return Err(Refusal::Unreadable);
    }
    Ok(form::read(Some(query), body))
}

/// What a request does to the books, by every name that moto may take for its action: the one of
/// a form, and that of a JSON target (`Service.Action`); and by its method.
pub(super) fn change(protocol: Protocol, parts: &Parts, action: &str, has_body: bool) -> Change {
    let target = parts.headers.get("x-amz-target");
    let target = target
        .and_then(|target| target.to_str().ok())
        .unwrap_or_default();
    let target = target.rsplit('.').next().unwrap_or_default();
    let names = [action, target].into_iter().filter(|name| !name.is_empty());
    let names: Vec<&str> = names.collect();
    let has_paths = matches!(
        protocol,
        Protocol::S3 | Protocol::RestXml | Protocol::RestJson
    );
    let by_method = match (&parts.method, has_body) {
        (&Method::DELETE, _) => Change::Less,
        (method, false) if method.is_safe() => Change::None,
        _ if is_deleting_keys(protocol, parts) => Change::Less,
        _ => Change::More,
    };
    if names.is_empty() || has_paths && by_method != Change::None && names.iter().all(is_reading) {
        by_method
    } else if names.iter().all(is_reading) {
        Change::None
    } else if names.iter().all(|name| begins(name, &REMOVING)) {
        Change::Less
    } else {
        Change::More
    }
}

fn is_reading(name: &&str) -> bool {
    begins(name, &READING) && !MAKING.contains(name)
}

fn begins(name: &str, words: &[&str]) -> bool {
    words.iter().any(|word| name.starts_with(word))
}

/// S3's `DeleteObjects`.
fn is_deleting_keys(protocol: Protocol, parts: &Parts) -> bool {
    let query = parts.uri.query().unwrap_or_default();
    protocol == Protocol::S3
        && parts.method == Method::POST
        && query
            .split('&')
            .any(|part| part == "delete" || part == "delete=")
}

#[cfg(test)]
mod tests {
    use axum::http::{Request, request::Parts};

    use super::{Change, change, parameters};
    use crate::{protocol::Protocol, refusal::Refusal};

    fn parts(method: &str, path: &str, target: &str) -> Parts {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("x-amz-target", target).body(()).unwrap();
        request.into_parts().0
    }

    #[test]
    fn what_may_change_the_books_is_told_by_action_target_and_method() {
        let json = Protocol::Json10;
        for (protocol, method, path, target, action, wanted) in [
            (Protocol::Ec2, "GET", "/", "", "RunInstances", Change::More),
            (
                Protocol::Ec2,
                "POST",
                "/",
                "",
                "DescribeInstances",
                Change::None,
            ),
            (
                Protocol::Ec2,
                "POST",
                "/",
                "",
                "TerminateInstances",
                Change::Less,
            ),
            (
                Protocol::Query,
                "POST",
                "/",
                "",
                "GetSessionToken",
                Change::More,
            ),
            (
                json,
                "POST",
                "/",
                "DynamoDB_20120810.PutItem",
                "",
                Change::More,
            ),
            (
                json,
                "POST",
                "/",
                "AmazonSQS.ReceiveMessage",
                "",
                Change::None,
            ),
            (
                json,
                "POST",
                "/",
                "AmazonSQS.ReceiveMessage",
                "CreateQueue",
                Change::More,
            ),
            (Protocol::S3, "PUT", "/b/k", "", "", Change::More),
            (Protocol::S3, "PUT", "/b/k", "", "Describe", Change::More),
            (Protocol::S3, "GET", "/b/k", "", "", Change::None),
            (Protocol::S3, "DELETE", "/b/k", "", "", Change::Less),
            (Protocol::S3, "POST", "/b?delete", "", "", Change::Less),
        ] {
            let found = change(
                protocol,
                &parts(method, path, target),
                action,
                method == "POST",
            );
            assert_eq!(
                found, wanted,
                "{protocol:?} {method} {path} {target} {action}"
            );
        }
    }

    #[test]
    fn a_request_has_one_action_and_not_too_many_parameters() {
        let read = |path: &str, body: &[u8]| {
            parameters(Protocol::Ec2, &parts("POST", path, ""), body).map(|form| form.len())
        };
        assert_eq!(read("/", b"Action=A&B=C"), Ok(2));
        assert_eq!(read("/?Action=A", b"Action=B"), Err(Refusal::Unreadable));
        assert_eq!(read("/", &b"a&".repeat(20_000)), Err(Refusal::Unreadable));
        assert_eq!(read("/", &vec![b'a'; 3 << 20]), Err(Refusal::TooLarge));
    }
}
