//! How the terminals of a page are shared, kept fresh by the server's events.

use std::collections::BTreeMap;

use leptos::{prelude::*, task::spawn_local};
use shared::{Event, Sharing, TerminalId};

use crate::live::{Live, server};

/// How the terminals of a page are shared.
#[derive(Clone, Copy)]
pub struct Sharings(RwSignal<BTreeMap<TerminalId, Sharing>>);

impl Sharings {
    /// Knows of none until it is asked, and hears of changes until the current owner ends.
    pub fn start(live: Live) -> Self {
        let known = Self(RwSignal::new(BTreeMap::new()));
        live.listen(move |event| match event {
            Event::Sharing { sharing } => known.put(sharing.clone()),
            Event::TerminalGone { id } => {
                known.0.try_update(|all| all.remove(id));
            }
            Event::Resync => {
                let all: Vec<_> = known.0.with_untracked(|all| all.keys().copied().collect());
                all.into_iter().for_each(|id| known.read(id));
            }
            _ => {}
        });
        known
    }

    /// What is known on this page.
    pub fn current() -> Self {
        expect_context()
    }

    /// How a terminal is shared, as far as that is known.
    pub fn of(self, id: TerminalId) -> Signal<Option<Sharing>> {
        Memo::new(move |_| self.0.with(|all| all.get(&id).cloned())).into()
    }

    /// Takes what the server says.
    pub fn put(self, sharing: Sharing) {
        self.0
            .try_update(|all| all.insert(sharing.terminal, sharing));
    }

    /// Reads how a terminal is shared; what was known stays when that fails.
    pub fn read(self, id: TerminalId) {
        spawn_local(async move {
            let answer = async { client::shares::list(&server()?, id).await }.await;
            if let Ok(sharing) = answer {
                self.put(sharing);
            }
        });
    }
}
