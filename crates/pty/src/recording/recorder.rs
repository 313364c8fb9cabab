//! A terminal's end of a recording: it hands over and never waits.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::Sender,
    },
    time::Instant,
};

use tokio_util::sync::CancellationToken;

use super::{
    tape::Tape,
    writer::{Job, Message},
};
use crate::history::Size;

/// How much may wait to be written, of all recordings; what comes on top is missing.
pub(super) const WAITING_BYTES: usize = 16 << 20;
/// What a message takes beside its bytes.
const MESSAGE_BYTES: usize = 128;

/// How a recording is doing.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// The server's name for it.
    pub(crate) name: String,
    counts: Mutex<Counts>,
    /// Whether the next thing that is handed over should be a drawing of the screen.
    pub(super) wants_screen: AtomicBool,
    /// Rings when the beginning was written.
    pub(crate) begun: CancellationToken,
    /// Rings when all was written.
    pub(crate) done: CancellationToken,
}

/// What a recording has come to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Counts {
    /// How much is kept of what the shell wrote.
    pub(crate) kept_bytes: u64,
    /// How much of it is missing.
    pub(crate) missing_bytes: u64,
    /// What went wrong last.
    pub(crate) trouble: Option<String>,
}

impl Progress {
    /// That of a recording which has nothing yet.
    pub(crate) fn new(name: String) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }

    /// What it has come to.
    pub(crate) fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A terminal's end of a recording. The recording ends when it is dropped.
pub(crate) struct Recorder {
    pub(super) number: u64,
    pub(super) queue: Sender<Message>,
    pub(super) waiting: Arc<AtomicUsize>,
    pub(super) progress: Arc<Progress>,
    pub(super) begun: Instant,
    size: Size,
    told_size: Option<Size>,
    at: u64,
    exit: Option<i32>,
}

impl Recorder {
    /// Begins at an offset where the screen is as drawn.
    pub(super) fn begin(
        (number, queue, waiting): (u64, Sender<Message>, Arc<AtomicUsize>),
        tape: Tape,
        (at, size): (u64, Size),
        screen: Vec<u8>,
    ) -> Self {
        let progress = tape.progress.clone();
        let mut recorder = Self {
            number,
            queue,
            waiting,
            progress,
            begun: Instant::now(),
            size,
            told_size: None,
            at,
            exit: None,
        };
        recorder.told_size = Some(size);
        recorder.hand_at(0, 0, Job::Begin(Box::new(tape)));
        recorder.hand_at(0, 0, Job::Size(size));
        recorder.hand_at(0, screen.len(), Job::Screen(screen));
        recorder
    }

    /// How it is doing.
    pub(crate) fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    /// Whether it wants the screen as it is before the next output.
    pub(crate) fn wants_screen(&self) -> bool {
        self.progress.wants_screen.load(Ordering::Relaxed) && self.has_room()
    }

    /// Takes the screen as it is at an offset.
    pub(crate) fn screen(&mut self, at: u64, screen: Vec<u8>) {
        self.at = at;
        self.progress.wants_screen.store(false, Ordering::Relaxed);
        self.tell_size();
        self.hand(screen.len(), Job::Screen(screen));
    }

    /// Takes what was written from an offset on, unless too much waits to be written.
    pub(crate) fn output(&mut self, at: u64, bytes: &[u8]) {
        self.at = at;
        self.tell_size();
        if self.has_room() {
            self.hand(bytes.len(), Job::Output(bytes.to_vec()));
        } else {
            self.progress.wants_screen.store(true, Ordering::Relaxed);
        }
        self.at = at + bytes.len() as u64;
    }

    /// Notes the size that the terminal has from now on.
    pub(crate) fn resize(&mut self, size: Size) {
        self.size = size;
    }

    /// Marks this moment; says which it is, in milliseconds of the recording, and at which offset.
    pub(crate) fn mark(&mut self, label: [u8; 16]) -> (u64, u64) {
        let at_ms = self.hand(0, Job::Mark(label));
        (at_ms, self.at)
    }

    /// Ends with the shell, which had this exit code.
    pub(crate) fn end_with(mut self, code: i32) {
        self.exit = Some(code);
    }

    fn has_room(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) < WAITING_BYTES
    }

    /// Sizes are told with what is written in them, so however many there are, few are told.
    fn tell_size(&mut self) {
        if self.told_size != Some(self.size) {
            self.told_size = Some(self.size);
            self.hand(0, Job::Size(self.size));
        }
    }

    fn hand(&mut self, bytes: usize, job: Job) -> u64 {
        let at_ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.hand_at(at_ms, bytes, job);
        at_ms
    }

    fn hand_at(&mut self, at_ms: u64, bytes: usize, job: Job) {
        let weight = bytes + MESSAGE_BYTES;
        self.waiting.fetch_add(weight, Ordering::Relaxed);
        let message = Message {
            tape: self.number,
            at_ms,
            offset: self.at,
            weight,
            job,
        };
        // without the thread nothing is recorded, and nobody waits for it
        self.queue.send(message).ok();
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.tell_size();
        self.hand(0, Job::End(self.exit));
    }
}
