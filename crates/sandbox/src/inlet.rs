//! Serves the listeners inside a sandbox from outside of it.

use std::{net, os::fd::OwnedFd, sync::Arc, time::Duration};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream, UdpSocket, UnixStream},
    sync::Semaphore,
    task::JoinSet,
};
use tracing::debug;

use crate::{Inlet, InletTarget, names};

/// The most connections that one sandbox holds open through one inlet.
const MOST_CONNECTIONS: usize = 256;
/// The pause after a failed accept, most likely for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves all sockets: those of the inlets in order, and last the one for names.
pub(crate) async fn serve(mut sockets: Vec<OwnedFd>, inlets: Vec<Inlet>, suffixes: Vec<String>) {
    let mut tasks = JoinSet::new();
    if let Some(socket) = sockets.pop() {
        tasks.spawn(answer_names(socket, suffixes));
    }
    for (socket, inlet) in sockets.into_iter().zip(inlets) {
        tasks.spawn(forward(socket, inlet.target));
    }
    while tasks.join_next().await.is_some() {}
}

async fn forward(socket: OwnedFd, target: InletTarget) {
    let listener = net::TcpListener::from(socket);
    let listener = listener
        .set_nonblocking(true)
        .and_then(|()| TcpListener::from_std(listener));
    let Ok(listener) = listener else {
        return debug!("an inlet has no listener");
    };
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut connections = JoinSet::new();
    while let Ok(place) = places.clone().acquire_owned().await {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((inside, _)) => {
                let target = target.clone();
                connections.spawn(async move {
                    let _place = place;
                    if let Err(error) = splice(inside, target).await {
                        debug!("a connection through an inlet ended: {error}");
                    }
                });
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn splice(mut inside: TcpStream, target: InletTarget) -> std::io::Result<()> {
    match target {
        InletTarget::Unix(path) => {
            copy_bidirectional(&mut inside, &mut UnixStream::connect(path).await?).await?;
        }
        InletTarget::Tcp(address) => {
            inside.set_nodelay(true)?;
            copy_bidirectional(&mut inside, &mut TcpStream::connect(address).await?).await?;
        }
    }
    Ok(())
}

async fn answer_names(socket: OwnedFd, suffixes: Vec<String>) {
    let socket = net::UdpSocket::from(socket);
    let socket = socket
        .set_nonblocking(true)
        .and_then(|()| UdpSocket::from_std(socket));
    let Ok(socket) = socket else {
        return debug!("names have no socket");
    };
    let mut query = [0; 1024];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut query).await else {
            continue;
        };
        if let Some(answer) = query
            .get(..length)
            .and_then(|q| names::answer(q, &suffixes))
        {
            socket.send_to(&answer, from).await.ok(); // the asker may be gone
        }
    }
}
