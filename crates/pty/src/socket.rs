//! One page's websocket: sends what its terminal writes, applies what it types.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use futures_util::{SinkExt as _, StreamExt as _};
use shared::terminal::{HostFrame, PageFrame};
use tokio::{net::UnixStream, sync::mpsc, time::timeout};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

use crate::shell::{FRAME_BYTES, Shell, State};

type Stream = futures_util::stream::SplitStream<WebSocketStream<UnixStream>>;
type Sink = futures_util::stream::SplitSink<WebSocketStream<UnixStream>, Message>;

/// How long a page has to take the end of its terminal and to close its side.
const FAREWELL: Duration = Duration::from_secs(10);

/// What is sent out of turn.
enum Aside {
    /// The page is at another offset now, and this frame or these frames say so.
    Moved { frames: Vec<Vec<u8>>, sent: u64 },
    /// A frame between two of output.
    Frame(Vec<u8>),
}

/// Serves a page until it or its terminal ends.
pub(crate) async fn serve(socket: WebSocketStream<UnixStream>, shell: Arc<Shell>) {
    let (sink, mut stream) = socket.split();
    let (asides, waiting) = mpsc::channel(16);
    let mut viewer = Viewer {
        shell: shell.clone(),
        id: None,
        asides,
    };
    let ended = tokio::select! {
        sent = send(sink, &shell, waiting) => sent.is_ok(),
        _ = viewer.receive(&mut stream) => false,
    };
    if ended {
        // closing on what the page is just sending would take the end back that it was sent
        timeout(FAREWELL, drain(&mut stream)).await.ok();
    }
}

/// Reads on until the page has closed its side too.
async fn drain(stream: &mut Stream) {
    while let Some(Ok(_)) = stream.next().await {}
}

/// A page that is attached to a terminal, until it is dropped.
struct Viewer {
    shell: Arc<Shell>,
    id: Option<u64>,
    asides: mpsc::Sender<Aside>,
}

impl Drop for Viewer {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.shell.remove_viewer(id);
        }
    }
}

impl Viewer {
    async fn receive(&mut self, stream: &mut Stream) -> anyhow::Result<()> {
        while let Some(message) = stream.next().await {
            match message? {
                Message::Binary(bytes) => self.apply(PageFrame::decode(&bytes)?).await?,
                Message::Close(_) => return Ok(()),
                Message::Text(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
        Ok(())
    }

    async fn apply(&mut self, frame: PageFrame<'_>) -> anyhow::Result<()> {
        match frame {
            PageFrame::Attach {
                epoch,
                have,
                cols,
                rows,
            } => {
                self.shell.resize(cols, rows);
                self.attach(epoch, have).await?;
            }
            PageFrame::Input { number, bytes } => self.type_in(number, bytes).await?,
            PageFrame::Resize { cols, rows } => self.shell.resize(cols, rows),
            PageFrame::Ack { seq } => self.shell.acknowledge(self.attached()?, seq),
            PageFrame::End => self.shell.end(),
            PageFrame::Ping => self.send_aside(&HostFrame::Pong).await?,
        }
        Ok(())
    }

    fn attached(&self) -> anyhow::Result<u64> {
        self.id.context("not attached")
    }

    async fn attach(&mut self, epoch: u64, have: u64) -> anyhow::Result<()> {
        if let Some(earlier) = self.id.take() {
            self.shell.remove_viewer(earlier);
        }
        let (frames, sent) = welcome(&self.shell, epoch, have);
        self.id = Some(self.shell.add_viewer(sent));
        self.asides.send(Aside::Moved { frames, sent }).await?;
        Ok(())
    }

    async fn type_in(&self, number: u32, bytes: &[u8]) -> anyhow::Result<()> {
        let id = self.attached()?;
        let problem = if !self.shell.state().is_newest(id) {
            "This terminal is in use in another tab. Reload this page to type here."
        } else if !self.shell.type_in(number, bytes) {
            "The program does not read what you type."
        } else {
            return Ok(());
        };
        self.send_aside(&HostFrame::Notice { text: problem }).await
    }

    async fn send_aside(&self, frame: &HostFrame<'_>) -> anyhow::Result<()> {
        self.asides.send(Aside::Frame(frame.encode())).await?;
        Ok(())
    }
}

/// The first frames for a page, and the offset that it is at then.
fn welcome(shell: &Shell, epoch: u64, have: u64) -> (Vec<Vec<u8>>, u64) {
    let state = shell.state();
    let is_same = epoch == shell.epoch || (epoch == 0 && have == 0);
    let can_resume = is_same && (state.scrollback.start()..=state.scrollback.end()).contains(&have);
    let seq = if can_resume {
        have
    } else {
        state.scrollback.end()
    };
    let (cols, rows) = state.size;
    let input = state.last_input;
    let mut frames = vec![
        HostFrame::Attached {
            epoch: shell.epoch,
            seq,
            input,
            cols,
            rows,
        }
        .encode(),
    ];
    if !can_resume {
        frames.push(snapshot(&state));
    }
    (frames, seq)
}

fn snapshot(state: &State) -> Vec<u8> {
    let bytes = state.scrollback.snapshot();
    HostFrame::Snapshot {
        seq: state.scrollback.end(),
        bytes: &bytes,
    }
    .encode()
}

/// The next frame after an offset, and the offset after it.
enum Next {
    Frame(Vec<u8>, u64),
    Wait,
    Exit(i32),
}

fn next(shell: &Shell, sent: u64) -> Next {
    let state = shell.state();
    let end = state.scrollback.end();
    match state.scrollback.read(sent, FRAME_BYTES) {
        None => Next::Frame(snapshot(&state), end),
        Some(bytes) if bytes.is_empty() => state.exit.map_or(Next::Wait, Next::Exit),
        Some(bytes) => {
            let frame = HostFrame::Output {
                seq: sent,
                bytes: &bytes,
            }
            .encode();
            Next::Frame(frame, sent + bytes.len() as u64)
        }
    }
}

async fn send(
    mut sink: Sink,
    shell: &Shell,
    mut asides: mpsc::Receiver<Aside>,
) -> anyhow::Result<()> {
    let mut changes = shell.changes();
    let mut at: Option<u64> = None;
    loop {
        changes.mark_unchanged();
        let mut aside = asides.try_recv().ok();
        if aside.is_none() {
            match at.map_or(Next::Wait, |sent| next(shell, sent)) {
                Next::Frame(frame, sent) => {
                    sink.send(Message::binary(frame)).await?;
                    at = Some(sent);
                    continue;
                }
                Next::Exit(code) => {
                    sink.send(Message::binary(HostFrame::Exit { code }.encode()))
                        .await?;
                    return Ok(sink.close().await?);
                }
                Next::Wait => {}
            }
            tokio::select! {
                _ = changes.changed() => {}
                waiting = asides.recv() => aside = waiting,
            }
        }
        let frames = match aside {
            None => continue,
            Some(Aside::Frame(frame)) => vec![frame],
            Some(Aside::Moved { frames, sent }) => {
                at = Some(sent);
                frames
            }
        };
        for frame in frames {
            sink.send(Message::binary(frame)).await?;
        }
    }
}
