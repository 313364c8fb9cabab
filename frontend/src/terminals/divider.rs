//! The line between two things, which moves.

use leptos::{
    ev::{KeyboardEvent, PointerEvent},
    html::Div,
    prelude::*,
};

/// An arrow key moves the line by this part of all.
const STEP: f64 = 0.05;

/// The line between two things, which moves by pointer and by arrow keys.
#[component]
pub fn Divider(
    /// What lies left of it, as a part of both.
    #[prop(into)]
    share: Signal<f64>,
    /// What it is called.
    #[prop(default = "Width of the terminals")]
    label: &'static str,
    /// Whether one lies above the other, and not beside it.
    #[prop(optional, into)]
    lies: Signal<bool>,
    /// Moves it by a part of the width of all, or of the height.
    on_move: Callback<f64>,
    /// Makes all equally wide.
    on_even: Callback<()>,
) -> impl IntoView {
    let line = NodeRef::<Div>::new();
    let grip = move |event: PointerEvent| {
        event.prevent_default();
        if let Some(line) = line.get_untracked() {
            // Refused only for a pointer that is gone already.
            line.set_pointer_capture(event.pointer_id()).ok();
            line.focus().ok();
        }
    };
    let drag = move |event: PointerEvent| {
        let Some(line) = line.get_untracked() else {
            return;
        };
        if !line.has_pointer_capture(event.pointer_id()) {
            return;
        }
        let Some(all) = line
            .parent_element()
            .map(|all| all.get_bounding_client_rect())
        else {
            return;
        };
        let here = line.get_bounding_client_rect();
        let (all, middle, pointer) = match lies.get_untracked() {
            true => (
                all.height(),
                here.y() + here.height() / 2.0,
                event.client_y(),
            ),
            false => (all.width(), here.x() + here.width() / 2.0, event.client_x()),
        };
        if all > 0.0 {
            on_move.run((f64::from(pointer) - middle) / all);
        }
    };
    let keys = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "ArrowUp" if lies.get_untracked() => on_move.run(-STEP),
            "ArrowDown" if lies.get_untracked() => on_move.run(STEP),
            "ArrowLeft" => on_move.run(-STEP),
            "ArrowRight" => on_move.run(STEP),
            "Home" => on_move.run(-1.0),
            "End" => on_move.run(1.0),
            "Enter" => on_even.run(()),
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <div
            class="divider" node_ref=line tabindex="0"
            role="separator" aria-orientation=move || if lies.get() { "horizontal" } else { "vertical" } aria-label=label
            aria-valuemin="0" aria-valuemax="100"
            aria-valuenow=move || format!("{:.0}", share.get() * 100.0)
            on:pointerdown=grip on:pointermove=drag on:keydown=keys
            on:dblclick=move |_| on_even.run(())
        ></div>
    }
}
