//! Terminals as tabs, and those of them that are shown.

use leptos::{html::Nav, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{
    command::Command,
    desk::Desk,
    isolation_note::IsolationNote,
    open_terminal_button::OpenTerminalButton,
    options_dialog::OptionsButton,
    panes::Panes,
    split_button::{SplitButton, Splitting},
    tabs::Tabs,
    viewport,
};
use crate::{
    files::HomeNotice,
    live::Live,
    routes,
    shares::Sharings,
    ui::{Listing, PageHeader},
};

/// Terminals as tabs, and those of them that are shown.
#[component]
pub fn TerminalPage() -> impl IntoView {
    let live = Live::current();
    let desk = Desk::of_address();
    provide_context(desk);
    provide_context(Sharings::start(live));
    viewport::follow();
    let tabs = NodeRef::<Nav>::new();
    let splitting = Splitting::new();
    let on_command = Callback::new(move |command: Command| match command {
        Command::Larger => desk.options.update(|options| *options = options.resized(1)),
        Command::Smaller => desk
            .options
            .update(|options| *options = options.resized(-1)),
        Command::ScreenReader => desk
            .options
            .update(|options| options.serves_screen_reader = !options.serves_screen_reader),
        Command::Leave => leave_to(tabs),
        Command::Split => splitting.begin(live, desk),
        Command::Right => desk.turn(|layout| Some(layout.step(1))),
        Command::Left => desk.turn(|layout| Some(layout.step(-1))),
        // these are a terminal's own
        Command::Copy
        | Command::Paste
        | Command::Search
        | Command::PromptAbove
        | Command::PromptBelow => {}
    });
    let full = move |terminals| {
        view! {
            <Tabs terminals node_ref=tabs/>
            <Panes terminals on_command/>
        }
        .into_any()
    };
    let is_some = move || desk.layout.with(Option::is_some);
    view! {
        <div class="terminals">
            <PageHeader title="Terminals">
                <OpenTerminalButton/>
                <a class="button" href=routes::FILES>"Files"</a>
                <Show when=is_some>
                    <SplitButton splitting/>
                    <OptionsButton options=desk.options/>
                </Show>
            </PageHeader>
            <IsolationNote/>
            <HomeNotice/>
            <Listing
                reading=live.terminals
                empty=|| "No terminal is open. One comes with aws, azure and mac, and stays when you close the page."
                full
            />
            {move || desk.is_over.get().then(|| view! { <p role="status">"This terminal is over."</p> })}
        </div>
    }
}

/// Gives the keyboard to the tab of the terminal that is used.
fn leave_to(tabs: NodeRef<Nav>) {
    let Some(tabs) = tabs.get_untracked() else {
        return;
    };
    let tab = tabs.query_selector("[aria-current=page]").ok().flatten();
    if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<HtmlElement>().ok()) {
        // It is on the page, so it can be focused.
        tab.focus().ok();
    }
}
