//! A hundred instances: how soon all serve, and what they hold beyond their servers.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use futures_util::future::try_join_all;
use tokio::time::{sleep, timeout};

use super::{account::Account, ec2::Instance, nginx::Bare};
use crate::{
    figure::{Table, Target, number},
    processes,
    server::{GLANCE, PATIENCE, Server},
};

/// Accounts, and the instances of each, which are as many as one may have.
const ACCOUNTS: usize = 5;
const EACH: usize = 20;
/// How soon all must answer, in seconds.
const SOON: f64 = 15.0;
/// What they may hold beyond their servers, in MB.
const LITTLE: f64 = 100.0;

/// What the emulated cloud's processes hold, in MB, counting of what they share their share.
#[derive(Debug, Default)]
struct Held {
    emulator: f64,
    sandboxes: f64,
    moto: f64,
    servers: f64,
    servers_count: usize,
}

impl Held {
    fn by(server: &Server) -> anyhow::Result<Self> {
        let mut held = Self::default();
        for process in processes::of_emulator(server)? {
            let memory = process.share_mb();
            if process.is_ours() {
                held.emulator += memory;
            } else if process.keeps_books() {
                held.moto += memory;
            } else if process.name() == "nginx" {
                held.servers += memory;
                held.servers_count += 1;
            } else {
                held.sandboxes += memory;
            }
        }
        Ok(held)
    }

    /// The same once no server runs: those of earlier figures end in their own time.
    async fn without_servers(server: &Server) -> anyhow::Result<Self> {
        let ended = async {
            loop {
                let held = Self::by(server)?;
                if held.servers_count == 0 {
                    break anyhow::Ok(held);
                }
                sleep(GLANCE).await;
            }
        };
        let ended = timeout(PATIENCE, ended).await;
        ended.context("what was terminated does not end")?
    }
}

/// Measures both.
pub async fn measure(server: &Server, table: &mut Table) -> anyhow::Result<()> {
    let bare = bare().await?;
    let mut accounts = Vec::new();
    for _ in 0..ACCOUNTS {
        accounts.push(Account::new(server).await?);
    }
    let before = Held::without_servers(server).await?;
    let begun = Instant::now();
    let launched = try_join_all(accounts.iter().map(serve)).await?;
    let took = begun.elapsed().as_secs_f64();
    let after = Held::by(server)?;
    for (account, instances) in accounts.iter().zip(&launched) {
        account.terminate(instances).await?;
    }
    let beside = format!("the same nginx bare: {} s", number(bare));
    let what = "emulator: 100 instances answer";
    table.add(what, Target::Below(SOON), took, "s", &beside);
    report(&before, &after, table)
}

/// Launches as many as an account may have, and returns once all answer.
async fn serve(account: &Account) -> anyhow::Result<Vec<Instance>> {
    let instances = account.launch("one of many", EACH).await?;
    for instance in &instances {
        account.until_it_answers(instance).await?;
    }
    Ok(instances)
}

/// Seconds until as many servers answer that are started at once without a cloud.
async fn bare() -> anyhow::Result<f64> {
    let begun = Instant::now();
    let all = try_join_all((0..ACCOUNTS * EACH).map(|_| Bare::start("bare"))).await?;
    let took = begun.elapsed().as_secs_f64();
    drop(all);
    Ok(took)
}

fn report(before: &Held, after: &Held, table: &mut Table) -> anyhow::Result<()> {
    let servers = after.servers_count;
    ensure!(servers == ACCOUNTS * EACH, "{servers} servers run");
    let [emulator, sandboxes, moto, nginx] = [
        after.emulator - before.emulator,
        after.sandboxes - before.sandboxes,
        after.moto - before.moto,
        after.servers - before.servers,
    ];
    let beside = format!(
        "emulator: {} MB, sandboxes: {} MB; apart from them nginx: {} MB, moto: {} MB",
        number(emulator),
        number(sandboxes),
        number(nginx),
        number(moto),
    );
    let what = "emulator: 100 instances without their servers";
    let sum = emulator + sandboxes;
    table.add(what, Target::Below(LITTLE), sum, "MB", &beside);
    Ok(())
}
