//! Connecting to ports inside instances.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use anyhow::Context as _;
use http::Uri;
use hyper_util::{client::legacy::connect::Connect, rt::TokioIo};
use tokio::net::TcpStream;
use tower::Service;

use crate::realm::Realm;

/// Connects a client of requests: `http://i-0abc…:8080`.
#[derive(Clone)]
pub(super) struct Dial(pub Arc<Realm>);

impl Service<Uri> for Dial {
    type Response = TokioIo<TcpStream>;
    type Error = anyhow::Error;
    type Future = Pin<Box<dyn Future<Output = anyhow::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<anyhow::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let realm = self.0.clone();
        Box::pin(async move {
            let id = address.host().unwrap_or_default();
            let stream = dial(&realm, id, address.port_u16().unwrap_or(80)).await?;
            Ok(TokioIo::new(stream))
        })
    }
}

/// Connects to a port of an instance that runs.
pub(crate) async fn dial(realm: &Realm, instance: &str, port: u16) -> anyhow::Result<TcpStream> {
    let machine = realm.machine(instance);
    let machine = machine.with_context(|| format!("{instance} does not run"))?;
    let stream = machine.dial(port).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

const _: fn() = || {
    fn connects<T: Connect + Clone>() {}
    connects::<Dial>();
};
