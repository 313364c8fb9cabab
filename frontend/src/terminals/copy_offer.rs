//! Offers to copy what a program wants to be copied.

use leptos::prelude::*;

use super::xterm;
use crate::ui::Button;

/// Offers to copy what a program wants to be copied, when nobody has just asked it to.
#[component]
pub fn CopyOffer(offer: RwSignal<Option<String>>) -> impl IntoView {
    let says = move || {
        let chars = offer.with(|text| text.as_ref().map_or(0, |text| text.chars().count()));
        match chars {
            1 => "A program wants to copy 1 character.".to_owned(),
            _ => format!("A program wants to copy {chars} characters."),
        }
    };
    let copy = move || {
        if let Some(text) = offer.get_untracked() {
            drop(xterm::copy(&text));
        }
        offer.set(None);
    };
    view! {
        <Show when=move || offer.with(Option::is_some)>
            <div class="copy-offer" role="status">
                <span>{says}</span>
                <Button label="Copy" on_press=copy/>
                <Button label="Dismiss" on_press=move || offer.set(None)/>
            </div>
        </Show>
    }
}
