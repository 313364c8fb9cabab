//! A terminal beside a text that leads through it.

use leptos::prelude::*;
use shared::TerminalId;

use super::{command::Command, desk::Desk, guide::Guide, pane::TerminalPane, viewport};
use crate::{live::Live, shares::Sharings};

/// A terminal beside a text that leads through it.
#[component]
pub fn GuidedTerminal(
    /// Which; none while there is none.
    id: Memo<Option<TerminalId>>,
    /// Who leads.
    guide: Guide,
    /// Gives the keyboard back to the text.
    on_leave: Callback<()>,
) -> impl IntoView {
    let live = Live::current();
    let desk = Desk::alone(id);
    provide_context(desk);
    provide_context(guide);
    provide_context(Sharings::start(live));
    viewport::follow();
    let options = desk.options;
    let on_command = Callback::new(move |command: Command| match command {
        Command::Larger => options.update(|options| *options = options.resized(1)),
        Command::Smaller => options.update(|options| *options = options.resized(-1)),
        Command::ScreenReader => {
            options.update(|options| options.serves_screen_reader = !options.serves_screen_reader)
        }
        Command::Leave => on_leave.run(()),
        // there is one terminal, and its own keys are the screen's
        Command::Split
        | Command::Left
        | Command::Right
        | Command::Copy
        | Command::Paste
        | Command::Search
        | Command::PromptAbove
        | Command::PromptBelow => {}
    });
    let pane = move |id: TerminalId| {
        let terminals = live.terminals.loaded();
        let terminal = Memo::new(move |_| {
            terminals.with(|all| all.ready()?.iter().find(|known| known.id == id).cloned())
        });
        view! { <TerminalPane id terminal=terminal.into() share=1.0 on_close=None on_command/> }
    };
    view! {
        <div class="panes"><For each=move || id.get() key=|id| *id children=pane/></div>
    }
}
