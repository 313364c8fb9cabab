//! A state in a word, with a mark.

use leptos::prelude::*;

/// What a state means to the reader; blue and green are slots, never moods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be, or over.
    Quiet,
    /// In progress.
    Iris,
    /// Waiting, or to be looked at.
    Amber,
    /// Failed.
    Red,
    /// The blue slot.
    Blue,
    /// The green slot.
    Green,
}

impl Tone {
    fn name(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::Iris => "iris",
            Self::Amber => "amber",
            Self::Red => "red",
            Self::Blue => "blue",
            Self::Green => "green",
        }
    }
}

/// A state in a word, with a mark.
#[component]
pub fn Badge(#[prop(into)] state: Signal<(&'static str, Tone)>) -> impl IntoView {
    view! {
        <span class="badge" data-tone=move || state.get().1.name()>{move || state.get().0}</span>
    }
}
