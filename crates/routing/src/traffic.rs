//! What is under way to one version, when its websockets are to go, and how visitors were answered.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep_until},
};

use crate::record::Record;

/// The requests and sockets that are under way to a version; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Traffic(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    count: AtomicUsize,
    /// Rings when the last one has ended.
    ended: Notify,
    window: watch::Sender<Option<Window>>,
    record: Record,
}

/// In which time websockets are asked to go.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    begin: Instant,
    length: Duration,
}

/// The part of a window in which they are asked; the rest is theirs to go.
const ASKING: f64 = 0.9;

impl Window {
    /// A window that begins now.
    pub fn of(length: Duration) -> Self {
        let begin = Instant::now();
        Self { begin, length }
    }

    /// The moment for one of them, which a number from 0 to 1 chooses.
    fn moment(self, chosen: f64) -> Instant {
        self.begin + self.length.mul_f64(ASKING * chosen.clamp(0.0, 1.0))
    }
}

impl Traffic {
    /// Counts a request until what is returned is dropped.
    pub(crate) fn fly(&self) -> Flight {
        self.0.count.fetch_add(1, Ordering::AcqRel);
        Flight(self.clone())
    }

    /// How visitors were answered.
    pub(crate) fn record(&self) -> &Record {
        &self.0.record
    }

    /// Whether nobody but one holds it: nothing is under way, and no address leads here.
    pub(crate) fn is_unused(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// Lets websockets go within a window.
    pub(crate) fn leave(&self, window: Window) {
        self.0.window.send_replace(Some(window));
    }

    /// Lets those that are still there stay.
    pub(crate) fn stay(&self) {
        self.0.window.send_replace(None);
    }

    /// Returns once nothing is under way.
    pub(crate) async fn is_empty(&self) {
        loop {
            // one that ends after it was looked for is heard all the same
            let ended = self.0.ended.notified();
            if self.0.count.load(Ordering::Acquire) == 0 {
                return;
            }
            ended.await;
        }
    }
}

/// A request, or a socket, that is under way.
#[derive(Debug)]
pub struct Flight(Traffic);

impl Flight {
    /// Returns once this one, a websocket, is to go.
    pub(crate) fn leaves(&self) -> impl Future<Output = ()> + Send + 'static {
        let (mut window, chosen) = (self.0.0.window.subscribe(), rand::random());
        async move {
            loop {
                let known = *window.borrow_and_update();
                let moment = async {
                    match known {
                        Some(window) => sleep_until(window.moment(chosen)).await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    () = moment => return,
                    changed = window.changed() => if changed.is_err() {
                        return std::future::pending().await;
                    },
                }
            }
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let inner = &self.0.0;
        if inner.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            inner.ended.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, timeout};

    use super::{Traffic, Window};

    #[test]
    fn sockets_are_asked_to_go_spread_over_the_window_and_none_before_it() {
        let window = Window::of(Duration::from_secs(30));
        let mut by_second = [0; 30];
        for _ in 0..500 {
            let moment = window.moment(rand::random());
            let second = (moment - window.begin).as_secs();
            by_second[usize::try_from(second).unwrap()] += 1;
        }
        // 18.5 in a second on average; that many in one are less likely than one in a billion
        assert!(by_second.iter().all(|&count| count < 60), "{by_second:?}");
        // the rest of the time is theirs to go
        assert_eq!(by_second[27..], [0, 0, 0]);
    }

    #[tokio::test]
    async fn a_socket_stays_when_its_version_is_live_again() {
        let traffic = Traffic::default();
        let flight = traffic.fly();
        let short = Duration::from_millis(40);
        traffic.leave(Window::of(short));
        traffic.stay();
        assert!(timeout(3 * short, flight.leaves()).await.is_err());
        // it, and one that begins while its version is drained, go when it is drained again
        traffic.leave(Window::of(short));
        let late = traffic.fly();
        let begin = Instant::now();
        tokio::join!(flight.leaves(), late.leaves());
        assert!(begin.elapsed() < Duration::from_secs(30));
        drop((flight, late));
        traffic.is_empty().await;
    }
}
