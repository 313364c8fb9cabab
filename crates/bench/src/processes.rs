//! What a server's processes hold, read from the kernel.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::server::Server;

/// A process below the server, or one that names its data folder.
#[derive(Debug)]
pub struct Process {
    pid: u32,
    arguments: String,
}

impl Process {
    /// Whether it is a process of ours: the server or a neighbour that it started.
    pub fn is_ours(&self) -> bool {
        let word = self.arguments.split('\0').nth(1);
        word.is_some_and(|word| ["serve", "pty-host", "emulator"].contains(&word))
    }

    /// Memory in MB: what is its own, and its share of what it shares.
    pub fn share_mb(&self) -> f64 {
        self.kilobytes("smaps_rollup", "Pss:") / 1000.0
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
    let parents = parents()?;
    let root = server.pid()?;
    let mut found = Vec::new();
    for &pid in parents.keys() {
        let arguments = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        if descends(pid, root, &parents) || arguments.contains(&data) {
            found.push(Process { pid, arguments });
        }
    }
    Ok(found)
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
        // the name before it is in brackets and may hold anything (proc(5))
        let after = stat.rsplit(')').next().unwrap_or_default();
        let parent = after
            .split_whitespace()
            .nth(1)
            .and_then(|parent| parent.parse().ok());
        parents.insert(pid, parent.unwrap_or_default());
    }
    Ok(parents)
}
