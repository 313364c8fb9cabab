//! A program on a pseudo terminal, and what its viewers may still be sent.

use std::{
    cell::RefCell,
    io,
    os::fd::OwnedFd,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use sandbox::{Launcher, Running, Spec};
use tokio::{
    io::{Interest, unix::AsyncFd},
    runtime::Handle,
    sync::{mpsc, watch},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tracing::{debug, warn};

use crate::{
    device,
    history::{History, Size},
    program::Program,
    recording::{Progress, Recorder, Tape, Writer},
    viewers::{Inputs, Viewer, Viewers},
};

/// Read at most this much before others have their turn.
pub(crate) const FRAME_BYTES: usize = 64 << 10;
/// And for no longer, as the kernel may make a reader wait for each part of what a program writes.
const TURN: Duration = Duration::from_micros(500);
/// How many inputs may wait for the program to read.
const WAITING_INPUTS: usize = 64;

thread_local! {
    /// Where what is read lies for a moment: one place for all terminals of a thread.
    static READ: RefCell<Box<[u8]>> = RefCell::new(vec![0; FRAME_BYTES].into());
}

/// A program that is being started.
type Starting = AbortOnDropHandle<Result<Running, sandbox::Error>>;

/// The code of a program that was not started, as shells have it.
const NOT_STARTED: i32 = 126;

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
    /// The thread that reads it, and that serves its pages.
    lane: Handle,
}

/// What changes.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) history: History,
    pub(crate) viewers: Viewers,
    pub(crate) inputs: Inputs,
    pub(crate) exit: Option<i32>,
    pub(crate) size: Size,
    recorder: Option<Recorder>,
    /// That of the last recording, also while its end is being written.
    recorded: Option<Arc<Progress>>,
}

/// Why something could not be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

impl State {
    /// Keeps what was written, and records it.
    fn push(&mut self, bytes: &[u8]) {
        if let Some(recorder) = &mut self.recorder {
            let at = self.history.end();
            if recorder.wants_screen() {
                recorder.screen(at, self.history.snapshot());
            }
            recorder.output(at, bytes);
        }
        self.history.push(bytes);
    }

    /// How it is recorded, while it is.
    pub(crate) fn recorded(&self) -> Option<&Progress> {
        let recorded = self.recorded.as_deref();
        recorded.filter(|progress| !progress.done.is_cancelled())
    }
}

impl Shell {
    /// Makes a new terminal, and has a program started on it: pages come meanwhile. What can't be started
    /// says so on the terminal, and has ended.
    ///
    /// # Errors
    /// There are no terminals, or no programs may be started.
    pub(crate) fn launch(
        launcher: &Launcher,
        lane: &Handle,
        spec: Spec,
        size: Size,
    ) -> anyhow::Result<Arc<Self>> {
        launcher.ready()?;
        let (master, user_side) = device::open()?;
        device::resize(&master, size.0.max(1), size.1.max(1))?;
        let launcher = launcher.clone();
        // not by the thread that reads terminals, as much of it waits for the disk
        let starting = tokio::spawn(async move { launcher.spawn_on(spec, user_side).await });
        Self::hold(lane.clone(), master, AbortOnDropHandle::new(starting), size)
    }

    fn hold(
        lane: Handle,
        master: OwnedFd,
        starting: Starting,
        size: Size,
    ) -> anyhow::Result<Arc<Self>> {
        let entered = lane.enter();
        let (input, inputs) = mpsc::channel(WAITING_INPUTS);
        let shell = Arc::new(Self {
            epoch: new_epoch(),
            master: device::watched(master)?,
            state: Mutex::default(),
            changed: watch::Sender::new(0),
            input,
            end: CancellationToken::new(),
            lane: lane.clone(),
        });
        drop(entered);
        shell.resize(&mut shell.state(), size);
        lane.spawn(shell.clone().write(inputs));
        lane.spawn(shell.clone().run(starting));
        Ok(shell)
    }

    /// Lets the thread that reads it do something too.
    pub(crate) fn beside(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.lane.spawn(work);
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

    /// Adds a viewer, and says its number.
    pub(crate) fn add_viewer(&self, viewer: Viewer) -> u64 {
        let mut state = self.state();
        let id = state.viewers.add(viewer);
        self.fit(&mut state);
        drop(state);
        self.announce();
        id
    }

    /// Forgets a viewer.
    pub(crate) fn remove_viewer(&self, id: u64) {
        let mut state = self.state();
        state.viewers.remove(id);
        self.fit(&mut state);
        drop(state);
        self.announce();
    }

    /// Lets no viewer stay whose login counts no longer.
    pub(crate) fn dismiss(&self, login: &str) {
        self.state().viewers.dismiss(login);
    }

    /// Notes what a viewer has drawn.
    pub(crate) fn acknowledge(&self, id: u64, seq: u64) {
        let mut state = self.state();
        let end = state.history.end();
        state.viewers.acknowledge(id, seq, end);
        drop(state);
        self.announce();
    }

    /// Notes the size that a viewer has room for.
    pub(crate) fn set_room(&self, id: u64, room: Size) {
        let mut state = self.state();
        state.viewers.set_room(id, room);
        self.fit(&mut state);
        drop(state);
        self.announce();
    }

    /// Types, unless this number was typed already.
    pub(crate) fn type_in(&self, id: u64, number: u32, bytes: &[u8]) -> Result<(), Full> {
        let mut state = self.state();
        let client = state.viewers.get(id).map_or(0, |viewer| viewer.client);
        if number <= state.inputs.last(client) {
            return Ok(());
        }
        self.input.try_send(bytes.to_vec()).map_err(|_| Full)?;
        state.inputs.note(client, number);
        state.viewers.typed(id);
        if self.fit(&mut state) {
            drop(state);
            self.announce();
        }
        Ok(())
    }

    /// Gives the terminal the size of who leads; says whether that is another one.
    fn fit(&self, state: &mut State) -> bool {
        let size = state.viewers.size().unwrap_or(state.size);
        let is_another = size != state.size;
        if is_another {
            self.resize(state, size);
        }
        is_another
    }

    fn resize(&self, state: &mut State, (cols, rows): Size) {
        let size = (cols.max(1), rows.max(1));
        state.size = size;
        state.history.resize(size);
        if let Some(recorder) = &mut state.recorder {
            recorder.resize(size);
        }
        if let Err(error) = device::resize(self.master.get_ref(), size.0, size.1) {
            debug!("a terminal kept its size: {error}");
        }
    }

    /// Records what is written from now on; what rings once its beginning is written.
    ///
    /// # Errors
    /// It ended, or is recorded already; what to say of that.
    pub(crate) fn record(
        &self,
        writer: &Writer,
        tape: Tape,
    ) -> Result<CancellationToken, &'static str> {
        let mut state = self.state();
        if state.exit.is_some() {
            return Err("this terminal is over");
        }
        if state.recorder.is_some() {
            return Err("this terminal is recorded already");
        }
        let (at, screen) = (state.history.end(), state.history.snapshot());
        let recorder = writer.begin(tape, at, state.size, screen);
        let begun = recorder.progress().begun.clone();
        state.recorded = Some(recorder.progress().clone());
        state.recorder = Some(recorder);
        Ok(begun)
    }

    /// Records no more; what rings once all is written, if it was recorded.
    pub(crate) fn stop_recording(&self) -> Option<CancellationToken> {
        let mut state = self.state();
        state.recorder.take();
        let recorded = state.recorded.as_ref();
        recorded.map(|progress| progress.done.clone())
    }

    /// Marks this moment, if it is recorded: in which recording, when, and at which offset.
    pub(crate) fn mark(&self, label: [u8; 16]) -> Option<(String, u64, u64)> {
        let mut state = self.state();
        let recorder = state.recorder.as_mut()?;
        let (at_ms, offset) = recorder.mark(label);
        Some((recorder.progress().name.clone(), at_ms, offset))
    }

    /// Ends the program and all that it started.
    pub(crate) fn end(&self) {
        self.end.cancel();
    }

    async fn run(self: Arc<Self>, starting: Starting) {
        let code = tokio::select! {
            () = self.end.cancelled() => NOT_STARTED,
            started = starting => match started.map_err(anyhow::Error::from) {
                Ok(Ok(running)) => self.run_program(Program(running)).await,
                Ok(Err(error)) => self.say_not_started(&error.into()),
                Err(error) => self.say_not_started(&error),
            },
        };
        let mut state = self.state();
        state.exit = Some(code);
        if let Some(recorder) = state.recorder.take() {
            recorder.end_with(code);
        }
        drop(state);
        self.announce();
    }

    async fn run_program(&self, mut program: Program) -> i32 {
        let code = tokio::select! {
            () = self.end.cancelled() => None,
            code = async { self.read_all().await; program.wait().await } => Some(code),
        };
        match code {
            Some(code) => code,
            None => program.kill().await,
        }
    }

    /// Tells who looks at the terminal, and says the code of what ran on it.
    fn say_not_started(&self, error: &anyhow::Error) -> i32 {
        warn!("a terminal's program was not started: {error:#}");
        let said = format!("The program could not be started: {error:#}\r\n");
        self.state().push(said.as_bytes());
        NOT_STARTED
    }

    /// Reads until nobody holds the other side, as fast as who leads draws.
    async fn read_all(&self) {
        let mut changes = self.changes();
        loop {
            changes.mark_unchanged();
            if self.must_pause() {
                changes.changed().await.ok(); // the sender is in `self`
                continue;
            }
            let Ok(mut ready) = self.master.readable().await else {
                return;
            };
            let (count, has_more) = READ.with_borrow_mut(|buffer| {
                let read = drain(buffer, |room| {
                    match ready.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), room)?)) {
                        Ok(Ok(0) | Err(_)) => Drained::Over,
                        Ok(Ok(count)) => Drained::Some(count),
                        Err(_would_block) => Drained::Dry,
                    }
                });
                let bytes = buffer.get(..read.0).unwrap_or_default();
                self.state().push(bytes);
                read
            });
            if count > 0 {
                self.announce();
            }
            if !has_more {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    fn must_pause(&self) -> bool {
        let mut state = self.state();
        let end = state.history.end();
        state.viewers.must_pause(end)
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

/// What one read gave.
enum Drained {
    Some(usize),
    /// Nothing, for now.
    Dry,
    /// Nothing any more.
    Over,
}

/// Reads until the buffer is full, the turn over, or there is nothing more; how much, and whether more
/// may come.
fn drain(buffer: &mut [u8], mut read: impl FnMut(&mut [u8]) -> Drained) -> (usize, bool) {
    let (mut count, begun) = (0, Instant::now());
    loop {
        let room = buffer.get_mut(count..).unwrap_or_default();
        if room.is_empty() || begun.elapsed() > TURN {
            return (count, true);
        }
        match read(room) {
            Drained::Some(more) => count += more,
            Drained::Dry => return (count, true),
            Drained::Over => return (count, false),
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
