//! One terminal on the page.

use leptos::{html::Div, prelude::*, task::spawn_local};
use shared::TerminalId;

use super::connection::{Connection, Status};

/// One terminal on the page; the shell goes on without it.
#[component]
pub fn TerminalScreen(id: TerminalId) -> impl IntoView {
    let host = NodeRef::<Div>::new();
    let status = RwSignal::new(Status::Connecting);
    let connection = StoredValue::new_local(None::<std::rc::Rc<Connection>>);
    Effect::new(move |_| {
        let Some(host) = host.get() else { return };
        spawn_local(async move {
            match Connection::open(id, &host, status).await {
                Ok(opened) => {
                    // The page may have gone on to another while xterm.js was fetched.
                    let unwanted = connection.try_set_value(Some(opened));
                    if let Some(Some(opened)) = unwanted {
                        opened.close();
                    }
                }
                Err(error) => {
                    leptos::logging::error!("xterm.js cannot be shown: {error:?}");
                    status.try_set(Status::NoScreen);
                }
            }
        });
    });
    on_cleanup(move || {
        if let Some(Some(connection)) = connection.try_get_value() {
            connection.close();
        }
    });
    view! {
        <div class="terminal-screen" node_ref=host role="region" aria-label="Terminal"></div>
        <output class="terminal-status">{move || status.get().words()}</output>
    }
}
