//! A dialog that is open while a signal says so.

use leptos::{html, prelude::*};

/// A dialog that is open while a signal says so; Escape closes it.
#[component]
pub fn Dialog(
    /// Whether it is open.
    #[prop(into)]
    open: Signal<bool>,
    /// It was closed.
    #[prop(into)]
    on_close: Callback<()>,
    /// What it is about.
    #[prop(into)]
    label: Signal<String>,
    /// What it shows while it is open.
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match open.get() {
            // Refused only when it is open already.
            true => dialog.show_modal().unwrap_or_default(),
            false => dialog.close(),
        }
    });
    view! {
        <dialog class="dialog" node_ref=dialog aria-label=label on:close=move |_| on_close.run(())>
            <Show when=move || open.get()>{children()}</Show>
        </dialog>
    }
}
