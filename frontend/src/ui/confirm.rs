//! Asks before something is destroyed.

use leptos::{html::Dialog, prelude::*};

use super::{Busy, Button};

/// A button that asks, in a dialog, before it does.
#[component]
pub fn Confirm(
    /// What it does, in a verb; on the button and in the dialog.
    #[prop(into)]
    label: Signal<String>,
    /// What will happen.
    #[prop(into)]
    says: Signal<String>,
    /// Whether its request is under way.
    #[prop(default = Busy::No.into())]
    busy: Signal<Busy>,
    /// Why it cannot be pressed.
    #[prop(optional, into)]
    blocked: Signal<Option<String>>,
    /// What is to be typed before, where it can't be taken back.
    #[prop(optional, into)]
    typed: Signal<Option<String>>,
    /// What confirming does.
    on_confirm: impl Fn() + 'static,
    /// What more there is to know before.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let ask = move || {
        if let Some(dialog) = dialog.get_untracked() {
            // Refused only when it is open already.
            dialog.show_modal().ok();
        }
    };
    let word = RwSignal::new(String::new());
    let is_wrong = move || {
        let wanted = typed.get()?;
        let is_wrong = word.with(|word| word.trim() != wanted);
        is_wrong.then(|| "Type its name first.".to_owned())
    };
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
        word.set(String::new());
    };
    let confirm = move || {
        close();
        on_confirm();
    };
    view! {
        <Button label kind="danger" busy blocked on_press=ask/>
        <dialog class="confirm" node_ref=dialog aria-label=label>
            <p>{says}</p>
            {children.map(|children| children())}
            {move || typed.get().map(|wanted| view! {
                <label class="field confirm-word">
                    "To confirm, type "<strong>{wanted}</strong>
                    <input type="text" autocomplete="off" autocapitalize="off" spellcheck="false"
                        prop:value=word
                        on:input=move |event| word.set(event_target_value(&event))/>
                </label>
            })}
            <div class="confirm-buttons">
                <Button label="Keep it" on_press=close/>
                <Button label=Signal::derive(move || format!("Yes, {}", lower_first(&label.get()))) kind="danger" blocked=Signal::derive(is_wrong) on_press=confirm/>
            </div>
        </dialog>
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}
