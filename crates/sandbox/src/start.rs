//! The one thread that starts sandboxes.
//!
//! The kernel ends a sandbox when the thread that started it ends, so this one never does.

use std::{
    io,
    sync::{LazyLock, mpsc},
    thread,
};

use tokio::{
    process::{Child, Command},
    runtime::Handle,
    sync::oneshot,
};

use crate::{Result, error::Doing as _};

struct Order {
    command: Command,
    runtime: Handle,
    answer: oneshot::Sender<io::Result<Child>>,
}

static STARTER: LazyLock<mpsc::Sender<Order>> = LazyLock::new(|| {
    let (sender, orders) = mpsc::channel::<Order>();
    thread::spawn(move || {
        for mut order in orders {
            let _runtime = order.runtime.enter();
            order.answer.send(order.command.spawn()).ok(); // the asker may have given up
        }
    });
    sender
});

/// Starts a command from the thread that never ends.
pub(crate) async fn start(command: Command) -> Result<Child> {
    let (answer, child) = oneshot::channel();
    let order = Order {
        command,
        runtime: Handle::current(),
        answer,
    };
    let gone = |_| io::Error::other("the starting thread is gone");
    STARTER
        .send(order)
        .map_err(|_| gone(()))
        .doing("order a sandbox")?;
    child
        .await
        .map_err(|_| gone(()))
        .doing("start a sandbox")?
        .doing("start a sandbox")
}
