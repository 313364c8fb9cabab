//! A page that shows one terminal: the handshake of a browser, and what is on its screen.

use std::time::Duration;

use futures_util::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use shared::{
    OpenTerminal, Terminal, TerminalId, paths,
    terminal::{HostFrame, PageFrame},
};
use tokio::{net::TcpStream, sync::mpsc};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};
use tokio_util::task::AbortOnDropHandle;

use crate::server::{Guest, TestServer};

/// How long anything may take that is waited for.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A terminal on a page.
pub struct Shell {
    /// The terminal.
    pub terminal: Terminal,
    /// What the shell has written since the page attached.
    pub text: String,
    sink: SplitSink<Socket, Message>,
    heard: mpsc::UnboundedReceiver<Result<Message, tungstenite::Error>>,
    typed: u32,
    _hearing: AbortOnDropHandle<()>,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Reads a socket whether or not the test waits for it, as a browser does: pings are answered.
async fn hear(
    mut socket: SplitStream<Socket>,
    tell: mpsc::UnboundedSender<Result<Message, tungstenite::Error>>,
) {
    while let Some(message) = socket.next().await {
        if tell.send(message).is_err() {
            return; // the page is closed
        }
    }
}

impl Shell {
    /// Opens a terminal and shows it.
    pub async fn open(server: &TestServer, guest: &Guest) -> Self {
        let size = OpenTerminal::sized(200, 50);
        let terminal = client::terminals::open(&guest.client, &size).await.unwrap();
        Self::show(server, guest, terminal).await
    }

    /// Shows a terminal that is open.
    pub async fn show(server: &TestServer, guest: &Guest, terminal: Terminal) -> Self {
        let mut socket = connect(server, guest, terminal.id).await.unwrap();
        let attach = PageFrame::Attach {
            epoch: 0,
            have: 0,
            client: 1,
            cols: 200,
            rows: 50,
        };
        socket.send(Message::binary(attach.encode())).await.unwrap();
        let (sink, stream) = socket.split();
        let (tell, heard) = mpsc::unbounded_channel();
        let mut shell = Self {
            terminal,
            text: String::new(),
            sink,
            heard,
            typed: 0,
            _hearing: AbortOnDropHandle::new(tokio::spawn(hear(stream, tell))),
        };
        shell.until("$ ").await;
        shell
    }

    /// Types a line, and returns what the shell wrote until the line's command ended.
    pub async fn run(&mut self, line: &str) -> String {
        self.text.clear();
        // written in two parts, so that the echo of what is typed is not taken for the end
        self.type_(&format!("{line}; echo en''d=$?\r")).await;
        self.until("end=").await;
        self.until("$ ").await;
        self.text.clone()
    }

    /// Types keys.
    pub async fn type_(&mut self, keys: &str) {
        self.typed += 1;
        let input = PageFrame::Input {
            number: self.typed,
            bytes: keys.as_bytes(),
        };
        self.sink
            .send(Message::binary(input.encode()))
            .await
            .unwrap();
    }

    /// Waits until the shell has written the words; what came before them is dropped.
    pub async fn until(&mut self, words: &str) {
        let seen = async {
            while !self.text.contains(words) {
                self.next().await;
            }
        };
        if tokio::time::timeout(PATIENCE, seen).await.is_err() {
            panic!("{words:?} did not come, but {:?}", self.text);
        }
    }

    /// Waits until the terminal is closed, as it is when it is gone.
    pub async fn until_closed(&mut self) {
        while let Some(Ok(message)) = self.heard.recv().await {
            if message.is_close() {
                return;
            }
        }
    }

    /// Says what is on the screen, as the shell waits for a page that is far behind.
    async fn acknowledge(&mut self, seq: u64) {
        let drawn = PageFrame::Ack { seq }.encode();
        // a page whose terminal has just ended is told of that next
        self.sink.send(Message::binary(drawn)).await.ok();
    }

    async fn next(&mut self) {
        let message = self.heard.recv().await.unwrap().unwrap();
        if !message.is_binary() {
            return; // a ping, which is answered
        }
        match HostFrame::decode(&message.into_data()) {
            Ok(HostFrame::Output { seq, bytes }) => {
                self.text += &String::from_utf8_lossy(bytes);
                self.acknowledge(seq + bytes.len() as u64).await;
            }
            Ok(HostFrame::Snapshot { seq, bytes }) => {
                self.text += &String::from_utf8_lossy(bytes);
                self.acknowledge(seq).await;
            }
            Ok(HostFrame::Attached { input, .. }) => self.typed = input,
            Ok(HostFrame::Size { .. }) => {}
            Ok(other) => panic!("{other:?}"),
            Err(error) => panic!("{error}"),
        }
    }
}

/// The handshake of a browser on our own page.
pub async fn connect(
    server: &TestServer,
    guest: &Guest,
    id: TerminalId,
) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, tungstenite::Error> {
    connect_from(server, guest, id, &server.origin()).await
}

/// The handshake of a browser that shows the guest's cookie on a page of some origin.
pub async fn connect_from(
    server: &TestServer,
    guest: &Guest,
    id: TerminalId,
    origin: &str,
) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, tungstenite::Error> {
    let url = format!("ws://{}{}", server.address, paths::terminal_socket(id));
    let mut request = url.into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("cookie", guest.cookie.parse().unwrap());
    headers.insert("origin", origin.parse().unwrap());
    connect_async(request).await.map(|(socket, _)| socket)
}
