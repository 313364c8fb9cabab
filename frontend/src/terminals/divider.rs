//! The line between two terminals, which moves.

use leptos::{
    ev::{KeyboardEvent, PointerEvent},
    html::Div,
    prelude::*,
};
use wasm_bindgen::JsCast;
use web_sys::Element;

/// An arrow key moves the line by this part of all.
const STEP: f64 = 0.05;

/// The line between two terminals, which moves by pointer and by arrow keys.
#[component]
pub fn Divider(
    /// What lies left of it, as a part of both.
    #[prop(into)]
    share: Signal<f64>,
    /// What it is called.
    #[prop(default = "Width of the terminals")]
    label: &'static str,
    /// Moves it by a part of the width of all.
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
        let all = line.parent_element().map_or(0.0, |all| width(&all));
        if all > 0.0 {
            let middle = line.get_bounding_client_rect().x() + width(line.unchecked_ref()) / 2.0;
            on_move.run((f64::from(event.client_x()) - middle) / all);
        }
    };
    let keys = move |event: KeyboardEvent| {
        match event.key().as_str() {
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
            role="separator" aria-orientation="vertical" aria-label=label
            aria-valuemin="0" aria-valuemax="100"
            aria-valuenow=move || format!("{:.0}", share.get() * 100.0)
            on:pointerdown=grip on:pointermove=drag on:keydown=keys
            on:dblclick=move |_| on_even.run(())
        ></div>
    }
}

fn width(element: &Element) -> f64 {
    element.get_bounding_client_rect().width()
}
