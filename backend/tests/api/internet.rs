//! The names of the internet that an operator allows: never to this machine, its networks or metadata.

use crate::{server::TestServer, shell::Shell};

async fn server(names: &[&str]) -> TestServer {
    let names: Vec<_> = names.iter().map(|name| name.parse().unwrap()).collect();
    TestServer::with(|config| config.internet = names).await
}

/// What the proxy says to a request of curl's, by its status.
async fn asked(shell: &mut Shell, url: &str) -> String {
    let line =
        format!("curl -s -o /dev/null -w 'proxy=%{{http_connect}} page=%{{http_code}}' {url}");
    shell.run(&line).await
}

#[tokio::test]
async fn without_a_setting_there_is_no_way_out() {
    let server = server(&[]).await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let seen = shell.run("echo \"proxy is '$https_proxy'\"").await;
    assert!(seen.contains("proxy is ''"), "{seen}");
}

#[tokio::test]
async fn a_name_that_is_not_allowed_is_refused_with_which_are() {
    let server = server(&["pypi.org", ".debian.org"]).await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let seen = asked(&mut shell, "https://example.com/").await;
    assert!(seen.contains("proxy=403"), "{seen}");
    let seen = asked(&mut shell, "https://debian.org.evil.example/").await;
    assert!(seen.contains("proxy=403"), "{seen}");
    let seen = asked(&mut shell, "https://pypi.org:22/").await;
    assert!(seen.contains("proxy=403"), "{seen}");
    let seen = shell.run("curl -s http://example.com/").await;
    assert!(
        seen.contains("example.com is not reached from here"),
        "{seen}"
    );
    // and no address at all, whatever stands there
    for address in [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "1.1.1.1",
        "[::1]",
    ] {
        let line = format!(
            "curl -s -o /dev/null -w 'proxy=%{{http_connect}}' --noproxy '' https://{address}/"
        );
        let seen = shell.run(&line).await;
        assert!(seen.contains("proxy=403"), "{address}: {seen}");
    }
}

/// Somebody who owns an allowed name lets it lead to this machine (DNS rebinding); `localhost` is such a one.
#[tokio::test]
async fn an_allowed_name_that_leads_to_this_machine_leads_nowhere() {
    let server = server(&["localhost"]).await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    for url in ["https://localhost/", "http://localhost/"] {
        let line = format!(
            "curl -s -o /dev/null -w 'proxy=%{{http_connect}} page=%{{http_code}}' --noproxy '' {url}"
        );
        let seen = shell.run(&line).await;
        assert!(
            seen.contains("proxy=502") || seen.contains("page=502"),
            "{url}: {seen}"
        );
    }
}

/// The pass in `https_proxy` is one account's, and nobody is let out without one.
#[tokio::test]
async fn nobody_is_led_out_without_a_pass() {
    let server = server(&["localhost"]).await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let line = "curl -s -o /dev/null -w 'page=%{http_code}' --noproxy '' -x http://localhost:4568 http://localhost/";
    let seen = shell.run(line).await;
    assert!(seen.contains("page=407"), "{seen}");
}
