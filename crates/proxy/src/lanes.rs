//! Threads that drive connections, each those that it was given.
//!
//! A runtime whose threads take work from each other wakes them for that, and a request that is passed
//! on is so little work that this cost as much as the request.

use std::{
    io,
    num::NonZero,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use tokio::{
    net::{TcpListener, TcpStream, UnixStream},
    runtime::{Builder, Handle},
};
use tokio_util::sync::CancellationToken;
use tracing::debug;

/// The threads, half as many as the machine has processors: who asks and who answers are on the same
/// machine, and a thread that has more to do is woken less often.
#[derive(Debug)]
pub struct Lanes {
    lanes: Vec<Handle>,
    turn: AtomicUsize,
}

/// A connection that can be handed from one thread to another.
pub trait Handed: Sized + Send {
    /// The same, known to no thread.
    type Free: Send + 'static;

    /// Is forgotten by the thread that knows it.
    ///
    /// # Errors
    /// The system can't do that.
    fn free(self) -> io::Result<Self::Free>;

    /// Is known to this thread from now on, and woken by it and no other.
    ///
    /// # Errors
    /// The system can't do that.
    fn known_here(free: Self::Free) -> io::Result<Self>;
}

impl Handed for TcpStream {
    type Free = std::net::TcpStream;

    fn free(self) -> io::Result<Self::Free> {
        self.into_std()
    }

    fn known_here(free: Self::Free) -> io::Result<Self> {
        Self::from_std(free)
    }
}

impl Handed for TcpListener {
    type Free = std::net::TcpListener;

    fn free(self) -> io::Result<Self::Free> {
        self.into_std()
    }

    fn known_here(free: Self::Free) -> io::Result<Self> {
        Self::from_std(free)
    }
}

impl Handed for UnixStream {
    type Free = std::os::unix::net::UnixStream;

    fn free(self) -> io::Result<Self::Free> {
        self.into_std()
    }

    fn known_here(free: Self::Free) -> io::Result<Self> {
        Self::from_std(free)
    }
}

impl Lanes {
    /// Starts them under a name; each ends, with what it drives, when it is shut down.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(name: &str, shutdown: &CancellationToken) -> io::Result<Self> {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let count = processors.div_ceil(2);
        let lanes = (0..count).map(|number| lane(format!("{name}-{number}"), shutdown.clone()));
        Ok(Self {
            lanes: lanes.collect::<io::Result<_>>()?,
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
    pub fn drive<S, F>(&self, stream: S, work: impl FnOnce(usize, S) -> F + Send + 'static)
    where
        S: Handed,
        F: Future<Output = ()> + Send,
    {
        let number = self.turn();
        let stream = match stream.free() {
            Ok(stream) => stream,
            Err(error) => return debug!("a connection is lost: {error}"),
        };
        self.lanes[number].spawn(async move {
            match S::known_here(stream) {
                Ok(stream) => work(number, stream).await,
                Err(error) => debug!("a connection is lost: {error}"),
            }
        });
    }
}

fn lane(name: String, shutdown: CancellationToken) -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name(name)
        .spawn(move || runtime.block_on(shutdown.cancelled()))?;
    Ok(handle)
}
