//! Behind Debian's nginx and haproxy: a path in front, idle connections that are ended, what may not pass.

use std::{fs, net::SocketAddr, process::Stdio, time::Duration};

use client::Client;
use futures_util::{SinkExt as _, StreamExt as _};
use shared::{
    HopState, OpenTerminal, SelfTest, paths,
    self_test::{LARGEST_MESSAGE_BYTES, WORDS},
    terminal::{HostFrame, PageFrame},
};
use tempfile::TempDir;
use tokio::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    time::{sleep, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use crate::{
    server::{Guest, TestServer},
    shell::PATIENCE,
};

/// How long the proxies of these tests let a connection be on which nothing passes, in seconds.
const IDLE_S: u64 = 3;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A proxy in front of a server; gone when dropped.
struct Proxy {
    address: SocketAddr,
    _folder: TempDir,
    _child: Child,
}

async fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

impl Proxy {
    async fn start(program: &str, arguments: &[&str], address: SocketAddr, config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("proxy.conf");
        fs::write(
            &file,
            config.replace("FOLDER", &folder.path().display().to_string()),
        )
        .unwrap();
        let child = Command::new(program)
            .args(arguments)
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        let listens = async {
            while TcpStream::connect(address).await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, listens).await.expect("the proxy listens");
        Self {
            address,
            _folder: folder,
            _child: child,
        }
    }

    /// nginx as its users configure it; `location` leads to the server.
    async fn nginx(server: SocketAddr, location: &str) -> Self {
        let address = free().await;
        let location = location.replace("SERVER", &server.to_string());
        let config = format!(
            "daemon off; master_process off; worker_processes 1; pid FOLDER/pid; error_log FOLDER/error;
             events {{}}
             http {{
               access_log off;
               client_body_temp_path FOLDER/b; proxy_temp_path FOLDER/p; fastcgi_temp_path FOLDER/f;
               uwsgi_temp_path FOLDER/u; scgi_temp_path FOLDER/s;
               map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
               server {{
                 listen {address};
                 proxy_http_version 1.1;
                 proxy_set_header Host $http_host;
                 proxy_set_header Upgrade $http_upgrade;
                 proxy_set_header Connection $connection_upgrade;
                 proxy_read_timeout {IDLE_S}s;
                 {location}
               }}
             }}"
        );
        Self::start("/usr/sbin/nginx", &["-c"], address, &config).await
    }

    async fn haproxy(server: SocketAddr, rule: &str) -> Self {
        let address = free().await;
        let config = format!(
            "defaults
  mode http
  timeout connect 5s
  timeout client {IDLE_S}s
  timeout server {IDLE_S}s
  timeout tunnel {IDLE_S}s
listen all
  bind {address}
  {rule}
  server one {server}
"
        );
        Self::start("/usr/sbin/haproxy", &["-db", "-f"], address, &config).await
    }
}

/// A server that takes itself to be below a path, at an address that a proxy is at.
async fn server_below(path: &str) -> TestServer {
    let public = format!("http://localhost{path}/");
    TestServer::with(|config| {
        config.ping_seconds = 1;
        config.public_url = Some(public);
        config.applications_url = Some("http://apps.localhost:8080/".into());
    })
    .await
}

/// Speaks for a guest of the server's through a proxy.
fn through(proxy: &Proxy, path: &str, guest: &Guest) -> Client {
    let base = format!("http://{}{path}/", proxy.address);
    let client = Client::new(&base).unwrap();
    client.with_token(guest.client.token().unwrap())
}

async fn socket(proxy: &Proxy, path: &str, cookie: Option<&str>) -> Socket {
    let url = format!("ws://{}{path}", proxy.address);
    let mut request = url.into_client_request().unwrap();
    let origin = format!("http://{}", proxy.address);
    request
        .headers_mut()
        .insert("origin", origin.parse().unwrap());
    if let Some(cookie) = cookie {
        request
            .headers_mut()
            .insert("cookie", cookie.parse().unwrap());
    }
    connect_async(request).await.unwrap().0
}

/// A terminal is opened, is left alone for longer than the proxy allows, and is typed into.
async fn a_terminal_outlives_the_idle_limit(proxy: &Proxy, path: &str, guest: &Guest) {
    let client = through(proxy, path, guest);
    let size = OpenTerminal::sized(80, 24);
    let terminal = client::terminals::open(&client, &size).await.unwrap();
    let path = format!("{path}{}", paths::terminal_socket(terminal.id));
    let mut socket = socket(proxy, &path, Some(&guest.cookie)).await;
    let attach = PageFrame::Attach {
        epoch: 0,
        have: 0,
        client: 1,
        cols: 80,
        rows: 24,
    };
    socket.send(Message::binary(attach.encode())).await.unwrap();
    // only pings pass: they are what is waited for, more than the limit's seconds of them
    let mut pings = 0;
    let idle = async {
        while pings < IDLE_S + 2 {
            if socket.next().await.unwrap().unwrap().is_ping() {
                pings += 1;
            }
        }
    };
    timeout(PATIENCE, idle).await.unwrap();
    let typed = PageFrame::Input {
        number: 1,
        bytes: b"echo still-$((6 * 7))\r",
    };
    socket.send(Message::binary(typed.encode())).await.unwrap();
    let mut seen = String::new();
    let answered = async {
        while !seen.contains("still-42") {
            let message = socket.next().await.unwrap().unwrap();
            if let Message::Binary(frame) = message
                && let Ok(HostFrame::Output { bytes, .. } | HostFrame::Snapshot { bytes, .. }) =
                    HostFrame::decode(&frame)
            {
                seen += &String::from_utf8_lossy(bytes);
            }
        }
    };
    timeout(PATIENCE, answered).await.unwrap();
    client::terminals::end(&client, terminal.id).await.unwrap();
}

/// What the page `/self-test` does: the words, a large message there and back, the hops.
async fn the_self_test_passes(proxy: &Proxy, path: &str) {
    let client = Client::new(&format!("http://{}{path}/", proxy.address)).unwrap();
    let found: SelfTest = client::self_test::read(&client).await.unwrap();
    assert_eq!(found.host, proxy.address.to_string());
    assert_eq!(found.base_path, path);
    let failed: Vec<_> = found
        .hops
        .iter()
        .filter(|hop| hop.state == HopState::Fails)
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    let mut socket = socket(proxy, &format!("{path}{}", paths::SELF_TEST_SOCKET), None).await;
    let sent: Vec<u8> = (0..LARGEST_MESSAGE_BYTES)
        .map(|at| (at % 251) as u8)
        .collect();
    let (mut words, mut back) = (0, None);
    socket.send(Message::binary(sent.clone())).await.unwrap();
    let heard = async {
        while words < WORDS || back.is_none() {
            match socket.next().await.unwrap().unwrap() {
                Message::Text(_) => words += 1,
                Message::Binary(bytes) => back = Some(bytes),
                _ => {}
            }
        }
    };
    timeout(PATIENCE, heard).await.unwrap();
    assert_eq!(back.unwrap(), sent);
}

/// The page and what it is made of, as a browser asks for them.
async fn the_page_is_below(proxy: &Proxy, path: &str) {
    for below in ["/", "/terminals", "/self-test"] {
        let url = format!("http://{}{path}{below}", proxy.address);
        let index = reqwest::get(&url).await.unwrap().text().await.unwrap();
        let told = format!("<meta name=\"base\" content=\"{path}\">");
        assert!(index.contains(&told), "{url}: {index}");
        let assets = format!("\"{path}/assets/");
        assert!(!index.contains("\"/assets/"), "{index}");
        let (_, rest) = index.split_once(&assets).unwrap();
        let file = rest.split('"').next().unwrap();
        let url = format!("http://{}{path}/assets/{file}", proxy.address);
        let asset = reqwest::get(&url).await.unwrap();
        assert_eq!(asset.headers()["content-type"], "image/svg+xml", "{url}");
    }
}

async fn all_of_it(proxy: &Proxy, path: &str, guest: &Guest) {
    the_page_is_below(proxy, path).await;
    the_self_test_passes(proxy, path).await;
    a_terminal_outlives_the_idle_limit(proxy, path, guest).await;
}

#[tokio::test]
async fn nginx_that_leaves_the_path() {
    let server = server_below("/mac").await;
    let guest = server.guest().await;
    let location = "location /mac/ { proxy_pass http://SERVER; }";
    let proxy = Proxy::nginx(server.address, location).await;
    all_of_it(&proxy, "/mac", &guest).await;
}

#[tokio::test]
async fn nginx_that_takes_the_path_away() {
    let server = server_below("/tools/mac").await;
    let guest = server.guest().await;
    let location = "location /tools/mac/ { proxy_pass http://SERVER/; }";
    let proxy = Proxy::nginx(server.address, location).await;
    all_of_it(&proxy, "/tools/mac", &guest).await;
}

#[tokio::test]
async fn haproxy_that_leaves_the_path() {
    let server = server_below("/mac").await;
    let guest = server.guest().await;
    let proxy = Proxy::haproxy(server.address, "").await;
    all_of_it(&proxy, "/mac", &guest).await;
}

#[tokio::test]
async fn haproxy_that_takes_the_path_away() {
    let server = server_below("/mac").await;
    let guest = server.guest().await;
    let rule = "http-request replace-path /mac(/)?(.*) /\\2";
    let proxy = Proxy::haproxy(server.address, rule).await;
    all_of_it(&proxy, "/mac", &guest).await;
}

/// What is most often forgotten: the self-test sees it.
#[tokio::test]
async fn a_proxy_that_changes_host_is_found_out() {
    let server = server_below("").await;
    let location = "location / { proxy_pass http://SERVER; proxy_set_header Host inside.example; }";
    let proxy = Proxy::nginx(server.address, location).await;
    let client = Client::new(&format!("http://{}/", proxy.address)).unwrap();
    let found = client::self_test::read(&client).await.unwrap();
    assert_eq!(found.host, "inside.example");
    assert_ne!(found.host, proxy.address.to_string());
}

#[tokio::test]
async fn the_cookie_is_for_the_path_alone() {
    let server = server_below("/mac").await;
    let answer = reqwest::Client::new()
        .post(server.url(paths::GUESTS))
        .json(&())
        .send()
        .await
        .unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("; Path=/mac/;"), "{cookie}");
}
