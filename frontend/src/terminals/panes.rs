//! Terminals beside each other.

use leptos::prelude::*;
use shared::{Terminal, TerminalId};

use super::{
    command::Command,
    desk::Desk,
    divider::Divider,
    layout::{even, moved},
    pane::TerminalPane,
};

/// Terminals beside each other; on a phone, the one that is used.
#[component]
pub fn Panes(
    /// All terminals, for their names.
    terminals: Signal<Vec<Terminal>>,
    /// A key that is not one terminal's alone.
    on_command: Callback<Command>,
) -> impl IntoView {
    let desk = Desk::current();
    let panes = Memo::new(move |_| {
        let layout = desk.layout.get();
        layout.map_or(vec![], |layout| layout.panes().to_vec())
    });
    let widths = RwSignal::new(vec![]);
    let count = Memo::new(move |_| panes.with(Vec::len));
    let even_out = Callback::new(move |()| widths.set(even(count.get_untracked())));
    Effect::new(move |_| widths.set(even(count.get())));
    let pane = move |id: TerminalId| {
        let place = Memo::new(move |_| panes.with(|all| all.iter().position(|p| *p == id)));
        let width = move |at: usize| widths.with(|widths| widths.get(at).copied()).unwrap_or(1.0);
        let share = Memo::new(move |_| place.get().map_or(1.0, width));
        // the place of the line left of it, unless it is the first
        let line = Memo::new(move |_| place.get().and_then(|place| place.checked_sub(1)));
        let left = Signal::derive(move || {
            let left = line.get().map_or(0.5, width);
            left / (left + share.get())
        });
        let slide = Callback::new(move |by| {
            if let Some(line) = line.get_untracked() {
                widths.update(|widths| *widths = moved(widths, line, by));
            }
        });
        let on_close = Signal::derive(move || {
            (count.get() > 1).then(|| Callback::new(move |()| desk.show(|all| all.without(id))))
        });
        let terminal = Memo::new(move |_| {
            terminals.with(|all| all.iter().find(|terminal| terminal.id == id).cloned())
        });
        view! {
            <Show when=move || line.get().is_some()>
                <Divider share=left on_move=slide on_even=even_out/>
            </Show>
            <TerminalPane id terminal=terminal.into() share on_close on_command/>
        }
    };
    view! {
        <div class="panes"><For each=move || panes.get() key=|id| *id children=pane/></div>
    }
}
