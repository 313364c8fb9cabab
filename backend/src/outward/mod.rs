//! The way from a sandbox to the real AWS, for an account that has saved credentials of its own, and to
//! those names of the internet that the operator allows everybody.
//!
//! A sandbox has no network but the emulated one. Its `aws` and `curl` are told of an HTTP proxy
//! (`https_proxy`, `http_proxy`), which leads to names of Amazon's and to the allowed ones, and to
//! addresses that are public: never to the operator's own network. A name is looked up once for each
//! connection, and what was found is connected to, so neither a redirect nor a name that changes leads
//! elsewhere. The proxy asks for a pass, which is signed for one account; to Amazon's names it is good for
//! as long as that has credentials.

mod internet;
mod pass;
mod public;

use std::{convert::Infallible, io, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{Method, Response, StatusCode, Uri, header, uri::Authority},
    response::IntoResponse as _,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn, upgrade};
use hyper_util::rt::TokioIo;
pub use internet::{Allowed, Client};
pub use pass::pass;
pub use public::{PublicNames, is_public, look_up};
use shared::AccountId;
use tokio::{
    io::copy_bidirectional,
    net::{TcpStream, UnixListener},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::{app::App, providers, router};

/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(10);
/// The port of Amazon's APIs.
const HTTPS: u16 = 443;
/// The port of what is asked without TLS.
const HTTP: u16 = 80;
/// The names below which Amazon's APIs and load balancers are
/// ([endpoints](https://docs.aws.amazon.com/general/latest/gr/rande.html)).
const NAMES: [&str; 3] = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];

/// Whether a name is one of Amazon's.
pub fn is_amazons(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    NAMES.iter().any(|below| name.ends_with(below))
}

/// Serves sandboxes until it is stopped.
pub async fn serve(app: App, listener: UnixListener, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        let Ok((stream, _)) = accepted else {
            sleep(Duration::from_millis(100)).await; // most likely out of descriptors
            continue;
        };
        let (app, stop) = (app.clone(), stop.clone());
        tokio::spawn(async move {
            let service = service_fn(async |request: hyper::Request<Incoming>| {
                Ok::<_, Infallible>(answer(&app, request.map(Body::new)).await)
            });
            let served = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades();
            if let Some(Err(error)) = stop.run_until_cancelled(served).await {
                debug!("a sandbox's way out ended: {error}");
            }
        });
    }
}

async fn answer(app: &App, mut request: Request) -> Response<Body> {
    let shown = request.headers_mut().remove(header::PROXY_AUTHORIZATION);
    let Some(account) = shown.and_then(|shown| pass::read(&app.signer, &shown)) else {
        let ask = [(header::PROXY_AUTHENTICATE, "Basic realm=\"manageacloud\"")];
        let why = "this way out needs the pass that is in $https_proxy\n";
        return (StatusCode::PROXY_AUTHENTICATION_REQUIRED, ask, why).into_response();
    };
    let is_tunnel = request.method() == Method::CONNECT;
    let usual_port = if is_tunnel { HTTPS } else { HTTP };
    let to = request.uri().authority();
    if to.is_some_and(|to| internet::allows(&app.config.internet, to, usual_port)) {
        return match is_tunnel {
            true => tunnel(request, IsTrusted::No).await,
            false => pass_on(app, request).await,
        };
    }
    match providers::has_own(app, account).await {
        Ok(true) => {}
        Ok(false) => {
            let why = match to {
                Some(to) if !is_amazons(to.host()) => return refused(app, to),
                Some(_) | None => "the credentials for amazon were forgotten: open a new terminal",
            };
            return says(StatusCode::FORBIDDEN, why);
        }
        Err(error) => return error.into_response(),
    }
    match is_tunnel {
        true => to_api(app, request).await,
        false => plain(app, account, request).await,
    }
}

/// Whether an address is the operator's own choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IsTrusted {
    Yes,
    No,
}

/// Leads to an API, whose TLS is between the sandbox and Amazon.
async fn to_api(app: &App, request: Request) -> Response<Body> {
    let Some(to) = request.uri().authority().cloned() else {
        return says(StatusCode::BAD_REQUEST, "no name to connect to");
    };
    if app.config.aws_authority().as_ref() == Some(&to) {
        return tunnel(request, IsTrusted::Yes).await;
    }
    if to.port_u16() != Some(HTTPS) || !is_amazons(to.host()) {
        return refused(app, &to);
    }
    tunnel(request, IsTrusted::No).await
}

/// Passes bytes both ways between the sandbox and a name that it may reach.
async fn tunnel(mut request: Request, is_trusted: IsTrusted) -> Response<Body> {
    let Some(to) = request.uri().authority().cloned() else {
        return says(StatusCode::BAD_REQUEST, "no name to connect to");
    };
    let mut outside = match connect(&to, is_trusted).await {
        Ok(outside) => outside,
        Err(error) => return silent(&to, &error),
    };
    let inside = upgrade::on(&mut request);
    tokio::spawn(async move {
        let Ok(inside) = inside.await else { return };
        let passed = copy_bidirectional(&mut TokioIo::new(inside), &mut outside).await;
        if let Err(error) = passed {
            debug!("a tunnel ended: {error}");
        }
    });
    StatusCode::OK.into_response()
}

/// Connects to the first address that answers and may be reached.
async fn connect(to: &Authority, is_trusted: IsTrusted) -> io::Result<TcpStream> {
    let port = to.port_u16().unwrap_or(HTTPS);
    let host = to.host().trim_start_matches('[').trim_end_matches(']');
    let connecting = async {
        let stream = match is_trusted {
            IsTrusted::Yes => TcpStream::connect((host, port)).await?,
            IsTrusted::No => TcpStream::connect(look_up(host, port).await?.as_slice()).await?,
        };
        stream.set_nodelay(true)?;
        Ok(stream)
    };
    timeout(CONNECTING, connecting).await?
}

/// Leads a request to what serves under a name, as the router does.
async fn plain(app: &App, account: AccountId, mut request: Request) -> Response<Body> {
    let to = match request.uri().authority() {
        Some(to) if request.uri().scheme_str() == Some("http") => to.clone(),
        Some(_) | None => return says(StatusCode::BAD_REQUEST, "only http is asked for here"),
    };
    if !is_amazons(to.host()) {
        return refused(app, &to);
    }
    let path = request.uri().path_and_query();
    let path = path.map_or("/", |path| path.as_str());
    let Ok(path) = path.parse::<Uri>() else {
        return says(StatusCode::BAD_REQUEST, "no such path");
    };
    *request.uri_mut() = path;
    match router::lead_out(app, account, to.as_str(), request).await {
        Ok(answer) => answer,
        Err(error) => silent(&to, &error),
    }
}

/// Passes a request without TLS on to an allowed name.
async fn pass_on(app: &App, request: Request) -> Response<Body> {
    let Some(to) = request.uri().authority().cloned() else {
        return says(StatusCode::BAD_REQUEST, "no name to connect to");
    };
    if request.uri().scheme_str() != Some("http") {
        return says(StatusCode::BAD_REQUEST, "only http is asked for here");
    }
    match app.internet.send(request).await {
        Ok(answer) => answer.map(Body::new),
        Err(error) => silent(&to, &error),
    }
}

fn refused(app: &App, to: &Authority) -> Response<Body> {
    let which = match app.config.internet.is_empty() {
        true => "only names of Amazon's are, by https or http",
        false => {
            "only names of Amazon's, for who has saved credentials, and those that the operator allows"
        }
    };
    says(
        StatusCode::FORBIDDEN,
        &format!("{to} is not reached from here: {which}"),
    )
}

fn silent(to: &Authority, error: &dyn std::fmt::Debug) -> Response<Body> {
    debug!("{to}: {error:?}");
    says(StatusCode::BAD_GATEWAY, &format!("{to} does not answer"))
}

fn says(status: StatusCode, text: &str) -> Response<Body> {
    (status, format!("{text}\n")).into_response()
}

#[cfg(test)]
mod tests {
    use super::is_amazons;

    #[test]
    fn names_of_amazons_are_told_from_those_that_look_like_them() {
        for name in [
            "ec2.us-east-1.amazonaws.com",
            "web-1.eu-west-1.ELB.amazonaws.com",
            "ec2.cn-north-1.amazonaws.com.cn",
            "ec2.eu-west-1.api.aws",
            "sts.amazonaws.com.",
        ] {
            assert!(is_amazons(name), "{name}");
        }
        for name in [
            "amazonaws.com.example.com",
            "notamazonaws.com",
            "amazonaws.com",
            "169.254.169.254",
            "localhost",
            "",
        ] {
            assert!(!is_amazons(name), "{name}");
        }
    }
}
