//! One recording as it is written.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use shared::recording::{Moment, MomentKind};
use tracing::warn;

use super::{
    folder::{self, MAGIC, Named},
    recorder::Progress,
};
use crate::history::Size;

/// A part is closed when it has so much, at the next screen.
const PART_BYTES: u64 = 4 << 20;
/// What is written within so long has one time, as frames of a film do, while the index is short.
const FRAME_MS: u64 = 40;
/// Each time that the index has grown by so much, that becomes twice as long: an index stays short.
const INDEX_BYTES: u64 = 4 << 20;
/// How hard parts are pressed: the level that costs least.
const LEVEL: i32 = 1;
/// After a failure it is tried again this much later.
const PAUSE: Duration = Duration::from_secs(1);

/// One recording as it is written.
pub(crate) struct Tape {
    folder: PathBuf,
    most_bytes: u64,
    index: File,
    index_bytes: u64,
    part: Option<Part>,
    /// The parts that are closed: where each begins, and its length.
    closed: Vec<(u64, u64)>,
    /// The offset up to which all is kept or known to be missing, once it has begun.
    end: Option<u64>,
    last_frame_ms: Option<u64>,
    /// When to try again, after a failure.
    resumes: Option<Instant>,
    pub(super) progress: Arc<Progress>,
}

/// The part that is being written.
struct Part {
    file: File,
    start: u64,
    length: u64,
}

impl Tape {
    pub(super) fn make(folder: PathBuf, most: u64, progress: Arc<Progress>) -> io::Result<Self> {
        DirBuilder::new().mode(0o700).create(&folder)?;
        let mut index = new_file(&folder::index(&folder))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = u64::try_from(now.unwrap_or_default().as_millis()).unwrap_or(u64::MAX);
        index.write_all(&[MAGIC.as_slice(), &now.to_le_bytes()].concat())?;
        Ok(Self {
            folder,
            most_bytes: most,
            index,
            index_bytes: folder::HEAD_BYTES as u64,
            part: None,
            closed: Vec::new(),
            end: None,
            last_frame_ms: None,
            resumes: None,
            progress,
        })
    }

    /// Begins a part here: what comes next can be looked at without what came before.
    pub(super) fn screen(&mut self, at_ms: u64, offset: u64, screen: &[u8]) {
        if self.resumes.is_some_and(|resumes| Instant::now() < resumes) {
            return self.lose_until(offset);
        }
        self.close();
        self.lose_until(offset);
        let drawn = new_file(&Named::Screen(offset).path(&self.folder))
            .and_then(|mut file| file.write_all(screen));
        match drawn.and_then(|()| self.open(offset)) {
            Ok(()) => {
                self.resumes = None;
                self.frame(at_ms, offset);
            }
            Err(error) => {
                fs::remove_file(Named::Screen(offset).path(&self.folder)).ok(); // half of one, or none
                self.fail(&error);
            }
        }
        self.progress.begun.cancel();
    }

    /// Adds what was written; where something is missing before it, or nothing could be written
    /// lately, it waits for a screen to begin at.
    pub(super) fn output(&mut self, at_ms: u64, offset: u64, bytes: &[u8]) {
        let (after, length) = (offset + bytes.len() as u64, bytes.len() as u64);
        let part = self.part.as_mut();
        let Some(part) = part.filter(|part| part.start + part.length == offset) else {
            self.ask_for_screen();
            return self.lose_until(after);
        };
        let is_new = part.length == 0;
        if let Err(error) = part.file.write_all(bytes) {
            // some of it may be there
            let length = part.file.metadata().map_or(part.length, |file| file.len());
            part.length = length;
            self.end = Some(part.start + length);
            self.fail(&error);
            return self.lose_until(after);
        }
        part.length += length;
        let has = part.length;
        self.end = Some(after);
        let last = self.last_frame_ms;
        if is_new || last.is_none_or(|last| at_ms.saturating_sub(last) >= self.frame_ms()) {
            self.frame(at_ms, offset);
        }
        if has >= self.part_bytes() {
            self.progress.wants_screen.store(true, Ordering::Relaxed);
        }
        if has >= 2 * self.part_bytes() {
            // no screen came in time: the next part is shown from what it begins with
            self.close();
            if let Err(error) = self.open(after) {
                self.fail(&error);
            }
        }
        self.keep_within_bounds();
    }

    /// Notes a size.
    pub(super) fn size(&mut self, at_ms: u64, offset: u64, (cols, rows): Size) {
        self.note(at_ms, offset, MomentKind::Size { cols, rows });
    }

    /// Notes a mark.
    pub(super) fn mark(&mut self, at_ms: u64, offset: u64, label: [u8; 16]) {
        self.note(at_ms, offset, MomentKind::Mark(label));
    }

    /// Writes all that is left.
    pub(super) fn end(mut self, at_ms: u64, offset: u64, exit: Option<i32>) {
        self.lose_until(offset);
        self.note(at_ms, offset, MomentKind::End { exit });
        // one in which nothing was written still shows the screen
        if self.part.as_ref().is_some_and(|part| part.length > 0) {
            self.close();
        }
        self.progress.begun.cancel();
        self.progress.done.cancel();
    }

    fn part_bytes(&self) -> u64 {
        PART_BYTES.min(self.most_bytes / 8).max(1)
    }

    fn frame_ms(&self) -> u64 {
        FRAME_MS << (self.index_bytes / INDEX_BYTES).min(20)
    }

    fn open(&mut self, start: u64) -> io::Result<()> {
        let file = new_file(&Named::Raw(start).path(&self.folder))?;
        self.part = Some(Part {
            file,
            start,
            length: 0,
        });
        Ok(())
    }

    fn frame(&mut self, at_ms: u64, offset: u64) {
        self.last_frame_ms = Some(at_ms);
        self.note(at_ms, offset, MomentKind::Output);
    }

    fn note(&mut self, at_ms: u64, offset: u64, kind: MomentKind) {
        let moment = Moment {
            at_ms,
            offset,
            kind,
        };
        if let Err(error) = self.index.write_all(&moment.encode()) {
            // a part of a record would shift all that follow
            self.index.set_len(self.index_bytes).ok(); // the next is then not read either
            self.fail(&error);
            return;
        }
        self.index_bytes += Moment::BYTES as u64;
    }

    fn lose_until(&mut self, offset: u64) {
        let end = self.end.unwrap_or(offset);
        self.end = Some(end.max(offset));
        self.progress.counts().missing_bytes += offset.saturating_sub(end);
    }

    fn fail(&mut self, error: &io::Error) {
        warn!("a recording is not written for now: {error}");
        let said = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "The disk was full.",
            _ => "The disk could not be written to.",
        };
        self.progress.counts().trouble = Some(said.to_owned());
        self.close();
        self.resumes = Some(Instant::now() + PAUSE);
    }

    fn ask_for_screen(&self) {
        if self.resumes.is_none_or(|resumes| Instant::now() >= resumes) {
            self.progress.wants_screen.store(true, Ordering::Relaxed);
        }
    }

    /// Closes the part that is being written, and compresses it; as it is, if that fails.
    fn close(&mut self) {
        let Some(part) = self.part.take() else {
            return;
        };
        drop(part.file);
        let raw = Named::Raw(part.start).path(&self.folder);
        if part.length == 0 {
            fs::remove_file(raw).ok(); // an empty one says nothing
            fs::remove_file(Named::Screen(part.start).path(&self.folder)).ok();
            return;
        }
        let packed = Named::Packed(part.start, part.length).path(&self.folder);
        let new = packed.with_extension("zst.new");
        let pack = || {
            let mut from = File::open(&raw)?;
            zstd::stream::copy_encode(&mut from, new_file(&new)?, LEVEL)?;
            fs::rename(&new, &packed)?;
            fs::remove_file(&raw)
        };
        if let Err(error) = pack() {
            warn!("a part of a recording stays uncompressed: {error}");
            fs::remove_file(&new).ok(); // it may not be there
        }
        self.closed.push((part.start, part.length));
        self.keep_within_bounds();
    }

    /// Forgets parts in the middle: the first half of what may be kept stays, and the last.
    fn keep_within_bounds(&mut self) {
        let open = self.part.as_ref().map_or(0, |part| part.length);
        let kept: u64 = self.closed.iter().map(|(_, length)| length).sum();
        self.progress.counts().kept_bytes = kept + open;
        if kept + open <= self.most_bytes {
            return;
        }
        let mut first = 0;
        let middle = self.closed.iter().position(|(_, length)| {
            first += length;
            first > self.most_bytes / 2
        });
        let Some(middle) = middle else { return };
        let (start, length) = self.closed.remove(middle);
        for named in [
            Named::Raw(start),
            Named::Packed(start, length),
            Named::Screen(start),
        ] {
            fs::remove_file(named.path(&self.folder)).ok(); // one of the first two is not there
        }
        let mut counts = self.progress.counts();
        counts.missing_bytes += length;
        counts.kept_bytes -= length;
    }
}

fn new_file(path: &std::path::Path) -> io::Result<File> {
    OpenOptions::new()
        .append(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}
