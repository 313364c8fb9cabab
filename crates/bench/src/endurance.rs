//! Many terminals for long, and many one after the other: what they hold at the begin and at the end.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::PathBuf,
    time::{Duration, Instant},
};

use tokio::time::{sleep, timeout};

use crate::{
    figure::{Table, Target, number},
    guest::Guest,
    processes::{self, Process},
    server::{GLANCE, PATIENCE, Server},
    shell::Shell,
};

/// How many terminals an account has: no more are allowed.
const EACH: usize = 10;
/// How many terminals are open at once when they are opened and ended.
const AT_ONCE: usize = 4;
/// Sessions before the first count: what is kept for the next time is made then.
const WARM_UP: usize = 20;
/// More than a terminal's history holds.
const FILL: &str = "seq 300000";
/// What each does again and again.
const WORK: &str = "seq 2000; ls / >/dev/null; (sleep 0.1 &)";
/// Between two rounds.
const PAUSE: Duration = Duration::from_millis(200);
/// Files that may be open more than before: connections that wait for a next request.
const FEW_FILES: f64 = 16.0;
/// What may be more than before, as allocators keep some of what was freed.
const MORE_MEMORY: f64 = 1.1;

/// What a server and its sandboxes hold.
#[derive(Debug)]
struct Held {
    processes: usize,
    mounts: usize,
    groups: usize,
    files: usize,
    memory_mb: f64,
    sandboxes_mb: f64,
}

impl Held {
    fn by(server: &Server) -> anyhow::Result<Self> {
        let all = processes::of(server)?;
        let (ours, others): (Vec<_>, Vec<_>) = all.iter().partition(|process| process.is_ours());
        let share = |of: &[&Process]| of.iter().map(|process| process.share_mb()).sum();
        Ok(Self {
            processes: all.len(),
            mounts: mounts(server)?,
            groups: groups(server)?,
            files: ours.iter().map(|process| process.open_files()).sum(),
            memory_mb: share(&ours),
            sandboxes_mb: share(&others),
        })
    }
}

/// The host's mounts of something in its data folder.
fn mounts(server: &Server) -> anyhow::Result<usize> {
    let data = server.data().display().to_string();
    let mounts = fs::read_to_string("/proc/self/mountinfo")?;
    Ok(mounts.lines().filter(|line| line.contains(&data)).count())
}

/// Its control groups, in whichever hierarchy.
fn groups(server: &Server) -> anyhow::Result<usize> {
    let facts = fs::metadata(server.data().join("run"))?;
    let name = format!("manageacloud/{}-{}", facts.dev(), facts.ino());
    let root = PathBuf::from("/sys/fs/cgroup");
    let mut roots = vec![root.clone()];
    roots.extend(folders(root));
    let tenants = roots.into_iter().flat_map(|root| folders(root.join(&name)));
    Ok(tenants.map(|tenant| folders(tenant).len()).sum())
}

fn folders(of: PathBuf) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.map(|entry| entry.path()).collect()
}

/// Keeps so many terminals busy for so long, once all they hold of what was written is full.
pub async fn keep(
    server: &Server,
    count: usize,
    minutes: u64,
    table: &mut Table,
) -> anyhow::Result<()> {
    let mut guests = Vec::new();
    let mut shells = Vec::new();
    while shells.len() < count {
        let guest = Guest::new(server).await?;
        for _ in 0..EACH.min(count - shells.len()) {
            let mut shell = Shell::open(server, &guest).await?;
            shell.run(FILL).await?;
            shells.push((guests.len(), shell));
        }
        guests.push(guest);
        eprintln!("{} terminals are open", shells.len());
    }
    round(&mut shells).await?;
    let before = Held::by(server)?;
    eprintln!("at the begin: {before:?}");
    let (begun, mut rounds) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs(minutes * 60) {
        round(&mut shells).await?;
        rounds += 1;
        sleep(PAUSE).await;
    }
    let after = settled(server, &before).await?;
    eprintln!("at the end: {after:?}");
    let what = format!("{count} terminals");
    let commands = (rounds * count) as f64;
    table.add(
        &format!("{what}: commands"),
        Target::None,
        commands,
        "",
        &format!("in {minutes} minutes"),
    );
    report(&what, &before, &after, table);
    for (guest, shell) in shells {
        shell.end(&guests[guest]).await?;
    }
    Ok(())
}

async fn round(shells: &mut [(usize, Shell)]) -> anyhow::Result<()> {
    for (_, shell) in shells {
        shell.run(WORK).await?;
    }
    Ok(())
}

/// Opens and ends so many terminals, some at a time.
pub async fn open_and_end(
    server: &Server,
    sessions: usize,
    table: &mut Table,
) -> anyhow::Result<()> {
    let guest = Guest::new(server).await?;
    for _ in 0..WARM_UP.div_ceil(AT_ONCE) {
        some(server, &guest).await?;
    }
    let before = alone(server).await?;
    eprintln!("at the begin: {before:?}");
    for done in (0..sessions).step_by(AT_ONCE) {
        some(server, &guest).await?;
        if done.is_multiple_of(100) {
            eprintln!("{done} of {sessions} sessions");
        }
    }
    let after = settled(server, &before).await?;
    eprintln!("at the end: {after:?}");
    report(&format!("{sessions} sessions"), &before, &after, table);
    Ok(())
}

/// Some terminals at once, each used, with something left running in the background.
async fn some(server: &Server, guest: &Guest) -> anyhow::Result<()> {
    let mut shells = Vec::new();
    for _ in 0..AT_ONCE {
        shells.push(Shell::open(server, guest).await?);
    }
    for mut shell in shells {
        shell.run("seq 1000; (setsid sleep 3600 &)").await?;
        shell.end(guest).await?;
    }
    Ok(())
}

/// What is held once no group of a terminal is there any more.
async fn alone(server: &Server) -> anyhow::Result<Held> {
    let gone = async {
        // moto's is one of them as long as it runs
        let mut last = usize::MAX;
        loop {
            let held = Held::by(server)?.processes;
            if held == last {
                return anyhow::Ok(());
            }
            last = held;
            sleep(Duration::from_secs(1)).await;
        }
    };
    timeout(PATIENCE / 4, gone).await.unwrap_or(Ok(()))?;
    Held::by(server)
}

/// What is held once what is ending has ended, or when patience has.
async fn settled(server: &Server, before: &Held) -> anyhow::Result<Held> {
    let ended = async {
        loop {
            let held = Held::by(server)?;
            if held.processes <= before.processes && held.groups <= before.groups {
                return anyhow::Ok(());
            }
            sleep(GLANCE * 10).await;
        }
    };
    // what is still there then is counted, which is what the table is for
    timeout(PATIENCE / 4, ended).await.unwrap_or(Ok(()))?;
    Held::by(server)
}

fn report(what: &str, before: &Held, after: &Held, table: &mut Table) {
    let mut row = |name: &str, target, before: f64, after: f64, unit| {
        let beside = format!(
            "before: {}; growth: {}",
            number(before),
            number(after - before)
        );
        table.add(&format!("{what}: {name}"), target, after, unit, &beside);
    };
    for (name, before, after) in [
        ("processes", before.processes, after.processes),
        ("mounts", before.mounts, after.mounts),
        ("control groups", before.groups, after.groups),
    ] {
        let (before, after) = (before as f64, after as f64);
        row(name, Target::AtMost(before), before, after, "");
    }
    let files = before.files as f64;
    let most = Target::AtMost(files + FEW_FILES);
    row("open files", most, files, after.files as f64, "");
    for (name, before, after) in [
        (
            "memory of the server's processes",
            before.memory_mb,
            after.memory_mb,
        ),
        (
            "memory of its sandboxes",
            before.sandboxes_mb,
            after.sandboxes_mb,
        ),
    ] {
        let most = Target::AtMost(before * MORE_MEMORY);
        row(name, most, before, after, "MB");
    }
}
