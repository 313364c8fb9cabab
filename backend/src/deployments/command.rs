//! A macfile's command: run in the account's own sandbox, or by the client that asked for the
//! deployment; its output goes into the journal.

use std::time::Duration;

use sandbox::{Command, Outcome, Workplace};
use shared::{ClientReport, LogStream};
use tokio::time;
use tokio_util::sync::CancellationToken;

use super::{
    errands::{Errands, Given, PATIENCE},
    journal::Journal,
    output::{Pump, pump},
};
use crate::{Result, resources::Output};

/// How long streams may stay open when their command has ended: a child that left its process
/// group may hold them for ever.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How a command came to its end.
#[derive(Debug)]
pub(super) enum Ended {
    /// By itself.
    Itself(Output),
    /// Somebody cancelled the deployment.
    Cancelled(Output),
    /// Something else ended it, or it could not begin; the text says what.
    Otherwise(Output, String),
}

/// When to end a command that does not end by itself.
#[derive(Debug, Clone)]
pub(super) struct Until {
    /// After this time.
    pub timeout: Duration,
    /// When this is cancelled.
    pub cancel: CancellationToken,
}

/// Runs lines of shell in a folder of a workplace, and returns what they wrote.
pub(super) async fn run_here(
    place: &Workplace,
    journal: &Journal,
    folder: &str,
    script: &str,
    until: &Until,
) -> Result<Ended> {
    let argv = ["/bin/bash", "-c", script];
    let mut command = place
        .run(&argv, folder)
        .await
        .map_err(anyhow::Error::from)?;
    let (stdout, stderr) = command.streams();
    let stop = CancellationToken::new();
    let reading = async {
        tokio::try_join!(
            pump(journal, LogStream::Stdout, stdout, &stop),
            pump(journal, LogStream::Stderr, stderr, &stop),
        )
    };
    tokio::pin!(reading);
    let (halt, read) = tokio::select! {
        read = &mut reading => (halt(&mut command, until).await?, Some(read?)),
        halt = halt(&mut command, until) => (halt?, None),
    };
    // what is left of it ends
    drop(command);
    let read = match read {
        Some(read) => read,
        None => tokio::select! {
            read = &mut reading => read?,
            () = time::sleep(LAST_WORDS) => {
                stop.cancel();
                reading.await?
            }
        },
    };
    Ok(halt.with(read, until))
}

/// What ended a command.
enum Halt {
    Outcome(Outcome),
    Cancelled,
    Timeout,
}

async fn halt(command: &mut Command, until: &Until) -> Result<Halt> {
    Ok(tokio::select! {
        outcome = command.wait() => Halt::Outcome(outcome.map_err(anyhow::Error::from)?),
        () = until.cancel.cancelled() => Halt::Cancelled,
        () = time::sleep(until.timeout) => Halt::Timeout,
    })
}

impl Halt {
    fn with(self, (stdout, stderr): (String, String), until: &Until) -> Ended {
        let output = |exit_code| Output {
            exit_code,
            stdout,
            stderr,
        };
        match self {
            Self::Outcome(Outcome::Exited(code)) => Ended::Itself(output(Some(code))),
            Self::Outcome(Outcome::Signalled(signal)) => {
                Ended::Otherwise(output(None), format!("signal {signal} ended it"))
            }
            Self::Outcome(Outcome::NotStarted(why)) => {
                Ended::Otherwise(output(None), format!("it could not be started: {why}"))
            }
            Self::Cancelled => Ended::Cancelled(output(None)),
            Self::Timeout => {
                let seconds = until.timeout.as_secs();
                Ended::Otherwise(output(None), format!("it took longer than {seconds} s"))
            }
        }
    }
}

/// Has lines of shell run by the deployment's client, and returns what they wrote.
pub(super) async fn run_there(
    errands: &Errands,
    journal: &Journal,
    step: &str,
    script: &str,
    until: &Until,
) -> Result<Ended> {
    let given = errands.give(step, script, until.timeout);
    let mut told = Told {
        given,
        stdout: Pump::new(LogStream::Stdout),
        stderr: Pump::new(LogStream::Stderr),
    };
    // the client ends it when its time is over, and then says so
    let silence = until.timeout + PATIENCE;
    let heard = tokio::select! {
        heard = told.hear(journal, silence) => heard?,
        () = until.cancel.cancelled() => Heard::Cancelled,
    };
    let output = Output {
        exit_code: heard.exit_code(),
        stdout: told.stdout.end(journal).await?,
        stderr: told.stderr.end(journal).await?,
    };
    Ok(match heard {
        Heard::Ended(Some(_)) => Ended::Itself(output),
        Heard::Ended(None) => Ended::Otherwise(output, "it was ended where it ran".into()),
        Heard::Nothing => Ended::Otherwise(output, "nothing more was heard of it".into()),
        Heard::Cancelled => Ended::Cancelled(output),
    })
}

/// What a client tells of an errand.
struct Told {
    given: Given,
    stdout: Pump,
    stderr: Pump,
}

/// What was heard in the end.
enum Heard {
    /// It ended, with this exit code or by force.
    Ended(Option<i32>),
    Nothing,
    Cancelled,
}

impl Heard {
    fn exit_code(&self) -> Option<i32> {
        match self {
            Self::Ended(exit_code) => *exit_code,
            Self::Nothing | Self::Cancelled => None,
        }
    }
}

impl Told {
    async fn hear(&mut self, journal: &Journal, silence: Duration) -> Result<Heard> {
        while let Some(report) = self.given.next(silence).await {
            match report {
                ClientReport::Stdout { text } => self.stdout.take(journal, text.as_bytes()).await?,
                ClientReport::Stderr { text } => self.stderr.take(journal, text.as_bytes()).await?,
                ClientReport::Ended { exit_code } => return Ok(Heard::Ended(exit_code)),
            }
        }
        Ok(Heard::Nothing)
    }
}
