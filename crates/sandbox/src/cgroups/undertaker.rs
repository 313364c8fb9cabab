//! The thread that ends what is left in groups and removes them, as that takes its time.

use std::{
    collections::BTreeSet,
    io,
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tokio::{sync::oneshot, time::timeout};
use tracing::warn;

use super::{
    Shared,
    hierarchy::Hierarchy,
    removal::{Remains, bury},
};

/// How soon what has not ended yet is looked at again, at first and at last.
const GLANCE: Duration = Duration::from_millis(2);
const ROUND: Duration = Duration::from_secs(1);
/// How long anybody waits for all to be gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// What removes groups; when the last is dropped, what is to go is waited for.
#[derive(Debug, Clone)]
pub(super) struct Undertaker(Arc<Thread>);

#[derive(Debug)]
struct Thread {
    /// Taken at the end, which the thread hears of by that.
    orders: Option<mpsc::Sender<Order>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Order {
    /// Remove this.
    Bury(PathBuf),
    /// Remove all that are in use too, and tell when none is left.
    Clear(oneshot::Sender<()>),
}

impl Undertaker {
    pub(super) fn start(hierarchy: Hierarchy, shared: Arc<Shared>) -> io::Result<Self> {
        let (orders, heard) = mpsc::channel();
        let thread = thread::Builder::new().name("undertaker".to_owned());
        let thread = thread.spawn(move || work(&hierarchy, &shared, &heard))?;
        Ok(Self(Arc::new(Thread {
            orders: Some(orders),
            thread: Some(thread),
        })))
    }

    /// Removes a group soon.
    pub(super) fn bury(&self, place: PathBuf) {
        self.order(Order::Bury(place));
    }

    /// Removes all groups, and returns once they are gone, or after a while.
    pub(super) async fn clear(&self) {
        let (tell, gone) = oneshot::channel();
        self.order(Order::Clear(tell));
        if timeout(PATIENCE, gone).await.is_err() {
            warn!("what ran in sandboxes has not ended yet");
        }
    }

    fn order(&self, order: Order) {
        if let Some(orders) = &self.0.orders {
            orders.send(order).ok(); // the thread ends only after all that can order
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.orders.take();
        if let Some(thread) = self.thread.take() {
            thread.join().ok(); // it has panicked, which it has said
        }
    }
}

fn work(hierarchy: &Hierarchy, shared: &Shared, orders: &mpsc::Receiver<Order>) {
    let mut due = BTreeSet::new();
    let mut asking = Vec::new();
    let mut pause = GLANCE;
    let mut ends = None;
    loop {
        let order = match (due.is_empty(), ends) {
            (true, None) => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
            (true, Some(_)) => return,
            (false, Some(end)) if Instant::now() > end => return,
            (false, Some(_)) => {
                thread::sleep(pause);
                Err(RecvTimeoutError::Timeout)
            }
            (false, None) => orders.recv_timeout(pause),
        };
        match order {
            Ok(Order::Bury(place)) => {
                due.insert(place);
                pause = GLANCE;
            }
            Ok(Order::Clear(tell)) => {
                due.extend(shared.with(|used| used.clone()));
                asking.push(tell);
                pause = GLANCE;
            }
            Err(RecvTimeoutError::Timeout) => pause = (pause * 2).min(ROUND),
            Err(RecvTimeoutError::Disconnected) => ends = Some(Instant::now() + PATIENCE),
        }
        due.retain(|place| bury(hierarchy, place) == Remains::Something);
        if due.is_empty() {
            for tell in asking.drain(..) {
                tell.send(()).ok(); // it has lost patience
            }
        }
    }
}
