//! Making the outside of a sandbox's network: an interface whose connections all end at a listener.
//!
//! That is what a transparent proxy does: `nft` turns what is sent to another address round to
//! [`OUTSIDE`], and the kernel remembers where it was meant to go (`SO_ORIGINAL_DST`). So servers
//! inside have all ports for themselves, and clients see true addresses.

use std::{
    fs,
    io::Write as _,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, ensure};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, configure_capability_in_ambient_set,
    set_capabilities,
};

use crate::{Outbound, network::DNS};

/// Where connections to other addresses end inside; no server there listens on this address alone.
pub(crate) const OUTSIDE: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, 53), 1);
/// The lowest port that a server may have who is not root.
const LOWEST_PORT: &str = "/proc/sys/net/ipv4/ip_unprivileged_port_start";

/// Makes the interface, and turns round what is sent by it.
pub(crate) fn make(outbound: &Outbound) -> anyhow::Result<()> {
    hand_on_capability(true).context("keep what changes a network")?;
    // beside each other
    let settings = [
        Setting::start("ip", "iproute2", &["-batch", "-"], &links(outbound))?,
        Setting::start("nft", "nftables", &["-f", "-"], &rules(DNS))?,
    ];
    // Bubblewrap takes a capability for a mistake.
    hand_on_capability(false).context("leave what changes a network")?;
    for setting in settings {
        setting.finish()?;
    }
    fs::write(LOWEST_PORT, "0").context("free the lower ports")
}

/// For `ip -batch`: `eth0` has its other end in the same network, so that nothing leaves by it.
fn links(Outbound { address, .. }: &Outbound) -> String {
    format!(
        "link add eth0 type veth peer name outside\n\
         link set outside up\n\
         link set eth0 up\n\
         address add {address}/32 dev eth0\n\
         route add default dev eth0 src {address}\n"
    )
}

/// For `nft -f`: what is sent elsewhere by TCP ends at [`OUTSIDE`], and questions for names where
/// they are answered.
fn rules(names: SocketAddr) -> String {
    format!(
        "table ip outside {{\n\
         chain sent {{\n\
         type nat hook output priority -100; policy accept;\n\
         fib daddr type local accept\n\
         meta l4proto tcp dnat to {OUTSIDE}\n\
         udp dport 53 dnat to {names}\n\
         }}\n\
         }}\n"
    )
}

/// A program that sets something up.
struct Setting {
    name: &'static str,
    child: Child,
}

impl Setting {
    fn start(
        name: &'static str,
        package: &str,
        arguments: &[&str],
        input: &str,
    ) -> anyhow::Result<Self> {
        let doing = || format!("start {name}, of Debian's {package}");
        let mut child = Command::new(name)
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(doing)?;
        let mut pipe = child.stdin.take().with_context(doing)?;
        pipe.write_all(input.as_bytes()).with_context(doing)?;
        Ok(Self { name, child })
    }

    fn finish(self) -> anyhow::Result<()> {
        let output = self.child.wait_with_output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}: {}", self.name, said.trim());
        Ok(())
    }
}

/// Whether programs that this one starts may change the network: with a new program, a user who is
/// not root loses all capabilities otherwise.
fn hand_on_capability(may: bool) -> rustix::io::Result<()> {
    let (sets, needed) = (capabilities(None)?, CapabilitySet::NET_ADMIN);
    let inheritable = match may {
        true => sets.inheritable | needed,
        false => sets.inheritable - needed,
    };
    let sets = CapabilitySets {
        inheritable,
        ..sets
    };
    set_capabilities(None, sets)?;
    // what is not inheritable leaves the ambient set by itself
    match may {
        true => configure_capability_in_ambient_set(needed, true),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::{DNS, links, rules};
    use crate::Outbound;

    #[test]
    fn all_that_is_sent_to_other_addresses_ends_at_one_listener() {
        let outbound = Outbound {
            address: Ipv4Addr::new(10, 0, 0, 5),
            connections: "/c".into(),
            names: "/n".into(),
        };
        assert!(links(&outbound).contains("address add 10.0.0.5/32 dev eth0"));
        assert!(rules(DNS).contains("meta l4proto tcp dnat to 127.0.0.53:1"));
    }
}
