//! The thread that writes all recordings of a host.

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

use super::{
    recorder::{Progress, Recorder},
    tape::Tape,
};
use crate::history::Size;

/// What a terminal hands over.
pub(super) struct Message {
    pub(super) tape: u64,
    pub(super) at_ms: u64,
    pub(super) offset: u64,
    /// How much it counts of what may wait.
    pub(super) weight: usize,
    pub(super) job: Job,
}

/// What is to be written.
pub(super) enum Job {
    Begin(Box<Tape>),
    /// What draws the screen as it is at the offset.
    Screen(Vec<u8>),
    Output(Vec<u8>),
    Size(Size),
    Mark([u8; 16]),
    /// With the shell's exit code, if it ended.
    End(Option<i32>),
}

/// Writes all recordings of a host, by a thread that ends with it.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: Sender<Message>,
    waiting: Arc<AtomicUsize>,
    next: AtomicU64,
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn start() -> io::Result<Self> {
        let (queue, messages) = mpsc::channel();
        let waiting = Arc::<AtomicUsize>::default();
        let counted = waiting.clone();
        let thread = thread::Builder::new().name("recordings".into());
        thread.spawn(move || write_all(&messages, &counted))?;
        Ok(Self {
            queue,
            waiting,
            next: AtomicU64::default(),
        })
    }

    /// Makes the files of a recording in a folder of its own, which is made too.
    ///
    /// # Errors
    /// The folder is there already, or cannot be made.
    pub(crate) fn prepare(folder: PathBuf, most: u64, name: String) -> io::Result<Tape> {
        Tape::make(folder, most, Arc::new(Progress::new(name)))
    }

    /// Begins a recording at an offset, where a terminal has a size and a screen.
    pub(crate) fn begin(&self, tape: Tape, at: u64, size: Size, screen: Vec<u8>) -> Recorder {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (queue, waiting) = (self.queue.clone(), self.waiting.clone());
        Recorder::begin((number, queue, waiting), tape, (at, size), screen)
    }
}

fn write_all(messages: &Receiver<Message>, waiting: &AtomicUsize) {
    let mut tapes: BTreeMap<u64, Tape> = BTreeMap::new();
    while let Ok(message) = messages.recv() {
        let Message {
            tape: number,
            at_ms,
            offset,
            weight,
            job,
        } = message;
        match job {
            Job::Begin(tape) => drop(tapes.insert(number, *tape)),
            Job::End(exit) => {
                if let Some(tape) = tapes.remove(&number) {
                    tape.end(at_ms, offset, exit);
                }
            }
            Job::Screen(bytes) => on(&mut tapes, number, |tape| {
                tape.screen(at_ms, offset, &bytes)
            }),
            Job::Output(bytes) => on(&mut tapes, number, |tape| {
                tape.output(at_ms, offset, &bytes)
            }),
            Job::Size(size) => on(&mut tapes, number, |tape| tape.size(at_ms, offset, size)),
            Job::Mark(label) => on(&mut tapes, number, |tape| tape.mark(at_ms, offset, label)),
        }
        waiting.fetch_sub(weight, Ordering::Relaxed);
    }
}

fn on(tapes: &mut BTreeMap<u64, Tape>, number: u64, work: impl FnOnce(&mut Tape)) {
    if let Some(tape) = tapes.get_mut(&number) {
        work(tape);
    }
}
