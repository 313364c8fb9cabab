//! Serves the listeners inside a sandbox from outside of it.

use std::{
    io,
    net::{self, SocketAddr},
    os::fd::OwnedFd,
    path::Path,
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream, UdpSocket, UnixStream},
    sync::Semaphore,
    task::JoinSet,
    time::timeout,
};
use tracing::debug;

use crate::{Inlet, InletTarget, LEADS, Outbound, names, outbound::OUTSIDE};

/// The most connections that one sandbox holds open through one inlet.
const MOST_CONNECTIONS: usize = 256;
/// The most questions for names of one sandbox that are under way.
const MOST_QUESTIONS: usize = 32;
/// How long the answer to a question may take.
const ANSWERING: Duration = Duration::from_secs(4);
/// The pause after a failed accept, most likely for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves all sockets: those of the inlets in order, the one of the outside if there is one, and
/// last the one for names.
pub(crate) async fn serve(
    mut sockets: Vec<OwnedFd>,
    inlets: Vec<Inlet>,
    suffixes: Vec<String>,
    outbound: Option<Outbound>,
) {
    let mut tasks = JoinSet::new();
    let outside = outbound.as_ref().map(|outbound| outbound.names.clone());
    if let Some(socket) = sockets.pop() {
        tasks.spawn(answer_names(socket, suffixes, outside.map(Into::into)));
    }
    let inlets = inlets.into_iter().map(|inlet| Way::Inlet(inlet.target));
    let outside = outbound.map(|outbound| Way::Outside(outbound.connections.into()));
    for (socket, way) in sockets.into_iter().zip(inlets.chain(outside)) {
        tasks.spawn(forward(socket, way));
    }
    while tasks.join_next().await.is_some() {}
}

/// Where a listener's connections go.
#[derive(Clone)]
enum Way {
    /// All to one place.
    Inlet(InletTarget),
    /// To a socket that is told where each was meant to go.
    Outside(Arc<Path>),
}

async fn forward(socket: OwnedFd, way: Way) {
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
            Ok((inside, from)) => {
                let way = way.clone();
                connections.spawn(async move {
                    let _place = place;
                    if let Err(error) = splice(inside, from, way).await {
                        debug!("a connection through an inlet ended: {error}");
                    }
                });
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn splice(mut inside: TcpStream, from: SocketAddr, way: Way) -> io::Result<()> {
    match way {
        Way::Inlet(InletTarget::Unix(path)) => {
            copy_bidirectional(&mut inside, &mut UnixStream::connect(path).await?).await?;
        }
        Way::Inlet(InletTarget::Tcp(address)) => {
            inside.set_nodelay(true)?;
            copy_bidirectional(&mut inside, &mut TcpStream::connect(address).await?).await?;
        }
        Way::Outside(path) => {
            inside.set_nodelay(true)?;
            let Ok(mut outside) = open(&inside, from, &path).await else {
                // it is reset, which a client takes for a refusal
                return inside.set_zero_linger();
            };
            copy_bidirectional(&mut inside, &mut outside).await?;
        }
    }
    Ok(())
}

/// Asks for a way to where a connection was meant to go.
async fn open(inside: &TcpStream, from: SocketAddr, path: &Path) -> io::Result<UnixStream> {
    let to = rustix::net::sockopt::ip_original_dst(inside)?;
    if to == OUTSIDE {
        return Err(io::Error::other("it was not sent anywhere"));
    }
    let mut outside = UnixStream::connect(path).await?;
    let (source, port) = (from.ip(), from.port());
    let line = format!("PROXY TCP4 {source} {} {port} {}\r\n", to.ip(), to.port());
    outside.write_all(line.as_bytes()).await?;
    match outside.read_u8().await? {
        LEADS => Ok(outside),
        _ => Err(io::ErrorKind::ConnectionRefused.into()),
    }
}

async fn answer_names(socket: OwnedFd, suffixes: Vec<String>, outside: Option<Arc<Path>>) {
    let socket = net::UdpSocket::from(socket);
    let socket = socket
        .set_nonblocking(true)
        .and_then(|()| UdpSocket::from_std(socket));
    let Ok(socket) = socket else {
        return debug!("names have no socket");
    };
    let (socket, places) = (Arc::new(socket), Arc::new(Semaphore::new(MOST_QUESTIONS)));
    let mut query = [0; 1024];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut query).await else {
            continue;
        };
        let Some(query) = query.get(..length) else {
            continue;
        };
        let Some(answer) = names::answer(query, &suffixes) else {
            continue;
        };
        if let (false, Some(path)) = (answer.is_known, &outside) {
            // one that is not asked for now is asked for again by whoever wants to know
            let Ok(place) = places.clone().try_acquire_owned() else {
                continue;
            };
            let (socket, path, query) = (socket.clone(), path.clone(), query.to_vec());
            tokio::spawn(async move {
                let _place = place;
                match timeout(ANSWERING, ask(&path, &query)).await {
                    Ok(Ok(answer)) => drop(socket.send_to(&answer, from).await),
                    failed => debug!("a name is not answered: {failed:?}"),
                }
            });
        } else {
            socket.send_to(&answer.message, from).await.ok(); // the asker may be gone
        }
    }
}

/// Asks as over TCP: each message is preceded by its length.
async fn ask(path: &Path, query: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = UnixStream::connect(path).await?;
    let length = u16::try_from(query.len()).map_err(io::Error::other)?;
    stream.write_u16(length).await?;
    stream.write_all(query).await?;
    let mut answer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}
