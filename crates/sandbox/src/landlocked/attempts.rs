//! What a trial of level C tries inside.

use std::{
    fs::{self, File},
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr as UnixAddr, UnixStream},
    },
};

use rustix::{
    net::{AddressFamily, SendFlags, SocketFlags, SocketType, ipproto, sendto, socket, socketpair},
    process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open, test_kill_process},
};

use super::Surroundings;

/// `MSG_FASTOPEN` (tcp(7)), which connects without being asked whether it may.
const FAST_OPEN: SendFlags = SendFlags::from_bits_retain(0x2000_0000);

/// Whether something worked, and the sentence that says so.
type Attempt = (bool, &'static str);

/// Inside: what worked, in sentences.
pub(crate) fn worked(around: &Surroundings, port: u16) -> Vec<&'static str> {
    let attempts = files(around).into_iter();
    let attempts = attempts.chain(sockets(around)).chain(network(port));
    let attempts = attempts.chain(processes(around.bystander));
    attempts
        .filter(|(worked, _)| *worked)
        .map(|(_, sentence)| sentence)
        .collect()
}

fn files(around: &Surroundings) -> [Attempt; 4] {
    let made = format!("/tmp/manageacloud-escape-{}", std::process::id());
    let is_made = File::create_new(&made).is_ok();
    fs::remove_file(made).ok(); // it is there only where this is no sandbox
    [
        (fs::read(&around.diary).is_ok(), "another home can be read"),
        (
            fs::read_dir("/tmp").is_ok(),
            "the machine's /tmp can be read",
        ),
        (is_made, "the machine's /tmp can be written"),
        (
            fs::read_dir("/proc").is_ok() || fs::read("/proc/1/cmdline").is_ok(),
            "the machine's processes can be read",
        ),
    ]
}

fn sockets(around: &Surroundings) -> [Attempt; 5] {
    let dials = |address: io::Result<UnixAddr>| {
        address
            .and_then(|address| UnixStream::connect_addr(&address))
            .is_ok()
    };
    let pair = socketpair(
        AddressFamily::UNIX,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        None,
    );
    [
        (
            dials(UnixAddr::from_abstract_name(&around.name)),
            "an abstract socket of the machine can be reached",
        ),
        (
            dials(UnixAddr::from_pathname(&around.socket)),
            "a socket in the machine's files can be reached",
        ),
        (
            pair.is_ok(),
            "a socket that sends to any other of the machine can be made",
        ),
        (
            UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).is_ok(),
            "a UDP socket can be made",
        ),
        (
            socket(AddressFamily::NETLINK, SocketType::RAW, None).is_ok(),
            "the machine's network can be asked about",
        ),
    ]
}

fn network(port: u16) -> [Attempt; 3] {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stream = |protocol| socket(AddressFamily::INET, SocketType::STREAM, protocol);
    let multipath = stream(Some(ipproto::MPTCP))
        .is_ok_and(|socket| rustix::net::connect(&socket, &address).is_ok());
    let fast = stream(None).is_ok_and(|socket| sendto(&socket, b"x", FAST_OPEN, &address).is_ok());
    [
        (multipath, "a loopback port can be reached by several paths"),
        (fast, "a loopback port can be reached with the first bytes"),
        (
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).is_ok(),
            "a port of the machine can be listened on",
        ),
    ]
}

fn processes(bystander: i32) -> [Attempt; 3] {
    let process = Pid::from_raw(bystander);
    let signals = process.is_some_and(|process| test_kill_process(process).is_ok());
    let handle = process.and_then(|process| pidfd_open(process, PidfdFlags::empty()).ok());
    let takes =
        handle.is_some_and(|handle| pidfd_getfd(&handle, 0, PidfdGetfdFlags::empty()).is_ok());
    let traced = nix::sys::ptrace::attach(nix::unistd::Pid::from_raw(bystander)).is_ok();
    [
        (signals, "a process of another sandbox can be signalled"),
        (takes, "a file of another sandbox's process can be taken"),
        (traced, "a process of another sandbox can be traced"),
    ]
}
