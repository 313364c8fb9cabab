//! What stays inside a machine: connects to ports, and runs commands, for the launcher.

use std::{
    io::{self, BufReader, PipeReader, PipeWriter, Write as _, pipe},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::{
            net::UnixStream,
            process::{CommandExt as _, ExitStatusExt as _},
        },
    },
    process::{Child, Command, ExitStatus},
    thread,
    time::Duration,
};

use anyhow::Context as _;
use rustix::{
    event::{PollFd, PollFlags, poll},
    fs::{Mode, OFlags},
    io::retry_on_intr,
    process::{Pid, PidfdFlags, Signal, pidfd_open},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};

use crate::{
    descriptors::send_descriptors,
    wire::{self, Ask, Job, Outcome},
};

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
            Ask::Run(job) => run(stream.get_ref(), job)?,
            Ask::Attach(job) => attach(stream.get_ref(), job)?,
        }
    }
    Ok(())
}

fn dial(stream: &UnixStream, port: u16) -> anyhow::Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match TcpStream::connect_timeout(&address, DIAL_TIMEOUT) {
        Ok(open) => send_descriptors(stream, wire::GRANTED, &[open.as_fd()])?,
        Err(_) => send_descriptors(stream, wire::REFUSED, &[])?,
    }
    Ok(())
}

/// Hands out a command's three streams and the line that tells its end, and starts it beside others.
fn run(stream: &UnixStream, job: Job) -> anyhow::Result<()> {
    let (its_stdin, stdin) = pipe().context("make a pipe")?;
    let (stdout, its_stdout) = pipe().context("make a pipe")?;
    let (stderr, its_stderr) = pipe().context("make a pipe")?;
    let (theirs, line) = UnixStream::pair().context("make a line")?;
    let streams = [
        stdin.as_fd(),
        stdout.as_fd(),
        stderr.as_fd(),
        theirs.as_fd(),
    ];
    send_descriptors(stream, wire::GRANTED, &streams)?;
    beside(line, move || {
        start(&job, (its_stdin, its_stdout, its_stderr))
    })
}

/// The same on a new terminal, of which it hands out our side.
fn attach(stream: &UnixStream, job: Job) -> anyhow::Result<()> {
    let (theirs, line) = UnixStream::pair().context("make a line")?;
    let Ok((ours, user_side)) = terminal() else {
        return Ok(send_descriptors(stream, wire::REFUSED, &[])?);
    };
    send_descriptors(stream, wire::GRANTED, &[ours.as_fd(), theirs.as_fd()])?;
    beside(line, move || start_on(job, user_side))
}

/// A new terminal: our side and the user's.
fn terminal() -> io::Result<(OwnedFd, OwnedFd)> {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&ours)?;
    unlockpt(&ours)?;
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let name = ptsname(&ours, Vec::new())?;
    let user_side = rustix::fs::open(name.as_c_str(), flags, Mode::empty())?;
    Ok((ours, user_side))
}

/// Starts a command and tells its end, while others are asked for.
fn beside(
    line: UnixStream,
    start: impl FnOnce() -> anyhow::Result<Child> + Send + 'static,
) -> anyhow::Result<()> {
    let told = line.try_clone().context("share a line")?;
    let watching = thread::Builder::new().spawn(move || {
        let outcome = match start() {
            Ok(child) => watch(child, &line),
            Err(error) => Outcome::NotStarted(error.to_string()),
        };
        tell(&line, &outcome);
    });
    if let Err(error) = watching {
        // as many run as may: the agent stays for when fewer do
        tell(&told, &Outcome::NotStarted(error.to_string()));
    }
    Ok(())
}

/// Starts a command whose controlling terminal this becomes, in a session of its own.
fn start_on(job: Job, user_side: OwnedFd) -> anyhow::Result<Child> {
    // of util-linux; it is no leader of a group, so that it need not fork
    let session = ["/usr/bin/setsid", "--ctty"].map(str::to_owned);
    let argv: Vec<String> = session.into_iter().chain(job.argv).collect();
    let mut command = wire::command(&argv, &job.env, &job.cwd)?;
    let started = command
        .stdin(user_side.try_clone()?)
        .stdout(user_side.try_clone()?)
        .stderr(user_side)
        .spawn();
    Ok(started?)
}

fn start(
    job: &Job,
    (stdin, stdout, stderr): (PipeReader, PipeWriter, PipeWriter),
) -> anyhow::Result<Child> {
    // what is dropped at the end holds its ends, which would keep the streams open
    let mut command = wire::command(&job.argv, &job.env, &job.cwd)?;
    let started = command
        .stdin(stdin)
        .stdout(stdout)
        .stderr(stderr)
        .process_group(0)
        .spawn();
    Ok(started?)
}

/// Waits for a command's end, or ends it when the launcher hangs up; what is left of its process
/// group ends with it.
fn watch(mut child: Child, line: &UnixStream) -> Outcome {
    let group = Pid::from_child(&child);
    // without a word of its end it ends at once: nobody could end it later
    let until = until(group, line);
    // its number is not another's as long as it is not reaped; nobody may be left, which is as good
    rustix::process::kill_process_group(group, Signal::KILL).ok();
    match (until, child.wait()) {
        (Ok(()), Ok(status)) => outcome(status),
        (Err(error), _) => Outcome::NotStarted(error.to_string()),
        (_, Err(error)) => Outcome::NotStarted(error.to_string()),
    }
}

/// Waits until a process has ended, or nobody listens at the line's other end.
fn until(process: Pid, line: &UnixStream) -> rustix::io::Result<()> {
    let process = pidfd_open(process, PidfdFlags::empty())?;
    // the launcher says nothing: its end can be read when it hangs up
    let mut either = [
        PollFd::new(&process, PollFlags::IN),
        PollFd::new(line, PollFlags::IN),
    ];
    retry_on_intr(|| poll(&mut either, None)).map(drop)
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
