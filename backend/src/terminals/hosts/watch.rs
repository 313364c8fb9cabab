//! Looking after hosts: a task for each, which writes down what became of its terminals.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::{
    task::JoinHandle,
    time::{self, Instant},
};
use tracing::{info, warn};

use super::Link;
use crate::{Result, app::App, shares, terminals::rounds};

/// How often a host is asked which shells have ended.
const ROUND: Duration = Duration::from_secs(1);

/// Keeps hosts running, and writes down which shells have ended; never returns.
pub async fn watch(app: App) {
    let mut watched: BTreeMap<String, JoinHandle<()>> = BTreeMap::new();
    loop {
        app.terminals.look_for_earlier();
        watched.retain(|_, task| !task.is_finished());
        for link in app.terminals.all() {
            let name = link.name().to_owned();
            watched
                .entry(name)
                .or_insert_with(|| tokio::spawn(keep(app.clone(), link)));
        }
        if let Err(error) = rounds::settle_unheld(&app).await {
            warn!("terminals of hosts that there are no more: {error}");
        }
        time::sleep(ROUND).await;
    }
}

/// Looks after one host; returns once it is of another build and has ended.
async fn keep(app: App, link: Arc<Link>) {
    let (mut outage, mut watched) = (Outage::default(), shares::Watched::default());
    loop {
        match round(&app, &link, &mut outage, &mut watched).await {
            Ok(()) => {}
            Err(error) => {
                outage.tell(&link, &error);
                link.forget().await;
                if link.is_gone() {
                    break ended(&app, &link).await;
                }
                outage.settle(&app, &link).await;
            }
        }
        time::sleep(ROUND).await;
    }
}

async fn round(
    app: &App,
    link: &Link,
    outage: &mut Outage,
    watched: &mut shares::Watched,
) -> Result<()> {
    let held = link.list().await?;
    outage.is_over(link);
    if link.is_earlier() {
        let host = link.host().await?;
        // a build that doesn't know the word goes on as it always did
        host.drain().await.ok();
    }
    rounds::compare(app, link, &held, watched).await
}

/// One of another build has ended: what it left is removed, and its name is free.
async fn ended(app: &App, link: &Link) {
    info!("the terminals' host of another build has ended");
    if let Some(socket) = link.way().socket()
        && let Err(error) = std::fs::remove_file(socket)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        warn!("the socket of a host that ended stays: {error}");
    }
    app.terminals.forget(link.name());
}

/// For how long a host has been silent.
#[derive(Debug)]
struct Outage {
    heard: Instant,
    is_told: bool,
}

impl Default for Outage {
    fn default() -> Self {
        Self {
            heard: Instant::now(),
            is_told: false,
        }
    }
}

impl Outage {
    fn is_over(&mut self, link: &Link) {
        if self.is_told {
            info!("{} answers again", described(link));
        }
        *self = Self::default();
    }

    /// Logs the first failure of each outage.
    fn tell(&mut self, link: &Link, error: &crate::Error) {
        if !self.is_told {
            warn!("{}: {error}", described(link));
        }
        self.is_told = true;
    }

    /// After some silence its terminals are shown as lost, until it answers again.
    async fn settle(&self, app: &App, link: &Link) {
        if self.heard.elapsed().as_secs() < app.config.terminals.silent_seconds {
            return;
        }
        if let Err(error) = rounds::lose_all(app, link).await {
            warn!("terminals of a silent host: {error}");
        }
    }
}

fn described(link: &Link) -> String {
    match link.machine() {
        Some(machine) => format!("the terminals' host of machine {machine}"),
        None => "the terminals' host".to_owned(),
    }
}
