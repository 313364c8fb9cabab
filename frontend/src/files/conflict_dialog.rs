//! Asks what becomes of a file that is there already.

use leptos::prelude::*;

use super::{
    place::shown,
    transfer::{Choice, Transfers},
};
use crate::ui::{Button, Dialog};

/// Asks what becomes of a file that is there already.
#[component]
pub fn ConflictDialog(transfers: Transfers) -> impl IntoView {
    let question = transfers.question;
    let open = Signal::derive(move || question.with(Option::is_some));
    let for_all = RwSignal::new(false);
    let path = RwSignal::new(String::new());
    Effect::new(move |_| {
        // stays as it was while the dialog closes
        if let Some(asked) = question.get() {
            path.set(asked.path);
            for_all.set(false);
        }
    });
    let label = move || format!("{} is there already.", path.with(|path| shown(path)));
    let answer = move |choice| transfers.answer(choice, for_all.get_untracked());
    let is_one_of_many = move || {
        transfers
            .all
            .with(|all| all.iter().filter(|one| !one.stage.is_over()).count() > 1)
    };
    view! {
        <Dialog open label=Signal::derive(label) on_close=move |()| transfers.answer(Choice::Skip, false)>
            <p>{label}</p>
            <Show when=is_one_of_many>
                <label class="choice">
                    <input type="checkbox" prop:checked=for_all
                        on:change=move |event| for_all.set(event_target_checked(&event))/>
                    "The same for all that follow"
                </label>
            </Show>
            <div class="confirm-buttons">
                <Button label="Skip" on_press=move || answer(Choice::Skip)/>
                <Button label="Replace" kind="danger" on_press=move || answer(Choice::Replace)/>
            </div>
        </Dialog>
    }
}
