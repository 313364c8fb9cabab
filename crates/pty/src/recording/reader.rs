//! Reading a recording, whole or while it is written, also by another process.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    ops::Range,
    path::{Path, PathBuf},
};

use shared::recording::{Moment, MomentKind};

use super::folder::{self, HEAD_BYTES, MAGIC, Named};

/// A recording, as it was when it was opened.
#[derive(Debug)]
pub struct Recording {
    folder: PathBuf,
    /// When it began, in unix milliseconds.
    pub started_unix_ms: u64,
    /// When what happened.
    pub moments: Vec<Moment>,
    /// What it takes on the disk, in bytes.
    pub stored_bytes: u64,
    parts: Vec<Part>,
    screens: Vec<u64>,
}

/// What was written without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) start: u64,
    pub(super) length: u64,
    is_packed: bool,
}

impl Part {
    pub(super) fn end(&self) -> u64 {
        self.start + self.length
    }
}

impl Recording {
    /// Opens the recording in a folder.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn open(folder: &Path) -> io::Result<Self> {
        // before the parts: what the index names is there then
        let index = fs::read(folder::index(folder))?;
        let head = index.get(..HEAD_BYTES).ok_or(io::ErrorKind::InvalidData)?;
        let (magic, started) = head.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let moments = Moment::decode_all(index.get(HEAD_BYTES..).unwrap_or_default());
        let mut recording = Self {
            folder: folder.to_owned(),
            started_unix_ms: u64::from_le_bytes(started.try_into().unwrap_or_default()),
            moments,
            stored_bytes: 0,
            parts: Vec::new(),
            screens: Vec::new(),
        };
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let Ok(about) = entry.metadata() else {
                continue; // it was compressed just now, and is there under another name
            };
            recording.stored_bytes += about.len();
            let name = entry.file_name();
            recording.add(name.to_str().and_then(Named::read), about.len());
        }
        recording.parts.sort_by_key(|part| part.start);
        // one that is being compressed may be there twice
        recording.parts.dedup_by_key(|part| part.start);
        recording.screens.sort_unstable();
        Ok(recording)
    }

    fn add(&mut self, named: Option<Named>, length: u64) {
        let (start, length, is_packed) = match named {
            Some(Named::Raw(start)) => (start, length, false),
            Some(Named::Packed(start, length)) => (start, length, true),
            Some(Named::Screen(at)) => return self.screens.push(at),
            None => return,
        };
        self.parts.push(Part {
            start,
            length,
            is_packed,
        });
    }

    /// The offset that it begins at.
    pub fn start(&self) -> u64 {
        self.moments.first().map_or(0, |moment| moment.offset)
    }

    /// The offset after its last byte, missing or not.
    pub fn end(&self) -> u64 {
        let last = self.parts.last().map_or(0, Part::end);
        let told = self.moments.last().map_or(0, |moment| moment.offset);
        last.max(told)
    }

    /// How long it is, as far as is known, in milliseconds.
    pub fn duration_ms(&self) -> u64 {
        self.moments.last().map_or(0, |moment| moment.at_ms)
    }

    /// Whether it ended as it should.
    pub fn has_ended(&self) -> bool {
        let last = self.moments.last();
        last.is_some_and(|last| matches!(last.kind, MomentKind::End { .. }))
    }

    /// The size of the terminal at an offset.
    pub fn size_at(&self, offset: u64) -> (u16, u16) {
        let mut found = (80, 24);
        for (index, moment) in self.moments.iter().enumerate() {
            if index > 0 && moment.offset > offset {
                break;
            }
            if let MomentKind::Size { cols, rows } = moment.kind {
                found = (cols, rows);
            }
        }
        found
    }

    /// What is missing, by offsets.
    pub fn missing(&self) -> Vec<Range<u64>> {
        let mut at = self.start();
        let mut missing = Vec::new();
        for part in &self.parts {
            if part.start > at {
                missing.push(at..part.start);
            }
            at = at.max(part.end());
        }
        if self.end() > at {
            missing.push(at..self.end());
        }
        missing
    }

    /// At most so many bytes of what was written from an offset on, or from the next that there is;
    /// with the offset that they begin at. Nothing when nothing comes any more.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&self, from: u64, most: usize) -> io::Result<(u64, Vec<u8>)> {
        let Some(part) = self.parts.iter().find(|part| part.end() > from) else {
            return Ok((from.max(self.end()), Vec::new()));
        };
        let begin = from.max(part.start);
        let bytes = self.load(part)?;
        let skip = usize::try_from(begin - part.start).unwrap_or(usize::MAX);
        let rest = bytes.get(skip..).unwrap_or_default();
        Ok((begin, rest.get(..most).unwrap_or(rest).to_vec()))
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The last part at or before an offset that begins with a screen.
    pub(super) fn part_to_begin_at(&self, offset: u64) -> usize {
        let is_screen = |part: &Part| self.screens.binary_search(&part.start).is_ok();
        let before = |part: &Part| part.start <= offset;
        let found = self
            .parts
            .iter()
            .rposition(|part| before(part) && is_screen(part));
        found.unwrap_or_default()
    }

    /// What draws the screen at which a part begins, if that is kept.
    pub(super) fn screen(&self, at: u64) -> io::Result<Option<Vec<u8>>> {
        if self.screens.binary_search(&at).is_err() {
            return Ok(None);
        }
        match fs::read(Named::Screen(at).path(&self.folder)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    /// A part's bytes; of one that was forgotten since, none.
    pub(super) fn load(&self, part: &Part) -> io::Result<Vec<u8>> {
        let packed = Named::Packed(part.start, part.length).path(&self.folder);
        if part.is_packed {
            return unpacked(&packed);
        }
        let raw = File::open(Named::Raw(part.start).path(&self.folder));
        match raw {
            Ok(file) => {
                let mut bytes = Vec::new();
                file.take(part.length).read_to_end(&mut bytes)?;
                Ok(bytes)
            }
            // it was compressed just now, and longer than it was when this was opened
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let again = Self::open(&self.folder)?;
                let there = again.parts.iter().find(|there| there.start == part.start);
                match there {
                    Some(there) if there.is_packed => again.load(there),
                    Some(_) | None => Ok(Vec::new()),
                }
            }
            Err(error) => Err(error),
        }
    }
}

fn unpacked(path: &Path) -> io::Result<Vec<u8>> {
    match File::open(path) {
        Ok(file) => zstd::stream::decode_all(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
