//! What stays inside a machine: connects to ports, and runs commands, for the launcher.

use std::{
    io::{BufReader, Read as _, Write as _, pipe},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    os::{
        fd::AsFd as _,
        unix::{
            net::UnixStream,
            process::{CommandExt as _, ExitStatusExt as _},
        },
    },
    process::{Child, Command, ExitStatus},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

use crate::wire::{self, Ask, Job, Outcome};

/// How long the agent tries to connect to a port of its own loopback.
const DIAL_TIMEOUT: Duration = Duration::from_secs(3);

/// Starts the first program, and does what the launcher asks until that hangs up.
pub(crate) fn serve(mut program: Command, mut stream: BufReader<UnixStream>) -> anyhow::Result<()> {
    let mut child = program.spawn().context("start the program")?;
    thread::spawn(move || match child.wait() {
        Ok(status) => eprintln!("[instance] the first program ended: {status}"),
        Err(error) => eprintln!("[instance] the first program is lost: {error}"),
    });
    while let Some(ask) = wire::next(&mut stream)? {
        match ask {
            Ask::Dial { port } => dial(stream.get_ref(), port)?,
            Ask::Run(job) => run(stream.get_ref(), &job)?,
        }
    }
    Ok(())
}

fn dial(stream: &UnixStream, port: u16) -> anyhow::Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match TcpStream::connect_timeout(&address, DIAL_TIMEOUT) {
        Ok(open) => wire::send(stream, wire::GRANTED, &[open.as_fd()])?,
        Err(_) => wire::send(stream, wire::REFUSED, &[])?,
    }
    Ok(())
}

/// Starts a command, and hands out its two streams and the line that tells its end.
fn run(stream: &UnixStream, job: &Job) -> anyhow::Result<()> {
    let (stdout, its_stdout) = pipe().context("make a pipe")?;
    let (stderr, its_stderr) = pipe().context("make a pipe")?;
    let (theirs, line) = UnixStream::pair().context("make a line")?;
    let mut command = wire::command(&job.argv, &job.env, &job.cwd)?;
    let started = command
        .stdin(std::process::Stdio::null())
        .stdout(its_stdout)
        .stderr(its_stderr)
        .process_group(0)
        .spawn();
    // the command holds the writing ends, which would keep the streams open
    drop(command);
    let streams = [stdout.as_fd(), stderr.as_fd(), theirs.as_fd()];
    wire::send(stream, wire::GRANTED, &streams)?;
    match started {
        Ok(child) => watch(child, line),
        Err(error) => tell(&line, &Outcome::NotStarted(error.to_string())),
    }
    Ok(())
}

/// Waits for a command's end in one thread, and for the launcher's hanging up in another.
fn watch(child: Child, line: UnixStream) {
    let group = Pid::from_child(&child);
    let is_there = Arc::new(Mutex::new(true));
    let (seen, ended) = (is_there.clone(), line.try_clone());
    thread::spawn(move || tell_end(child, &line, &seen));
    if let Ok(mut ended) = ended {
        thread::spawn(move || {
            // the launcher says nothing: this returns when it hangs up
            ended.read_exact(&mut [0]).ok();
            end(group, &is_there);
        });
    }
}

fn tell_end(mut child: Child, line: &UnixStream, is_there: &Mutex<bool>) {
    let group = Pid::from_child(&child);
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while matches!(
        rustix::process::waitid(WaitId::Pid(group), options),
        Err(rustix::io::Errno::INTR)
    ) {}
    end(group, is_there);
    let outcome = match child.wait() {
        Ok(status) => outcome(status),
        Err(error) => Outcome::NotStarted(error.to_string()),
    };
    tell(line, &outcome);
}

/// Ends what is left of a command, once: its number may be another's when it is reaped.
fn end(group: Pid, is_there: &Mutex<bool>) {
    let mut is_there = is_there.lock().unwrap_or_else(PoisonError::into_inner);
    if std::mem::take(&mut *is_there) {
        // nobody may be left, which is as good
        rustix::process::kill_process_group(group, Signal::KILL).ok();
    }
}

/// How a program ended.
pub(crate) fn outcome(status: ExitStatus) -> Outcome {
    match (status.code(), status.signal()) {
        (Some(code), _) => Outcome::Exited(code),
        (None, signal) => Outcome::Signalled(signal.unwrap_or_default()),
    }
}

fn tell(mut line: &UnixStream, outcome: &Outcome) {
    if let Ok(text) = wire::line(outcome) {
        line.write_all(&text).ok(); // the launcher may have hung up
    }
    line.shutdown(std::net::Shutdown::Write).ok();
}
