//! Terminals as tabs.

use leptos::{html::Nav, prelude::*};
use shared::{Terminal, TerminalState};

use super::{desk::Desk, end_button::EndButton, rename::Renaming};
use crate::{
    recordings::RecordingMark,
    routes,
    shares::ShareButton,
    ui::{Button, row},
};

/// Terminals as tabs, with what can be done to the one that is used.
#[component]
pub fn Tabs(terminals: Signal<Vec<Terminal>>, node_ref: NodeRef<Nav>) -> impl IntoView {
    let desk = Desk::current();
    let renaming = RwSignal::new(None);
    let in_order = move || {
        let mut all = terminals.get();
        all.sort_by_key(|terminal| terminal.id);
        all
    };
    let tab = move |terminal: Terminal| {
        let id = terminal.id;
        let terminal = row(terminals, terminal, |a, b| a.id == b.id);
        let is_renamed = Memo::new(move |_| renaming.get() == Some(id));
        view! {
            <li>{move || match is_renamed.get() {
                true => view! { <Renaming terminal renaming/> }.into_any(),
                false => view! { <Tab terminal on_rename=move || renaming.set(Some(id))/> }.into_any(),
            }}</li>
        }
    };
    let active = Memo::new(move |_| {
        let id = desk.layout.get()?.active();
        terminals.with(|all| all.iter().find(|terminal| terminal.id == id).cloned())
    });
    let shared = Memo::new(move |_| {
        let running = active.get().filter(|t| t.state == TerminalState::Running);
        running.map(|terminal| (terminal.id, terminal.name))
    });
    let share = move || {
        let shared = shared.get();
        shared.map(|(id, name)| view! { <ShareButton id name/> })
    };
    let actions = move || {
        active.get().map(|terminal| {
            let id = terminal.id;
            view! {
                <Button label=format!("Rename {}", terminal.name) on_press=move || renaming.set(Some(id))/>
                <EndButton id name=terminal.name/>
            }
        })
    };
    view! {
        <nav class="tabs" aria-label="Terminals" node_ref=node_ref>
            <ul><For each=in_order key=|terminal| terminal.id children=tab/></ul>
            <div class="buttons">{share}{actions}</div>
        </nav>
    }
}

#[component]
fn Tab(terminal: Signal<Terminal>, on_rename: impl Fn() + 'static) -> impl IntoView {
    let desk = Desk::current();
    let id = terminal.get_untracked().id;
    let shown = move || {
        let layout = desk.layout.get();
        layout.map(|layout| (layout.clone().show(id), layout))
    };
    let href = move || shown().map(|(next, _)| routes::at(&next.url()));
    let current = move || desk.is_active(id).then_some("page");
    let is_shown = Memo::new(move |_| shown().is_some_and(|(_, now)| now.panes().contains(&id)));
    let can_split = Memo::new(move |_| {
        shown().is_some_and(|(_, now)| now.has_room() && !now.panes().contains(&id))
    });
    let state = move || match terminal.with(|terminal| terminal.state) {
        TerminalState::Running => None,
        TerminalState::Ended => Some(" (ended)"),
        TerminalState::Lost => Some(" (lost)"),
    };
    let machine = move || {
        let machine = terminal.with(|terminal| terminal.machine.clone());
        machine.map(
            |machine| view! { <small title="The machine that holds it">" on "{machine}</small> },
        )
    };
    let name = move || terminal.with(|terminal| terminal.name.clone());
    let beside = move || {
        let label = format!("Show {} beside", name());
        view! {
            <button type="button" class="icon beside" title=label.clone() aria-label=label
                on:click=move |_| desk.show(|layout| Some(layout.split(id)))
            >"◫"</button>
        }
    };
    view! {
        <a href=href aria-current=current data-shown=move || is_shown.get().then_some("")
            title="Double-click to rename" on:dblclick=move |_| on_rename()
        ><RecordingMark id/>{name}{state}{machine}</a>
        {move || can_split.get().then(beside)}
    }
}
