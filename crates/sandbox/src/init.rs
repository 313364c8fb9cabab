//! The first program inside: sets limits, then becomes what was asked for or stays as agent.

use std::{io::IsTerminal as _, os::unix::process::CommandExt as _, path::Path, process::Command};

use anyhow::{Context as _, anyhow};
use nix::{
    sys::signal::{SigSet, Signal},
    unistd::{getpid, setpgid, tcsetpgrp},
};

use crate::{
    Spec, agent, landlocked, limits, probe,
    wire::{self, Hello, Orders, Role, Way},
};

/// Runs what the launcher orders; returns only on failure, or when an agent is dismissed.
pub fn run(control: &Path) -> anyhow::Result<()> {
    let (mut orders, stream): (Orders, _) =
        wire::ask(control, Hello::Init).context("ask for orders")?;
    limits::apply(orders.spec.limits).context("set limits")?;
    if orders.way == Way::Landlock {
        orders.spec = landlocked::enter(&orders.spec)?;
    }
    match orders.role {
        Role::Replace => {
            drop(stream);
            take_foreground().context("take the terminal")?;
            Err(anyhow!(program(&orders.spec)?.exec())).context("start the program")
        }
        Role::Agent => agent::serve(program(&orders.spec)?, stream),
        Role::Check(trial) => probe::print_escapes(&trial),
    }
}

fn program(spec: &Spec) -> anyhow::Result<Command> {
    wire::command(&spec.argv, &spec.env, &spec.cwd)
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
