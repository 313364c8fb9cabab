//! A host on a temporary folder, and a page that looks at one of its terminals.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use pty::{Visitor, Way, client, host};
use sandbox::Spec;
use shared::terminal::{HostFrame, PageFrame};
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream, UnixStream},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, accept_async, client_async, client_async_with_config,
    tungstenite::{self, Message, protocol::WebSocketConfig},
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// What a page's websocket is over.
pub trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

const PATIENCE: Duration = Duration::from_secs(30);

/// A host that runs in this process.
pub struct Ground {
    pub host: client::Host,
    folder: TempDir,
    socket: PathBuf,
    _shutdown: DropGuard,
}

impl Ground {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("pty/host.sock");
        let helper = env!("CARGO_BIN_EXE_pty-helper").into();
        let run_dir = folder.path().join("run");
        let config = host::Config {
            listen: host::Listen::Socket(socket.clone()),
            run_dir,
            helper,
            is_unconfined: false,
            alone_for: Duration::from_secs(60),
            ping_every: Duration::from_secs(20),
        };
        let shutdown = CancellationToken::new();
        tokio::spawn(host::run(config, shutdown.clone()));
        let host = timeout(PATIENCE, async {
            loop {
                match client::Host::connect(&Way::Socket(socket.clone())).await {
                    Ok(host) => break host,
                    Err(_) => tokio::task::yield_now().await,
                }
            }
        });
        let host = host.await.unwrap();
        Self {
            host,
            folder,
            socket,
            _shutdown: shutdown.drop_guard(),
        }
    }

    pub async fn bash(&self, id: &str, script: &str) {
        let home = self.folder.path().join("home");
        fs::create_dir_all(&home).unwrap();
        let spec = Spec::new(["/bin/bash", "-c", script], home, 1);
        self.host.launch(id, spec, 80, 24).await.unwrap();
    }

    pub async fn try_page(&self, id: &str) -> Result<Page, tungstenite::Error> {
        let stream = UnixStream::connect(&self.socket).await.unwrap();
        let config = WebSocketConfig::default().max_message_size(None);
        let url = format!("ws://host/terminals/{id}");
        let stream: Box<dyn Io> = Box::new(stream);
        let (socket, _) = client_async_with_config(url, stream, Some(config)).await?;
        Ok(Page::on(socket))
    }

    /// A page whose connection came in elsewhere and was handed over.
    pub async fn handed(&self, id: &str, visitor: Visitor) -> Page {
        let seat = client::Seat::take(&self.socket, id, visitor).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let page = async {
            let stream: Box<dyn Io> = Box::new(TcpStream::connect(address).await.unwrap());
            client_async("ws://server/", stream).await.unwrap().0
        };
        let server = async {
            let (stream, _) = listener.accept().await.unwrap();
            accept_async(stream).await.unwrap().into_inner()
        };
        let (page, server) = tokio::join!(page, server);
        seat.hand_over(server.into_std().unwrap(), &[])
            .await
            .unwrap();
        Page::on(page)
    }

    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// A page that may only watch.
    pub async fn watching(&self, id: &str) -> Page {
        self.page(&format!("{id}?role=view")).await
    }

    /// Waits until no page shows a terminal.
    pub async fn until_unwatched(&self, id: &str) {
        let seen = async {
            loop {
                let listed = self.host.list().await.unwrap();
                let terminal = listed.into_iter().find(|listed| listed.id == id).unwrap();
                if terminal.viewers.is_empty() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, seen).await.unwrap();
    }

    /// Waits until a file of the home has a content.
    pub async fn until_file(&self, name: &str, content: &str) {
        let file = self.folder.path().join("home").join(name);
        let seen = async {
            while fs::read_to_string(&file).unwrap() != content {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, seen).await.unwrap();
    }

    pub async fn page(&self, id: &str) -> Page {
        self.try_page(id).await.unwrap()
    }

    /// Waits until a page that joins now sees the words.
    pub async fn until_written(&self, id: &str, words: &str) {
        let seen = async {
            loop {
                let mut page = self.page(id).await;
                page.attach(1, 0).await; // another epoch: a snapshot
                while page.text.is_empty() {
                    page.next().await;
                }
                if page.text.contains(words) {
                    break;
                }
            }
        };
        timeout(PATIENCE, seen).await.unwrap();
    }
}

/// What the last frame was.
#[derive(Debug)]
pub enum Seen {
    Output,
    Attached(u32),
    Exit(i32),
    Size(u16, u16),
    Notice(String),
    Other,
}

/// A page, with all the text that it was sent.
pub struct Page {
    socket: WebSocketStream<Box<dyn Io>>,
    pub client: u64,
    pub epoch: u64,
    pub have: u64,
    pub text: String,
    /// Whether it was sent a drawing in place of what was written.
    pub skipped: bool,
}

impl Page {
    fn on(socket: WebSocketStream<Box<dyn Io>>) -> Self {
        Self {
            socket,
            client: 1,
            epoch: 0,
            have: 0,
            text: String::new(),
            skipped: false,
        }
    }

    pub async fn send(&mut self, frame: PageFrame<'_>) {
        self.socket
            .send(Message::binary(frame.encode()))
            .await
            .unwrap();
    }

    /// Sends, unless the host has closed already.
    pub async fn try_send(&mut self, frame: PageFrame<'_>) {
        self.socket.send(Message::binary(frame.encode())).await.ok();
    }

    pub async fn send_raw(&mut self, frame: Vec<u8>) {
        self.socket.send(Message::binary(frame)).await.unwrap();
    }

    pub async fn type_(&mut self, number: u32, text: &str) {
        let bytes = text.as_bytes();
        self.send(PageFrame::Input { number, bytes }).await;
    }

    pub async fn until_size(&mut self, cols: u16, rows: u16) {
        let seen = async {
            while !matches!(self.next().await, Seen::Size(c, r) if (c, r) == (cols, rows)) {}
        };
        timeout(PATIENCE, seen).await.unwrap();
    }

    pub async fn until_notice(&mut self, words: &str) {
        let seen = async {
            while !matches!(self.next().await, Seen::Notice(text) if text.contains(words)) {}
        };
        timeout(PATIENCE, seen).await.unwrap();
    }

    /// Attaches, and says the number of the last input.
    pub async fn attach(&mut self, epoch: u64, have: u64) -> u32 {
        self.send(PageFrame::Attach {
            epoch,
            have,
            client: self.client,
            cols: 80,
            rows: 24,
        })
        .await;
        match timeout(PATIENCE, self.next()).await.unwrap() {
            Seen::Attached(input) => input,
            other => panic!("{other:?} instead of an answer"),
        }
    }

    pub async fn next(&mut self) -> Seen {
        let message = self.socket.next().await.unwrap().unwrap();
        if !message.is_binary() {
            return Seen::Other;
        }
        match HostFrame::decode(&message.into_data()).unwrap() {
            HostFrame::Output { seq, bytes } => {
                assert_eq!(seq, self.have, "output that does not follow");
                self.have += bytes.len() as u64;
                self.text.push_str(&String::from_utf8_lossy(bytes));
                Seen::Output
            }
            HostFrame::Attached {
                epoch, seq, input, ..
            } => {
                (self.epoch, self.have) = (epoch, seq);
                Seen::Attached(input)
            }
            HostFrame::Snapshot { seq, bytes } => {
                (self.have, self.skipped) = (seq, true);
                self.text = String::from_utf8_lossy(bytes).into_owned();
                Seen::Other
            }
            HostFrame::Exit { code } => Seen::Exit(code),
            HostFrame::Size { cols, rows } => Seen::Size(cols, rows),
            HostFrame::Notice { text } => Seen::Notice(text.to_owned()),
            HostFrame::Pong => Seen::Other,
        }
    }

    /// Reads and acknowledges until the words came.
    pub async fn read_until(&mut self, words: &str) {
        let read = async {
            while !self.text.contains(words) {
                self.next().await;
                let ack = PageFrame::Ack { seq: self.have }.encode();
                self.socket.send(Message::binary(ack)).await.ok(); // it may have ended
            }
        };
        let came = timeout(PATIENCE, read).await.is_ok();
        assert!(came, "{words:?} did not come: {:?}", self.text);
    }

    pub async fn exit(&mut self) -> i32 {
        let exit = async {
            loop {
                if let Seen::Exit(code) = self.next().await {
                    break code;
                }
            }
        };
        timeout(PATIENCE, exit).await.unwrap()
    }

    /// Reads to the end of the connection, and says why the host closed it.
    pub async fn why_closed(mut self) -> String {
        let end = async {
            loop {
                if let Message::Close(Some(frame)) = self.socket.next().await.unwrap().unwrap() {
                    break frame.reason.to_string();
                }
            }
        };
        timeout(PATIENCE, end).await.unwrap()
    }

    /// Reads to the end of the connection, however that comes.
    pub async fn drops(mut self) {
        let end = async { while let Some(Ok(_)) = self.socket.next().await {} };
        timeout(PATIENCE, end).await.unwrap();
    }

    /// Reads to the end of the connection, which the host has to close in good order.
    pub async fn closes(mut self) {
        let end = async {
            while let Some(message) = self.socket.next().await {
                message.unwrap();
            }
        };
        timeout(PATIENCE, end).await.unwrap();
    }
}
