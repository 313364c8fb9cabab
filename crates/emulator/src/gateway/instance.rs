//! Requests for a name of an instance's own.

use std::net::SocketAddrV4;

use anyhow::Context as _;
use axum::{
    body::Body,
    extract::Request,
    http::{Response, StatusCode, Uri, Version},
};
use hyper::{body::Incoming, upgrade};
use proxy::Link;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::{Gateway, Way, dial, says};
use crate::{
    balancing::Target,
    network::{Found, Kind, Leads, Preface, TERMINAL},
};

impl Gateway {
    /// Leads a request to the instance that has the name, if its security groups let anybody in there.
    pub(super) async fn lead_inside(&self, way: &Way, request: Request) -> Response<Body> {
        let Some(target) = self.named(way) else {
            let nothing = format!(
                "nothing is called {} that lets anybody in at port {}",
                way.name, way.port
            );
            return says(StatusCode::NOT_FOUND, nothing);
        };
        let sent = self.send_inside(&target, request).await;
        sent.unwrap_or_else(|error| {
            debug!("{target:?} does not answer: {error:#}");
            let silent = format!("{} does not answer at port {}", way.name, way.port);
            says(StatusCode::BAD_GATEWAY, silent)
        })
    }

    fn named(&self, way: &Way) -> Option<Target> {
        let found = self.realm.resolve(&way.name, Kind::A)?;
        let address = found.iter().find_map(Found::address)?;
        let preface = Preface {
            from: TERMINAL,
            to: SocketAddrV4::new(address, way.port),
        };
        match self.realm.leads(&preface) {
            Leads::Instance(instance, port) => Some(Target { instance, port }),
            Leads::Metadata(_) | Leads::Balancer(..) | Leads::Nowhere => None,
        }
    }

    async fn send_inside(
        &self,
        target: &Target,
        mut request: Request,
    ) -> anyhow::Result<Response<Body>> {
        let wanted = proxy::wanted_protocol(request.headers());
        let visitor = wanted.is_some().then(|| upgrade::on(&mut request));
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        *request.uri_mut() = path.parse::<Uri>()?;
        *request.version_mut() = Version::HTTP_11;
        proxy::remove_hop_by_hop(request.headers_mut());
        if let Some(protocol) = wanted {
            proxy::want_protocol(request.headers_mut(), protocol);
        }
        let stream = dial(&self.realm, &target.instance, target.port).await?;
        let link = Link::over(stream).await?;
        let mut answer: Response<Incoming> = link.upgrade(request).await?;
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            let visitor = visitor.context("it goes on in another protocol unasked")?;
            let until = CancellationToken::new();
            proxy::join(visitor, upgrade::on(&mut answer), (), until);
            return Ok(answer.map(|_| Body::empty()));
        }
        proxy::remove_hop_by_hop(answer.headers_mut());
        Ok(answer.map(Body::new))
    }
}
