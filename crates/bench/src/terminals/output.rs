//! Much output: how fast it comes, and what that costs the server.

use std::{
    fs,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use anyhow::ensure;
use pty::recording::Recording;

use super::{
    client::{Job, Read},
    ground::{Ground, Way},
};
use crate::{
    figure::{Table, Target, number},
    processes::Process,
    spread::median,
};

/// How often the file is written out each way, in turn; the first does not count.
const ROUNDS: usize = 6;
/// Lines of 80 columns with their ends: 100 MB.
const LINES: u64 = 1_250_000;
/// Each end of a line is two bytes on a terminal.
const BYTES: u64 = LINES * 81;
/// What is typed and the prompts come on top.
const AROUND_BYTES: u64 = 4096;

/// One way's rounds.
#[derive(Debug, Default)]
struct Rounds {
    megabytes_per_second: Vec<f64>,
    part_bytes: Vec<f64>,
    client_seconds: Vec<f64>,
    server_seconds: Vec<f64>,
}

/// Measures in turn a bare PTY, the host, the server, and the host as it records: the part of the bare PTY's speed that the
/// others have, each time of the same round.
pub async fn measure(ground: &Ground<'_>, folder: &Path, table: &mut Table) -> anyhow::Result<()> {
    let file = text(folder)?;
    let mut rounds = [(); 4].map(|()| Rounds::default());
    let mut pressed = Vec::new();
    let recordings = tempfile::tempdir()?;
    for round in 0..ROUNDS {
        let recording = recordings.path().join(round.to_string());
        for (how, rounds) in [
            How::Plain(Way::Bare),
            How::Plain(Way::Direct),
            How::Plain(Way::Served),
            How::Recorded(&recording),
        ]
        .iter()
        .zip(&mut rounds)
        {
            let (read, server_seconds) = once(ground, *how, &file).await?;
            if round > 0 {
                rounds.add(&read, server_seconds);
            }
        }
        pressed.push(whole(&recording)?);
        fs::remove_dir_all(&recording)?;
    }
    let [bare, direct, served, recorded] = &rounds;
    report("direct", direct, bare, 0.85, 10.0, table);
    report("served", served, bare, 0.70, 13.0, table);
    report("recorded", recorded, bare, 0.60, 20.0, table);
    table.add(
        "terminals: output, recorded, part of it on the disk",
        Target::AtMost(0.2),
        median(pressed),
        "",
        "nothing of it is missing",
    );
    Ok(())
}

/// How a file is written out.
#[derive(Debug, Clone, Copy)]
enum How<'a> {
    /// So.
    Plain(Way),
    /// At the host, recorded to a folder.
    Recorded(&'a Path),
}

/// Which part of what was written a recording takes on the disk; all of it is there.
fn whole(folder: &Path) -> anyhow::Result<f64> {
    let recording = Recording::open(folder)?;
    let missing = recording.missing();
    ensure!(missing.is_empty(), "{missing:?} is not recorded");
    let bytes = recording.end() - recording.start();
    ensure!(bytes >= BYTES, "{bytes} bytes are recorded");
    Ok(recording.stored_bytes as f64 / bytes as f64)
}

/// Text of 80 columns, each line another.
fn text(folder: &Path) -> anyhow::Result<PathBuf> {
    let path = folder.join("text");
    let mut file = BufWriter::new(fs::File::create(&path)?);
    for line in 0..LINES {
        writeln!(
            file,
            "{line:07} {:.<71}",
            "the quick brown fox jumps over the lazy dog "
        )?;
    }
    file.flush()?;
    Ok(path)
}

/// What was read, and how long the server's processes were busy meanwhile: the host alone on the
/// direct way, with the server on the other.
async fn once(ground: &Ground<'_>, how: How<'_>, file: &Path) -> anyhow::Result<(Read, f64)> {
    let [host, server] = ground.processes()?;
    let counted = match how {
        How::Plain(Way::Bare) => vec![],
        How::Plain(Way::Direct) | How::Recorded(_) => vec![host],
        How::Plain(Way::Served) => vec![host, server],
    };
    let busy = || counted.iter().map(Process::busy_seconds).sum::<f64>();
    let before = busy();
    let file = file.to_owned();
    let job = |place| Job::Output { place, file };
    let read: Read = match how {
        How::Plain(way) => ground.run(way, job).await?,
        How::Recorded(folder) => ground.run_recorded(folder, job).await?,
    };
    let came = BYTES..BYTES + AROUND_BYTES;
    ensure!(came.contains(&read.bytes), "{} bytes came", read.bytes);
    Ok((read, busy() - before))
}

impl Rounds {
    fn add(&mut self, read: &Read, server_seconds: f64) {
        self.megabytes_per_second.push(read.megabytes_per_second());
        self.part_bytes.push(read.bytes as f64 / read.parts as f64);
        let gigabytes = read.gigabytes();
        self.client_seconds.push(read.busy_seconds / gigabytes);
        self.server_seconds.push(server_seconds / gigabytes);
    }
}

fn report(way: &str, ours: &Rounds, bare: &Rounds, enough: f64, most: f64, table: &mut Table) {
    let pairs = ours
        .megabytes_per_second
        .iter()
        .zip(&bare.megabytes_per_second);
    let parts = pairs.map(|(ours, bare)| ours / bare).collect();
    let shown = |values: &[f64]| number(median(values.to_vec()));
    let beside = format!(
        "{} MB/s; bare PTY: {} MB/s; frames of {} bytes, the PTY's reads: {}",
        shown(&ours.megabytes_per_second),
        shown(&bare.megabytes_per_second),
        shown(&ours.part_bytes),
        shown(&bare.part_bytes),
    );
    table.add(
        &format!("terminals: output, {way}, part of a bare PTY's"),
        Target::AtLeast(enough),
        median(parts),
        "",
        &beside,
    );
    let beside = format!(
        "a bare PTY's reader: {} s/GB; our client: {} s/GB",
        shown(&bare.client_seconds),
        shown(&ours.client_seconds)
    );
    table.add(
        &format!("terminals: output, {way}, server busy"),
        Target::AtMost(most),
        median(ours.server_seconds.clone()),
        "s/GB",
        &beside,
    );
}
