//! Consoles: files that keep their last part, however much is written on them.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    os::{fd::OwnedFd, unix::fs::OpenOptionsExt as _},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    net::unix::pipe,
};
use tracing::warn;

/// How much of a console is kept; when it is full, half of that is dropped.
const CONSOLE_BYTES: u64 = 1 << 20;

/// A console that several may write on at once.
#[derive(Debug, Clone)]
pub(crate) struct Console {
    path: PathBuf,
    file: Arc<Mutex<File>>,
}

impl Console {
    /// Opens the file, which is made if it is not there.
    pub fn open(path: PathBuf) -> anyhow::Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .mode(0o600)
            .open(&path)?;
        let file = Arc::new(Mutex::new(file));
        Ok(Self { path, file })
    }

    /// What a program writes to this is on the console.
    pub fn pipe(&self) -> anyhow::Result<File> {
        let (read, write): (OwnedFd, OwnedFd) =
            rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        tokio::spawn(self.clone().take(pipe::Receiver::from_owned_fd(read)?));
        Ok(File::from(write))
    }

    /// Writes all that a stream says, to its end.
    pub async fn take(self, mut stream: impl AsyncRead + Unpin) {
        let mut chunk = vec![0; 16 << 10];
        while let Ok(size @ 1..) = stream.read(&mut chunk).await {
            self.write(&chunk[..size]);
        }
    }

    /// Writes a line of our own.
    pub fn say(&self, line: &str) {
        self.write(format!("{line}\n").as_bytes());
    }

    fn write(&self, bytes: &[u8]) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = keep(&mut file, bytes) {
            warn!("{}: {error}", self.path.display());
        }
    }
}

/// Adds to the file; a full one loses its older half.
fn keep(file: &mut File, written: &[u8]) -> io::Result<()> {
    file.write_all(written)?;
    let size = file.metadata()?.len();
    if size <= CONSOLE_BYTES {
        return Ok(());
    }
    let mut rest = Vec::new();
    file.seek(SeekFrom::Start(size - CONSOLE_BYTES / 2))?;
    file.read_to_end(&mut rest)?;
    file.set_len(0)?;
    file.write_all(&rest)
}

#[cfg(test)]
mod tests {
    use super::{CONSOLE_BYTES, Console};

    #[test]
    fn a_console_keeps_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("console.log");
        let console = Console::open(path.clone()).unwrap();
        let other = console.clone();
        for _ in 0..=CONSOLE_BYTES / 1024 {
            other.write(&[b'x'; 1024]);
        }
        console.say("the end");
        let kept = std::fs::read(path).unwrap();
        assert!(kept.len() as u64 <= CONSOLE_BYTES);
        assert!(kept.ends_with(b"xthe end\n"));
    }
}
