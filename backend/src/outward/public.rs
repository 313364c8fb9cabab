//! Addresses that are anybody's to reach, told from those of this machine and its networks.

use std::{
    future::Future,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::Pin,
    task::{Context, Poll},
    vec,
};

use hyper_util::client::legacy::connect::dns::Name;
use tower::Service;

/// Whether an address is one of the internet's, by the registries of special ones
/// ([RFC 6890](https://www.rfc-editor.org/rfc/rfc6890)): a name may lead anywhere, also a name of
/// Amazon's, as internal load balancers have such names.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19));
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    // all that is given out so far is below 2000::/3
    let is_given_out = segments[0] & 0xe000 == 0x2000;
    let is_special = segments[0] == 0x2002 // 6to4, which holds an address of version 4
        || (segments[0] == 0x2001 && (segments[1] < 0x200 || segments[1] == 0xdb8))
        || segments[0] == 0x3fff;
    is_given_out && !is_special
}

/// The public addresses of a name; an error when it has none.
pub async fn look_up(name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let found = tokio::net::lookup_host((name, port)).await?;
    let public: Vec<_> = found.filter(|found| is_public(found.ip())).collect();
    if public.is_empty() {
        return Err(io::Error::other(format!("{name} has no public address")));
    }
    Ok(public)
}

/// Looks names up for hyper's client, and finds public addresses alone.
#[derive(Debug, Clone, Copy)]
pub struct PublicNames;

impl Service<Name> for PublicNames {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(async move {
            let public = look_up(name.as_str(), 0).await?;
            Ok(public.into_iter())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{PublicNames, is_public};
    use tower::Service as _;

    #[test]
    fn addresses_of_this_machine_and_its_networks_are_not_public() {
        for address in [
            "127.0.0.1",
            "10.0.0.5",
            "172.31.255.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.2",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "fe80::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in ["52.94.76.10", "9.9.9.9", "2600:1f14::1", "172.32.0.1"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_leads_nowhere() {
        let name = "localhost".parse().unwrap();
        let problem = PublicNames.call(name).await.unwrap_err().to_string();
        assert!(problem.contains("no public address"), "{problem}");
    }
}
