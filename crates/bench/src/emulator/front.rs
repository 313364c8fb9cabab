//! What the endpoint adds to moto: a signature to check, and a request to send on.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use reqwest::{Client, Request, header::HOST};

use super::account::{self, Account, Service};
use crate::{
    figure::{Table, Target, number},
    server::Server,
    spread::Spread,
};

/// How many calls are made each way, in turn.
const CALLS: usize = 300;
/// Calls before the first that counts: connections are made then.
const WARM_UP: usize = 20;
/// What may be added, in milliseconds.
const LITTLE: f64 = 1.0;
/// Cheap for moto.
const ASKED: [(&str, &str); 1] = [("Action", "GetCallerIdentity")];

/// Measures the same call by the endpoint and straight to moto.
pub async fn measure(server: &Server, account: &Account, table: &mut Table) -> anyhow::Result<()> {
    let signed = account.signed(Service::Sts, &ASKED)?;
    let (front, moto) = (
        Client::new(),
        Client::builder()
            .unix_socket(server.data().join("emulator/moto/home/s"))
            .build()?,
    );
    let straight = straight(&signed, account)?;
    let (mut through, mut direct) = (Vec::new(), Vec::new());
    for _ in 0..WARM_UP + CALLS {
        through.push(timed(&front, &signed).await?);
        direct.push(timed(&moto, &straight).await?);
    }
    let counted = |all: Vec<Duration>| Spread::of(all.into_iter().skip(WARM_UP).collect());
    let [through, direct] = [through, direct].map(|all| counted(all).ms(50));
    let beside = format!(
        "through it: {} ms; straight to moto: {} ms",
        number(through),
        number(direct),
    );
    let (what, little) = ("emulator: endpoint's own part, p50", Target::Below(LITTLE));
    table.add(what, little, through - direct, "ms", &beside);
    Ok(())
}

/// The request as the endpoint sends it on.
fn straight(signed: &Request, account: &Account) -> anyhow::Result<Request> {
    let mut request = copy(signed)?;
    let host = signed.url().authority().to_owned();
    *request.url_mut() = "http://localhost/".parse()?;
    let headers = request.headers_mut();
    headers.insert(HOST, host.parse()?);
    headers.insert("x-moto-account-id", account.number.parse()?);
    Ok(request)
}

fn copy(request: &Request) -> anyhow::Result<Request> {
    request.try_clone().context("a body that is read once")
}

async fn timed(client: &Client, request: &Request) -> anyhow::Result<Duration> {
    let request = copy(request)?;
    let begun = Instant::now();
    account::read(client.execute(request).await?).await?;
    Ok(begun.elapsed())
}
