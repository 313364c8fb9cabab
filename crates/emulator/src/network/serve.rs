//! Connections of sandboxes to addresses of their account, and of nobody else.

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::{body::Body, extract::Request};
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use proxy::Lanes;
use sandbox::LEADS;
use tokio::{
    io::{
        AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional,
    },
    net::{UnixListener, UnixStream},
    runtime::Handle,
    time,
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::debug;

use super::{
    Leads,
    preface::{self, Preface},
};
use crate::{
    balancing::Protocol,
    gateway::{Gateway, Way, dial},
    realm::Realm,
    ssh,
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
    let main = Handle::current();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let (realm, gateways) = (realm.clone(), gateways.clone());
        let (shutdown, main) = (shutdown.clone(), main.clone());
        lanes.drive(stream, async move |lane, stream| {
            let led = lead(stream, &realm, gateways[lane].clone(), &main);
            if let Some(Err(error)) = shutdown.run_until_cancelled(led).await {
                debug!("a connection leads nowhere: {error:#}");
            }
        });
    }
}

/// `main` is for what computes, which a lane has no time for.
async fn lead(
    stream: UnixStream,
    realm: &Arc<Realm>,
    gateway: Gateway,
    main: &Handle,
) -> anyhow::Result<()> {
    let (preface, stream) = time::timeout(INTRODUCING, introduced(stream)).await??;
    match realm.leads(&preface) {
        Leads::Nowhere => anyhow::bail!("nothing lets it in at {}", preface.to),
        Leads::Metadata(id) => {
            let vital = realm.vitals.of(&id);
            let vital = vital.with_context(|| format!("{id} does not run"))?;
            vital.serve(granted(stream).await?).await;
            Ok(())
        }
        Leads::Instance(id, port) => match dial(realm, &id, port).await {
            Ok(mut inside) => {
                copy_bidirectional(&mut granted(stream).await?, &mut inside).await?;
                Ok(())
            }
            Err(_) if port == ssh::PORT => enter(stream, realm, &id, main).await,
            Err(refused) => Err(refused),
        },
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

/// Lets who knocks at an instance without a server of its own for SSH in by ours.
async fn enter(stream: UnixStream, realm: &Realm, id: &str, main: &Handle) -> anyhow::Result<()> {
    let visit = realm.visits.try_acquire();
    let _visit = visit.context("there are too many connections by SSH")?;
    let host = realm.host(id)?;
    let stream = granted(stream).await?.into_std()?;
    let served = main.spawn(async move {
        let stream = UnixStream::from_std(stream)?;
        anyhow::Ok(ssh::serve(stream, host).await?)
    });
    AbortOnDropHandle::new(served).await?
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
