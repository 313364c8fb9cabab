//! Connections of sandboxes to addresses of their account, and of nobody else.

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::{body::Body, extract::Request};
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use sandbox::LEADS;
use tokio::{
    io::{
        AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional,
    },
    net::{UnixListener, UnixStream},
    time,
};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::{
    Leads,
    preface::{self, Preface},
};
use crate::{
    balancing::Protocol,
    gateway::{Gateway, Way, dial},
    lanes::Lanes,
    realm::Realm,
};

/// How long the line before a connection may take.
const INTRODUCING: Duration = Duration::from_secs(5);
/// The pause after a failed accept, most likely for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves an account's connections until it is dropped.
pub(crate) async fn serve(
    listener: UnixListener,
    realm: Arc<Realm>,
    gateways: Arc<[Gateway]>,
    lanes: Arc<Lanes>,
    shutdown: CancellationToken,
) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let (realm, gateways) = (realm.clone(), gateways.clone());
        let shutdown = shutdown.clone();
        lanes.drive(stream, async move |lane, stream| {
            let led = lead(stream, &realm, gateways[lane].clone());
            if let Some(Err(error)) = shutdown.run_until_cancelled(led).await {
                debug!("a connection leads nowhere: {error:#}");
            }
        });
    }
}

async fn lead(stream: UnixStream, realm: &Arc<Realm>, gateway: Gateway) -> anyhow::Result<()> {
    let (preface, stream) = time::timeout(INTRODUCING, introduced(stream)).await??;
    match realm.leads(&preface) {
        Leads::Nowhere => anyhow::bail!("nothing lets it in at {}", preface.to),
        Leads::Metadata(id) => {
            let vital = realm.vitals.of(&id);
            let vital = vital.with_context(|| format!("{id} does not run"))?;
            vital.serve(granted(stream).await?).await;
            Ok(())
        }
        Leads::Instance(id, port) => {
            let mut inside = dial(realm, &id, port).await?;
            copy_bidirectional(&mut granted(stream).await?, &mut inside).await?;
            Ok(())
        }
        Leads::Balancer(name, port) => {
            let way = Way {
                name,
                port,
                client: Some(preface.from),
            };
            balance(stream, realm, gateway, way).await
        }
    }
}

async fn balance(
    stream: UnixStream,
    realm: &Realm,
    gateway: Gateway,
    way: Way,
) -> anyhow::Result<()> {
    let balancing = realm.balancing();
    let balancer = balancing.named(&way.name);
    let listener = balancer.and_then(|balancer| balancer.listener(way.port));
    let protocol = listener.map(|listener| listener.protocol.clone());
    match protocol.with_context(|| format!("{} has no port {}", way.name, way.port))? {
        Protocol::Tcp => gateway.join(&way, async || granted(stream).await).await,
        Protocol::Http => {
            let stream = granted(stream).await?;
            let service = service_fn(|request: Request<hyper::body::Incoming>| {
                let (gateway, way) = (gateway.clone(), way.clone());
                async move { Ok::<_, Infallible>(gateway.lead(&way, request.map(Body::new)).await) }
            });
            let builder = auto::Builder::new(TokioExecutor::new());
            let served = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
            served.await.map_err(anyhow::Error::from_boxed)
        }
        Protocol::Unserved(protocol) => anyhow::bail!("{protocol} is not emulated"),
    }
}

/// Reads the line; who sent it waits until it leads somewhere, so that nothing is behind it yet.
async fn introduced(stream: UnixStream) -> anyhow::Result<(Preface, UnixStream)> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    let mut limited = (&mut reader).take(preface::LONGEST);
    limited.read_line(&mut line).await?;
    let preface = Preface::read(&line).context("it does not say from where to where")?;
    Ok((preface, reader.into_inner()))
}

async fn granted(mut stream: UnixStream) -> io::Result<UnixStream> {
    stream.write_all(&[LEADS]).await?;
    Ok(stream)
}
