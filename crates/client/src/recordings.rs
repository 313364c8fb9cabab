//! Recordings of terminals.

use shared::{
    DeploymentId, Page, Problem, Recording, RecordingHit, RecordingId, TerminalId, paths,
    recording::Moment,
};

use crate::Client;

/// What was written, from an offset on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Data {
    /// The offset of the first byte: the one that was asked for, or the next that there is.
    pub offset: u64,
    /// The bytes; none when nothing comes any more.
    pub bytes: Vec<u8>,
}

/// A terminal's screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    /// The offset that it is at.
    pub offset: u64,
    /// Columns.
    pub cols: u16,
    /// Rows.
    pub rows: u16,
    /// What draws it on a terminal that was just reset.
    pub bytes: Vec<u8>,
}

/// Records what a terminal writes from now on.
pub async fn start(client: &Client, id: TerminalId) -> Result<Recording, Problem> {
    client.post(&paths::terminal_recording(id), &()).await
}

/// Stops recording a terminal.
pub async fn stop(client: &Client, id: TerminalId) -> Result<Recording, Problem> {
    client.delete(&paths::terminal_recording(id)).await
}

/// All recordings, newest first.
pub async fn list(client: &Client) -> Result<Page<Recording>, Problem> {
    client.get(paths::RECORDINGS).await
}

/// Those in which a text was written, with the first lines.
pub async fn with_text(client: &Client, text: &str) -> Result<Page<Recording>, Problem> {
    client.get(&paths::recordings_with(text)).await
}

/// Those in which a deployment was begun.
pub async fn of_deployment(client: &Client, id: DeploymentId) -> Result<Page<Recording>, Problem> {
    client.get(&paths::recordings_of(id)).await
}

/// One recording.
pub async fn by_id(client: &Client, id: RecordingId) -> Result<Recording, Problem> {
    client.get(&paths::recording(id)).await
}

/// Removes a recording.
pub async fn remove(client: &Client, id: RecordingId) -> Result<(), Problem> {
    client.delete(&paths::recording(id)).await
}

/// Where a text was written.
pub async fn search(
    client: &Client,
    id: RecordingId,
    text: &str,
) -> Result<Page<RecordingHit>, Problem> {
    client.get(&paths::recording_search(id, text)).await
}

/// When what was written.
pub async fn index(client: &Client, id: RecordingId) -> Result<Vec<Moment>, Problem> {
    let said = client.bytes(&paths::recording_index(id), []).await?;
    Ok(Moment::decode_all(&said.bytes))
}

/// What was written from an offset on, as much as comes at once.
pub async fn data(client: &Client, id: RecordingId, from: u64) -> Result<Data, Problem> {
    let path = paths::recording_data(id, from);
    let said = client.bytes(&path, [paths::OFFSET_HEADER]).await?;
    let [offset] = said.numbers;
    Ok(Data {
        offset,
        bytes: said.bytes,
    })
}

/// The screen as it was at an offset.
pub async fn screen(client: &Client, id: RecordingId, at: u64) -> Result<Screen, Problem> {
    let path = paths::recording_screen(id, at);
    let headers = [paths::OFFSET_HEADER, paths::COLS_HEADER, paths::ROWS_HEADER];
    let said = client.bytes(&path, headers).await?;
    let [offset, cols, rows] = said.numbers;
    let size = |number: u64| u16::try_from(number).unwrap_or(u16::MAX);
    Ok(Screen {
        offset,
        cols: size(cols),
        rows: size(rows),
        bytes: said.bytes,
    })
}

/// The recording as an asciicast of version 3.
pub async fn cast(client: &Client, id: RecordingId) -> Result<String, Problem> {
    let said = client.bytes(&paths::recording_cast(id), []).await?;
    Ok(String::from_utf8_lossy(&said.bytes).into_owned())
}
