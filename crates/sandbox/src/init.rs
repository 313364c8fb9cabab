//! The first program inside: sets limits, then becomes what was asked for or stays as agent.

use std::{
    io::{BufReader, IsTerminal as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    os::{
        fd::AsFd as _,
        unix::{net::UnixStream, process::CommandExt as _},
    },
    path::Path,
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, anyhow, bail};
use nix::{
    sys::signal::{SigSet, Signal},
    unistd::{getpid, setpgid, tcsetpgrp},
};

use crate::{
    Spec, limits, probe,
    wire::{self, Dial, Hello, Orders, Role},
};

/// How long the agent tries to connect to a port of its own loopback.
const DIAL_TIMEOUT: Duration = Duration::from_secs(3);

/// Runs what the launcher orders; returns only on failure, or when an agent is dismissed.
pub fn run(control: &Path) -> anyhow::Result<()> {
    let (orders, stream): (Orders, _) =
        wire::ask(control, Hello::Init).context("ask for orders")?;
    limits::apply(orders.spec.limits).context("set limits")?;
    match orders.role {
        Role::Replace => {
            drop(stream);
            take_foreground().context("take the terminal")?;
            Err(anyhow!(program(&orders.spec)?.exec())).context("start the program")
        }
        Role::Agent => serve(program(&orders.spec)?, stream),
        Role::Check(trial) => probe::print_escapes(&trial),
    }
}

fn program(spec: &Spec) -> anyhow::Result<Command> {
    let Some((program, arguments)) = spec.argv.split_first() else {
        bail!("nothing to run")
    };
    let mut command = Command::new(program);
    let env = spec.env.iter().map(|(name, value)| (name, value));
    command
        .args(arguments)
        .env_clear()
        .envs(env)
        .current_dir(&spec.cwd);
    Ok(command)
}

/// On a terminal, keeps its signals for the program: Ctrl-C would end bubblewrap as well.
fn take_foreground() -> nix::Result<()> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Ok(());
    }
    let mut stop = SigSet::empty();
    stop.add(Signal::SIGTTOU); // sent to whoever changes the foreground from the background
    stop.thread_block()?;
    let this = getpid();
    setpgid(this, this)?;
    tcsetpgrp(&input, this)?;
    stop.thread_unblock()
}

/// Starts the program and dials for the launcher until that hangs up.
fn serve(mut program: Command, mut stream: BufReader<UnixStream>) -> anyhow::Result<()> {
    let mut child = program.spawn().context("start the program")?;
    std::thread::spawn(move || match child.wait() {
        Ok(status) => eprintln!("[instance] the first program ended: {status}"),
        Err(error) => eprintln!("[instance] the first program is lost: {error}"),
    });
    while let Some(Dial { port }) = wire::next(&mut stream)? {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        match TcpStream::connect_timeout(&address, DIAL_TIMEOUT) {
            Ok(open) => wire::send(stream.get_ref(), wire::GRANTED, &[open.as_fd()])?,
            Err(_) => wire::send(stream.get_ref(), wire::REFUSED, &[])?,
        }
    }
    Ok(())
}
