//! Writes what a deployment does and says while the deployment goes on.
//!
//! Everything is written in the order in which it came, and what comes while something is being
//! written is written together, in one transaction. Who is about to act on the world asks whether
//! the intent is [`written`](Scribe::written) first; who has acted, or has something to say, does
//! not wait.

use std::sync::Arc;

use anyhow::anyhow;
use shared::{
    AccountId, DeploymentId, Event, Instant, LogLine, LogStream, ResourceId, ResourceState, Step,
};
use sqlx::{Any, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::{fault, lines, steps};
use crate::{
    Result,
    app::App,
    db,
    resources::{self, NewResource, Output},
};

/// How many entries may wait; who has more to say waits.
const WAITING: usize = 64;
/// How many entries are written together.
const TOGETHER: usize = 64;
/// The longest line that is kept whole, in bytes.
const LONGEST_LINE_BYTES: usize = 4096;

/// How many bytes of lines may wait, with what it takes to hold them.
const WAITING_BYTES: u32 = 1 << 20;
/// About what it takes to hold a line beside its text.
const LINE_BYTES: usize = 128;

/// Writes one deployment's steps, resources and log; the last words are written after it is
/// dropped.
#[derive(Debug)]
pub(super) struct Scribe {
    entries: mpsc::Sender<Entry>,
    room: Arc<Semaphore>,
}

/// What is to be written.
#[derive(Debug)]
pub(super) enum Entry {
    /// Lines that were said together, and the room that they take.
    Lines(Instant, LogStream, Vec<String>, OwnedSemaphorePermit),
    /// Where a step stands.
    Step(Step),
    /// A resource is being made.
    Begun(ResourceId, Box<NewResource>),
    /// How a resource's create command ended.
    Made(ResourceId, ResourceState, Box<Output>),
    /// Asks to say when all before it is written.
    Mark(oneshot::Sender<()>),
}

impl Scribe {
    /// Goes on after the last line of the log.
    pub fn new(app: App, account: AccountId, id: DeploymentId) -> Self {
        let (sender, entries) = mpsc::channel(WAITING);
        let writing = Writing { app, account, id };
        tokio::spawn(writing.all(entries));
        Self {
            entries: sender,
            room: Arc::new(Semaphore::new(WAITING_BYTES as usize)),
        }
    }

    /// Takes lines of the log down, once there is room.
    pub async fn lines(&self, stream: LogStream, texts: Vec<String>) -> Result<()> {
        let now = Instant::now();
        let bytes: usize = texts.iter().map(|text| text.len() + LINE_BYTES).sum();
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).min(WAITING_BYTES);
        let room = self.room.clone().acquire_many_owned(bytes).await;
        let room = room.map_err(anyhow::Error::from)?;
        self.take(Entry::Lines(now, stream, texts, room)).await
    }

    /// Takes something down; it is written soon.
    pub async fn take(&self, entry: Entry) -> Result<()> {
        // the writer listens for as long as this is there
        let sent = self.entries.send(entry).await;
        Ok(sent.map_err(|_| anyhow!("nobody writes the journal"))?)
    }

    /// Waits until all that was taken down is written; fails when some of it could not be.
    pub async fn written(&self) -> Result<()> {
        let (mark, written) = oneshot::channel();
        self.take(Entry::Mark(mark)).await?;
        let written = written.await;
        Ok(written.map_err(|_| anyhow!("the journal could not be written"))?)
    }
}

struct Writing {
    app: App,
    account: AccountId,
    id: DeploymentId,
}

impl Writing {
    async fn all(self, mut entries: mpsc::Receiver<Entry>) {
        let (mut together, mut marks) = (Vec::new(), Vec::new());
        let mut is_whole = true;
        while entries.recv_many(&mut together, TOGETHER).await > 0 {
            let mut batch = Vec::new();
            for entry in together.drain(..) {
                match entry {
                    Entry::Mark(mark) => marks.push(mark),
                    entry => batch.push(entry),
                }
            }
            if let Err(error) = self.write(batch).await {
                tracing::error!(deployment.id = %self.id, "its journal was not written: {error}");
                is_whole = false;
            }
            for mark in marks.drain(..) {
                match is_whole {
                    true => mark.send(()).ok(), // who asked may be gone
                    false => None,
                };
            }
        }
    }

    /// Writes entries in one transaction, then tells open pages of them.
    async fn write(&self, entries: Vec<Entry>) -> sqlx::Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        fault::point();
        let mut transaction = db::begin(&self.app.pool).await?;
        let (mut events, mut said, mut rooms) = (Vec::new(), Vec::new(), Vec::new());
        // not what this one wrote last: another one may have had a word to add meanwhile
        let last = match entries
            .iter()
            .any(|entry| matches!(entry, Entry::Lines(..)))
        {
            true => lines::last(&mut transaction, self.id).await?,
            false => 0,
        };
        for entry in entries {
            match entry {
                Entry::Lines(at, stream, texts, room) => {
                    rooms.push(room);
                    number(&mut said, last, (at, stream, texts));
                }
                entry => events.extend(self.one(&mut transaction, entry).await?),
            }
            fault::point();
        }
        lines::insert(&mut transaction, self.id, &said).await?;
        transaction.commit().await?;
        fault::point();
        if !said.is_empty() {
            events.push(Event::Log {
                deployment_id: self.id,
                lines: said,
            });
        }
        drop(rooms);
        for event in events {
            self.app.events.tell(self.account, event);
        }
        Ok(())
    }

    async fn one(
        &self,
        transaction: &mut Transaction<'static, Any>,
        entry: Entry,
    ) -> sqlx::Result<Option<Event>> {
        match entry {
            Entry::Step(step) => {
                steps::set(transaction, self.id, &step).await?;
                return Ok(Some(Event::Step {
                    deployment_id: self.id,
                    step,
                }));
            }
            Entry::Begun(id, new) => {
                resources::begin_in(transaction, self.account, id, &new).await?;
            }
            Entry::Made(id, state, output) => {
                resources::created_in(transaction, id, state, &output).await?;
            }
            Entry::Lines(..) | Entry::Mark(_) => {}
        }
        Ok(None)
    }
}

/// Adds lines that were said together to those that follow the last one written.
fn number(
    lines: &mut Vec<LogLine>,
    last: u64,
    (at, stream, texts): (Instant, LogStream, Vec<String>),
) {
    let next = last + 1 + lines.len() as u64;
    lines.extend((next..).zip(texts).map(|(seq, text)| LogLine {
        seq,
        at,
        stream,
        text: storable(text),
    }));
}

/// PostgreSQL stores no NUL in a text, and nobody reads a line of a megabyte.
fn storable(text: String) -> String {
    let mut text = text.replace('\0', "\u{fffd}");
    if text.len() > LONGEST_LINE_BYTES {
        text.truncate(text.floor_char_boundary(LONGEST_LINE_BYTES));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_LINE_BYTES, storable};

    #[test]
    fn a_line_that_the_database_would_refuse_is_made_storable() {
        assert_eq!(storable("a\0b".into()), "a\u{fffd}b");
        let long = storable("é".repeat(LONGEST_LINE_BYTES));
        assert!(long.ends_with('…') && long.len() <= LONGEST_LINE_BYTES + 3);
    }
}
