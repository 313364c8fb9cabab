//! Threads that drive connections, each those that it was given.
//!
//! A runtime whose threads take work from each other wakes them for that, and a request to a load
//! balancer is so little work that this cost as much as the request.

use std::{
    num::NonZero,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use anyhow::Context as _;
use tokio::{
    net::UnixStream,
    runtime::{Builder, Handle},
};
use tokio_util::sync::CancellationToken;
use tracing::debug;

/// The threads, half as many as the machine has processors: who asks and who answers are on the same
/// machine, and a thread that has more to do is woken less often.
pub(crate) struct Lanes {
    lanes: Vec<Handle>,
    turn: AtomicUsize,
}

impl Lanes {
    /// Starts them under a name; each ends, with what it drives, when it is shut down.
    pub fn start(name: &str, shutdown: &CancellationToken) -> anyhow::Result<Self> {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let count = processors.div_ceil(2);
        let lanes = (0..count).map(|number| lane(format!("{name}-{number}"), shutdown.clone()));
        Ok(Self {
            lanes: lanes.collect::<anyhow::Result<_>>()?,
            turn: AtomicUsize::default(),
        })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.lanes.len()
    }

    /// The next of them, for what is to be driven by one alone.
    pub fn next(&self) -> &Handle {
        &self.lanes[self.turn()]
    }

    fn turn(&self) -> usize {
        self.turn.fetch_add(1, Ordering::Relaxed) % self.lanes.len()
    }

    /// Lets the next of them drive what becomes of a connection; it is told its own number.
    pub fn drive<F>(
        &self,
        stream: UnixStream,
        work: impl FnOnce(usize, UnixStream) -> F + Send + 'static,
    ) where
        F: Future<Output = ()> + Send,
    {
        let number = self.turn();
        let stream = match stream.into_std() {
            Ok(stream) => stream,
            Err(error) => return debug!("a connection is lost: {error}"),
        };
        self.lanes[number].spawn(async move {
            // made here, so that this thread is woken by it and no other
            match UnixStream::from_std(stream) {
                Ok(stream) => work(number, stream).await,
                Err(error) => debug!("a connection is lost: {error}"),
            }
        });
    }
}

fn lane(name: String, shutdown: CancellationToken) -> anyhow::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name(name)
        .spawn(move || runtime.block_on(shutdown.cancelled()))
        .context("start a thread for connections")?;
    Ok(handle)
}
