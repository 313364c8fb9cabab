//! The way out to an allowed name, in a network of the test's own in which a public address is.

use std::{fs, io, path::Path, process::Command, thread};

use axum::{
    Router,
    http::{HeaderValue, header},
    middleware,
    response::{Redirect, Response},
    routing::get,
};
use nix::{
    mount::{MsFlags, mount},
    sched::{CloneFlags, unshare},
};
use tokio::{net::TcpListener, runtime::Builder};

use crate::{
    server::{self, TestServer},
    shell::Shell,
};

/// An address that is public everywhere else.
const PUBLIC: &str = "1.1.1.1";
/// The name that is allowed.
const ALLOWED: &str = "allowed.example";

#[test]
fn an_allowed_name_is_reached_and_where_it_leads_from_there_is_not() {
    if server::uses_postgres() || !nix::unistd::geteuid().is_root() {
        eprintln!("left out: it needs root and SQLite, as its network holds nothing else");
        return;
    }
    let hosts = tempfile::NamedTempFile::new().unwrap();
    leads_to(hosts.path(), PUBLIC);
    thread::scope(|scope| {
        let tried = scope.spawn(|| {
            // of this thread and all that it starts
            make_world(hosts.path()).unwrap();
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(try_all(hosts.path()));
        });
        tried.join().unwrap();
    });
}

async fn try_all(hosts: &Path) {
    for port in [80, 443] {
        let listener = TcpListener::bind((PUBLIC, port)).await.unwrap();
        tokio::spawn(async move { axum::serve(listener, page()).await });
    }
    let allowed = vec![ALLOWED.parse().unwrap()];
    let server = TestServer::with(|config| config.internet = allowed).await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;

    let url = format!("http://{ALLOWED}/");
    assert!(shell.run(&format!("curl -s {url}")).await.contains("here"));
    let tunnel = format!("curl -s --proxytunnel http://{ALLOWED}:443/");
    assert!(shell.run(&tunnel).await.contains("here"));
    let by_number = format!("curl -s -o /dev/null -w 'page=%{{http_code}}' http://{PUBLIC}/");
    assert!(shell.run(&by_number).await.contains("page=403"));

    // it sends who follows to a network of ours, to the metadata, and to a name that is not allowed
    // to the proxy, whatever the address
    let followed = "-sL --noproxy '' -o /dev/null -w 'page=%{http_code} after=%{num_redirects}'";
    for place in ["private", "metadata", "elsewhere"] {
        let seen = shell.run(&format!("curl {followed} {url}{place}")).await;
        assert!(seen.contains("page=403 after=1"), "{place}: {seen}");
    }

    // whoever owns the name lets it lead to this machine from now on
    let status = "-s -o /dev/null -w 'page=%{http_code} proxy=%{http_connect}'";
    for address in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"] {
        leads_to(hosts, address);
        let seen = shell.run(&format!("curl {status} {url}")).await;
        assert!(seen.contains("page=502"), "{address}: {seen}");
        let seen = shell
            .run(&format!("curl {status} -p http://{ALLOWED}:443/"))
            .await;
        assert!(
            seen.contains("page=502") || seen.contains("proxy=502"),
            "{address}: {seen}"
        );
    }
    leads_to(hosts, PUBLIC);
    assert!(shell.run(&format!("curl -s {url}")).await.contains("here"));
}

fn page() -> Router {
    let leads = |to: &'static str| get(move || async move { Redirect::temporary(to) });
    Router::new()
        .route("/", get(async || "here"))
        .route("/private", leads("http://10.0.0.1/"))
        .route(
            "/metadata",
            leads("http://169.254.169.254/latest/meta-data/"),
        )
        .route("/elsewhere", leads("http://elsewhere.example/"))
        // whoever asks next looks the name up again
        .layer(middleware::map_response(async |mut answer: Response| {
            let closes = HeaderValue::from_static("close");
            answer.headers_mut().insert(header::CONNECTION, closes);
            answer
        }))
}

/// A network with loopback and the public address alone, and names that a file says.
fn make_world(hosts: &Path) -> io::Result<()> {
    unshare(CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS)?;
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)?;
    mount(Some(hosts), "/etc/hosts", none, MsFlags::MS_BIND, none)?;
    let public = format!("{PUBLIC}/32");
    for line in [
        &["link", "set", "lo", "up"][..],
        &["address", "add", &public, "dev", "lo"],
    ] {
        let done = Command::new("ip").args(line).status()?;
        assert!(done.success(), "{line:?}: {done}");
    }
    Ok(())
}

/// In the same file, which is mounted.
fn leads_to(hosts: &Path, address: &str) {
    fs::write(hosts, format!("127.0.0.1 localhost\n{address} {ALLOWED}\n")).unwrap();
}
