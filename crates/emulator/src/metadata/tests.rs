use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};

use super::{FORWARDED, Facts, Metadata, TOKEN, TTL};
use crate::books;

const NOW: SystemTime = SystemTime::UNIX_EPOCH;

/// What an instance with everything asks of itself, without a token.
fn facts() -> Facts {
    let mut instance = books::example();
    instance.details.metadata.needs_token = false;
    Facts {
        instance,
        user_data: Some(Bytes::from_static(b"#!/bin/sh\n\xff")),
    }
}

fn ask(method: Method, path: &str, headers: &[(&str, &str)]) -> Request<()> {
    let request = Request::builder().method(method).uri(path);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    request.body(()).unwrap()
}

fn get(path: &str, facts: &Facts) -> Response<Bytes> {
    Metadata::default().answer(&ask(Method::GET, path, &[]), facts, NOW)
}

fn said(path: &str) -> String {
    let answer = get(path, &facts());
    assert_eq!(answer.status(), 200, "{path}");
    String::from_utf8(answer.body().to_vec()).unwrap()
}

#[test]
fn each_category_says_what_the_books_say() {
    for (path, wanted) in [
        ("ami-id", "ami-69631053"),
        ("ami-launch-index", "0"),
        ("ami-manifest-path", "(unknown)"),
        ("block-device-mapping/", "ami\nroot"),
        ("block-device-mapping/root", "/dev/sda1"),
        (
            "hostname",
            "ip-10-91-244-136.ap-southeast-2.compute.internal",
        ),
        ("instance-action", "none"),
        ("instance-id", "i-016fe87d0a58561a2"),
        ("instance-life-cycle", "on-demand"),
        ("instance-type", "m1.small"),
        (
            "local-hostname",
            "ip-10-91-244-136.ap-southeast-2.compute.internal",
        ),
        ("local-ipv4", "10.91.244.136"),
        ("mac", "02:00:00:18:90:97"),
        (
            "placement/",
            "availability-zone\navailability-zone-id\nregion",
        ),
        ("placement/availability-zone", "ap-southeast-2a"),
        ("placement/availability-zone-id", "apse2-az1"),
        ("placement/region", "ap-southeast-2"),
        ("profile", "default-hvm"),
        (
            "public-hostname",
            "ec2-54-214-141-26.ap-southeast-2.compute.amazonaws.com",
        ),
        ("public-ipv4", "54.214.141.26"),
        ("public-keys/", "0=mine"),
        ("public-keys/0/", "openssh-key"),
        ("public-keys/0/openssh-key", "ssh-rsa AAAA me@x"),
        ("reservation-id", "r-2d35b2be95a6c39a3"),
        ("security-groups", "default"),
        ("services/domain", "amazonaws.com"),
        ("services/partition", "aws"),
        ("tags/instance/", "Name"),
        ("tags/instance/Name", "w & x"),
        ("iam/", "info"),
    ] {
        assert_eq!(said(&format!("/latest/meta-data/{path}")), wanted, "{path}");
    }
}

#[test]
fn an_interface_is_told_of_by_its_hardware_address() {
    assert_eq!(
        said("/latest/meta-data/network/interfaces/macs"),
        "02:00:00:18:90:97/"
    );
    let at = "/latest/meta-data/network/interfaces/macs/02:00:00:18:90:97";
    assert!(said(at).starts_with("device-number\ninterface-id\nipv4-associations/\n"));
    for (name, wanted) in [
        ("device-number", "0"),
        ("network-card-index", "0"),
        ("interface-id", "eni-133b22d15ae0d4d37"),
        ("ipv4-associations/54.214.141.26", "10.91.244.136"),
        ("local-ipv4s", "10.91.244.136"),
        ("owner-id", "123456789012"),
        ("security-group-ids", "sg-7af74d8cf8cd7e946"),
        ("subnet-id", "subnet-2095219574800425c"),
        ("subnet-ipv4-cidr-block", "172.31.0.0/20"),
        ("vpc-id", "vpc-00def3822a1c3defc"),
        ("vpc-ipv4-cidr-block", "172.31.0.0/16"),
        ("vpc-ipv4-cidr-blocks", "172.31.0.0/16\n10.1.0.0/16"),
    ] {
        assert_eq!(said(&format!("{at}/{name}")), wanted, "{name}");
    }
}

#[test]
fn folders_list_what_is_in_them_with_or_without_a_slash_at_the_end() {
    assert!(said("/").starts_with("1.0\n2007-01-19\n"));
    assert!(said("/").ends_with("\nlatest"));
    assert_eq!(said("/latest"), "dynamic\nmeta-data\nuser-data");
    assert_eq!(said("/1.0/"), "dynamic\nmeta-data\nuser-data");
    assert_eq!(
        said("/2021-07-15/meta-data/instance-id"),
        "i-016fe87d0a58561a2"
    );
    let all = said("/latest/meta-data/");
    assert_eq!(said("/latest/meta-data"), all);
    for line in [
        "ami-id",
        "network/",
        "placement/",
        "public-keys/",
        "tags/",
        "mac",
    ] {
        assert!(all.lines().any(|listed| listed == line), "{line}: {all}");
    }
}

#[test]
fn user_data_is_handed_out_as_it_was_given() {
    let answer = get("/latest/user-data", &facts());
    assert_eq!(&answer.body()[..], b"#!/bin/sh\n\xff");
    assert_eq!(answer.headers()["content-type"], "application/octet-stream");
}

#[test]
fn the_identity_document_is_json_with_whole_seconds() {
    let document = said("/latest/dynamic/instance-identity/document");
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["accountId"], "123456789012");
    assert_eq!(document["pendingTime"], "2026-11-25T16:20:18Z");
    assert_eq!(document["privateIp"], "10.91.244.136");
    assert_eq!(document["region"], "ap-southeast-2");
    assert!(document["kernelId"].is_null());
}

#[test]
fn what_an_instance_has_not_is_not_found() {
    let mut bare = facts();
    let details = &mut bare.instance.details;
    (details.profile, details.key_name, details.public_address) = (None, None, None);
    details.public_name = None;
    details.metadata.has_tags = false;
    bare.user_data = None;
    for path in [
        "/latest/user-data",
        "/latest/meta-data/iam",
        "/latest/meta-data/iam/info",
        "/latest/meta-data/iam/security-credentials/",
        "/latest/meta-data/public-keys/",
        "/latest/meta-data/public-ipv4",
        "/latest/meta-data/public-hostname",
        "/latest/meta-data/tags/instance/Name",
        "/latest/meta-data/instance-id/more",
        "/latest/meta-data/spot/instance-action",
        "/2031-01-01/meta-data/instance-id",
        "/latest/meta-data/../../etc/passwd",
        "/index.html",
    ] {
        let answer = get(path, &bare);
        assert_eq!(answer.status(), 404, "{path}");
        let page = String::from_utf8_lossy(answer.body()).into_owned();
        assert!(page.contains("<title>404 - Not Found</title>"), "{page}");
    }
    assert_eq!(get("/latest", &bare).body(), "dynamic\nmeta-data");
}

#[test]
fn tags_that_cannot_be_asked_for_are_not_listed() {
    let mut odd = facts();
    odd.instance.details.tags = ["a b", "a/b", "..", "_index", "", "team:web@1"]
        .map(|key| (key.to_owned(), "value".to_owned()))
        .to_vec();
    let answer = get("/latest/meta-data/tags/instance", &odd);
    assert_eq!(answer.body(), "team:web@1");
    let answer = get("/latest/meta-data/tags/instance/team%3Aweb%401", &odd);
    assert_eq!(answer.body(), "value");
}

#[test]
fn a_token_is_granted_for_as_long_as_aws_grants_one() {
    let metadata = Metadata::default();
    for (seconds, status) in [
        ("1", StatusCode::OK),
        ("21600", StatusCode::OK),
        ("0", StatusCode::BAD_REQUEST),
        ("21601", StatusCode::BAD_REQUEST),
        ("-1", StatusCode::BAD_REQUEST),
        ("99999999999999999999", StatusCode::BAD_REQUEST),
        ("soon", StatusCode::BAD_REQUEST),
        ("", StatusCode::BAD_REQUEST),
    ] {
        let request = ask(Method::PUT, "/latest/api/token", &[(TTL, seconds)]);
        let answer = metadata.answer(&request, &facts(), NOW);
        assert_eq!(answer.status(), status, "{seconds}");
        let header = answer.headers().get(TTL);
        assert_eq!(header.is_some(), status == StatusCode::OK);
    }
    let request = ask(Method::PUT, "/latest/api/token", &[]);
    assert_eq!(metadata.answer(&request, &facts(), NOW).status(), 400);
}

#[test]
fn what_came_through_a_proxy_gets_no_token() {
    let headers = [(TTL, "60"), (FORWARDED, "10.0.0.1")];
    let request = ask(Method::PUT, "/latest/api/token", &headers);
    let answer = Metadata::default().answer(&request, &facts(), NOW);
    assert_eq!(answer.status(), 403);
}

#[test]
fn a_token_opens_the_instance_that_granted_it_and_no_other_until_it_ends() {
    let (metadata, other, mut facts) = (Metadata::default(), Metadata::default(), facts());
    facts.instance.details.metadata.needs_token = true;
    let path = "/latest/meta-data/instance-id";
    let request = ask(Method::PUT, "/latest/api/token", &[(TTL, "60")]);
    let token = metadata.answer(&request, &facts, NOW).into_body();
    let token = std::str::from_utf8(&token).unwrap();
    assert_eq!(token.len(), 56);
    let shown = ask(Method::GET, path, &[(TOKEN, token)]);
    let answer = metadata.answer(&shown, &facts, NOW + Duration::from_secs(20));
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()[TTL], "40");
    let late = metadata.answer(&shown, &facts, NOW + Duration::from_secs(60));
    assert_eq!(late.status(), 401);
    assert_eq!(other.answer(&shown, &facts, NOW).status(), 401);
    assert_eq!(
        metadata
            .answer(&ask(Method::GET, path, &[]), &facts, NOW)
            .status(),
        401
    );
}

#[test]
fn a_token_that_is_not_valid_is_refused_even_where_none_is_needed() {
    let (metadata, facts) = (Metadata::default(), facts());
    let path = "/latest/meta-data/instance-id";
    let request = ask(Method::GET, path, &[(TOKEN, "bad")]);
    let answer = metadata.answer(&request, &facts, NOW);
    assert_eq!(answer.status(), 401);
    let page = String::from_utf8_lossy(answer.body()).into_owned();
    assert!(page.contains("<h1>401 - Unauthorized</h1>"), "{page}");
}

#[test]
fn other_methods_are_not_allowed() {
    let (metadata, facts) = (Metadata::default(), facts());
    for (method, path) in [
        (Method::POST, "/latest/meta-data/"),
        (Method::PUT, "/latest/meta-data/"),
        (Method::DELETE, "/latest/api/token"),
        (Method::GET, "/latest/api/token"),
    ] {
        let answer = metadata.answer(&ask(method.clone(), path, &[]), &facts, NOW);
        assert_eq!(answer.status(), 405, "{method} {path}");
    }
    let head = ask(Method::HEAD, "/latest/meta-data/instance-type", &[]);
    let answer = metadata.answer(&head, &facts, NOW);
    assert_eq!((answer.status().as_u16(), answer.body().len()), (200, 0));
    assert_eq!(answer.headers()["content-length"], "8");
}

#[test]
fn a_service_that_is_switched_off_answers_nothing() {
    let mut off = facts();
    off.instance.details.metadata.is_enabled = false;
    assert_eq!(get("/latest/meta-data/", &off).status(), 403);
    let request = ask(Method::PUT, "/latest/api/token", &[(TTL, "60")]);
    assert_eq!(
        Metadata::default().answer(&request, &off, NOW).status(),
        403
    );
}
