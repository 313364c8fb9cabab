//! What stands beside the way: help, solutions, notes.

use leptos::prelude::*;

/// What kind of thing stands beside the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Help.
    Hint,
    /// What there is to do.
    Solution,
    /// Something that is good to know.
    Note,
}

/// What stands beside the way; help and solutions are shown when they are asked for.
#[component]
pub fn Aside(kind: Kind, children: Children) -> impl IntoView {
    let children = children();
    match kind {
        Kind::Hint => closed("Hint", children).into_any(),
        Kind::Solution => closed("Solution", children).into_any(),
        Kind::Note => view! { <aside class="lesson-note">{children}</aside> }.into_any(),
    }
}

fn closed(name: &'static str, children: AnyView) -> impl IntoView {
    view! { <details class="lesson-aside"><summary>{name}</summary>{children}</details> }
}
