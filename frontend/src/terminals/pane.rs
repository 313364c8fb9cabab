//! One terminal, with what belongs to it.

use std::rc::Rc;

use leptos::{
    ev,
    html::{Div, Section},
    prelude::*,
    task::spawn_local,
};
use shared::{Terminal, TerminalId, TerminalState};
use web_sys::PageTransitionEvent;

use super::{
    bell,
    command::Command,
    connection::Connection,
    copy_offer::CopyOffer,
    desk::Desk,
    events::Asked,
    guide::Guide,
    handles::Handles,
    key_row::KeyRow,
    pane_state::{PaneState, Status},
    paste_dialog::PasteDialog,
    search_bar::SearchBar,
    status_line::StatusLine,
    time_left::TimeLeft,
    way::Way,
    xterm::{self, Screen},
};
use crate::{
    files::{DropZone, FileOffer},
    recordings::RecordButton,
    shares::WatchingBadge,
    ui::Button,
};

/// A terminal, once it is joined to its place.
pub(super) type Joined = StoredValue<Option<Rc<Connection>>, LocalStorage>;

/// One terminal, with what belongs to it; the shell goes on without it.
#[component]
pub fn TerminalPane(
    id: TerminalId,
    /// What is known of it.
    terminal: Signal<Option<Terminal>>,
    /// Its share of the width of all.
    #[prop(into)]
    share: Signal<f64>,
    /// Takes it off the page, unless it is the only one.
    #[prop(into)]
    on_close: Signal<Option<Callback<()>>>,
    /// A key that is not this terminal's alone.
    on_command: Callback<Command>,
) -> impl IntoView {
    let desk = Desk::current();
    let name = Memo::new(move |_| terminal.with(|t| t.as_ref().map(|t| t.name.clone())));
    let name = move || name.get().unwrap_or_default();
    let host = NodeRef::<Div>::new();
    let pane = NodeRef::<Section>::new();
    let state = PaneState::new();
    let joined: Joined = StoredValue::new_local(None);
    if let Some(guide) = use_context::<Guide>() {
        guide.lead(joined, state);
    }
    let asked = Asked {
        options: desk.options,
        command: on_command,
    };
    let is_active = Memo::new(move |_| desk.is_active(id));
    join(Way::Own(id), host, state, joined, asked, is_active);
    stay_joined(joined);
    let is_over = Memo::new(move |_| {
        terminal.with(|t| {
            t.as_ref()
                .is_some_and(|t| t.state != TerminalState::Running)
        })
    });
    Effect::new(move |_| {
        // its host may have the last screen still, and says that it ended
        let is_lost = state.status.get() == Status::Reconnecting;
        if is_over.get() && is_lost {
            with_connection(joined, |connection| connection.end(Status::Over));
        }
    });
    let focus = move || with_screen(joined, |screen| screen.focus());
    Effect::new(move |_| {
        // who has come to one of its buttons stays there
        if is_active.get() && !has_focus(pane) {
            focus();
        }
    });
    let handles = Handles::of(joined, state);
    let copy_output = move || {
        with_screen(joined, |screen| drop(xterm::copy(&screen.last_output())));
        focus();
    };
    let folder = Memo::new(move |_| state.shell.with(|shell| shell.folder.clone()));
    let drops_on = Signal::derive_local(move || pane.get());
    let close = move || {
        on_close.get().map(|close| {
            view! { <Button label="Close split" on_press=move || close.run(())/> }
        })
    };
    view! {
        <section class="pane" node_ref=pane aria-label=name data-active=move || is_active.get().then_some("")
            style:flex-grow=move || format!("{:.4}", share.get())
            on:focusin=move |_| desk.turn(|layout| Some(layout.show(id)))
        >
            <div class="terminal-frame" data-rings=move || state.rings.get().then_some("")>
                <div class="terminal-screen" node_ref=host></div>
                <SearchBar state on_find=handles.find on_close=handles.close_search/>
                <DropZone on=drops_on folder/>
            </div>
            <CopyOffer offer=state.offer/>
            <FileOffer wishes=state.wishes/>
            <TimeLeft terminal/>
            <StatusLine state>
                <WatchingBadge id/>
                <Show when=move || state.has_output.get()><Button label="Copy last output" on_press=copy_output/></Show>
                <RecordButton id/>
                <Button label="Find" on_press=move || state.searching.set(true)/>
                {close}
            </StatusLine>
            <KeyRow held=state.held on_key=handles.press/>
            <PasteDialog question=state.question on_paste=handles.paste/>
        </section>
    }
}

fn has_focus(pane: NodeRef<Section>) -> bool {
    let focused = document().active_element();
    pane.get_untracked()
        .is_some_and(|pane| pane.contains(focused.as_deref()))
}

/// Does something with a terminal, if it is joined.
pub(super) fn with_connection(joined: Joined, then: impl FnOnce(&Rc<Connection>)) {
    if let Some(Some(connection)) = joined.try_get_value() {
        then(&connection);
    }
}

/// Does something with its screen, if it is shown.
pub(super) fn with_screen(joined: Joined, then: impl FnOnce(Screen)) {
    with_connection(joined, |connection| {
        if let Some(screen) = connection.screen() {
            then(screen);
        }
    });
}

/// Joins the terminal to its place once that is on the page, and leaves it with the page.
pub(super) fn join(
    way: Way,
    host: NodeRef<Div>,
    state: PaneState,
    joined: Joined,
    asked: Asked,
    is_active: Memo<bool>,
) {
    Effect::new(move |_| {
        let Some(host) = host.get() else { return };
        let options = asked.options.get_untracked();
        spawn_local(async move {
            match Connection::open(way, &host, state, options, asked).await {
                Ok(opened) => {
                    if is_active.try_get_untracked() == Some(true)
                        && let Some(screen) = opened.screen()
                    {
                        screen.focus();
                    }
                    // The page may have gone on to another while xterm.js was fetched.
                    let unwanted = joined.try_set_value(Some(opened));
                    if let Some(Some(opened)) = unwanted {
                        opened.close();
                    }
                }
                Err(error) => {
                    leptos::logging::error!("xterm.js cannot be shown: {error:?}");
                    state.status.try_set(Status::NoScreen);
                }
            }
        });
    });
    Effect::new(move |_| {
        let options = asked.options.get();
        with_screen(joined, |screen| {
            screen.set(options.font_size, options.serves_screen_reader);
        });
    });
    on_cleanup(move || with_connection(joined, |connection| connection.close()));
}

/// Connects anew when the browser has slept, or was without a network.
pub(super) fn stay_joined(joined: Joined) {
    let shown = window_event_listener(ev::pageshow, move |event: PageTransitionEvent| {
        if event.persisted() {
            with_connection(joined, Connection::reconnect);
        }
    });
    let online = window_event_listener(ev::online, move |_| {
        with_connection(joined, Connection::reconnect);
    });
    let visible = window_event_listener(ev::visibilitychange, move |_| {
        if !document().hidden() {
            bell::unmark_title();
            with_connection(joined, Connection::woke);
        }
    });
    on_cleanup(move || {
        shown.remove();
        online.remove();
        visible.remove();
    });
}
