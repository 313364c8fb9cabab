//! A client that asks for terminals, each way in turn, and waits for their first bytes.
//!
//! One thread does all of it, asking and reading: a runtime of several would wake one of them for
//! each step, which is none of the server's time.

use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use client::{Client, terminals};
use pty::client::Host;
use sandbox::Spec;
use serde::{Deserialize, Serialize};
use shared::OpenTerminal;
use tokio::runtime::Runtime;

use super::{
    bare::Bare,
    client::Place,
    line::{Line, SIZE},
    page::{Address, Browser, Page, SMALL_BUFFER},
};

/// How long after each: what a sandbox leaves is cleared away after it has ended.
const REST: Duration = Duration::from_millis(100);

/// Who is asked for a terminal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Door {
    /// The system, for a bare PTY.
    Bare,
    /// The terminals' host.
    Host {
        /// Its socket.
        socket: PathBuf,
        /// What it is to start.
        spec: Box<Spec>,
    },
    /// The server.
    Server {
        /// Who opens the terminal's socket.
        browser: Browser,
        /// Its address.
        base: String,
        /// What the account is shown by.
        token: String,
    },
}

/// What is told of each round: how long it took at each door.
pub type Round = Vec<Took>;

/// How long it took to the first byte.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Took {
    /// Since the terminal was asked for.
    pub asked: Duration,
    /// Since its socket was opened.
    pub opened: Duration,
}

/// A door that was gone to, with the connection that is kept.
enum Asked {
    Bare,
    Host {
        socket: PathBuf,
        spec: Box<Spec>,
        host: Host,
        opened: usize,
    },
    Server {
        browser: Browser,
        client: Client,
    },
}

/// Ends what was opened.
type End<'a> = Box<dyn FnOnce() -> anyhow::Result<()> + 'a>;

/// Asks at each door, and says the times of each round.
pub fn ask(
    doors: Vec<Door>,
    rounds: usize,
    mut say: impl FnMut(&Round) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let asked = doors.into_iter().map(|door| door.known(&runtime));
    let mut asked: Vec<Asked> = asked.collect::<anyhow::Result<_>>()?;
    for _ in 0..rounds {
        let times = asked.iter_mut().map(|door| {
            let took = door.first_byte(&runtime);
            thread::sleep(REST);
            took
        });
        say(&times.collect::<anyhow::Result<Round>>()?)?;
    }
    Ok(())
}

impl Door {
    fn known(self, runtime: &Runtime) -> anyhow::Result<Asked> {
        Ok(match self {
            Self::Bare => Asked::Bare,
            Self::Host { socket, spec } => Asked::Host {
                host: runtime.block_on(Host::connect(&pty::Way::Socket(socket.clone())))?,
                socket,
                spec,
                opened: 0,
            },
            Self::Server {
                browser,
                base,
                token,
            } => Asked::Server {
                browser,
                client: Client::new(&base)?.with_token(token),
            },
        })
    }
}

impl Asked {
    fn first_byte(&mut self, runtime: &Runtime) -> anyhow::Result<Took> {
        let asked = Instant::now();
        let (place, end) = self.ask(runtime)?;
        let opened = Instant::now();
        let mut line: Box<dyn Line> = match place {
            Place::Bare => Box::new(Bare::open()?),
            Place::Page(address) => Box::new(Page::open(&address, SMALL_BUFFER)?),
        };
        line.read()?;
        let took = Took {
            asked: asked.elapsed(),
            opened: opened.elapsed(),
        };
        drop(line);
        end()?;
        Ok(took)
    }

    fn ask<'a>(&'a mut self, runtime: &'a Runtime) -> anyhow::Result<(Place, End<'a>)> {
        let (cols, rows) = SIZE;
        Ok(match self {
            Self::Bare => (Place::Bare, Box::new(|| Ok(()))),
            Self::Host {
                socket,
                spec,
                host,
                opened,
            } => {
                *opened += 1;
                let name = format!("asked-{opened}");
                runtime.block_on(host.launch(&name, spec.as_ref().clone(), cols, rows))?;
                let address = Address::Host {
                    socket: socket.clone(),
                    terminal: name.clone(),
                };
                let end = move || Ok(runtime.block_on(host.end(&name))?);
                (Place::Page(address), Box::new(end))
            }
            Self::Server { browser, client } => {
                let asked = OpenTerminal::sized(cols, rows);
                let id = runtime.block_on(terminals::open(client, &asked))?.id;
                let end = move || Ok(runtime.block_on(terminals::end(client, id))?);
                (Place::Page(browser.at(id)), Box::new(end))
            }
        })
    }
}
