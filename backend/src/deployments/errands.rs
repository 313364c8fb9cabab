//! Commands that a client runs on its own machine, and what it tells of them.
//!
//! The deployment hands out one errand after the other (or several, where they don't wait for
//! each other) and waits for each one's end. An errand that was handed out and of which nothing
//! was heard is handed out again, as the answer that carried it may have been lost; a client
//! knows an errand by its number.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use shared::{ClientCommand, ClientReport};
use tokio::{
    sync::{Notify, mpsc},
    time,
};

/// How many reports may wait to be logged.
const BACKLOG: usize = 64;
/// How long an errand waits for a client that takes it.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// What a deployment's client has to run.
#[derive(Debug, Clone, Default)]
pub struct Errands(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    open: Mutex<Open>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Open {
    last: u64,
    errands: BTreeMap<u64, Errand>,
}

#[derive(Debug)]
struct Errand {
    command: ClientCommand,
    is_begun: bool,
    reports: mpsc::Sender<ClientReport>,
}

/// One errand, seen from the deployment; it is taken back when this is dropped.
#[derive(Debug)]
pub(super) struct Given {
    errands: Errands,
    number: u64,
    reports: mpsc::Receiver<ClientReport>,
    is_heard_of: bool,
}

impl Errands {
    /// Hands out a command.
    pub(super) fn give(&self, step: &str, script: &str, timeout: Duration) -> Given {
        let (sender, reports) = mpsc::channel(BACKLOG);
        let mut open = self.open();
        open.last += 1;
        let number = open.last;
        let command = ClientCommand {
            number,
            step: step.to_owned(),
            script: script.to_owned(),
            timeout_seconds: u32::try_from(timeout.as_secs()).unwrap_or(u32::MAX),
        };
        let errand = Errand {
            command,
            is_begun: false,
            reports: sender,
        };
        open.errands.insert(number, errand);
        drop(open);
        self.0.news.notify_waiters();
        Given {
            errands: self.clone(),
            number,
            reports,
            is_heard_of: false,
        }
    }

    /// The next errand of which nothing was heard; waits for one.
    pub async fn next(&self, wait: Duration) -> Option<ClientCommand> {
        let deadline = time::Instant::now() + wait;
        loop {
            let news = self.0.news.notified();
            tokio::pin!(news);
            // heard from before looking, so that nothing is missed in between
            news.as_mut().enable();
            if let Some(command) = self.waiting() {
                return Some(command);
            }
            time::timeout_at(deadline, news).await.ok()?;
        }
    }

    fn waiting(&self) -> Option<ClientCommand> {
        let open = self.open();
        let waiting = open.errands.values().find(|errand| !errand.is_begun);
        waiting.map(|errand| errand.command.clone())
    }

    /// Passes on what a client tells; false when there is no such errand, or no more.
    pub async fn report(&self, number: u64, report: ClientReport) -> bool {
        let sender = {
            let mut open = self.open();
            let Some(errand) = open.errands.get_mut(&number) else {
                return false;
            };
            errand.is_begun = true;
            errand.reports.clone()
        };
        // a full backlog holds the client back
        sender.send(report).await.is_ok()
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Given {
    /// The next report; none when no client took the errand in time, or it fell silent for longer
    /// than `silence`.
    pub async fn next(&mut self, silence: Duration) -> Option<ClientReport> {
        let patience = if self.is_heard_of { silence } else { PATIENCE };
        let report = time::timeout(patience, self.reports.recv()).await.ok()?;
        self.is_heard_of = true;
        report
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        self.errands.open().errands.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::ClientReport;

    use super::Errands;

    const SOON: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn an_errand_is_handed_out_until_something_is_heard_of_it() {
        let errands = Errands::default();
        let mut given = errands.give("box", "true", SOON);
        let first = errands.next(SOON).await.unwrap();
        assert_eq!(errands.next(SOON).await.unwrap(), first);
        let ended = ClientReport::Ended { exit_code: Some(0) };
        assert!(errands.report(first.number, ended.clone()).await);
        assert_eq!(errands.next(Duration::ZERO).await, None);
        assert_eq!(given.next(SOON).await, Some(ended.clone()));
        drop(given);
        assert!(!errands.report(first.number, ended).await);
    }

    #[tokio::test]
    async fn a_client_that_waits_gets_the_next_errand_at_once() {
        let errands = Errands::default();
        let (next, _given) = tokio::join!(errands.next(SOON), async {
            tokio::task::yield_now().await;
            errands.give("box", "true", SOON)
        });
        assert_eq!(next.unwrap().number, 1);
    }
}
