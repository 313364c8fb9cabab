//! Reading one thing, and reading it again when it may have changed.

use std::future::Future;

use leptos::{prelude::*, task::spawn_local};
use shared::Problem;

use super::Loaded;

/// Something that is read from the server, and again on demand.
pub struct Reading<T: Send + Sync + 'static> {
    loaded: RwSignal<Loaded<T>>,
    demand: RwSignal<u64>,
}

impl<T: Send + Sync + 'static> Clone for Reading<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Reading<T> {}

impl<T: Send + Sync + 'static> Reading<T> {
    /// What is known.
    pub fn loaded(self) -> Signal<Loaded<T>> {
        self.loaded.into()
    }

    /// What is known, to apply an event to it.
    pub fn signal(self) -> RwSignal<Loaded<T>> {
        self.loaded
    }

    /// Reads it again; demands while it is being read count as one.
    pub fn again(self) {
        self.demand.try_update(|demand| *demand += 1);
    }
}

/// Reads now, and again on each demand, one request at a time.
pub fn read<T, F>(fetch: impl Fn() -> F + 'static) -> Reading<T>
where
    T: Send + Sync + 'static,
    F: Future<Output = Result<T, Problem>> + 'static,
{
    let reading = Reading {
        loaded: RwSignal::new(Loaded::Loading),
        demand: RwSignal::new(1),
    };
    let fetch = StoredValue::new_local(std::rc::Rc::new(fetch));
    let busy = StoredValue::new(false);
    Effect::new(move |_| {
        reading.demand.track();
        if busy.get_value() {
            return;
        }
        busy.set_value(true);
        spawn_local(async move {
            let mut served = 0;
            while let Some(demand) = reading.demand.try_get_untracked().filter(|d| *d != served) {
                served = demand;
                let Some(fetch) = fetch.try_get_value() else {
                    return;
                };
                let answer = fetch().await;
                reading.loaded.try_update(|loaded| loaded.settle(answer));
            }
            busy.try_update_value(|busy| *busy = false);
        });
    });
    reading
}
