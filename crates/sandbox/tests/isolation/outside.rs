//! A sandbox with an outside: what it connects to and asks for, and who hears of it.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::{net::Ipv4Addr, path::Path};

use sandbox::{LEADS, Outbound, Spec};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::UnixListener,
};

use crate::launch::{Ended, Ground};

const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 5);

/// Leads connections to port 80 to somebody who says where they were meant to go, and no others.
async fn lead(listener: UnixListener) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).await.unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, _, from, to, _, port] = words[..] else {
            panic!("{line}")
        };
        if port == "80" {
            let stream = reader.get_mut();
            stream.write_all(&[LEADS]).await.unwrap();
            let said = format!("from {from} to {to}\n");
            stream.write_all(said.as_bytes()).await.unwrap();
        }
    }
}

/// Says that every name is 203.0.113.9.
async fn name(listener: UnixListener) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let length = stream.read_u16().await.unwrap();
        let mut answer = vec![0; usize::from(length)];
        stream.read_exact(&mut answer).await.unwrap();
        answer[2] |= 0x80; // an answer
        answer[7] = 1; // of one record
        answer[10..12].fill(0); // without additional ones
        answer.truncate(end_of_question(&answer));
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 203, 0, 113, 9]);
        let length = u16::try_from(answer.len()).unwrap();
        stream.write_u16(length).await.unwrap();
        stream.write_all(&answer).await.unwrap();
    }
}

fn end_of_question(message: &[u8]) -> usize {
    let name = message[12..].iter().position(|&byte| byte == 0).unwrap();
    12 + name + 5
}

fn with_outside(ground: &Ground, script: &str) -> Spec {
    let socket = |name| ground.folder.path().join(name);
    let mut spec = ground.bash(1, script);
    spec.outbound = Some(Outbound {
        address: ADDRESS,
        connections: socket("connections"),
        names: socket("names"),
    });
    spec
}

async fn run(script: &str) -> Ended {
    let ground = Ground::new().await;
    let listen = |name: &str| UnixListener::bind(Path::new(ground.folder.path()).join(name));
    tokio::spawn(lead(listen("connections").unwrap()));
    tokio::spawn(name(listen("names").unwrap()));
    ground.run(with_outside(&ground, script)).await
}

#[tokio::test]
async fn a_connection_to_anywhere_is_handed_over_with_where_it_was_meant_to_go() {
    let ended = run("exec 3<>/dev/tcp/169.254.169.254/80; cat <&3").await;
    assert_eq!(
        ended.stdout, "from 10.0.0.5 to 169.254.169.254\n",
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn a_connection_that_leads_nowhere_is_reset() {
    let ended = run("exec 3<>/dev/tcp/192.0.2.1/81; cat <&3").await;
    assert!(ended.stderr.contains("reset by peer"), "{}", ended.stderr);
}

#[tokio::test]
async fn other_names_are_asked_for_outside() {
    let ended = run("exec 3<>/dev/tcp/www.example.com/80; cat <&3").await;
    assert_eq!(
        ended.stdout, "from 10.0.0.5 to 203.0.113.9\n",
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn servers_inside_have_all_ports_for_themselves() {
    let script = "python3 -c '
import socket
server = socket.create_server((\"\", 80))
here = socket.create_connection((\"10.0.0.5\", 80))
print(server.accept()[1][0])
'; exec 3<>/dev/tcp/127.0.0.53/1; cat <&3";
    let ended = run(script).await;
    assert_eq!(ended.stdout, "10.0.0.5\n", "{}", ended.stderr);
}

#[tokio::test]
async fn nobody_inside_may_change_the_network() {
    let script = "nft flush ruleset || ip link delete eth0 || echo kept";
    assert_eq!(run(script).await.stdout, "kept\n");
}

#[tokio::test]
async fn an_outside_that_is_not_there_is_as_none() {
    let ground = Ground::new().await;
    let script = "exec 3<>/dev/tcp/192.0.2.1/80; cat <&3";
    let ended = ground.run(with_outside(&ground, script)).await;
    assert!(ended.stderr.contains("reset by peer"), "{}", ended.stderr);
}
