//! Which AWS the commands of an account's sandbox speak to.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use reqwest::Url;
use sandbox::{Inlet, InletTarget, Spec};
use shared::{AccountId, SaveCredential};

use super::{emulated, own};
use crate::{Result, accounts::Tenant, app::App, outward};

/// Where the operator's endpoint in place of Amazon's answers inside.
const ENDPOINT_PORT: u16 = 4566;
/// Where the way out is inside.
const OUT_PORT: u16 = 4568;
/// What never goes that way: what the sandbox has itself, and the emulated network.
const INSIDE: &str = "localhost,.localhost,127.0.0.1,169.254.169.254,10.0.0.0/8,172.16.0.0/12,\
                      100.64.0.0/10,198.18.0.0/15,.internal";

/// Leads a sandbox's commands to the clouds: `aws` to Amazon for an account that has credentials of
/// its own, to the emulated cloud for all others.
pub async fn furnish(app: &App, tenant: &Tenant, spec: &mut Spec) -> Result<()> {
    let emulated = emulated(app, tenant).await?;
    if let Some(credentials) = &emulated {
        credentials.furnish(spec);
    }
    let account = tenant.account.id;
    match (own(app, account, "amazon").await?, emulated) {
        (Some(own), _) => amazon(app, account, own, spec),
        (None, Some(credentials)) => credentials.furnish_aws(spec),
        (None, None) => {}
    }
    Ok(())
}

fn amazon(app: &App, account: AccountId, own: SaveCredential, spec: &mut Spec) {
    spec.set("AWS_ACCESS_KEY_ID", own.client);
    spec.set("AWS_SECRET_ACCESS_KEY", own.key);
    let endpoint = app.config.aws_endpoint.as_deref();
    if app.config.no_sandbox {
        // it is on the machine's own network
        if let Some(endpoint) = endpoint {
            spec.set("AWS_ENDPOINT_URL", endpoint.to_owned());
        }
        return;
    }
    match endpoint.map(|endpoint| (endpoint, direct(endpoint))) {
        Some((_, Some(address))) => {
            let inside = format!("http://localhost:{ENDPOINT_PORT}");
            spec.set("AWS_ENDPOINT_URL", inside);
            let target = InletTarget::Tcp(address);
            spec.inlets.push(inlet(ENDPOINT_PORT, target));
        }
        Some((endpoint, None)) => spec.set("AWS_ENDPOINT_URL", endpoint.to_owned()),
        None => {}
    }
    let pass = outward::pass(&app.signer, account);
    let proxy = format!("http://{account}:{pass}@localhost:{OUT_PORT}");
    for name in ["http_proxy", "https_proxy", "HTTPS_PROXY"] {
        spec.set(name, proxy.clone());
    }
    for name in ["no_proxy", "NO_PROXY"] {
        spec.set(name, INSIDE.to_owned());
    }
    let socket = app.config.folders().outward_socket();
    spec.inlets.push(inlet(OUT_PORT, InletTarget::Unix(socket)));
}

/// Where an endpoint is that is reached without TLS and without asking for its name.
fn direct(endpoint: &str) -> Option<SocketAddr> {
    let url = Url::parse(endpoint).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']);
    let address = host.parse::<IpAddr>().ok()?;
    let port = url.port_or_known_default()?;
    (url.scheme() == "http").then(|| (address, port).into())
}

fn inlet(port: u16, target: InletTarget) -> Inlet {
    Inlet {
        listen: (Ipv4Addr::LOCALHOST, port).into(),
        target,
    }
}

#[cfg(test)]
mod tests {
    use super::direct;

    #[test]
    fn an_endpoint_without_tls_and_name_is_reached_directly() {
        let at = |endpoint| direct(endpoint).map(|address| address.to_string());
        assert_eq!(at("http://127.0.0.1:5000").unwrap(), "127.0.0.1:5000");
        assert_eq!(at("http://[::1]:5000/").unwrap(), "[::1]:5000");
        assert_eq!(at("https://127.0.0.1:5000"), None);
        assert_eq!(at("http://aws.example.com"), None);
        assert_eq!(at("aws"), None);
    }
}
