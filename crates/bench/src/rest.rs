//! Memory of the server with nobody on it.

use crate::{
    figure::{Table, Target, number},
    guest::Guest,
    processes::{self, Process},
    server::Server,
    shell::Shell,
};

/// Measures the server's own processes once each part was used and nobody is left; moto, which is
/// Python's, is beside it.
pub async fn measure(server: &Server, table: &mut Table) -> anyhow::Result<()> {
    let guest = Guest::new(server).await?;
    let mut shell = Shell::open(server, &guest).await?;
    shell.run("aws ec2 describe-instances").await?;
    shell.end(&guest).await?;
    let (ours, others): (Vec<_>, Vec<_>) = processes::of(server)?
        .into_iter()
        .partition(Process::is_ours);
    let sum = |of: &[Process], size: fn(&Process) -> f64| of.iter().map(size).sum::<f64>();
    let beside = format!(
        "moto: {} MB; counting what they share each time: {} MB",
        number(sum(&others, Process::share_mb)),
        number(sum(&ours, Process::resident_mb)),
    );
    let memory = sum(&ours, Process::share_mb);
    table.add(
        "rest: memory without moto",
        Target::Below(60.0),
        memory,
        "MB",
        &beside,
    );
    Ok(())
}
