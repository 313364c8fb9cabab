//! What the launcher and the two helpers say to each other over the control socket.
//!
//! One JSON value per line; descriptors travel with a single byte.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Spec, landlocked::Surroundings};

/// The byte that carries descriptors.
pub(crate) const GRANTED: u8 = b'+';
/// The byte that carries none, because it was refused.
pub(crate) const REFUSED: u8 = b'-';

/// Which helper is speaking: each speaks once, the outer first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Hello {
    /// The helper outside, before bubblewrap.
    Exec,
    /// The first program inside.
    Init,
}

/// What the helper outside is told.
#[derive(Serialize, Deserialize)]
pub(crate) struct Begin {
    // so that a launcher of an older build, which says the spec alone, is understood
    #[serde(flatten)]
    pub(crate) spec: Spec,
    /// The control groups to join before anything else is done.
    #[serde(default)]
    pub(crate) groups: Vec<PathBuf>,
    /// How it is kept apart.
    #[serde(default)]
    pub(crate) way: Way,
}

/// How a sandbox is kept apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// By namespaces of its own.
    #[default]
    Namespaces,
    /// By landlock, with the machine's own paths and network.
    Landlock,
}

/// What the first program inside is told.
#[derive(Serialize, Deserialize)]
pub(crate) struct Orders {
    pub(crate) spec: Spec,
    pub(crate) role: Role,
    /// How it is kept apart.
    #[serde(default)]
    pub(crate) way: Way,
}

/// What becomes of the first program inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Role {
    /// It becomes the program that was asked for.
    Replace,
    /// It starts the program, stays, connects to ports and runs commands for the launcher.
    Agent,
    /// It tries to break out and prints what worked.
    Check(Trial),
}

/// What must be out of reach from inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trial {
    /// A file of the host's that exists and isn't mounted.
    pub(crate) file: PathBuf,
    /// A port of the host's loopback that is listened on.
    pub(crate) port: u16,
    /// What is around a sandbox without namespaces besides.
    #[serde(default)]
    pub(crate) surroundings: Option<Surroundings>,
}

/// What the agent is asked.
#[derive(Serialize, Deserialize)]
pub(crate) enum Ask {
    /// Connect to a port; answered with the connection.
    Dial {
        /// Of the machine's own loopback.
        port: u16,
    },
    /// Run a command; answered with its three streams and the line that tells its [`Outcome`].
    Run(Job),
    /// Run a command on a new terminal; answered with our side of that, and with the line.
    Attach(Job),
}

/// A command for a machine.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The program and its arguments, as seen inside.
    pub argv: Vec<String>,
    /// The whole environment; nothing is inherited.
    pub env: Vec<(String, String)>,
    /// The folder to start in, as seen inside.
    pub cwd: String,
}

/// How a command in a machine ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// With this exit code.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
    /// Before it began, for this reason.
    NotStarted(String),
}

/// A command as the standard library starts it.
pub(crate) fn command(
    argv: &[String],
    env: &[(String, String)],
    cwd: &str,
) -> anyhow::Result<Command> {
    let (program, arguments) = argv.split_first().context("nothing to run")?;
    let mut command = Command::new(program);
    let env = env.iter().map(|(name, value)| (name, value));
    command
        .args(arguments)
        .env_clear()
        .envs(env)
        .current_dir(cwd);
    Ok(command)
}

/// Connects to the control socket and hears what to do.
pub(crate) fn ask<T: DeserializeOwned>(
    control: &Path,
    hello: Hello,
) -> anyhow::Result<(T, BufReader<UnixStream>)> {
    let mut stream = UnixStream::connect(control)?;
    stream.write_all(&line(&hello)?)?;
    let mut reader = BufReader::new(stream);
    let answer = next(&mut reader)?
        .ok_or(io::ErrorKind::UnexpectedEof)
        .map_err(io::Error::from)?;
    Ok((answer, reader))
}

/// Reads the next line's value, or nothing at the end.
pub(crate) fn next<T: DeserializeOwned>(reader: &mut impl BufRead) -> io::Result<Option<T>> {
    let mut text = String::new();
    if reader.take(16 << 20).read_line(&mut text)? == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_str(&text)?))
}

/// A value as a line.
pub(crate) fn line<T: Serialize>(value: &T) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}
