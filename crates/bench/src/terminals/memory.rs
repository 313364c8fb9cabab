//! What terminals that idle hold and do.

use std::time::{Duration, Instant};

use client::terminals;
use shared::OpenTerminal;
use tokio::{
    task::block_in_place,
    time::{interval, sleep},
};

use super::{
    client::Place,
    ground::{self, Ground, Way},
    line::{PROMPT, SIZE, until},
    page::{Address, Page, SMALL_BUFFER},
};
use crate::{
    figure::{Table, Target, number},
    guest::Guest,
    processes::{self, Process},
    server::Server,
};

/// How many accounts have terminals, and how many terminals each: no more are allowed.
const ACCOUNTS: usize = 5;
const EACH: usize = 10;
/// How many terminals idle at once.
const MANY: usize = 500;
/// Over how long they are opened: as long as between two of the host's questions to a page, so that
/// these come spread.
const OPENED_OVER: Duration = Duration::from_secs(20);
/// How long they are watched: each page is asked twice meanwhile.
const WATCHED: Duration = Duration::from_secs(40);
/// How often the pages answer.
const ROUND: Duration = Duration::from_millis(500);

/// Measures by how much the server's processes grow by 50 terminals, each with a page: once every
/// account has had a terminal, so that what is kept for an account or made once is there before.
pub async fn grow(server: &Server, table: &mut Table) -> anyhow::Result<()> {
    let mut guests = Vec::new();
    for _ in 0..ACCOUNTS {
        let guest = Guest::new(server).await?;
        let opened = open(server, &guest).await?;
        terminals::end(&guest.client, opened.0).await?;
        guests.push(guest);
    }
    let both = [processes::host(server)?, processes::numbered(server.pid()?)];
    let held = || both.each_ref().map(Process::resident_kib);
    let before = held();
    let mut pages = Vec::new();
    for _ in 0..EACH {
        for guest in &guests {
            pages.push((guest, open(server, guest).await?));
        }
    }
    let after = held();
    let count = pages.len() as f64;
    let [host, served] = [0, 1].map(|at| (after[at] - before[at]) / count);
    report(host, served, before, table);
    for (guest, (id, _)) in pages {
        terminals::end(&guest.client, id).await?;
    }
    Ok(())
}

/// A terminal at its prompt, with a page on it.
async fn open(server: &Server, guest: &Guest) -> anyhow::Result<(shared::TerminalId, Page)> {
    let (cols, rows) = SIZE;
    let id = terminals::open(&guest.client, &OpenTerminal::sized(cols, rows))
        .await?
        .id;
    Ok((id, at_prompt(&ground::browser(server, guest).at(id))?))
}

fn at_prompt(address: &Address) -> anyhow::Result<Page> {
    block_in_place(|| {
        let mut page = Page::open(address, SMALL_BUFFER)?;
        until(&mut page, PROMPT)?;
        Ok(page)
    })
}

fn report(host: f64, server: f64, before: [f64; 2], table: &mut Table) {
    let [host_before, server_before] = before.map(|kib| number(kib / 1024.0));
    table.add(
        "terminals: memory of one that idles, direct",
        Target::AtMost(64.0),
        host,
        "KiB",
        &format!("the host before: {host_before} MiB"),
    );
    table.add(
        "terminals: memory of one that idles, served",
        Target::AtMost(96.0),
        host + server,
        "KiB",
        &format!(
            "of it the server: {} KiB, before: {server_before} MiB",
            number(server)
        ),
    );
}

/// Measures the host with 500 terminals, each with a page.
pub async fn many(ground: &Ground<'_>, table: &mut Table) -> anyhow::Result<()> {
    let [host, _] = ground.processes()?;
    let before = host.resident_kib();
    let mut opened = Vec::new();
    let mut next = interval(OPENED_OVER / u32::try_from(MANY)?);
    for _ in 0..MANY {
        next.tick().await;
        let one = ground.open(Way::Direct).await?;
        if let Place::Page(address) = ground.place(&one) {
            opened.push((one, at_prompt(&address)?));
        }
    }
    let held = host.resident_kib();
    let (begun, busy) = (Instant::now(), host.busy_seconds());
    while begun.elapsed() < WATCHED {
        sleep(ROUND).await;
        for (_, page) in &mut opened {
            page.answer()?;
        }
    }
    let busy = (host.busy_seconds() - busy) / begun.elapsed().as_secs_f64();
    table.add(
        "terminals: 500 that idle, host busy",
        Target::Below(1.0),
        busy * 100.0,
        "%",
        "pages opened over 20 s, asked and answering twice",
    );
    let beside = format!("without them: {} MB", number(before * 1.024 / 1000.0));
    table.add(
        "terminals: 500 that idle, memory of the host",
        Target::Below(50.0),
        held * 1.024 / 1000.0,
        "MB",
        &beside,
    );
    for (one, _) in opened {
        ground.end(one).await?;
    }
    Ok(())
}
