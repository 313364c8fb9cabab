//! Downloads: a file as it is, a folder as an archive that is written while it is sent.

use std::{
    fs::File,
    io::{self, Seek as _, SeekFrom, Write},
    os::fd::OwnedFd,
    sync::LazyLock,
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use rustix::fs::{FileType, Stat};
use shared::AccountId;
use tokio::{
    io::AsyncReadExt as _,
    runtime::Handle,
    sync::{Semaphore, SemaphorePermit, mpsc},
    time::timeout,
};
use tokio_util::io::ReaderStream;
use tracing::debug;

use super::{
    answer::{Part, part},
    archive,
    path::HomePath,
    tree::{Tree, kind},
    within,
};
use crate::{Error, Result, app::App};

/// So much is read at a time.
const CHUNK_BYTES: usize = 64 << 10;
/// What of an archive may wait for who downloads it.
const WAITING_CHUNKS: usize = 8;
/// Who takes nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(60);
/// So many folders are packed at a time, as each takes a thread.
const MOST_ARCHIVES: usize = 16;

static ARCHIVES: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(MOST_ARCHIVES));

/// A download that was found.
#[derive(Debug)]
pub enum Download {
    /// A file.
    File(Content),
    /// A folder.
    Folder(Folder),
}

/// An opened file.
#[derive(Debug)]
pub struct Content {
    /// What it is called.
    pub name: String,
    /// How many bytes it has.
    pub size: u64,
    /// Says whether it is the same as at another time: its size and when it was changed.
    pub tag: String,
    file: File,
}

/// An opened folder.
#[derive(Debug)]
pub struct Folder {
    /// What it is called.
    pub name: String,
    found: OwnedFd,
    owner: Option<u32>,
}

/// Opens what is at a path.
///
/// # Errors
/// Nothing is there, or it is neither a file nor a folder.
pub async fn open(app: &App, account: AccountId, path: &str) -> Result<Download> {
    let path = HomePath::parse(path)?;
    within(app, account, move |tree| opened(tree, &path)).await
}

fn opened(tree: &Tree, path: &HomePath) -> io::Result<Download> {
    let (found, stat) = tree.look(path)?;
    let name = path.split().map_or("home", |(_, name)| name).to_owned();
    if kind(&stat) == FileType::Directory {
        let owner = tree.owner();
        return Ok(Download::Folder(Folder { name, found, owner }));
    }
    Ok(Download::File(Content {
        file: tree.read(&found, &stat)?,
        size: u64::try_from(stat.st_size).unwrap_or(0),
        tag: tag(&stat),
        name,
    }))
}

fn tag(stat: &Stat) -> String {
    let (seconds, nanos, size) = (stat.st_mtime, stat.st_mtime_nsec, stat.st_size);
    format!("\"{seconds:x}-{nanos:x}-{size:x}\"")
}

impl Content {
    /// Which part of it is asked for, if that is still the same file.
    pub fn part(&self, range: Option<&str>, if_range: Option<&str>) -> Part {
        let is_same = if_range.is_none_or(|tag| tag == self.tag);
        part(range.filter(|_| is_same), self.size)
    }

    /// Its bytes from the first up to and with the last; it fails if they are not there any more.
    pub fn stream(
        mut self,
        first: u64,
        count: u64,
    ) -> Result<impl Stream<Item = io::Result<Bytes>> + Send> {
        self.file
            .seek(SeekFrom::Start(first))
            .map_err(anyhow::Error::from)?;
        let file = tokio::fs::File::from_std(self.file).take(count);
        Ok(ReaderStream::with_capacity(file, CHUNK_BYTES))
    }
}

impl Folder {
    /// The bytes of its archive.
    ///
    /// # Errors
    /// Too many are packed already.
    pub fn stream(self) -> Result<impl Stream<Item = io::Result<Bytes>> + Send> {
        let busy = "other folders are being packed: try again in a moment";
        let place = ARCHIVES.try_acquire();
        let place = place.map_err(|_| Error::Unavailable(busy.into()))?;
        let (sender, mut chunks) = mpsc::channel(WAITING_CHUNKS);
        let to = Chunks {
            sender: sender.clone(),
            runtime: Handle::current(),
            buffer: Vec::with_capacity(CHUNK_BYTES),
        };
        tokio::task::spawn_blocking(move || self.pack(to, sender, place));
        let next = futures_util::stream::poll_fn(move |context| chunks.poll_recv(context));
        Ok(next.boxed())
    }

    fn pack(self, to: Chunks, sender: mpsc::Sender<io::Result<Bytes>>, place: SemaphorePermit<'_>) {
        if let Err(error) = archive::write(self.found, &self.name, self.owner, to) {
            debug!("an archive ends in the middle: {error}");
            // who does not listen any more need not be told
            sender.blocking_send(Err(error)).ok();
        }
        drop(place);
    }
}

/// Sends what is written in chunks.
struct Chunks {
    sender: mpsc::Sender<io::Result<Bytes>>,
    runtime: Handle,
    buffer: Vec<u8>,
}

impl Chunks {
    fn send(&mut self) -> io::Result<()> {
        let chunk = std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK_BYTES));
        let sending = self.sender.send(Ok(chunk.into()));
        match self.runtime.block_on(timeout(PATIENCE, sending)) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() >= CHUNK_BYTES {
            self.send()?;
        }
        let count = bytes.len().min(CHUNK_BYTES - self.buffer.len());
        self.buffer
            .extend_from_slice(bytes.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.buffer.is_empty() {
            true => Ok(()),
            false => self.send(),
        }
    }
}
