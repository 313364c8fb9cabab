//! A program on a pseudo terminal, and what its viewers may still be sent.

use std::{
    collections::BTreeMap,
    io,
    os::fd::OwnedFd,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use sandbox::{Launcher, Spec};
use tokio::{
    io::{Interest, unix::AsyncFd},
    sync::{mpsc, watch},
};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::{device, program::Program, scrollback::Scrollback};

/// Stop reading the shell when the viewer has this much yet to draw.
const PAUSE_BYTES: u64 = 512 << 10;
/// Go on when it has less than this.
const RESUME_BYTES: u64 = 128 << 10;
/// Read at most this much before others have their turn.
pub(crate) const FRAME_BYTES: usize = 64 << 10;
/// How many inputs may wait for the program to read.
const WAITING_INPUTS: usize = 64;

/// A program on a pseudo terminal.
pub(crate) struct Shell {
    /// Changes when offsets begin anew.
    pub(crate) epoch: u64,
    master: AsyncFd<OwnedFd>,
    state: Mutex<State>,
    /// Counts whatever a viewer or the reader may wait for.
    changed: watch::Sender<u64>,
    input: mpsc::Sender<Vec<u8>>,
    end: CancellationToken,
}

/// What changes.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) scrollback: Scrollback,
    pub(crate) exit: Option<i32>,
    /// The number of the last input that was applied.
    pub(crate) last_input: u32,
    pub(crate) size: (u16, u16),
    /// What each viewer has drawn; the newest is the one that types and sets the pace.
    viewers: BTreeMap<u64, u64>,
    next_viewer: u64,
    is_paused: bool,
}

impl State {
    fn must_pause(&mut self) -> bool {
        let behind = self
            .viewers
            .last_key_value()
            .map_or(0, |(_, drawn)| self.scrollback.end().saturating_sub(*drawn));
        self.is_paused = behind
            > if self.is_paused {
                RESUME_BYTES
            } else {
                PAUSE_BYTES
            };
        self.is_paused
    }

    /// Whether this viewer is the one that types.
    pub(crate) fn is_newest(&self, viewer: u64) -> bool {
        self.viewers
            .last_key_value()
            .is_some_and(|(newest, _)| *newest == viewer)
    }

    /// How many pages show it.
    pub(crate) fn viewers(&self) -> usize {
        self.viewers.len()
    }
}

impl Shell {
    /// Starts a program on a new terminal.
    pub(crate) async fn launch(
        launcher: &Launcher,
        spec: Spec,
        cols: u16,
        rows: u16,
    ) -> anyhow::Result<Arc<Self>> {
        let (master, user_side) = device::open()?;
        let running = launcher.spawn_on(spec, user_side).await?;
        Self::hold(master, Program(running), cols, rows)
    }

    fn hold(master: OwnedFd, program: Program, cols: u16, rows: u16) -> anyhow::Result<Arc<Self>> {
        let (input, inputs) = mpsc::channel(WAITING_INPUTS);
        let shell = Arc::new(Self {
            epoch: new_epoch(),
            master: device::watched(master)?,
            state: Mutex::default(),
            changed: watch::Sender::new(0),
            input,
            end: CancellationToken::new(),
        });
        shell.resize(cols, rows);
        tokio::spawn(shell.clone().write(inputs));
        tokio::spawn(shell.clone().run(program));
        Ok(shell)
    }

    /// What changes, locked; never hold it across an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of every change from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn announce(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    /// Adds a viewer that has drawn everything before an offset, as the newest.
    pub(crate) fn add_viewer(&self, drawn: u64) -> u64 {
        let mut state = self.state();
        state.next_viewer += 1;
        let viewer = state.next_viewer;
        state.viewers.insert(viewer, drawn);
        drop(state);
        self.announce();
        viewer
    }

    /// Forgets a viewer, whose pace no longer matters.
    pub(crate) fn remove_viewer(&self, viewer: u64) {
        self.state().viewers.remove(&viewer);
        self.announce();
    }

    /// Notes what a viewer has drawn.
    pub(crate) fn acknowledge(&self, viewer: u64, seq: u64) {
        let mut state = self.state();
        let end = state.scrollback.end();
        if let Some(drawn) = state.viewers.get_mut(&viewer) {
            *drawn = seq.clamp(*drawn, end.max(*drawn));
        }
        drop(state);
        self.announce();
    }

    /// Types, unless this number was typed already; says whether there was room.
    pub(crate) fn type_in(&self, number: u32, bytes: &[u8]) -> bool {
        let mut state = self.state();
        if number <= state.last_input {
            return true;
        }
        let has_room = self.input.try_send(bytes.to_vec()).is_ok();
        if has_room {
            state.last_input = number;
        }
        has_room
    }

    /// Changes the size.
    pub(crate) fn resize(&self, cols: u16, rows: u16) {
        let (cols, rows) = (cols.max(1), rows.max(1));
        self.state().size = (cols, rows);
        if let Err(error) = device::resize(self.master.get_ref(), cols, rows) {
            debug!("a terminal kept its size: {error}");
        }
    }

    /// Ends the program and all that it started.
    pub(crate) fn end(&self) {
        self.end.cancel();
    }

    async fn run(self: Arc<Self>, mut program: Program) {
        let code = tokio::select! {
            () = self.end.cancelled() => None,
            code = async { self.read_all().await; program.wait().await } => Some(code),
        };
        let code = match code {
            Some(code) => code,
            None => program.kill().await,
        };
        self.state().exit = Some(code);
        self.announce();
    }

    /// Reads until nobody holds the other side, as fast as the newest viewer draws.
    async fn read_all(&self) {
        let mut changes = self.changes();
        let mut buffer = vec![0; FRAME_BYTES];
        loop {
            changes.mark_unchanged();
            if self.state().must_pause() {
                changes.changed().await.ok(); // the sender is in `self`
                continue;
            }
            let Ok(mut ready) = self.master.readable().await else {
                return;
            };
            let mut length = 0;
            let more = loop {
                let room = buffer.get_mut(length..).unwrap_or_default();
                if room.is_empty() {
                    break true;
                }
                match ready.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), room)?)) {
                    Ok(Ok(0) | Err(_)) => break false,
                    Ok(Ok(count)) => length += count,
                    Err(_would_block) => break true,
                }
            };
            if let Some(bytes) = buffer.get(..length) {
                self.state().scrollback.push(bytes);
                self.announce();
            }
            if !more {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn write(self: Arc<Self>, mut inputs: mpsc::Receiver<Vec<u8>>) {
        let all = async {
            while let Some(input) = inputs.recv().await {
                let mut rest = input.as_slice();
                while !rest.is_empty() {
                    let write = |fd: &OwnedFd| Ok::<_, io::Error>(rustix::io::write(fd, rest)?);
                    let written = self.master.async_io(Interest::WRITABLE, write).await;
                    let Ok(count) = written else { return };
                    rest = rest.get(count..).unwrap_or_default();
                }
            }
        };
        let mut changes = self.changes();
        tokio::select! {
            () = all => {}
            _ = changes.wait_for(|_| self.state().exit.is_some()) => {}
        }
    }
}

/// Never 0, which pages send when they know none.
fn new_epoch() -> u64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(now.as_micros()).unwrap_or(u64::MAX).max(1)
}
