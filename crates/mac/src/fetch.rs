//! Macfiles and scripts at URLs: small, soon, and from public addresses alone.
//!
//! A name is looked up once, and the connection goes to the address that was looked at: a name that
//! means something else a moment later leads nowhere (DNS rebinding).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use reqwest::{Client, Response, Url, redirect::Policy};

/// A macfile is text that people write.
const LARGEST_BYTES: usize = 1 << 20;
/// How often it may be somewhere else.
const MOST_REDIRECTS: usize = 5;
/// How long it may take in all.
const LONGEST: Duration = Duration::from_secs(10);

/// Whether private addresses are asked as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    Public,
    Anywhere,
}

/// Whether a text is a URL and not a path.
pub fn is_url(text: &str) -> bool {
    text.contains("://")
}

/// The text at a URL.
pub async fn fetch(url: &str, reach: Reach) -> anyhow::Result<String> {
    let fetched = tokio::time::timeout(LONGEST, follow(url, reach)).await;
    fetched
        .with_context(|| format!("it took longer than {} s", LONGEST.as_secs()))
        .and_then(|fetched| fetched)
        .with_context(|| format!("fetch {url}"))
}

async fn follow(url: &str, reach: Reach) -> anyhow::Result<String> {
    let mut url = Url::parse(url).context("it is not a URL")?;
    for _ in 0..=MOST_REDIRECTS {
        let answer = get(&url, reach).await?;
        if !answer.status().is_redirection() {
            ensure!(
                answer.status().is_success(),
                "the answer is {}",
                answer.status()
            );
            return body(answer).await;
        }
        let location = answer
            .headers()
            .get("location")
            .and_then(|to| to.to_str().ok());
        url = url.join(location.context("a redirect without a location")?)?;
    }
    bail!("more than {MOST_REDIRECTS} redirects")
}

async fn get(url: &Url, reach: Reach) -> anyhow::Result<Response> {
    ensure!(
        matches!(url.scheme(), "http" | "https"),
        "{} is neither http nor https",
        url.scheme()
    );
    let host = url.host_str().context("it names no host")?.to_owned();
    let port = url.port_or_known_default().unwrap_or(80);
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host.trim_matches(['[', ']']), port))
        .await?
        .collect();
    if reach == Reach::Public
        && let Some(private) = found.iter().find(|address| !is_public(address.ip()))
    {
        bail!(
            "{host} is at {}, which is not public; --allow-private-urls allows it",
            private.ip()
        );
    }
    let client = Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .resolve_to_addrs(&host, &found)
        .build()?;
    Ok(client.get(url.clone()).send().await?)
}

async fn body(mut answer: Response) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        bytes.extend_from_slice(&chunk);
        let kib = LARGEST_BYTES >> 10;
        ensure!(bytes.len() <= LARGEST_BYTES, "it has more than {kib} KiB");
    }
    String::from_utf8(bytes).context("it is not text")
}

/// Whether an address is one of the internet's
/// (<https://www.iana.org/assignments/iana-ipv4-special-registry>).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => {
            if let Some(inner) = address.to_ipv4_mapped() {
                return is_public_v4(inner);
            }
            let words = address.segments();
            let is_translated = words[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
            if is_translated {
                let [a, b] = words[6].to_be_bytes();
                let [c, d] = words[7].to_be_bytes();
                return is_public_v4(Ipv4Addr::new(a, b, c, d));
            }
            // global unicast, without documentation, 6to4 and Teredo, which hide other addresses
            words[0] & 0xe000 == 0x2000
                && words[..2] != [0x2001, 0xdb8]
                && words[..2] != [0x2001, 0]
                && words[0] != 0x2002
        }
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b)))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::{Reach, fetch, is_public};

    #[test]
    fn only_the_internets_addresses_are_public() {
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "2606:4700::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "fd00:ec2::254",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    /// Answers each connection with the next answer; its address.
    fn answers(answers: Vec<String>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut asked = [0; 2048];
                assert!(stream.read(&mut asked).unwrap() > 0);
                stream.write_all(answer.as_bytes()).ok(); // it may hang up early
            }
        });
        format!("http://{address}/a.macfile")
    }

    fn ok(text: &str) -> String {
        format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{text}",
            text.len()
        )
    }

    fn moved(to: &str) -> String {
        format!(
            "HTTP/1.1 302 Found\r\nconnection: close\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n"
        )
    }

    #[tokio::test]
    async fn a_text_is_fetched_through_redirects() {
        let url = answers(vec![moved("/b.macfile"), ok("mac: 1\n")]);
        assert_eq!(fetch(&url, Reach::Anywhere).await.unwrap(), "mac: 1\n");
    }

    #[tokio::test]
    async fn what_is_private_large_endless_or_no_web_is_refused() {
        let told = async |url: &str, reach| format!("{:#}", fetch(url, reach).await.unwrap_err());
        let url = answers(vec![]);
        let private = told(&url, Reach::Public).await;
        assert!(
            private.contains("127.0.0.1, which is not public"),
            "{private}"
        );
        let large = answers(vec![ok(&"x".repeat((1 << 20) + 1))]);
        assert!(
            told(&large, Reach::Anywhere)
                .await
                .contains("more than 1024 KiB")
        );
        let circle = answers((0..7).map(|_| moved("/again")).collect());
        assert!(
            told(&circle, Reach::Anywhere)
                .await
                .contains("more than 5 redirects")
        );
        let file = answers(vec![moved("file:///etc/passwd")]);
        assert!(
            told(&file, Reach::Anywhere)
                .await
                .contains("neither http nor https")
        );
        let gone = answers(vec![
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".into(),
        ]);
        assert!(told(&gone, Reach::Anywhere).await.contains("404"));
    }
}
