//! Many applications that deploy at once.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use shared::{
    ChangeApplication, CreateInfrastructure, Deployment, DeploymentKind, DeploymentState,
};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    emulator::account::Account,
    figure::{Table, Target, number},
    guest::Guest,
    load::{Seen, Visitors},
    server::{GLANCE, Server},
    spread::Spread,
};

/// How many applications deploy at once.
const APPLICATIONS: usize = 200;
/// How many visitors of one of them come each second meanwhile.
const PER_SECOND: u32 = 100;
/// What is answered.
const PAGE: &str = "crowded";
/// How long all of them may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often each is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Measures making a second version of each at once, and then promoting it.
pub async fn measure(server: &Server, table: &mut Table) -> anyhow::Result<()> {
    let guest = Guest::new(server).await?;
    let account = Account::of(server, &guest).await?;
    let instances = account.launch(PAGE, 1).await?;
    let balancer = account.balancer(PAGE).await?;
    balancer.register(&instances[0]).await?;
    let endpoint = balancer.host().to_owned();
    let first = made(&guest, "1", &endpoint).await?;
    let host = address(&guest, &name(0)).await?;
    let visitors = Visitors::of_host(&server.url("/"), &host);
    let (end, ended) = watch::channel(false);
    let load = tokio::spawn(visitors.steady(PER_SECOND, ended));
    let second = made(&guest, "2", &endpoint).await;
    let moved = promoted(&guest).await;
    end.send(true)?;
    report(&[first, second?], &moved?, &load.await?, table);
    account.terminate(&instances).await
}

/// How many deployments that began at once ended.
struct Ended {
    /// How long all of them took.
    all: Duration,
    /// How long each took from when it was asked for, as the server has it.
    each: Spread,
    failed: usize,
}

fn name(number: usize) -> String {
    format!("crowd-{number}")
}

/// A macfile of a version that serves under a name which is there already.
pub fn macfile(name: &str, version: &str, endpoint: &str) -> CreateInfrastructure {
    let macfile = format!(
        "mac: 1.0.8\nname: {name}\nversion: '{version}'\ndescription: what is there already\nresources:\n  \
         name:\n    create bash: echo {endpoint}\ninfrastructures:\n  name_01:\n    resource: name\n"
    );
    CreateInfrastructure {
        macfile,
        ..CreateInfrastructure::default()
    }
}

/// The host of an application's address, once a version is live there.
pub async fn address(guest: &Guest, name: &str) -> anyhow::Result<String> {
    let live = async {
        loop {
            let detail = client::applications::read(&guest.client, name).await?;
            if detail.application.live.is_some() && detail.active.is_none() {
                break anyhow::Ok(detail.application.address);
            }
            sleep(GLANCE).await;
        }
    };
    let address = timeout(PATIENCE, live).await.context("it is not live")??;
    let host = address.trim_start_matches("http://").trim_end_matches('/');
    Ok(host.to_owned())
}

async fn made(guest: &Guest, version: &str, endpoint: &str) -> anyhow::Result<Ended> {
    at_once(guest, |number, client| {
        let asked = macfile(&name(number), version, endpoint);
        async move { Ok(client::infrastructures::create(&client, &asked).await?) }
    })
    .await
}

async fn promoted(guest: &Guest) -> anyhow::Result<Ended> {
    at_once(guest, |number, client| async move {
        let change = ChangeApplication {
            kind: DeploymentKind::Promote,
            version: "2".into(),
            expected_live: Some("1".into()),
            reason: None,
        };
        Ok(client::applications::change(&client, &name(number), &change).await?)
    })
    .await
}

/// Begins a deployment of each application, and waits until all have ended.
async fn at_once<F>(
    guest: &Guest,
    begin: impl Fn(usize, client::Client) -> F,
) -> anyhow::Result<Ended>
where
    F: Future<Output = anyhow::Result<Deployment>> + Send + 'static,
{
    let begun = Instant::now();
    let mut under_way = JoinSet::new();
    for number in 0..APPLICATIONS {
        let (client, begin) = (guest.client.clone(), begin(number, guest.client.clone()));
        under_way.spawn(async move {
            let id = begin.await?.id;
            loop {
                let deployment = client::deployments::read(&client, id).await?.deployment;
                if deployment.state.is_final() {
                    break anyhow::Ok(deployment);
                }
                sleep(LOOK).await;
            }
        });
    }
    let ended = timeout(PATIENCE, under_way.join_all());
    let ended = ended.await.context("not all have ended")?;
    let all = begun.elapsed();
    let ended = ended.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    let took = |one: &Deployment| {
        let ms = one.finished_at?.unix_ms() - one.created_at.unix_ms();
        Some(Duration::from_millis(ms.max(0).unsigned_abs()))
    };
    let has_failed = |one: &&Deployment| one.state != DeploymentState::Succeeded;
    for failed in ended.iter().filter(has_failed).take(3) {
        eprintln!("a deployment failed: {failed:?}");
    }
    Ok(Ended {
        all,
        each: Spread::of(ended.iter().filter_map(took).collect()),
        failed: ended.iter().filter(has_failed).count(),
    })
}

fn report(made: &[Ended; 2], moved: &Ended, seen: &Seen, table: &mut Table) {
    for failure in seen.failures.iter().take(3) {
        eprintln!("a visit failed: {failure}");
    }
    let failed = made[0].failed + made[1].failed + moved.failed;
    let beside = format!("of {APPLICATIONS} applications, each made twice and promoted");
    let what = "applications: failed deployments";
    table.add(what, Target::Exactly(0.0), failed as f64, "", &beside);
    for (what, ended) in [("made", &made[1]), ("promoted", moved)] {
        let what = format!("applications: {APPLICATIONS} {what} at once, the last");
        let beside = format!(
            "each, p50: {} s, p99: {} s",
            number(ended.each.ms(50) / 1000.0),
            number(ended.each.ms(99) / 1000.0)
        );
        table.add(&what, Target::None, ended.all.as_secs_f64(), "s", &beside);
    }
    let what = "applications: failed visits meanwhile";
    let beside = format!(
        "of {}, {PER_SECOND}/s; p99: {} ms",
        seen.answers.count() + seen.failures.len(),
        number(seen.answers.ms(99))
    );
    let failures = seen.failures.len() as f64;
    table.add(what, Target::Exactly(0.0), failures, "", &beside);
}
