//! Terminals opened and ended, an address moved there and back, again and again: and what is
//! left of it afterwards.

use std::{
    fs,
    time::{Duration, Instant},
};

use shared::DeploymentKind;
use tokio::time::{sleep, timeout};

use crate::{
    figure::{Table, Target, number},
    guest::Guest,
    processes::{self, Process},
    server::{GLANCE, PATIENCE, Server},
    shell::Shell,
    switches::{self, VERSIONS},
};

/// Rounds before the first count: what is kept for the next time is made then.
const WARM_UP: usize = 20;
/// How many terminals are open at once.
const AT_ONCE: usize = 4;
/// Files that may be open more than before: connections that wait for a next request.
const FEW_FILES: f64 = 16.0;
/// What allocators may keep of what was freed.
const MORE_MEMORY: f64 = 1.3;

/// What the server's processes hold.
#[derive(Debug)]
struct Held {
    processes: usize,
    mounts: usize,
    files: usize,
    memory_mb: f64,
}

impl Held {
    fn by(server: &Server) -> anyhow::Result<Self> {
        let all = processes::of(server)?;
        let ours: Vec<_> = all.iter().filter(|process| process.is_ours()).collect();
        Ok(Self {
            processes: all.len(),
            mounts: fs::read_to_string("/proc/self/mountinfo")?.lines().count(),
            files: ours.iter().map(|process| process.open_files()).sum(),
            memory_mb: ours.iter().copied().map(Process::share_mb).sum(),
        })
    }
}

/// Wears the server for as long as told, and compares.
pub async fn measure(server: &Server, seconds: u64, table: &mut Table) -> anyhow::Result<()> {
    let guest = Guest::new(server).await?;
    switches::prepare(server, &guest).await?;
    for _ in 0..WARM_UP {
        round(server, &guest).await?;
    }
    let before = Held::by(server)?;
    let (begun, mut rounds) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs(seconds) {
        round(server, &guest).await?;
        rounds += 1;
    }
    let after = settled(server, &before).await?;
    report(&before, &after, rounds, table);
    Ok(())
}

/// Some terminals at once, each used; and the address there and back.
async fn round(server: &Server, guest: &Guest) -> anyhow::Result<()> {
    let mut shells = Vec::new();
    for _ in 0..AT_ONCE {
        shells.push(Shell::open(server, guest).await?);
    }
    for mut shell in shells {
        shell.run("seq 1000").await?;
        shell.end(guest).await?;
    }
    let [old, new] = VERSIONS;
    guest.switch(DeploymentKind::Promote, old, new).await?;
    guest.switch(DeploymentKind::RollBack, new, old).await
}

/// What is held once what is ending has ended, or when patience has.
async fn settled(server: &Server, before: &Held) -> anyhow::Result<Held> {
    let ended = async {
        while Held::by(server)?.processes > before.processes {
            sleep(GLANCE).await;
        }
        anyhow::Ok(())
    };
    // what is still there then is counted, which is what the table is for
    timeout(PATIENCE / 4, ended).await.unwrap_or(Ok(()))?;
    Held::by(server)
}

fn report(before: &Held, after: &Held, rounds: usize, table: &mut Table) {
    let terminals = rounds * AT_ONCE;
    let mut row = |what: &str, target, after: f64, unit, before: f64| {
        let beside = format!("before: {}", number(before));
        table.add(&format!("soak: {what}"), target, after, unit, &beside);
    };
    let count = |number: usize| number as f64;
    row(
        "terminals opened and ended",
        Target::None,
        count(terminals),
        "",
        0.0,
    );
    row(
        "moves of the address",
        Target::None,
        count(rounds * 2),
        "",
        0.0,
    );
    let (processes, mounts) = (count(before.processes), count(before.mounts));
    row(
        "processes",
        Target::Exactly(processes),
        count(after.processes),
        "",
        processes,
    );
    row(
        "mounts",
        Target::Exactly(mounts),
        count(after.mounts),
        "",
        mounts,
    );
    let files = Target::Below(count(before.files) + FEW_FILES);
    row(
        "open files",
        files,
        count(after.files),
        "",
        count(before.files),
    );
    let memory = Target::Below(before.memory_mb * MORE_MEMORY);
    row("memory", memory, after.memory_mb, "MB", before.memory_mb);
}
