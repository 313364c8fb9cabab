//! What a server's processes hold, read from the kernel.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::server::Server;

/// The kernel's clock ticks in a second, on every machine that Debian runs on (proc(5),
/// `USER_HZ`).
const TICKS: f64 = 100.0;

/// A process below the server, or one that names its data folder.
#[derive(Debug)]
pub struct Process {
    pid: u32,
    arguments: String,
}

impl Process {
    /// Whether it is a process of ours: the server or a neighbour that it started.
    pub fn is_ours(&self) -> bool {
        ["serve", "pty-host", "emulator"].contains(&self.subcommand())
    }

    fn subcommand(&self) -> &str {
        self.arguments.split('\0').nth(1).unwrap_or_default()
    }

    /// The name of its program.
    pub fn name(&self) -> String {
        let name = fs::read_to_string(self.file("comm")).unwrap_or_default();
        name.trim_end().to_owned()
    }

    /// For how many seconds it has kept processors busy.
    pub fn busy_seconds(&self) -> f64 {
        let stat = fs::read_to_string(self.file("stat")).unwrap_or_default();
        // its time in programs and in the kernel are the 12th and 13th after the name
        let ticks = after_name(&stat).skip(11).take(2);
        ticks
            .filter_map(|field| field.parse::<f64>().ok())
            .sum::<f64>()
            / TICKS
    }

    /// Whether it is moto, which keeps the emulated cloud's books.
    pub fn keeps_books(&self) -> bool {
        self.arguments.contains("keeper.py")
    }

    /// Memory in MB: what is its own, and its share of what it shares.
    pub fn share_mb(&self) -> f64 {
        self.kilobytes("smaps_rollup", "Pss:") / 1000.0
    }

    /// Memory in KiB, with all that it shares, counted page by page.
    pub fn resident_kib(&self) -> f64 {
        self.kilobytes("smaps_rollup", "Rss:") / 1.024
    }

    /// Memory in MB, counting in each process all that it shares.
    pub fn resident_mb(&self) -> f64 {
        self.kilobytes("status", "VmRSS:") / 1000.0
    }

    /// How many files it has open.
    pub fn open_files(&self) -> usize {
        fs::read_dir(self.file("fd")).map_or(0, Iterator::count)
    }

    /// A process that has just ended holds nothing.
    fn kilobytes(&self, file: &str, field: &str) -> f64 {
        let text = fs::read_to_string(self.file(file)).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(field));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
        kibibytes.map_or(0.0, |kibibytes: f64| kibibytes * 1.024)
    }

    fn file(&self, name: &str) -> PathBuf {
        Path::new("/proc").join(self.pid.to_string()).join(name)
    }
}

/// All processes of a server: itself, what is below it, and what names its data folder, as a
/// process that lost its parent would.
pub fn of(server: &Server) -> anyhow::Result<Vec<Process>> {
    let data = server.data().display().to_string();
    Ok(among(&parents()?, server.pid()?, Some(&data)))
}

/// The one that is a server's emulated cloud.
pub fn emulator(server: &Server) -> anyhow::Result<Process> {
    neighbour(server, "emulator").context("no emulated cloud runs")
}

/// The one that holds a server's terminals.
pub fn host(server: &Server) -> anyhow::Result<Process> {
    neighbour(server, "pty-host").context("no host of terminals runs")
}

fn neighbour(server: &Server, subcommand: &str) -> anyhow::Result<Process> {
    let mut all = of(server)?.into_iter();
    let found = all.find(|process| process.subcommand() == subcommand);
    found.context("it is not among the server's processes")
}

/// The processes of a server's emulated cloud: its own, and what is below it.
pub fn of_emulator(server: &Server) -> anyhow::Result<Vec<Process>> {
    let root = emulator(server)?.pid;
    // nothing of the cloud's outlives it, so none of them has lost it as a parent
    Ok(among(&parents()?, root, None))
}

/// A process by its number.
pub fn numbered(pid: u32) -> Process {
    let arguments = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    Process { pid, arguments }
}

/// Those below a process, itself too, and those that name a folder.
fn among(parents: &HashMap<u32, u32>, root: u32, folder: Option<&str>) -> Vec<Process> {
    let names = |arguments: &str| folder.is_some_and(|folder| arguments.contains(folder));
    let all = parents.keys().map(|&pid| numbered(pid));
    all.filter(|one| descends(one.pid, root, parents) || names(&one.arguments))
        .collect()
}

fn descends(mut pid: u32, root: u32, parents: &HashMap<u32, u32>) -> bool {
    while pid != root {
        let Some(&parent) = parents.get(&pid) else {
            return false;
        };
        pid = parent;
    }
    true
}

/// Every process, and its parent.
fn parents() -> anyhow::Result<HashMap<u32, u32>> {
    let mut parents = HashMap::new();
    for entry in fs::read_dir("/proc").context("list processes")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // it may have ended since it was listed
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else {
            continue;
        };
        let parent = after_name(&stat).nth(1);
        let parent = parent.and_then(|parent| parent.parse().ok());
        parents.insert(pid, parent.unwrap_or_default());
    }
    Ok(parents)
}

/// What a process's `stat` says after its name, which is in brackets and may hold anything
/// (proc(5)).
fn after_name(stat: &str) -> impl Iterator<Item = &str> {
    let after = stat.rsplit(')').next().unwrap_or_default();
    after.split_whitespace()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{after_name, numbered};

    #[test]
    fn a_name_may_hold_anything() {
        let mut fields = after_name("7 (a) b) S 1 7");
        assert_eq!(fields.next(), Some("S"));
        assert_eq!(fields.next(), Some("1"));
    }

    #[test]
    fn work_is_counted_as_busy() {
        let this = numbered(std::process::id());
        let before = this.busy_seconds();
        let deadline = Instant::now() + Duration::from_secs(60);
        while this.busy_seconds() < before + 0.05 {
            assert!(Instant::now() < deadline, "{} s", this.busy_seconds());
        }
    }
}
