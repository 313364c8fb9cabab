//! Whether limits over a sandbox as a whole hold, found by straining one.

use std::time::Duration;

use anyhow::Context as _;
use tokio::{io::AsyncReadExt as _, time::timeout};

use crate::{
    Job, Machine, Outcome, Task,
    cgroups::{Caps, Group, Quota},
};

/// What it may use meanwhile.
const TIGHT: Caps = Caps {
    memory_bytes: 96 << 20,
    processes: 24,
    quota: None,
};
/// And then: so little that anything that computes has to wait for more.
const SLOW: Caps = Caps {
    quota: Some(Quota { percent: 10 }),
    ..TIGHT
};
/// Started once more than may run.
const ANY: &[&str] = &["/bin/sh", "-c", "echo; exec sleep 60"];
/// Reads a line that does not end into memory (tail(1)).
const HOG: &[&str] = &["/usr/bin/tail", "/dev/zero"];
/// Takes several times as much of a processor as it may have in one period.
const COUNT: &str = "i=0; while [ $i -lt 10000 ]; do i=$((i+1)); done";
/// The number of SIGKILL (signal(7)).
const KILLED: i32 = 9;
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Strains a machine; says which limits did not hold, in sentences.
pub(crate) async fn strain(machine: &Machine) -> anyhow::Result<Vec<String>> {
    let group = machine.group().context("it has no control group")?;
    group.limit(&TIGHT)?;
    let (processes, memory) = (forks(machine).await?, hogs(machine).await?);
    let processor = computes(machine, group).await?;
    let held = [
        (processes, "more processes than the limit were started"),
        (memory, "more memory than the limit was used"),
        (processor, "more processor time than the limit was used"),
    ];
    let broken = held.iter().filter(|(held, _)| !held);
    Ok(broken.map(|(_, sentence)| (*sentence).to_owned()).collect())
}

/// Whether no more processes start than may.
async fn forks(machine: &Machine) -> anyhow::Result<bool> {
    let mut running: Vec<Task> = Vec::new();
    for _ in 0..TIGHT.processes {
        let mut task = machine.run(job(ANY)).await?;
        let mut said = task.stdout.take().context("no output")?;
        match timeout(PATIENCE, said.read_u8()).await? {
            Ok(_) => running.push(task),
            // nobody is there to say more
            Err(_) => return Ok(matches!(task.wait().await?, Outcome::NotStarted(_))),
        }
    }
    Ok(false)
}

/// Whether a program that takes ever more memory is ended.
async fn hogs(machine: &Machine) -> anyhow::Result<bool> {
    Ok(ended(machine, HOG).await? == Outcome::Signalled(KILLED))
}

/// Whether a program that computes has to wait.
async fn computes(machine: &Machine, group: &Group) -> anyhow::Result<bool> {
    group.limit(&SLOW)?;
    let before = group.waits();
    let outcome = ended(machine, &["/bin/sh", "-c", COUNT]).await?;
    anyhow::ensure!(outcome == Outcome::Exited(0), "counting: {outcome:?}");
    Ok(group.waits() > before)
}

/// Runs a command to its end.
async fn ended(machine: &Machine, argv: &[&str]) -> anyhow::Result<Outcome> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let mut task = machine.run(job(argv)).await?;
        let outcome = timeout(PATIENCE, task.wait())
            .await
            .with_context(|| format!("{argv:?} does not end"))??;
        let is_early = tokio::time::Instant::now() < deadline;
        match outcome {
            // those before have not gone yet
            Outcome::NotStarted(_) if is_early => tokio::task::yield_now().await,
            outcome => return Ok(outcome),
        }
    }
}

fn job(argv: &[&str]) -> Job {
    Job {
        argv: argv.iter().map(|&word| word.to_owned()).collect(),
        env: Vec::new(),
        cwd: "/".to_owned(),
    }
}
