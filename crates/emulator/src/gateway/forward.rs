//! Sending a request to a target, and its answer back.

use std::{collections::HashSet, net::Ipv4Addr, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{
        HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri, Version, header,
        request::Parts,
    },
};
use hyper::{
    body::{Body as _, Incoming},
    upgrade::{self, OnUpgrade},
};
use proxy::Link;
use tokio::{io::copy_bidirectional, net::TcpStream, time::timeout};
use tracing::debug;

use super::{Gateway, Way, cookies, dial, kept::Kept, says};
use crate::balancing::{
    Action, Balancer, Balancing, Cookies, Forward, Pool, Stay, Target, name_of, pick_pool,
    pick_target,
};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Where a request is sent, in the order in which it is tried.
struct Route {
    pool: Arc<Pool>,
    targets: Vec<Target>,
}

/// An answer that began, and what it came by; without a link, a task of its own brings it.
struct Sent {
    answer: Response<Incoming>,
    link: Option<Link<TcpStream>>,
    target: Target,
    stay: Stay,
}

impl Gateway {
    pub(super) async fn forward(
        &self,
        balancing: &Balancing,
        balancer: &Balancer,
        forward: &Forward,
        way: &Way,
        mut request: Request,
    ) -> Response<Body> {
        let wanted = proxy::wanted_protocol(request.headers());
        let visitor = wanted.is_some().then(|| upgrade::on(&mut request));
        let (mut parts, body) = request.into_parts();
        let route = match self.route(balancing, balancer, forward, &parts.headers) {
            Ok(route) => route,
            Err(why) => {
                let none = format!("{} {why}", way.name);
                return says(StatusCode::SERVICE_UNAVAILABLE, none);
            }
        };
        prepare(&mut parts.headers, way);
        parts.version = Version::HTTP_11;
        proxy::announce_body(&mut parts.headers, &body);
        if let Some(protocol) = wanted {
            proxy::want_protocol(&mut parts.headers, protocol);
        }
        // an upload takes as long as it takes
        let patience = if body.is_end_stream() {
            balancer.idle
        } else {
            Duration::MAX
        };
        let tried = self.try_each(&route, parts, body, visitor.is_some());
        match timeout(patience, tried).await {
            Ok(Ok(mut sent)) => {
                let headers = sent.answer.headers_mut();
                self.set_cookies(balancer, forward, &route.pool, &sent.target, headers);
                self.answered(visitor, sent)
            }
            Ok(Err(refused)) => refused,
            Err(_) => {
                let slow = "the instance does not answer in time".into();
                says(StatusCode::GATEWAY_TIMEOUT, slow)
            }
        }
    }

    /// Which pool, and which of its targets, of those that are well.
    fn route(
        &self,
        balancing: &Balancing,
        balancer: &Balancer,
        forward: &Forward,
        headers: &HeaderMap,
    ) -> Result<Route, &'static str> {
        let cookies = self.cookies(headers);
        let picked = pick_pool(forward, cookies::OF_POOL, cookies, rand::random());
        let pool = picked.and_then(|key| balancing.pool(key));
        let pool = pool.ok_or("leads nowhere")?;
        let targets = self.realm.takers(pool);
        if targets.is_empty() {
            return Err("has no instance in service");
        }
        let cookie = pool.sticky.as_ref();
        let cookie = cookie.map(|sticky| cookies::of_target(balancer.kind, sticky));
        let targets = pick_target(targets, cookie, cookies, self.realm.turn());
        Ok(Route {
            pool: pool.clone(),
            targets,
        })
    }

    fn cookies<'a>(&'a self, headers: &'a HeaderMap) -> Cookies<'a> {
        let key = self.realm.account.root.as_bytes();
        Cookies { headers, key }
    }

    /// Tries the targets in order; only what may be repeated is tried a second time.
    async fn try_each(
        &self,
        route: &Route,
        parts: Parts,
        body: Body,
        becomes_socket: bool,
    ) -> Result<Sent, Response<Body>> {
        let may_repeat = body.is_end_stream() && proxy::is_safe(&parts.method);
        let tries = if may_repeat {
            route.targets.len() + 1
        } else {
            1
        };
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let path: Uri = path.parse().unwrap_or_default();
        let mut body = Some(body);
        let mut failed = None;
        for target in route.targets.iter().cycle().take(tries) {
            let mut request = Request::from_parts(parts.clone(), body.take().unwrap_or_default());
            *request.uri_mut() = path.clone();
            let pool = &route.pool;
            let stay = self.realm.drains.enter(&pool.key, target, pool.drain);
            match self.send(target, request, becomes_socket).await {
                Ok((answer, link)) => {
                    return Ok(Sent {
                        answer,
                        link,
                        target: target.clone(),
                        stay,
                    });
                }
                Err(error) => failed = Some(error),
            }
        }
        debug!("no instance of {:?} answers: {failed:?}", route.targets);
        let silent = "the instance does not answer".into();
        Err(says(StatusCode::BAD_GATEWAY, silent))
    }

    async fn send(
        &self,
        target: &Target,
        request: Request,
        becomes_socket: bool,
    ) -> anyhow::Result<(Response<Incoming>, Option<Link<TcpStream>>)> {
        let open = || dial(&self.realm, &target.instance, target.port);
        if becomes_socket {
            let link = Link::over(open().await?).await?;
            return Ok((link.upgrade(request).await?, None));
        }
        let sent: anyhow::Result<_> = self.upstreams.send(target, open, request).await;
        sent.map(|(answer, link)| (answer, Some(link)))
    }

    fn set_cookies(
        &self,
        balancer: &Balancer,
        forward: &Forward,
        pool: &Pool,
        target: &Target,
        answer: &mut HeaderMap,
    ) {
        let none = HeaderMap::new();
        let cookies = self.cookies(&none);
        if let Some(time) = forward.sticky {
            let value = cookies.token(&pool.key);
            cookies::set(answer, cookies::OF_POOL, &value, Some(time));
        }
        let Some(sticky) = &pool.sticky else { return };
        if let Some(time) = cookies::lifetime(sticky, answer) {
            let name = cookies::of_target(balancer.kind, sticky);
            cookies::set(answer, name, &cookies.token(&name_of(target)), time);
        }
    }

    /// What the visitor gets: the answer, or the socket that it wanted.
    fn answered(&self, visitor: Option<OnUpgrade>, sent: Sent) -> Response<Body> {
        let Sent {
            mut answer,
            link,
            target,
            stay,
        } = sent;
        match (answer.status(), visitor) {
            (StatusCode::SWITCHING_PROTOCOLS, Some(visitor)) => {
                let until = stay.cut();
                proxy::join(visitor, upgrade::on(&mut answer), stay, until);
                answer.map(|_| Body::empty())
            }
            (StatusCode::SWITCHING_PROTOCOLS, None) => {
                let unasked = "the instance goes on in another protocol unasked".into();
                says(StatusCode::BAD_GATEWAY, unasked)
            }
            _ => {
                proxy::remove_hop_by_hop(answer.headers_mut());
                let home = (self.upstreams.clone(), target);
                answer.map(|body| Body::new(Kept::new(body, link, home, stay)))
            }
        }
    }

    /// Joins a connection with one to a target, once there is one: `opened` is told.
    pub async fn join(
        &self,
        way: &Way,
        opened: impl AsyncFnOnce() -> std::io::Result<tokio::net::UnixStream>,
    ) -> anyhow::Result<()> {
        let balancing = self.realm.balancing();
        let balancer = balancing.named(&way.name);
        let rules = balancer.and_then(|balancer| balancer.listener(way.port));
        let action = rules.and_then(|listener| listener.rules.last());
        let (Some(balancer), Some(Action::Forward(forward))) =
            (balancer, action.map(|rule| &rule.action))
        else {
            anyhow::bail!("{} leads nowhere on port {}", way.name, way.port);
        };
        let route = self.route(&balancing, balancer, forward, &HeaderMap::new());
        let route = route.map_err(anyhow::Error::msg)?;
        let mut tried = HashSet::new();
        for target in &route.targets {
            if !tried.insert(target) {
                continue;
            }
            let pool = &route.pool;
            let stay = self.realm.drains.enter(&pool.key, target, pool.drain);
            if let Ok(mut inside) = dial(&self.realm, &target.instance, target.port).await {
                let (mut outside, cut) = (opened().await?, stay.cut());
                tokio::select! {
                    copied = copy_bidirectional(&mut outside, &mut inside) => drop(copied?),
                    () = cut.cancelled() => {}
                }
                return Ok(());
            }
        }
        anyhow::bail!("no instance of {} accepts a connection", way.name)
    }
}

/// What an instance behind a load balancer sees.
fn prepare(headers: &mut HeaderMap, way: &Way) {
    proxy::remove_hop_by_hop(headers);
    if let (false, Ok(name)) = (headers.contains_key(header::HOST), way.name.parse()) {
        // with HTTP/2 it is in the address
        headers.insert(header::HOST, name);
    }
    if let Some(client) = way.client {
        let client = after(headers.get(&FORWARDED_FOR), client);
        headers.insert(FORWARDED_FOR, client);
    }
    let forwarded = [
        ("x-forwarded-proto", HeaderValue::from_static("http")),
        ("x-forwarded-port", HeaderValue::from(way.port)),
    ];
    for (name, value) in forwarded {
        headers
            .entry(HeaderName::from_static(name))
            .or_insert(value);
    }
}

/// The client after those that were named before.
fn after(known: Option<&HeaderValue>, client: Ipv4Addr) -> HeaderValue {
    let known = known.and_then(|value| value.to_str().ok());
    let text = known.map_or_else(|| client.to_string(), |known| format!("{known}, {client}"));
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("unknown"))
}
