//! A network of the sandbox's own: loopback, and the listeners that lead out of it.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    os::fd::OwnedFd,
};

use anyhow::{Context as _, bail};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

use crate::{Spec, outbound};

/// Where names are asked for inside.
pub(crate) const DNS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 53);

/// `RTM_NEWLINK`, which changes an interface.
const CHANGE_LINK: u16 = 16;
/// `NLM_F_REQUEST | NLM_F_ACK`.
const REQUEST_AND_ANSWER: u16 = 1 | 4;
/// `NLMSG_ERROR`, which also carries success.
const ANSWER: u16 = 2;

/// Brings loopback up, which also gives it 127.0.0.1.
fn raise_loopback() -> anyhow::Result<()> {
    let socket = rustix::net::socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        None, // NETLINK_ROUTE
    )?;
    rustix::net::send(&socket, &loopback_up(), SendFlags::empty())?;
    let mut answer = [0_u8; 256];
    let (_, length) = rustix::net::recv(&socket, &mut answer, RecvFlags::empty())?;
    let (Some(kind), Some(code)) = (answer.get(4..6), answer.get(16..20)) else {
        bail!("short")
    };
    let refused = code != [0; 4] || kind != ANSWER.to_ne_bytes() || length < 20;
    if refused {
        bail!("the kernel did not bring loopback up");
    }
    Ok(())
}

/// A netlink header and an `ifinfomsg` that sets `IFF_UP` on interface 1.
fn loopback_up() -> Vec<u8> {
    let mut message = Vec::with_capacity(32);
    message.extend(32_u32.to_ne_bytes());
    message.extend(CHANGE_LINK.to_ne_bytes());
    message.extend(REQUEST_AND_ANSWER.to_ne_bytes());
    message.extend(1_u32.to_ne_bytes()); // sequence
    message.extend(0_u32.to_ne_bytes()); // from
    message.extend([0; 4]); // family, padding, device type
    message.extend(1_i32.to_ne_bytes()); // loopback is interface 1
    message.extend(1_u32.to_ne_bytes()); // IFF_UP
    message.extend(1_u32.to_ne_bytes()); // only this flag changes
    message
}

/// Makes what the sandbox sees of a network, and opens the listeners of every inlet in order, then
/// the one of the outside if there is one, and last the socket for names.
pub(crate) fn open(spec: &Spec) -> anyhow::Result<Vec<OwnedFd>> {
    raise_loopback()?;
    let mut sockets = Vec::new();
    if let Some(outbound) = &spec.outbound {
        outbound::make(outbound).context("make the outside of its network")?;
    }
    for inlet in &spec.inlets {
        if !inlet.listen.ip().is_loopback() {
            bail!("{} is not on loopback", inlet.listen);
        }
        sockets.push(listen(inlet.listen)?);
    }
    if spec.outbound.is_some() {
        sockets.push(listen(outbound::OUTSIDE.into())?);
    }
    let names = UdpSocket::bind(DNS).context("listen for names inside")?;
    sockets.push(names.into());
    Ok(sockets)
}

fn listen(address: SocketAddr) -> anyhow::Result<OwnedFd> {
    let listener = TcpListener::bind(address);
    let listener = listener.with_context(|| format!("listen on {address} inside"))?;
    Ok(listener.into())
}
