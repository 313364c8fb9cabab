//! What a group is limited to, and what to write for that.

use std::{fs, thread};

use crate::Limits;

/// What a sandbox has besides the processes that it may start: its helper and two of bubblewrap's.
const OWN_PROCESSES: u64 = 16;
/// The most processes and threads of a tenant.
const TENANT_PROCESSES: u64 = 4096;
/// The least memory that a tenant may use on a small machine.
const LEAST_TENANT_BYTES: u64 = 1 << 30;
/// Over which time processor time is shared out: short, so that nobody waits long for the next.
const PERIOD_US: u64 = 20_000;
/// How much all sandboxes together count beside one other process of the machine, of 1024: as much, so
/// that what serves them is not one of a thousand, and the emulated cloud, which is in one, is not starved.
pub(super) const OUR_WEIGHT: u64 = 1024;

/// What all processes of a group together may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caps {
    pub(crate) memory_bytes: u64,
    pub(crate) processes: u64,
    pub(crate) quota: Option<Quota>,
}

/// A share of processor time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    /// Hundredths of one processor.
    pub(crate) percent: u64,
}

impl Caps {
    /// A sandbox's; its processor time is its tenant's.
    pub(super) fn of(limits: &Limits) -> Self {
        Self {
            memory_bytes: limits.memory_bytes,
            processes: limits.processes.saturating_add(OWN_PROCESSES),
            quota: None,
        }
    }
}

/// What there is to share out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Machine {
    memory_bytes: u64,
    processors: u64,
}

impl Machine {
    /// The one that this runs on.
    pub(super) fn this() -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Self {
            memory_bytes: memory_bytes(&fs::read_to_string("/proc/meminfo").unwrap_or_default()),
            processors: u64::try_from(processors).unwrap_or(1),
        }
    }

    /// What a tenant's sandboxes may use together: a quarter of the memory, and all processors but
    /// one; never less than what one sandbox may.
    pub(super) fn tenant(self, limits: &Limits) -> Caps {
        let quarter = self.memory_bytes / 4;
        Caps {
            memory_bytes: quarter.max(LEAST_TENANT_BYTES).max(limits.memory_bytes),
            processes: TENANT_PROCESSES,
            quota: Some(Quota {
                percent: self.processors.saturating_sub(1).max(1) * 100,
            }),
        }
    }
}

/// `MemTotal` of proc(5)'s meminfo.
fn memory_bytes(text: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}

/// The two interfaces of the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// A hierarchy for each controller.
    V1,
    /// One for all.
    V2,
}

/// Whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Controller {
    Memory,
    Pids,
    Cpu,
}

/// Whether a file may be missing, as those of swap are where the kernel does not count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Necessity {
    Must,
    IfThere,
    /// Whatever the kernel says to it, as what follows says it again.
    AtBest,
}

/// What is written into which file.
pub(super) type Write = (Controller, &'static str, String, Necessity);

impl Caps {
    /// What limits a group to this, in order.
    #[rustfmt::skip]
    pub(super) fn writes(self, version: Version) -> Vec<Write> {
        use {Controller::{Cpu, Memory, Pids}, Necessity::{AtBest, IfThere, Must}};
        let (memory, processes) = (self.memory_bytes.to_string(), self.processes.to_string());
        let quota = self.quota.map(|quota| quota.percent * PERIOD_US / 100);
        match version {
            // memory with swap is never less than without: when both shrink, the second goes first, when
            // both grow, as a tenant's for who needs more, the first
            Version::V1 => {
                let mut writes = vec![
                    (Memory, "memory.memsw.limit_in_bytes", memory.clone(), AtBest),
                    (Memory, "memory.limit_in_bytes", memory.clone(), Must),
                    (Memory, "memory.memsw.limit_in_bytes", memory, IfThere),
                    (Pids, "pids.max", processes, Must),
                ];
                if let Some(quota) = quota {
                    writes.push((Cpu, "cpu.cfs_period_us", PERIOD_US.to_string(), Must));
                    writes.push((Cpu, "cpu.cfs_quota_us", quota.to_string(), Must));
                }
                writes
            }
            Version::V2 => {
                let mut writes = vec![
                    (Memory, "memory.max", memory, Must),
                    (Memory, "memory.swap.max", "0".to_owned(), IfThere),
                    (Pids, "pids.max", processes, Must),
                ];
                if let Some(quota) = quota {
                    writes.push((Cpu, "cpu.max", format!("{quota} {PERIOD_US}"), Must));
                }
                writes
            }
        }
    }
}

/// What makes a group count so much, of 1024, beside another process.
pub(super) fn weight(version: Version, of_1024: u64) -> Write {
    match version {
        Version::V1 => (
            Controller::Cpu,
            "cpu.shares",
            of_1024.to_string(),
            Necessity::Must,
        ),
        // where 100 is what others have
        Version::V2 => (
            Controller::Cpu,
            "cpu.weight",
            (of_1024 * 100 / 1024).max(1).to_string(),
            Necessity::Must,
        ),
    }
}

/// `nr_throttled` of a group's `cpu.stat`.
pub(super) fn waits(stat: &str) -> u64 {
    let line = stat
        .lines()
        .find_map(|line| line.strip_prefix("nr_throttled "));
    line.and_then(|number| number.trim().parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Caps, LEAST_TENANT_BYTES, Machine, Quota, Version, memory_bytes, waits, weight};
    use crate::Limits;

    fn written(version: Version) -> Vec<String> {
        let caps = Caps {
            memory_bytes: 1000,
            processes: 7,
            quota: Some(Quota { percent: 150 }),
        };
        let writes = caps.writes(version).into_iter();
        writes
            .map(|(_, file, value, _)| format!("{file}={value}"))
            .collect()
    }

    #[test]
    fn each_version_is_told_the_same_in_its_own_words() {
        assert_eq!(
            written(Version::V1),
            [
                "memory.memsw.limit_in_bytes=1000",
                "memory.limit_in_bytes=1000",
                "memory.memsw.limit_in_bytes=1000",
                "pids.max=7",
                "cpu.cfs_period_us=20000",
                "cpu.cfs_quota_us=30000"
            ]
        );
        assert_eq!(
            written(Version::V2),
            [
                "memory.max=1000",
                "memory.swap.max=0",
                "pids.max=7",
                "cpu.max=30000 20000"
            ]
        );
        assert_eq!(weight(Version::V1, 256).2, "256");
        assert_eq!(weight(Version::V2, 256).2, "25");
    }

    #[test]
    fn a_tenant_never_has_the_whole_machine_and_always_what_one_sandbox_may_use() {
        let of = |memory_bytes, processors| {
            let machine = Machine {
                memory_bytes,
                processors,
            };
            let caps = machine.tenant(&Limits::default());
            (caps.memory_bytes, caps.quota.unwrap().percent)
        };
        assert_eq!(of(1 << 30, 1), (LEAST_TENANT_BYTES, 100));
        assert_eq!(of(64 << 30, 8), (16 << 30, 700));
        let large = Limits {
            memory_bytes: 9 << 30,
            ..Limits::default()
        };
        let machine = Machine {
            memory_bytes: 4 << 30,
            processors: 2,
        };
        assert_eq!(machine.tenant(&large).memory_bytes, 9 << 30);
    }

    #[test]
    fn the_kernels_words_are_read() {
        assert_eq!(
            memory_bytes("MemTotal:       24683000 kB\nMemFree: 1 kB\n"),
            24_683_000 * 1024
        );
        assert_eq!(
            waits("nr_periods 9\nnr_throttled 4\nthrottled_time 12\n"),
            4
        );
        assert_eq!(waits(""), 0);
    }
}
