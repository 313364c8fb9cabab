//! Serving by TLS: HTTP/2 and HTTP/1.1, the dashboard and applications below a domain of their own.

use std::{net::SocketAddr, path::Path, sync::Arc};

use axum::body::Body;
use futures_util::{SinkExt as _, StreamExt as _};
use http_body_util::BodyExt as _;
use hyper::{Request, StatusCode, client::conn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use shared::{
    Event, OpenTerminal, paths,
    terminal::{HostFrame, PageFrame},
};
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _};

use crate::{
    applications::{WELL, make},
    main_job::until_live,
    server::TestServer,
};

const DASHBOARD: &str = "mac.example.com";
const APPLICATION: &str = "docker-tomcat.apps.example.com";

/// Connects as a client that speaks one protocol, to a name that the certificate must be good for.
async fn connect(
    at: SocketAddr,
    certificate: &Path,
    (name, protocol): (&'static str, &str),
) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_file(certificate).unwrap();
    roots.add(certificate).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let stream = TcpStream::connect(at).await.unwrap();
    let name = ServerName::try_from(name).unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let stream = connector.connect(name, stream).await.unwrap();
    let agreed = stream.get_ref().1.alpn_protocol();
    assert_eq!(agreed, Some(protocol.as_bytes()));
    stream
}

/// What is answered by HTTP/2, whose requests have no `Host`.
async fn ask_by_two(stream: TlsStream<TcpStream>, uri: &str) -> (StatusCode, String) {
    let (mut sender, connection) =
        conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    let request = Request::get(uri).body(Body::empty()).unwrap();
    let answer = sender.send_request(request).await.unwrap();
    let status = answer.status();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_and_an_application_are_served_by_tls_and_http_two() {
    let folder = tempfile::tempdir().unwrap();
    let names = [DASHBOARD, "*.apps.example.com"].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names.to_vec()).unwrap();
    let [certificate, key] = ["cert.pem", "key.pem"].map(|file| folder.path().join(file));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let at = TestServer::unstarted().await.address;
    let port = at.port();
    let server = TestServer::with_cloud_and(|config| {
        config.public_url = Some(format!("https://{DASHBOARD}:{port}/"));
        config.applications_url = Some(format!("https://apps.example.com:{port}/"));
        config.https.listen = Some(at);
        config.https.certificate = Some(certificate.clone());
        config.https.key = Some(key);
    })
    .await;
    let guest = server.guest().await;
    make(&guest, WELL, "7-jre8").await;
    until_live(&guest, "7-jre8").await;
    let detail = client::applications::read(&guest.client, "docker_tomcat").await;
    let address = detail.unwrap().application.address;
    assert_eq!(address, format!("https://{APPLICATION}:{port}/"));

    let stream = connect(at, &certificate, (APPLICATION, "h2")).await;
    let (status, page) = ask_by_two(stream, &address).await;
    assert!(
        status == 200 && page.contains("Version 7-jre8"),
        "{status} {page}"
    );
    let stream = connect(at, &certificate, (DASHBOARD, "h2")).await;
    let health = format!("https://{DASHBOARD}:{port}{}", paths::HEALTH);
    let (status, health) = ask_by_two(stream, &health).await;
    assert!(
        status == 200 && health.contains("\"isolation\""),
        "{status} {health}"
    );

    // websockets of the page go by HTTP/1.1, and are of our own origin
    let stream = connect(at, &certificate, (DASHBOARD, "http/1.1")).await;
    let url = format!("wss://{DASHBOARD}:{port}{}", paths::EVENTS);
    let mut request = url.into_client_request().unwrap();
    let headers = request.headers_mut();
    let origin = format!("https://{DASHBOARD}:{port}");
    headers.insert("origin", origin.parse().unwrap());
    headers.insert("cookie", guest.cookie.parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    let first = socket.next().await.unwrap().unwrap();
    let first: Event = serde_json::from_str(first.to_text().unwrap()).unwrap();
    assert_eq!(first, Event::Resync);

    // a terminal's bytes are passed on, as nobody else can read what TLS has closed
    let size = OpenTerminal::sized(80, 24);
    let terminal = client::terminals::open(&guest.client, &size).await.unwrap();
    let stream = connect(at, &certificate, (DASHBOARD, "http/1.1")).await;
    let path = paths::terminal_socket(terminal.id);
    let mut request = format!("wss://{DASHBOARD}:{port}{path}")
        .into_client_request()
        .unwrap();
    let headers = request.headers_mut();
    headers.insert("origin", origin.parse().unwrap());
    headers.insert("cookie", guest.cookie.parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    let attach = PageFrame::Attach {
        epoch: 0,
        have: 0,
        client: 1,
        cols: 80,
        rows: 24,
    };
    socket.send(Message::binary(attach.encode())).await.unwrap();
    let mut text = String::new();
    while !text.contains("$ ") {
        let frame = socket.next().await.unwrap().unwrap().into_data();
        if let Ok(HostFrame::Output { bytes, .. }) = HostFrame::decode(&frame) {
            text += &String::from_utf8_lossy(bytes);
        }
    }

    // a browser keeps the cookie to itself where there is no TLS
    let answer = reqwest::Client::new()
        .post(server.url(paths::GUESTS))
        .json(&());
    let answer = answer.send().await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.ends_with("; Secure"), "{cookie}");
}
