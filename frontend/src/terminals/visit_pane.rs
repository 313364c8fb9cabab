//! A terminal that somebody shares, on a page of its own.

use std::rc::Rc;

use leptos::{
    html::{Div, Section},
    prelude::*,
};
use shared::terminal::Role;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{
    command::Command,
    connection::Connection,
    copy_offer::CopyOffer,
    events::Asked,
    handles::Handles,
    key_row::KeyRow,
    options,
    pane::{Joined, join, stay_joined, with_connection},
    pane_state::{PaneState, Status},
    paste_dialog::PasteDialog,
    search_bar::SearchBar,
    status_line::StatusLine,
    viewport,
    way::{Link, Way},
};
use crate::ui::Button;

/// A terminal that somebody shares: its screen, and what its visitor may do with it.
#[component]
pub fn VisitPane(
    link: Link,
    state: PaneState,
    /// How it is called.
    #[prop(into)]
    name: Signal<String>,
    /// Counts how often the visitor wants to be let in anew, as with another name.
    anew: RwSignal<u32>,
) -> impl IntoView {
    let options = options::kept();
    viewport::follow();
    let (host, pane) = (NodeRef::<Div>::new(), NodeRef::<Section>::new());
    let joined: Joined = StoredValue::new_local(None::<Rc<Connection>>);
    let command = Callback::new(move |command: Command| match command {
        Command::Larger => options.update(|options| *options = options.resized(1)),
        Command::Smaller => options.update(|options| *options = options.resized(-1)),
        Command::ScreenReader => {
            options.update(|options| options.serves_screen_reader = !options.serves_screen_reader)
        }
        Command::Leave => leave(pane),
        // a visitor has one terminal, and its own keys are the screen's
        Command::Split
        | Command::Left
        | Command::Right
        | Command::Copy
        | Command::Paste
        | Command::Search
        | Command::PromptAbove
        | Command::PromptBelow => {}
    });
    let is_active = Memo::new(|_| true);
    let asked = Asked { options, command };
    join(Way::Link(link), host, state, joined, asked, is_active);
    stay_joined(joined);
    Effect::new(move |was: Option<u32>| {
        let now = anew.get();
        if was.is_some_and(|was| was != now) {
            with_connection(joined, Connection::reconnect);
        }
        now
    });
    let handles = Handles::of(joined, state);
    let may_type = move || state.status.get() == Status::Attached(Role::Write);
    view! {
        <section class="pane" node_ref=pane aria-label=name data-active="">
            <div class="terminal-frame" data-rings=move || state.rings.get().then_some("")>
                <div class="terminal-screen" node_ref=host></div>
                <SearchBar state on_find=handles.find on_close=handles.close_search/>
            </div>
            <CopyOffer offer=state.offer/>
            <StatusLine state>
                <Button label="Find" on_press=move || state.searching.set(true)/>
            </StatusLine>
            <Show when=may_type><KeyRow held=state.held on_key=handles.press/></Show>
            <PasteDialog question=state.question on_paste=handles.paste/>
        </section>
    }
}

/// Gives the keyboard to what stands below the screen.
fn leave(pane: NodeRef<Section>) {
    let Some(pane) = pane.get_untracked() else {
        return;
    };
    let button = pane.query_selector(".terminal-status button").ok();
    if let Some(button) = button
        .flatten()
        .and_then(|b| b.dyn_into::<HtmlElement>().ok())
    {
        // It is on the page, so it can be focused.
        button.focus().ok();
    }
}
