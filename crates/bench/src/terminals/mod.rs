//! Terminals: until the prompt, each key, much output, and what they hold.
//!
//! A terminal is reached directly, at its host's own socket, or served, through the server as by a
//! browser. Beside both is measured in the same run a bare PTY, and beside keys a bare websocket.
//! Speed is measured without sandboxes, so that all have the same shell and differ in what is
//! between alone; until the prompt, and memory, with them too.

mod asking;
mod bare;
mod brake;
mod browser;
mod client;
mod echo;
mod ground;
mod jobs;
mod line;
mod machine;
mod memory;
mod noise;
mod output;
mod page;
mod prompt;
mod reading;
mod sandboxed;

use std::time::Instant;

pub use self::{client::WORD as CLIENT, jobs::run as run_client};
use self::{ground::Ground, sandboxed::Cloud};
use crate::{
    Built,
    figure::{Table, Target},
    guest::Guest,
    server::{Server, Shells},
    shell::Shell,
};

/// Measures a server with sandboxes, and one without.
pub async fn measure(server: &Server, built: &Built, table: &mut Table) -> anyhow::Result<()> {
    let guest = Guest::new(server).await?;
    first(server, &guest, table).await?;
    memory::grow(server, table).await?;
    browser::measure(server, built, table).await?;
    let cloud = Cloud::of(server, &guest).await?;
    let ground = Ground::new(server, guest).await?;
    let ground = ground.with(|spec| cloud.furnish(spec, server, built));
    prompt::measure(&ground, "sandboxed", 60.0, table).await?;
    noise::measure(server, &ground, table).await?;
    drop(ground);
    let server = Server::start_with(built, Shells::Unconfined).await?;
    let measured = unconfined(&server, table).await;
    let stopped = server.stop().await;
    measured.and(stopped)
}

/// What the account's first terminal takes to its prompt: it makes the home.
async fn first(server: &Server, guest: &Guest, table: &mut Table) -> anyhow::Result<()> {
    let begun = Instant::now();
    let shell = Shell::open(server, guest).await?;
    let took = begun.elapsed().as_secs_f64() * 1000.0;
    shell.end(guest).await?;
    table.add(
        "terminals: the account's first",
        Target::None,
        took,
        "ms",
        "",
    );
    Ok(())
}

async fn unconfined(server: &Server, table: &mut Table) -> anyhow::Result<()> {
    let guest = Guest::new(server).await?;
    Shell::open(server, &guest).await?.end(&guest).await?;
    let ground = Ground::new(server, guest).await?;
    let folder = tempfile::tempdir()?;
    machine::measure(table).await?;
    memory::many(&ground, table).await?;
    prompt::measure(&ground, "unsandboxed", 7.0, table).await?;
    output::measure(&ground, folder.path(), table).await?;
    echo::measure(&ground, table).await?;
    brake::measure(&ground, table).await
}
