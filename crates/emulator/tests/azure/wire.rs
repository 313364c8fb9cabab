//! What comes over the wire and not from the command line: strangers, and nonsense.

use std::path::Path;

use emulator::Credentials;
use http_body_util::{BodyExt as _, Full};
use hyper::{Method, body::Bytes};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

use crate::{home::Home, rig::Cloud};

/// Asks on loopback, with a token; answers status, body and the request's id.
pub async fn ask(
    who: &Credentials,
    method: Method,
    path: &str,
    body: &str,
) -> (u16, String, String) {
    let answer = reqwest::Client::new()
        .request(method, format!("{}{path}", who.azure_endpoint))
        .bearer_auth(&who.azure_token)
        .body(body.to_owned())
        .send()
        .await
        .unwrap();
    let (status, id) = (
        answer.status().as_u16(),
        answer.headers()["x-ms-request-id"].clone(),
    );
    let id = id.to_str().unwrap().to_owned();
    (status, answer.text().await.unwrap(), id)
}

/// Asks an account's own socket.
async fn ask_socket(socket: &Path, token: &str, path: &str) -> (u16, String) {
    let stream = UnixStream::connect(socket).await.unwrap();
    let stream = TokioIo::new(stream);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let request = hyper::Request::get(path)
        .header("host", "azure")
        .header("authorization", format!("Bearer {token}"))
        .body(Full::<Bytes>::default())
        .unwrap();
    let answer = sender.send_request(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

fn at(who: &Credentials, path: &str) -> String {
    format!("/{}{path}", who.azure_subscription)
}

/// Makes a hosted service.
pub async fn create_service(who: &Credentials, name: &str) {
    let body = format!(
        "<CreateHostedService xmlns=\"http://schemas.microsoft.com/windowsazure\">\
         <ServiceName>{name}</ServiceName><Label>bA==</Label><Location>East US</Location>\
         </CreateHostedService>"
    );
    let path = at(who, "/services/hostedservices");
    let (status, said, _) = ask(who, Method::POST, &path, &body).await;
    assert_eq!(status, 201, "{said}");
}

const SERVICES: &str = "/services/hostedservices";

#[tokio::test]
async fn a_stranger_is_let_in_nowhere() {
    let cloud = Cloud::new().await;
    let (me, other) = (
        cloud.account("me", 1).await,
        cloud.account("other", 2).await,
    );
    create_service(&me, "mine").await;
    assert_ne!(me.azure_subscription, other.azure_subscription);

    // with a token that is right, at what is another's, there or not
    let elsewhere = "/11111111-1111-1111-1111-111111111111/services/hostedservices";
    for path in [at(&me, SERVICES), at(&me, "/nothing"), elsewhere.to_owned()] {
        let (status, said, _) = ask(&other, Method::GET, &path, "").await;
        assert_eq!(status, 403, "{said}");
        assert!(said.contains("<Code>SubscriptionNotFound</Code>"), "{said}");
    }
    let (status, said, _) = ask(&other, Method::GET, &at(&other, SERVICES), "").await;
    assert!(status == 200 && !said.contains("mine"), "{said}");

    // with tokens that are not right
    let mine: Vec<&str> = me.azure_token.split('.').collect();
    let others: Vec<&str> = other.azure_token.split('.').collect();
    let (header, none) = (mine[0], "eyJhbGciOiJub25lIn0");
    for token in [
        format!("{header}.{}.{}", mine[1], others[2]),
        format!("{header}.{}.{}", others[1], mine[2]),
        format!("{none}.{}.", mine[1]),
        "nonsense".to_owned(),
    ] {
        let forged = Credentials {
            azure_token: token,
            ..me.clone()
        };
        let (status, said, _) = ask(&forged, Method::GET, &at(&me, SERVICES), "").await;
        assert_eq!(status, 401, "{said}");
        assert!(said.contains("<Code>AuthenticationFailed</Code>"), "{said}");
        let (status, said, _) = ask(&forged, Method::GET, "/subscriptions", "").await;
        assert!(
            status == 401 && said.contains("\"AuthenticationFailed\""),
            "{said}"
        );
    }
    let bare = reqwest::get(format!("{}{}", me.azure_endpoint, at(&me, SERVICES)))
        .await
        .unwrap();
    assert_eq!(bare.status(), 401);
}

#[tokio::test]
async fn an_account_s_socket_hears_that_account_alone() {
    let cloud = Cloud::new().await;
    let (me, other) = (
        cloud.account("me", 1).await,
        cloud.account("other", 2).await,
    );
    create_service(&me, "mine").await;
    let path = at(&me, SERVICES);
    let (status, said) = ask_socket(&me.azure_socket, &me.azure_token, &path).await;
    assert!(
        status == 200 && said.contains("<ServiceName>mine</ServiceName>"),
        "{said}"
    );
    let (status, said) = ask_socket(&me.azure_socket, &me.azure_token, "/subscriptions").await;
    assert!(
        status == 200 && said.contains(&me.azure_subscription),
        "{said}"
    );
    let others = at(&other, SERVICES);
    for (socket, token, path) in [
        (&other.azure_socket, &me.azure_token, &path),
        (&me.azure_socket, &other.azure_token, &others),
    ] {
        let (status, said) = ask_socket(socket, token, path).await;
        assert_eq!(status, 401, "{said}");
    }
}

#[tokio::test]
async fn nonsense_is_refused_in_azure_s_own_shape() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let bomb = "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;&b;\">]><a>&c;&c;</a>";
    let (services, media) = (at(&me, SERVICES), at(&me, "/services/networking/media"));
    let large = format!(
        "<CreateHostedService>{}</CreateHostedService>",
        " ".repeat(256 << 10)
    );
    for (method, path, body, wanted, code) in [
        (
            Method::POST,
            &services,
            "<CreateHostedService>",
            400,
            "BadRequest",
        ),
        (Method::POST, &services, "<Other/>", 400, "BadRequest"),
        (Method::POST, &services, "", 400, "BadRequest"),
        (Method::POST, &services, bomb, 400, "BadRequest"),
        (Method::PUT, &media, bomb, 400, "BadRequest"),
        (Method::POST, &services, &large, 413, "BadRequest"),
        (
            Method::GET,
            &at(&me, "/nothing"),
            "",
            404,
            "ResourceNotFound",
        ),
        (Method::PATCH, &services, "", 404, "ResourceNotFound"),
        (
            Method::GET,
            &at(&me, "/operations/0"),
            "",
            404,
            "ResourceNotFound",
        ),
    ] {
        let (status, said, id) = ask(&me, method, path, body).await;
        assert_eq!(status, wanted, "{path}: {said}");
        assert!(
            said.contains(&format!("<Code>{code}</Code>")),
            "{path}: {said}"
        );
        assert_eq!(id.len(), 32);
    }
    // it is well after all that
    create_service(&me, "fine").await;
}

#[tokio::test]
async fn what_was_answered_outlives_the_emulated_cloud_and_no_password_is_on_the_disk() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let home = Home::signed_in(&me);
    home.ok(super::NETWORK).await;
    home.ok(&super::machine()).await;
    let secret = "azure vm extension set macdemotest CustomScriptExtension Microsoft.Compute 1.4 \
                  -t '{\"commandToExecute\": \"very-private\"}'";
    home.ok(secret).await;
    home.az("group create -n rg1 -l eastus").await;
    home.az(
        "vm create -g rg1 -n modern --image Win2022Datacenter --admin-username me \
         --admin-password Another-Secret-1 --size Standard_B1s",
    )
    .await;
    let folder = cloud.books().ancestors().nth(3).unwrap().join("azure");
    let kept = std::fs::read_to_string(folder.join(format!("{}.json", me.account_number))).unwrap();
    assert!(
        kept.contains("macdemotest") && !kept.contains("MySafePassword01!"),
        "{kept}"
    );
    assert!(
        kept.contains("modern") && !kept.contains("Another-Secret-1"),
        "{kept}"
    );
    assert!(!kept.contains("very-private"), "{kept}");
    let private = "eyJjb21tYW5kVG9FeGVjdXRlIjog"; // how it begins in base64
    assert!(!kept.contains(private), "{kept}");

    let cloud = cloud.again().await;
    let again = cloud.account("me", 1).await;
    assert_eq!(again.azure_subscription, me.azure_subscription);
    // an old token counts at the new one
    let old = Credentials {
        azure_endpoint: again.azure_endpoint.clone(),
        az: again.az.clone(),
        ..me
    };
    let home = Home::signed_in(&old);
    let said = home.until(super::LIST, "ReadyRole").await;
    assert!(said.contains("macdemotest"), "{said}");
    let said = home.az("vm list --query [].name").await;
    assert_eq!(said, serde_json::json!(["modern"]));

    cloud.emulator.remove("me").await.unwrap();
    let (status, said, _) = ask(&old, Method::GET, &at(&old, SERVICES), "").await;
    assert_eq!(status, 401, "{said}");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
}
