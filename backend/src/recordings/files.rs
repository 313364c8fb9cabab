//! The folders of recordings, which the terminals' host writes and this reads.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use pty::recording::{self, Cast, Drawing, Recording as Files};
use shared::{AccountId, Recording, RecordingHit, RecordingId};
use tokio::sync::{Semaphore, mpsc};

use crate::{Error, Result, app::App};

/// How many recordings are read at a time: each may be hundreds of megabytes.
static READERS: Semaphore = Semaphore::const_new(2);
/// What of an asciicast is sent at a time.
const PIECE_BYTES: usize = 64 << 10;

/// What to call the deployment of a mark.
type Names = Box<dyn Fn([u8; 16]) -> String + Send>;

fn place(app: &App, account: AccountId, id: RecordingId) -> PathBuf {
    let all = app.config.folders().recordings(account);
    all.join(id.to_string())
}

/// Makes the folder in which the host makes a recording's own, and says what that is.
pub(super) async fn make_room(app: &App, account: AccountId, id: RecordingId) -> Result<PathBuf> {
    let folder = place(app, account, id);
    let parent = folder.parent().map(Path::to_path_buf).unwrap_or_default();
    in_background(move || DirBuilder::new().recursive(true).mode(0o700).create(parent)).await?;
    Ok(folder)
}

/// Removes a recording's folder.
pub(super) async fn remove(app: &App, account: AccountId, id: RecordingId) -> Result<()> {
    let folder = place(app, account, id);
    in_background(move || match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    })
    .await
}

/// Writes into a recording what its files say of it; says whether it ended as it should.
pub(super) async fn measure(
    app: &App,
    account: AccountId,
    recording: &mut Recording,
) -> Result<bool> {
    let folder = place(app, account, recording.id);
    let files = in_background(move || Files::open(&folder)).await?;
    let missing: u64 = files.missing().iter().map(|gap| gap.end - gap.start).sum();
    recording.duration_ms = files.duration_ms();
    recording.bytes = files.end() - files.start();
    recording.stored_bytes = files.stored_bytes;
    recording.missing_bytes = missing;
    (recording.cols, recording.rows) = files.size_at(files.start());
    Ok(files.has_ended())
}

/// Lets work read a recording, of which there are not too many at a time.
async fn read<T: Send + 'static>(
    app: &App,
    account: AccountId,
    id: RecordingId,
    work: impl FnOnce(&Files) -> io::Result<T> + Send + 'static,
) -> Result<T> {
    let folder = place(app, account, id);
    let reader = READERS.acquire().await.map_err(anyhow::Error::from)?;
    let done = in_background(move || work(&Files::open(&folder)?)).await;
    drop(reader);
    done
}

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(anyhow::Error::from)?;
    done.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::NotFound("recording"),
        _ => anyhow::Error::from(error).into(),
    })
}

/// Where a text was written.
pub(super) async fn search(
    app: &App,
    account: AccountId,
    id: RecordingId,
    text: &str,
    most: usize,
) -> Result<Vec<RecordingHit>> {
    let text = text.to_owned();
    let work = move |files: &Files| recording::search(files, &text, most);
    match read(app, account, id, work).await {
        // it is about to begin, or was just removed
        Err(Error::NotFound(_)) => Ok(Vec::new()),
        found => found,
    }
}

/// What was written from an offset on, at most so much, and at which offset that begins.
pub(super) async fn data(
    app: &App,
    account: AccountId,
    id: RecordingId,
    from: u64,
    most: usize,
) -> Result<(u64, Vec<u8>)> {
    read(app, account, id, move |files| files.read(from, most)).await
}

/// The screen as it was at an offset.
pub(super) async fn screen(
    app: &App,
    account: AccountId,
    id: RecordingId,
    at: u64,
) -> Result<Drawing> {
    read(app, account, id, move |files| {
        recording::screen_at(files, at)
    })
    .await
}

/// When what happened, as it is stored.
pub(super) async fn index(app: &App, account: AccountId, id: RecordingId) -> Result<Vec<u8>> {
    read(app, account, id, |files| {
        Ok(files.moments.iter().flat_map(|one| one.encode()).collect())
    })
    .await
}

/// An asciicast, piece by piece, as fast as it is taken.
pub(super) async fn cast(
    app: &App,
    account: AccountId,
    recording: &Recording,
) -> Result<mpsc::Receiver<io::Result<Bytes>>> {
    let folder = place(app, account, recording.id);
    let files = in_background(move || Files::open(&folder)).await?;
    let title = recording.terminal.clone();
    let named = recording.deployments.clone();
    let names: Names = Box::new(move |label| {
        let id = uuid::Uuid::from_bytes(label).into();
        let known = named.iter().find(|deployment| deployment.id == id);
        known.map_or_else(|| id.to_string(), |known| known.title.clone())
    });
    let (pieces, taken) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || {
        let mut piece = String::new();
        for lines in Cast::of(&files, &title, names) {
            let failed = match lines {
                Ok(lines) => {
                    piece += &lines;
                    None
                }
                Err(error) => Some(error),
            };
            if piece.len() >= PIECE_BYTES {
                let full = Ok(Bytes::from(std::mem::take(&mut piece)));
                if pieces.blocking_send(full).is_err() {
                    return; // nobody takes it any more
                }
            }
            if let Some(error) = failed {
                pieces.blocking_send(Err(error)).ok(); // the same
                return;
            }
        }
        pieces.blocking_send(Ok(Bytes::from(piece))).ok(); // the same
    });
    Ok(taken)
}
