//! One page's websocket: sends what its terminal writes, applies what it types.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use futures_util::{SinkExt as _, StreamExt as _};
use shared::terminal::{HostFrame, PageFrame, Role};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        protocol::{CloseFrame, WebSocketConfig, frame::coding::CloseCode},
    },
};
use tokio_util::sync::CancellationToken;

use crate::{
    Visitor,
    beat::Beat,
    history::Size,
    shell::{FRAME_BYTES, Shell, State},
    viewers::{UNDRAWN_BYTES, Viewer},
};

type Stream<S> = futures_util::stream::SplitStream<WebSocketStream<S>>;
type Sink<S> = futures_util::stream::SplitSink<WebSocketStream<S>, Message>;

/// The largest message: a launch fits well, and pages send less.
const REQUEST_BYTES: usize = 1 << 20;
/// The buffer of each connection, small for there are many that idle.
const READ_BUFFER_BYTES: usize = 4096;

/// How long a page has to say where its screen is.
const ATTACH_WITHIN: Duration = Duration::from_secs(10);
/// The largest message of a page's, which splits its input far below.
const MESSAGE_BYTES: usize = 256 << 10;
/// A page that has left so many pings unanswered is gone, and holds the shell up no longer.
const PINGS_UNANSWERED: u32 = 3;
/// How long a page has to take it that its login counts no longer, which it may not be reading.
const DISMISSAL: Duration = Duration::from_millis(500);
/// How long a page has to take the end of its terminal and to close its side.
const FAREWELL: Duration = Duration::from_secs(10);

/// What is sent out of turn.
enum Aside {
    /// The page is attached as this viewer, and at another offset, as these frames say.
    Attached { frames: Vec<Vec<u8>>, place: Place },
    /// A frame between two of output.
    Frame(Vec<u8>),
}

/// Where an attached page is.
#[derive(Debug, Clone, Copy)]
struct Place {
    viewer: u64,
    /// The offset of what it was sent.
    sent: u64,
    /// The size that it was told.
    size: Size,
}

/// How all our sockets are.
pub(crate) fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_message_size(Some(REQUEST_BYTES))
        .max_frame_size(Some(REQUEST_BYTES))
}

/// Serves a page until it or its terminal ends.
///
/// The page is asked at each beat whether it is there; browsers answer by themselves.
pub(crate) async fn serve<S>(
    socket: WebSocketStream<S>,
    shell: Arc<Shell>,
    visitor: Visitor,
    beat: Beat,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (sink, mut stream) = socket.split();
    let (asides, waiting) = mpsc::channel(16);
    let mut page = Page {
        shell: shell.clone(),
        role: visitor.role,
        login: visitor.login.into(),
        dismissed: CancellationToken::new(),
        id: None,
        asides,
        silent_for: beat.every() * PINGS_UNANSWERED,
    };
    let dismissed = page.dismissed.clone();
    let overdue = async {
        dismissed.cancelled().await;
        sleep(DISMISSAL).await;
    };
    let ended = tokio::select! {
        sent = send(sink, (&shell, beat), waiting, &dismissed) => sent.is_ok(),
        _ = page.receive(&mut stream) => false,
        () = overdue => false,
    };
    if ended {
        // closing on what the page is just sending would take the end back that it was sent
        timeout(FAREWELL, drain(&mut stream)).await.ok();
    }
}

/// Reads on until the page has closed its side too.
async fn drain<S>(stream: &mut Stream<S>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(_)) = stream.next().await {}
}

/// A page, attached to a terminal until it is dropped.
struct Page {
    shell: Arc<Shell>,
    role: Role,
    login: Arc<str>,
    dismissed: CancellationToken,
    id: Option<u64>,
    asides: mpsc::Sender<Aside>,
    /// After how much silence it is gone.
    silent_for: Duration,
}

impl Drop for Page {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.shell.remove_viewer(id);
        }
    }
}

impl Page {
    async fn receive<S>(&mut self, stream: &mut Stream<S>) -> anyhow::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        loop {
            let patience = self.id.map_or(ATTACH_WITHIN, |_| self.silent_for);
            let Some(message) = timeout(patience, stream.next()).await? else {
                return Ok(());
            };
            if self.dismissed.is_cancelled() {
                continue; // it is told so, and may do nothing more
            }
            match message? {
                Message::Binary(bytes) if bytes.len() > MESSAGE_BYTES => {
                    anyhow::bail!("a message of {} bytes", bytes.len())
                }
                Message::Binary(bytes) => self.apply(PageFrame::decode(&bytes)?).await?,
                Message::Close(_) => return Ok(()),
                Message::Text(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    async fn apply(&mut self, frame: PageFrame<'_>) -> anyhow::Result<()> {
        match frame {
            PageFrame::Attach {
                epoch,
                have,
                client,
                cols,
                rows,
            } => self.attach(epoch, have, client, (cols, rows)).await?,
            PageFrame::Input { number, bytes } => self.type_in(number, bytes).await?,
            PageFrame::Resize { cols, rows } => {
                self.shell.set_room(self.attached()?, (cols, rows));
            }
            PageFrame::Ack { seq } => self.shell.acknowledge(self.attached()?, seq),
            PageFrame::End if self.role == Role::Write => self.shell.end(),
            PageFrame::End => self.say(WATCHING).await?,
            PageFrame::Ping => self.asides.send(frame_aside(&HostFrame::Pong)).await?,
        }
        Ok(())
    }

    fn attached(&self) -> anyhow::Result<u64> {
        self.id.context("not attached")
    }

    async fn attach(
        &mut self,
        epoch: u64,
        have: u64,
        client: u64,
        room: Size,
    ) -> anyhow::Result<()> {
        if let Some(earlier) = self.id.take() {
            self.shell.remove_viewer(earlier);
        }
        let id = self.shell.add_viewer(Viewer {
            login: self.login.clone(),
            client,
            role: self.role,
            room,
            drawn: 0,
            dismissed: self.dismissed.clone(),
            since: std::time::Instant::now(),
        });
        self.id = Some(id);
        let (frames, sent) = welcome(&self.shell, epoch, have, client, self.role);
        self.shell.acknowledge(id, sent);
        let place = Place {
            viewer: id,
            sent,
            size: self.shell.state().size,
        };
        self.asides.send(Aside::Attached { frames, place }).await?;
        Ok(())
    }

    async fn type_in(&self, number: u32, bytes: &[u8]) -> anyhow::Result<()> {
        let id = self.attached()?;
        if self.role == Role::View {
            return self.say(WATCHING).await;
        }
        match self.shell.type_in(id, number, bytes) {
            Ok(()) => Ok(()),
            Err(_full) => self.say("The program does not read what you type.").await,
        }
    }

    async fn say(&self, text: &str) -> anyhow::Result<()> {
        let aside = frame_aside(&HostFrame::Notice { text });
        Ok(self.asides.send(aside).await?)
    }
}

/// What is said to a page whose login counts no longer.
const SIGNED_OUT: &str = "You are signed out.";
/// What is said to who may only watch.
const WATCHING: &str = "You watch this terminal, and cannot type here.";

fn frame_aside(frame: &HostFrame<'_>) -> Aside {
    Aside::Frame(frame.encode())
}

/// The first frames for a page, and the offset that it is at then.
fn welcome(shell: &Shell, epoch: u64, have: u64, client: u64, role: Role) -> (Vec<Vec<u8>>, u64) {
    let mut state = shell.state();
    let is_same = epoch == shell.epoch || (epoch == 0 && have == 0);
    let can_resume = is_same && state.history.can_resume(have);
    let end = state.history.end();
    let (cols, rows) = state.size;
    let mut frames = vec![
        HostFrame::Attached {
            epoch: shell.epoch,
            seq: if can_resume { have } else { end },
            live: end,
            input: state.inputs.last(client),
            cols,
            rows,
            role,
        }
        .encode(),
    ];
    if can_resume {
        return (frames, have);
    }
    frames.push(snapshot(&mut state));
    (frames, end)
}

fn snapshot(state: &mut State) -> Vec<u8> {
    let bytes = state.history.snapshot();
    HostFrame::Snapshot {
        seq: state.history.end(),
        bytes: &bytes,
    }
    .encode()
}

/// What comes next for a page at a place.
enum Next {
    /// A frame, and the place after it.
    Frame(Vec<u8>, Place),
    Wait,
    Exit(i32),
}

fn next(shell: &Shell, mut place: Place) -> Next {
    let mut state = shell.state();
    if state.size != place.size {
        place.size = state.size;
        let (cols, rows) = state.size;
        return Next::Frame(HostFrame::Size { cols, rows }.encode(), place);
    }
    let drawn = state.viewers.get(place.viewer).map_or(0, |v| v.drawn);
    let end = state.history.end();
    if place.sent == end {
        return state.exit.map_or(Next::Wait, Next::Exit);
    }
    // who leads makes the shell wait before that; another makes nobody wait
    let undrawn = place.sent.saturating_sub(drawn);
    if undrawn + FRAME_BYTES as u64 > UNDRAWN_BYTES {
        return Next::Wait;
    }
    let (seq, bytes) = (place.sent, &[][..]);
    let mut frame = HostFrame::Output { seq, bytes }.encode();
    if let Some(count) = state.history.copy(seq, FRAME_BYTES, &mut frame) {
        place.sent += count as u64;
    } else {
        frame = snapshot(&mut state);
        place.sent = end;
        state.viewers.acknowledge(place.viewer, end, end);
    }
    Next::Frame(frame, place)
}

async fn send<S>(
    mut sink: Sink<S>,
    (shell, beat): (&Shell, Beat),
    mut asides: mpsc::Receiver<Aside>,
    dismissed: &CancellationToken,
) -> anyhow::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut changes = shell.changes();
    let mut pings = beat.times();
    let mut place: Option<Place> = None;
    loop {
        changes.mark_unchanged();
        if dismissed.is_cancelled() {
            let over = CloseFrame {
                code: CloseCode::Policy,
                reason: SIGNED_OUT.into(),
            };
            return Ok(sink.send(Message::Close(Some(over))).await?);
        }
        let mut aside = asides.try_recv().ok();
        if aside.is_none() {
            match place.map_or(Next::Wait, |place| next(shell, place)) {
                Next::Frame(frame, after) => {
                    sink.send(Message::binary(frame)).await?;
                    place = Some(after);
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
                () = dismissed.cancelled() => {}
                waiting = asides.recv() => aside = waiting,
                _ = pings.tick() => sink.send(Message::Ping(Vec::new().into())).await?,
            }
        }
        let frames = match aside {
            None => continue,
            Some(Aside::Frame(frame)) => vec![frame],
            Some(Aside::Attached { frames, place: at }) => {
                place = Some(at);
                frames
            }
        };
        for frame in frames {
            sink.send(Message::binary(frame)).await?;
        }
    }
}
