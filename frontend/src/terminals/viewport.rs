//! How much of the page a phone's keyboard leaves.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::HtmlElement;

/// A keyboard leaves less than this part of the window.
const LEFT: f64 = 0.75;

/// Keeps the root's `--room` at the height that is seen, and marks it while a keyboard is open;
/// until the current owner ends.
pub fn follow() {
    let Some(seen) = window().visual_viewport() else {
        return;
    };
    let changed = Closure::<dyn Fn()>::new(look);
    seen.set_onresize(Some(changed.as_ref().unchecked_ref()));
    look();
    let kept = StoredValue::new_local(Some(changed));
    on_cleanup(move || {
        if let Some(seen) = window().visual_viewport() {
            seen.set_onresize(None);
        }
        kept.try_set_value(None);
        if let Some(root) = root() {
            // Both are taken away, or were not there.
            root.style().remove_property("--room").ok();
            root.remove_attribute("data-keyboard").ok();
        }
    });
}

fn look() {
    if let Some(seen) = window().visual_viewport() {
        // with its scale, as who looks closer sees less of the same
        tell(seen.height() * seen.scale());
    }
}

fn tell(height: f64) {
    let Some(root) = root() else { return };
    let whole = window()
        .inner_height()
        .ok()
        .and_then(|whole| whole.as_f64());
    let is_open = whole.is_some_and(|whole| height < whole * LEFT);
    // Both take any value.
    root.style()
        .set_property("--room", &format!("{height}px"))
        .ok();
    root.toggle_attribute_with_force("data-keyboard", is_open)
        .ok();
    if is_open {
        // what the keyboard has pushed out of sight comes back above it
        window().scroll_to_with_x_and_y(0.0, 0.0);
    }
}

fn root() -> Option<HtmlElement> {
    document().document_element()?.dyn_into().ok()
}
