//! A link that was just made, to be copied.

use leptos::prelude::*;
use shared::MadeShare;

use super::view::called;
use crate::ui::Command;

/// A link that was just made, to be copied: it is shown this once.
#[component]
pub fn MadeLink(made: RwSignal<Option<MadeShare>>) -> impl IntoView {
    let link = move || {
        made.get().map(|made| {
            let says = format!("{}. It is shown now and never again.", called(&made.share));
            view! {
                <div class="made-link">
                    <span role="status">{says}</span>
                    <Command line=made.url/>
                </div>
            }
        })
    };
    view! { {link} }
}
