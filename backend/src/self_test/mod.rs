//! Which hop fails: the server tries those behind it, and answers to a page that tries those before it.
//!
//! Anybody may ask, as who can't sign in has most reason to. So it is tried at most once a second,
//! whoever asks, and says nothing of what an account has.

pub mod routes;
mod socket;

use std::{future::Future, time::Duration};

use shared::{Hop, HopName, HopState};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use crate::{Result, app::App};

/// How long a hop may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long what was found counts.
const FRESH: Duration = Duration::from_secs(1);

/// What was found last, and when.
#[derive(Debug, Default)]
pub struct Found(Mutex<Option<(Instant, Vec<Hop>)>>);

/// How the hops behind the server are.
async fn hops(app: &App) -> Vec<Hop> {
    let mut found = app.self_test.0.lock().await;
    match &*found {
        Some((when, hops)) if when.elapsed() < FRESH => hops.clone(),
        Some(_) | None => {
            let hops = try_all(app).await;
            *found = Some((Instant::now(), hops.clone()));
            hops
        }
    }
}

async fn try_all(app: &App) -> Vec<Hop> {
    let database = tried(HopName::Database, "the database", database(app));
    let cloud = async {
        match app.emulator_off() {
            Some(reason) => off(HopName::EmulatedCloud, reason),
            None => {
                let health = async { Ok(app.emulator.health().await.map(drop)?) };
                tried(HopName::EmulatedCloud, "the emulated cloud", health).await
            }
        }
    };
    let (database, terminals, cloud) = tokio::join!(database, terminals(app), cloud);
    [database]
        .into_iter()
        .chain(terminals)
        .chain([cloud])
        .collect()
}

async fn database(app: &App) -> anyhow::Result<()> {
    let one: i64 = sqlx::query_scalar("select count(*) from account where 1 = 0")
        .fetch_one(&app.pool)
        .await?;
    anyhow::ensure!(one == 0, "it counts wrongly");
    Ok(())
}

async fn terminals(app: &App) -> Vec<Hop> {
    if let Some(reason) = app.sandboxes_off() {
        return vec![off(HopName::Terminals, reason)];
    }
    let mut hops = Vec::new();
    for link in app.terminals.all() {
        if link.is_earlier() {
            continue;
        }
        let (name, called) = match link.machine() {
            Some(machine) => (
                HopName::Machine,
                format!("machine {machine}, which holds terminals,"),
            ),
            None => (
                HopName::Terminals,
                "the process that holds terminals".to_owned(),
            ),
        };
        let asked = async {
            link.list()
                .await
                .map(drop)
                .map_err(|error| anyhow::anyhow!("{error}"))
        };
        hops.push(tried(name, &called, asked).await);
    }
    hops
}

fn off(name: HopName, reason: String) -> Hop {
    Hop {
        name,
        state: HopState::Off,
        took_us: None,
        reason: Some(reason),
    }
}

async fn tried(
    name: HopName,
    called: &str,
    asked: impl Future<Output = anyhow::Result<()>>,
) -> Hop {
    let began = Instant::now();
    let answered: Result<anyhow::Result<()>, _> = timeout(PATIENCE, asked).await;
    let took_us = u64::try_from(began.elapsed().as_micros()).ok();
    let why = match answered {
        Ok(Ok(())) => {
            return Hop {
                name,
                state: HopState::Answers,
                took_us,
                reason: None,
            };
        }
        Ok(Err(error)) => format!("{error:#}"),
        Err(_) => format!("no answer for {} seconds", PATIENCE.as_secs()),
    };
    tracing::warn!("self-test: {called}: {why}");
    Hop {
        name,
        state: HopState::Fails,
        took_us: None,
        // what exactly was said may name paths and hosts
        reason: Some(format!(
            "{called} does not answer: whoever runs this server finds the reason in its log."
        )),
    }
}
