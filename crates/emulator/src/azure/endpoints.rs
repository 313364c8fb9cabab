//! Endpoints: ports of a service that lead to ports of its machines.

use super::{Fault, Tree, machine::Machine};

/// How many endpoints a machine may have; Azure's own limit.
const MOST_ENDPOINTS: usize = 25;
/// How many elements of its network's configuration are kept of a machine.
const MOST_ELEMENTS: usize = 1000;

/// Checks what is sent of a machine's network.
pub(crate) fn check(network: &Tree) -> Result<(), Fault> {
    let endpoints = network.items("InputEndpoints");
    if endpoints.len() > MOST_ENDPOINTS || network.size() > MOST_ELEMENTS {
        let why = format!("A machine may have {MOST_ENDPOINTS} endpoints.");
        return Err(Fault::BadRequest(why));
    }
    endpoints.iter().try_for_each(check_endpoint)
}

fn check_endpoint(endpoint: &Tree) -> Result<(), Fault> {
    let is_port = |name: &str| {
        endpoint
            .field(name)
            .parse::<u16>()
            .is_ok_and(|port| port > 0)
    };
    let protocol = endpoint.field("Protocol");
    let is_known = ["tcp", "udp"]
        .iter()
        .any(|known| protocol.eq_ignore_ascii_case(known));
    if is_known && is_port("LocalPort") && is_port("Port") {
        return Ok(());
    }
    let why = format!(
        "The endpoint {:?} has no valid port or protocol.",
        endpoint.field("Name")
    );
    Err(Fault::BadRequest(why))
}

/// A port of a service leads to one machine, unless they share it in a set.
pub(crate) fn check_ports<'a>(machines: impl Iterator<Item = &'a Machine>) -> Result<(), Fault> {
    let mut taken: Vec<(String, String, &str)> = Vec::new();
    for endpoint in machines.flat_map(|machine| machine.network.items("InputEndpoints")) {
        let protocol = endpoint.field("Protocol").to_ascii_lowercase();
        let port = endpoint.field("Port").trim_start_matches('0').to_owned();
        let set = endpoint.field("LoadBalancedEndpointSetName");
        let is_shared = |other: &str| !set.is_empty() && set.eq_ignore_ascii_case(other);
        if taken
            .iter()
            .any(|(p, q, other)| *p == protocol && *q == port && !is_shared(other))
        {
            let why = format!("The port {port} is in use by another endpoint of the service.");
            return Err(Fault::BadRequest(why));
        }
        taken.push((protocol, port, set));
    }
    Ok(())
}
