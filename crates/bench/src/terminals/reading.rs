//! How fast a client reads, and how much.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{client::Read, line::Line};
use crate::processes;

/// How much a reader that was kept from reading may catch up with.
const CATCH_UP: Duration = Duration::from_millis(10);

/// How fast a reader draws.
pub struct Pace {
    bytes_per_second: Option<f64>,
    due: Instant,
}

impl Pace {
    /// So much each second; without it, all that comes.
    pub fn of(bytes_per_second: Option<f64>) -> Self {
        let due = Instant::now();
        Self {
            bytes_per_second,
            due,
        }
    }

    /// Reads what comes next and draws it; how much that was.
    pub fn drawn(&mut self, line: &mut dyn Line) -> anyhow::Result<usize> {
        let count = line.read()?.len();
        self.wait(count);
        line.drawn()?;
        Ok(count)
    }

    /// Takes as long as drawing does.
    pub fn wait(&mut self, bytes: usize) {
        let Some(rate) = self.bytes_per_second else {
            return;
        };
        let now = Instant::now();
        let earliest = now.checked_sub(CATCH_UP).unwrap_or(now);
        self.due = self.due.max(earliest) + Duration::from_secs_f64(bytes as f64 / rate);
        thread::sleep(self.due.saturating_duration_since(now));
    }
}

/// Counts what is read.
pub struct Count {
    begun: Instant,
    busy_before: f64,
    bytes: u64,
    parts: u64,
}

impl Count {
    /// Counts from now on.
    pub fn begin() -> Self {
        Self {
            begun: Instant::now(),
            busy_before: busy_seconds(),
            bytes: 0,
            parts: 0,
        }
    }

    /// Counts what came.
    pub fn add(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        self.parts += 1;
    }

    /// What was read until now.
    pub fn end(self) -> Read {
        Read {
            bytes: self.bytes,
            parts: self.parts,
            took: self.begun.elapsed(),
            busy_seconds: busy_seconds() - self.busy_before,
        }
    }
}

fn busy_seconds() -> f64 {
    processes::numbered(std::process::id()).busy_seconds()
}
