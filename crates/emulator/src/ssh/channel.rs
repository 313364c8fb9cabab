//! One session of a visitor's: a shell, a command or SFTP, on a terminal or through pipes.

use std::time::Duration;

use anyhow::bail;
use russh::{
    Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf,
    server::{Handle, Msg},
};
use sandbox::{Line, Machine, Outcome, Screen, Task};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::unix::pipe,
    time::timeout,
};

use super::{
    keys::Admission,
    words::{self, Asked},
};

/// How long streams may stay open when the command has ended: what it left behind may hold them.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// How much is read at once.
const CHUNK_BYTES: usize = 32 << 10;
/// The code of what could not be started, as shells have it.
const NOT_STARTED: i32 = 126;
/// Which stream is the errors' (RFC 4254, 5.2).
const STDERR: u32 = 1;

/// What was asked for before anything was run.
#[derive(Default)]
struct Wishes {
    variables: Vec<(String, String)>,
    /// The kind of terminal, its columns and rows.
    terminal: Option<(String, u16, u16)>,
}

/// Both ends of the channel, and what answers requests.
struct Wire {
    from: ChannelReadHalf,
    to: ChannelWriteHalf<Msg>,
    handle: Handle,
}

/// Does what is asked for until that ends, or the visitor goes.
pub(super) async fn serve(
    channel: Channel<Msg>,
    handle: Handle,
    machine: &Machine,
    admission: &Admission,
) -> anyhow::Result<()> {
    let (from, to) = channel.split();
    let mut wire = Wire { from, to, handle };
    let mut wishes = Wishes::default();
    let job = loop {
        let Some(asked) = wire.asked(&mut wishes, admission).await? else {
            return Ok(());
        };
        let terminal = wishes.terminal.as_ref().map(|(name, ..)| name.as_str());
        match words::job(&asked, &wishes.variables, terminal, admission) {
            Some(job) => break job,
            None => wire.reply(false).await?,
        }
    };
    wire.reply(true).await?;
    let outcome = match wishes.terminal {
        Some((_, columns, rows)) => {
            let (screen, line) = machine.attach(job).await?;
            screen.resize(columns, rows)?;
            wire.on_terminal(screen, line).await?
        }
        None => wire.through_pipes(machine.run_reading(job).await?).await?,
    };
    match outcome {
        Some(outcome) => wire.end(outcome).await,
        None => Ok(()),
    }
}

impl Wire {
    /// Hears wishes until something is to be run; none if the visitor goes.
    async fn asked(
        &mut self,
        wishes: &mut Wishes,
        admission: &Admission,
    ) -> anyhow::Result<Option<Asked>> {
        while let Some(message) = self.from.wait().await {
            let is_granted = match message {
                ChannelMsg::RequestPty {
                    term,
                    col_width,
                    row_height,
                    ..
                } => {
                    wishes.terminal = Some((term, size(col_width), size(row_height)));
                    admission.may_have_terminal
                }
                ChannelMsg::WindowChange {
                    col_width,
                    row_height,
                    ..
                } => {
                    if let Some((_, columns, rows)) = &mut wishes.terminal {
                        (*columns, *rows) = (size(col_width), size(row_height));
                    }
                    continue;
                }
                ChannelMsg::SetEnv {
                    variable_name,
                    variable_value,
                    ..
                } => {
                    let may_be = words::may_set(&variable_name);
                    let is_text = !variable_value.contains('\0');
                    if may_be && is_text {
                        wishes.variables.push((variable_name, variable_value));
                    }
                    may_be && is_text
                }
                ChannelMsg::RequestShell { .. } => return Ok(Some(Asked::Shell)),
                ChannelMsg::Exec { command, .. } => match String::from_utf8(command) {
                    Ok(line) if !line.contains('\0') => return Ok(Some(Asked::Line(line))),
                    Ok(_) | Err(_) => false,
                },
                ChannelMsg::RequestSubsystem { name, .. } => {
                    return Ok(Some(Asked::Subsystem(name)));
                }
                ChannelMsg::RequestX11 { .. } | ChannelMsg::AgentForward { .. } => false,
                ChannelMsg::Close => return Ok(None),
                _ => continue,
            };
            if !admission.may_have_terminal {
                wishes.terminal = None;
            }
            self.reply(is_granted).await?;
        }
        Ok(None)
    }

    async fn reply(&self, is_granted: bool) -> anyhow::Result<()> {
        let id = self.to.id();
        let replied = match is_granted {
            true => self.handle.channel_success(id).await,
            false => self.handle.channel_failure(id).await,
        };
        match replied {
            Ok(()) => Ok(()),
            Err(()) => bail!("the visitor is gone"),
        }
    }

    /// How the command ends; none when the visitor goes before, which ends it.
    async fn on_terminal(
        &mut self,
        screen: Screen,
        mut line: Line,
    ) -> anyhow::Result<Option<Outcome>> {
        let shown = show(&screen, &self.to);
        tokio::pin!(shown);
        let typed = async {
            while let Some(message) = self.from.wait().await {
                match message {
                    ChannelMsg::Data { data } => screen.write_all(&data).await?,
                    ChannelMsg::WindowChange {
                        col_width,
                        row_height,
                        ..
                    } => screen.resize(size(col_width), size(row_height))?,
                    ChannelMsg::Close => break,
                    _ => {}
                }
            }
            anyhow::Ok(())
        };
        tokio::pin!(typed);
        let ended = line.wait();
        tokio::pin!(ended);
        let mut is_shown = false;
        loop {
            tokio::select! {
                outcome = &mut ended => {
                    if !is_shown {
                        timeout(LAST_WORDS, shown).await.ok();
                    }
                    return Ok(Some(outcome?));
                }
                _ = &mut shown, if !is_shown => is_shown = true,
                _ = &mut typed => return Ok(None),
            }
        }
    }

    /// The same without a terminal: three streams, each to its own end.
    async fn through_pipes(&mut self, mut task: Task) -> anyhow::Result<Option<Outcome>> {
        let stdin = task.stdin.take();
        let (stdout, stderr) = (task.stdout.take(), task.stderr.take());
        let said = async {
            tokio::join!(
                say(stdout, &self.to, None),
                say(stderr, &self.to, Some(STDERR))
            );
        };
        tokio::pin!(said);
        let fed = feed(&mut self.from, stdin);
        tokio::pin!(fed);
        let ended = task.wait();
        tokio::pin!(ended);
        let mut is_said = false;
        loop {
            tokio::select! {
                outcome = &mut ended => {
                    if !is_said {
                        timeout(LAST_WORDS, said).await.ok();
                    }
                    return Ok(Some(outcome?));
                }
                () = &mut said, if !is_said => is_said = true,
                () = &mut fed => return Ok(None),
            }
        }
    }

    /// Tells how it ended, and closes.
    async fn end(&self, outcome: Outcome) -> anyhow::Result<()> {
        match outcome {
            Outcome::Exited(code) => self.exit(code).await?,
            Outcome::Signalled(number) => {
                let (id, signal) = (self.to.id(), words::signal(number));
                let told = self.handle.exit_signal_request(
                    id,
                    signal,
                    false,
                    String::new(),
                    String::new(),
                );
                told.await.ok(); // the visitor may be gone
            }
            Outcome::NotStarted(why) => {
                let why = format!("it could not be started: {why}\r\n");
                self.to
                    .extended_data_bytes(STDERR, why.into_bytes())
                    .await?;
                self.exit(NOT_STARTED).await?;
            }
        }
        self.to.eof().await?;
        Ok(self.to.close().await?)
    }

    async fn exit(&self, code: i32) -> anyhow::Result<()> {
        let code = u32::from_ne_bytes(code.to_ne_bytes());
        Ok(self.to.exit_status(code).await?)
    }
}

/// Sends what is written on a terminal, until nobody has it open any more.
async fn show(screen: &Screen, to: &ChannelWriteHalf<Msg>) -> anyhow::Result<()> {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match screen.read(&mut chunk).await? {
            0 => return Ok(()),
            count => to.data_bytes(chunk[..count].to_vec()).await?,
        }
    }
}

/// Sends what a stream says, until it ends or the visitor goes.
async fn say(
    stream: Option<impl AsyncRead + Unpin>,
    to: &ChannelWriteHalf<Msg>,
    kind: Option<u32>,
) {
    let Some(mut stream) = stream else { return };
    let mut chunk = vec![0; CHUNK_BYTES];
    while let Ok(count @ 1..) = stream.read(&mut chunk).await {
        let part = chunk[..count].to_vec();
        let sent = match kind {
            None => to.data_bytes(part).await,
            Some(kind) => to.extended_data_bytes(kind, part).await,
        };
        if sent.is_err() {
            return;
        }
    }
}

/// Hands on what the visitor says, until the visitor goes; what a command does not read is dropped.
async fn feed(from: &mut ChannelReadHalf, mut stdin: Option<pipe::Sender>) {
    while let Some(message) = from.wait().await {
        match message {
            ChannelMsg::Data { data } => {
                if let Some(open) = &mut stdin
                    && open.write_all(&data).await.is_err()
                {
                    stdin = None;
                }
            }
            ChannelMsg::Eof => stdin = None,
            ChannelMsg::Close => return,
            _ => {}
        }
    }
}

/// A number of characters, as the kernel has it.
fn size(characters: u32) -> u16 {
    u16::try_from(characters).unwrap_or(u16::MAX)
}
