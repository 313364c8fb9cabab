//! The terminals that a page shows, and how they are changed.

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_params_map, use_query_map},
};
use shared::{Terminal, TerminalId};

use super::{
    layout::Layout,
    options::{self, Options},
};
use crate::live::Live;

/// The terminals that a page shows, and how they are changed.
#[derive(Clone, Copy)]
pub struct Desk {
    /// Which stand beside each other; none while nothing is known of them.
    pub layout: Memo<Option<Layout>>,
    /// How the person wants them.
    pub options: RwSignal<Options>,
    /// Whether the address names a terminal that is not there.
    pub is_over: Memo<bool>,
    go: Callback<(Layout, bool)>,
}

impl Desk {
    /// The desk that the page's address names; without one, with the newest terminal.
    pub fn of_address() -> Self {
        let terminals = Live::current().terminals.loaded();
        let (params, query) = (use_params_map(), use_query_map());
        let named = Memo::new(move |_| match params.read().get("id") {
            Some(id) => id.parse::<TerminalId>().ok(),
            None => terminals.with(|all| all.ready()?.iter().map(|t| t.id).max()),
        });
        let layout = Memo::new(move |_| {
            let asked = Layout::of(named.get()?, query.read().get_str("with"));
            let is_there = |id| move |terminal: &Terminal| terminal.id == id;
            terminals.with(|all| {
                let all = all.ready()?;
                asked.only(|id| all.iter().any(is_there(id)))
            })
        });
        let is_read = move || terminals.with(|all| all.ready().is_some());
        let navigate = use_navigate();
        Self {
            layout,
            options: options::kept(),
            is_over: Memo::new(move |_| {
                params.read().get("id").is_some() && layout.get().is_none() && is_read()
            }),
            go: Callback::new(move |(layout, replace): (Layout, bool)| {
                let options = NavigateOptions {
                    replace,
                    scroll: false,
                    ..NavigateOptions::default()
                };
                navigate(&layout.url(), options);
            }),
        }
    }

    /// A desk with one terminal, once that is there.
    pub fn alone(terminal: Memo<Option<TerminalId>>) -> Self {
        Self {
            layout: Memo::new(move |_| Some(Layout::of(terminal.get()?, None))),
            options: options::kept(),
            is_over: Memo::new(|_| false),
            go: Callback::new(|_| {}),
        }
    }

    /// The desk of this page.
    pub fn current() -> Self {
        expect_context()
    }

    /// Whether it is the one that is used.
    pub fn is_active(self, id: TerminalId) -> bool {
        let layout = self.layout;
        layout.with(|layout| layout.as_ref().is_some_and(|l| l.active() == id))
    }

    /// Shows what follows from the layout, as a page of its own in the browser's history.
    pub fn show(self, change: impl FnOnce(Layout) -> Option<Layout>) {
        self.change(change, false);
    }

    /// Shows what follows from the layout, in the place of this page.
    pub fn turn(self, change: impl FnOnce(Layout) -> Option<Layout>) {
        self.change(change, true);
    }

    fn change(self, change: impl FnOnce(Layout) -> Option<Layout>, replace: bool) {
        let Some(now) = self.layout.get_untracked() else {
            return;
        };
        if let Some(next) = change(now.clone()).filter(|next| *next != now) {
            self.go.run((next, replace));
        }
    }
}
