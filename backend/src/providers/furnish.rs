//! Which AWS the commands of an account's sandbox speak to.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use reqwest::Url;
use sandbox::{Inlet, InletTarget, Spec};
use shared::{AccountId, SaveCredential};

use super::{Whose, emulated, own};
use crate::{Error, Result, accounts::Tenant, app::App, instances::SSH_PORT, outward};

/// Where the operator's endpoint in place of Amazon's answers inside.
const ENDPOINT_PORT: u16 = 4566;
/// Where the way out is inside.
const OUT_PORT: u16 = 4568;
/// Where the instance that a sandbox is for is inside.
const INSTANCE_PORT: u16 = 4570;
/// What never goes that way: what the sandbox has itself, and the emulated network.
const INSIDE: &str = "localhost,.localhost,127.0.0.1,169.254.169.254,10.0.0.0/8,172.16.0.0/12,\
                      100.64.0.0/10,198.18.0.0/15,.internal";

/// And the names of the emulated cloud.
const EMULATED: &str = ".amazonaws.com,.amazonaws.com.cn,.api.aws,.windows.net,.azure.com,.cloudapp.net,\
                        .microsoftonline.com,.sandbox";

/// Leads a sandbox's commands to the clouds: `aws` to Amazon for an account that has credentials of
/// its own, to the emulated cloud for all others.
pub async fn furnish(app: &App, tenant: &Tenant, spec: &mut Spec) -> Result<()> {
    let account = tenant.account.id;
    let (emulated, own) = tokio::try_join!(emulated(app, tenant), own(app, account, "amazon"))?;
    if let Some(credentials) = &emulated {
        credentials.furnish(spec);
    }
    match (own, emulated) {
        (Some(own), _) => amazon(app, account, own, spec),
        (None, emulated) => {
            if let Some(credentials) = &emulated {
                credentials.furnish_aws(spec);
            }
            if !app.config.internet.is_empty() && app.leads_sandboxes() {
                // what the emulated cloud answers is not the internet's
                lead_out(app, account, &[INSIDE, EMULATED].join(","), spec);
            }
        }
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
    if !app.leads_sandboxes() {
        return; // it has no way out
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
    lead_out(app, account, INSIDE, spec);
}

/// Tells a sandbox's programs of the way out.
fn lead_out(app: &App, account: AccountId, inside: &str, spec: &mut Spec) {
    let pass = outward::pass(&app.signer, account);
    let proxy = format!("http://{account}:{pass}@localhost:{OUT_PORT}");
    for name in ["http_proxy", "https_proxy", "HTTPS_PROXY"] {
        spec.set(name, proxy.clone());
    }
    for name in ["no_proxy", "NO_PROXY"] {
        spec.set(name, inside.to_owned());
    }
    let socket = app.config.folders().outward_socket();
    spec.inlets.push(inlet(OUT_PORT, InletTarget::Unix(socket)));
}

/// Where a sandbox reaches port 22 of an instance's public address: its own network leads to emulated
/// ones, and a way of its own to a real one.
pub fn lead_to(app: &App, whose: Whose, address: &str, spec: &mut Spec) -> Result<(String, u16)> {
    if whose == Whose::Emulated || app.config.no_sandbox {
        return Ok((address.to_owned(), SSH_PORT));
    }
    let found = reached(address, app.config.aws_endpoint.is_some());
    let found = found.ok_or_else(|| {
        let private = format!("{address} is not an address of the internet's");
        Error::Conflict(private)
    })?;
    let target = InletTarget::Tcp((found, SSH_PORT).into());
    spec.inlets.push(inlet(INSTANCE_PORT, target));
    Ok((Ipv4Addr::LOCALHOST.to_string(), INSTANCE_PORT))
}

/// An address that a sandbox is led to, if it may be: whatever a cloud says, never into the operator's
/// own network, unless the operator's own endpoint says so.
fn reached(address: &str, is_operators: bool) -> Option<IpAddr> {
    let found = address.parse().ok();
    found.filter(|found| is_operators || outward::is_public(*found))
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
    use super::{direct, reached};

    #[test]
    fn an_instances_address_leads_into_nobodys_own_network() {
        assert!(reached("54.206.1.2", false).is_some());
        for inside in [
            "10.0.0.5",
            "127.0.0.1",
            "169.254.169.254",
            "::1",
            "name",
            "",
        ] {
            assert_eq!(reached(inside, false), None, "{inside}");
        }
        assert!(
            reached("10.0.0.5", true).is_some(),
            "of the operator's own cloud"
        );
    }

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
