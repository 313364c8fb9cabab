//! The launcher's side of the control socket.

use std::{
    fs,
    os::{fd::OwnedFd, unix::fs::PermissionsExt as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde::Serialize;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Interest},
    net::{UnixListener, UnixStream},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::{
    Error, Result, Spec,
    cgroups::{Group, Groups},
    descriptors::receive_descriptors,
    error::Doing as _,
    inlet, ownership,
    wire::{self, Begin, Hello, Orders, Role, Way},
};

/// How long a helper may take until it speaks.
const PATIENCE: Duration = Duration::from_secs(30);

static COUNTER: AtomicU64 = AtomicU64::new(0);

/// A sandbox that waits to be started by running [`Prepared::command`].
pub struct Prepared {
    helper: PathBuf,
    socket: SocketFile,
    listener: UnixListener,
    spec: Spec,
    role: Role,
    way: Way,
    group: Option<Arc<Group>>,
}

impl Prepared {
    /// Opens the control socket, and makes its group if it is to have one; call it inside a runtime.
    pub(crate) fn new(
        helper: &Path,
        run_dir: &Path,
        groups: Option<&Groups>,
        spec: Spec,
        role: Role,
        way: Way,
    ) -> Result<Self> {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let path = run_dir.join(format!("s{}-{number}", std::process::id()));
        let listener = UnixListener::bind(&path).doing("open a control socket")?;
        let socket = SocketFile(path);
        fs::set_permissions(&socket.0, fs::Permissions::from_mode(0o600))
            .doing("close the control socket to others")?;
        ownership::give(&socket.0, spec.tenant).doing("give the control socket away")?;
        let group = groups.map(|groups| groups.make(spec.tenant, &spec.limits));
        Ok(Self {
            helper: helper.to_owned(),
            socket,
            listener,
            group: group
                .transpose()
                .doing("make a control group")?
                .map(Arc::new),
            spec,
            role,
            way,
        })
    }

    /// Its group, to be held as long as what is started.
    pub(crate) fn group(&self) -> Option<Arc<Group>> {
        self.group.clone()
    }

    /// Whether what is started ends all of the sandbox once nobody serves it: it must not be killed.
    pub(crate) fn is_supervised(&self) -> bool {
        self.way == Way::Landlock
    }

    /// The program that becomes the sandbox, and its arguments.
    ///
    /// Start it from a thread that lives as long as the sandbox shall: the kernel ends the
    /// sandbox together with the thread that started it.
    pub fn command(&self) -> (PathBuf, Vec<String>) {
        let socket = self.socket.0.to_string_lossy().into_owned();
        (self.helper.clone(), vec!["sandbox-exec".to_owned(), socket])
    }

    /// Tells the helpers what to do, then serves the inlets until it is cancelled.
    pub async fn serve(self, cancel: CancellationToken) -> Result<()> {
        let introduced = cancel.run_until_cancelled(self.introduce()).await;
        let Some((doors, _agent)) = introduced.transpose()? else {
            return Ok(());
        };
        doors.serve(cancel).await
    }

    /// Answers both helpers, and closes the socket for anyone else.
    pub(crate) async fn introduce(self) -> Result<(Doors, UnixStream)> {
        let groups = self.group.as_deref().map(Group::folders);
        let begin = Begin {
            spec: self.spec.clone(),
            groups: groups.unwrap_or_default(),
            way: self.way,
        };
        let exec = self.greet(Hello::Exec, &begin).await?;
        let (_, sockets) = timeout(PATIENCE, receive(&exec))
            .await
            .map_err(|_| Error::Start("its network did not come up".to_owned()))??;
        let orders = Orders {
            spec: self.spec,
            role: self.role,
            way: self.way,
        };
        let spec = &orders.spec;
        let init = greet(&self.listener, Hello::Init, &orders).await?;
        let doors = Doors {
            supervisor: (self.way == Way::Landlock).then_some(exec),
            sockets,
            inlets: spec.inlets.clone(),
            names: spec.names.clone(),
            outbound: spec.outbound.clone(),
        };
        Ok((doors, init))
    }

    async fn greet(&self, expected: Hello, answer: &impl Serialize) -> Result<UnixStream> {
        greet(&self.listener, expected, answer).await
    }
}

async fn greet(
    listener: &UnixListener,
    expected: Hello,
    answer: &impl Serialize,
) -> Result<UnixStream> {
    let accepted = timeout(PATIENCE, accept(listener)).await;
    let (hello, mut stream) =
        accepted.map_err(|_| Error::Start(format!("no word from {expected:?}")))??;
    if hello != expected {
        return Err(Error::Start(format!(
            "{hello:?} spoke instead of {expected:?}"
        )));
    }
    let line = wire::line(answer).doing("write orders")?;
    stream.write_all(&line).await.doing("send orders")?;
    Ok(stream)
}

async fn accept(listener: &UnixListener) -> Result<(Hello, UnixStream)> {
    let (stream, _) = listener.accept().await.doing("accept a helper")?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    (&mut reader)
        .take(64)
        .read_line(&mut line)
        .await
        .doing("hear a helper")?;
    let hello = serde_json::from_str(&line).doing("understand a helper")?;
    Ok((hello, reader.into_inner()))
}

/// Receives one byte and its descriptors.
pub(crate) async fn receive(stream: &UnixStream) -> Result<(u8, Vec<OwnedFd>)> {
    stream
        .async_io(Interest::READABLE, || receive_descriptors(stream))
        .await
        .map_err(|error| Error::Start(format!("a helper hung up: {error}")))
}

/// The sockets inside a sandbox that lead out of it.
pub(crate) struct Doors {
    /// What ends the sandbox when this is closed, if it has no namespaces; it has no sockets then.
    supervisor: Option<UnixStream>,
    sockets: Vec<OwnedFd>,
    inlets: Vec<crate::Inlet>,
    names: Vec<String>,
    outbound: Option<crate::Outbound>,
}

impl Doors {
    /// Serves until it is cancelled.
    pub(crate) async fn serve(self, cancel: CancellationToken) -> Result<()> {
        if let Some(_held) = self.supervisor {
            cancel.cancelled().await;
            return Ok(());
        }
        cancel
            .run_until_cancelled(inlet::serve(
                self.sockets,
                self.inlets,
                self.names,
                self.outbound,
            ))
            .await;
        Ok(())
    }
}

/// A socket's name, which goes with it.
struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok(); // it may be gone with its folder
    }
}
