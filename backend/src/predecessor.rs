//! The process that carried deployments out before this one: what it has begun is ended before this one
//! goes on with it, where a late command of it could not be told from a new one.

use std::{fs, path::Path, process, time::Duration};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use sqlx::{Any, Transaction};
use tokio::time;

/// How long processes may take to be gone once they were killed.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked.
const GLANCE: Duration = Duration::from_millis(20);

/// A process of a machine.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Server {
    /// The machine since its start: `/proc/sys/kernel/random/boot_id`.
    machine: String,
    process_id: i64,
    /// When it started, in clock ticks since the machine did: a later process may have the same number.
    process_started: i64,
}

/// A process as `/proc/PID/stat` tells of it, see proc(5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    pid: i32,
    parent: i32,
    group: i32,
    started: i64,
    is_over: bool,
}

impl Server {
    /// This process.
    pub fn own() -> Self {
        let machine = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let process_id = process::id();
        let known = i32::try_from(process_id).ok().and_then(Known::of);
        Self {
            machine: machine.trim().to_owned(),
            process_id: process_id.into(),
            process_started: known.map_or(0, |known| known.started),
        }
    }

    /// Writes that this one carries deployments out, and returns who did.
    pub async fn enter(
        &self,
        transaction: &mut Transaction<'static, Any>,
    ) -> sqlx::Result<Option<Self>> {
        let before = sqlx::query_as(
            "select machine, process_id, process_started from controller \
             where machine is not null",
        )
        .fetch_optional(&mut **transaction)
        .await?;
        sqlx::query("update controller set machine = $1, process_id = $2, process_started = $3")
            .bind(&self.machine)
            .bind(self.process_id)
            .bind(self.process_started)
            .execute(&mut **transaction)
            .await?;
        Ok(before)
    }

    /// Kills it, if it is of this machine and still there, with the commands that it runs, and returns
    /// once all are gone.
    pub async fn end(&self) {
        let own = Self::own();
        let Some(server) = self.still_there(&own) else {
            return;
        };
        tracing::warn!(
            "ending process {}, which moved addresses before this one",
            server.pid
        );
        let commands = server.commands();
        server.kill();
        commands.iter().for_each(Known::kill_all);
        let gone = async {
            while [server].iter().chain(&commands).any(Known::is_there) {
                time::sleep(GLANCE).await;
            }
        };
        if time::timeout(PATIENCE, gone).await.is_err() {
            tracing::error!("process {} does not end", server.pid);
        }
    }

    fn still_there(&self, own: &Self) -> Option<Known> {
        if self.machine != own.machine || self == own {
            return None;
        }
        let known = Known::of(i32::try_from(self.process_id).ok()?)?;
        (known.started == self.process_started && known.is_there()).then_some(known)
    }
}

impl Known {
    fn of(pid: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        Self::read(pid, &stat)
    }

    fn read(pid: i32, stat: &str) -> Option<Self> {
        // the name is in brackets, and may have some itself
        let (_, rest) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        Some(Self {
            pid,
            is_over: matches!(*fields.first()?, "Z" | "X"),
            parent: fields.get(1)?.parse().ok()?,
            group: fields.get(2)?.parse().ok()?,
            started: fields.get(19)?.parse().ok()?,
        })
    }

    fn is_there(&self) -> bool {
        let now = Self::of(self.pid);
        now.is_some_and(|now| now.started == self.started && !now.is_over)
    }

    /// Its children that are other programs: the terminals' host and the emulated cloud outlive it.
    fn commands(&self) -> Vec<Self> {
        let program = |pid: i32| fs::read_link(format!("/proc/{pid}/exe")).ok();
        let own = program(self.pid);
        let entries = fs::read_dir(Path::new("/proc")).into_iter().flatten();
        let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        pids.filter_map(Self::of)
            .filter(|one| one.parent == self.pid && program(one.pid) != own)
            .collect()
    }

    fn kill(&self) {
        if let Some(pid) = Pid::from_raw(self.pid)
            && self.is_there()
        {
            // it may have ended by itself
            kill_process(pid, Signal::KILL).ok();
        }
    }

    /// Kills a command with what it has started: without a sandbox that is only in its group.
    fn kill_all(&self) {
        match Pid::from_raw(self.pid) {
            Some(pid) if self.group == self.pid && self.is_there() => {
                kill_process_group(pid, Signal::KILL).ok();
            }
            _ => self.kill(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, Server};

    #[test]
    fn a_process_is_told_by_its_number_and_start() {
        let stat = "7 (a) b) S 3 5 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 99 1 2";
        let known = Known::read(7, stat).unwrap();
        assert_eq!((known.parent, known.group, known.started), (3, 5, 99));
        assert!(!known.is_over);
        let own = Server::own();
        assert!(own.still_there(&own).is_none());
        let me = i32::try_from(std::process::id()).unwrap();
        assert!(Known::of(me).unwrap().is_there());
        // another process that has the number now is left alone
        let mut before = own.clone();
        before.process_started -= 1;
        assert_eq!(before.still_there(&own), None);
    }

    #[tokio::test]
    async fn who_was_there_before_is_ended_with_its_commands() {
        let script = "sleep 600 & echo $!; wait";
        let mut shell = tokio::process::Command::new("/bin/bash")
            .args(["-c", script])
            .stdout(std::process::Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = tokio::io::BufReader::new(shell.stdout.take().unwrap());
        tokio::io::AsyncBufReadExt::read_line(&mut out, &mut line)
            .await
            .unwrap();
        let [server, command] = [
            i32::try_from(shell.id().unwrap()).unwrap(),
            line.trim().parse().unwrap(),
        ]
        .map(|pid| Known::of(pid).unwrap());
        assert_eq!(server.commands(), [command]);
        let before = Server {
            process_id: server.pid.into(),
            process_started: server.started,
            ..Server::own()
        };
        before.end().await;
        assert!(!server.is_there() && !command.is_there());
        assert!(!shell.wait().await.unwrap().success());
    }
}
