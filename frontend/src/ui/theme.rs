//! Light or dark: as the system says, until the person chooses.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::MediaQueryList;

use super::Button;

const KEY: &str = "theme";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Theme {
    Light,
    Dark,
}

impl Theme {
    fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Light => Self::Dark,
            Self::Dark => Self::Light,
        }
    }

    fn of(name: &str) -> Option<Self> {
        [Self::Light, Self::Dark]
            .into_iter()
            .find(|theme| theme.name() == name)
    }
}

/// The person's choice, if they made one; a browser may refuse to keep any.
fn chosen() -> Option<Theme> {
    let storage = window().local_storage().ok()??;
    Theme::of(&storage.get_item(KEY).ok()??)
}

fn dark_system() -> Option<MediaQueryList> {
    let query = window().match_media("(prefers-color-scheme: dark)");
    query.ok().flatten()
}

fn of_the_system() -> Theme {
    if dark_system().is_some_and(|dark| dark.matches()) {
        Theme::Dark
    } else {
        Theme::Light
    }
}

/// Follows the system for as long as the person has not chosen.
fn follow_the_system(theme: RwSignal<Theme>) {
    let Some(dark) = dark_system() else { return };
    let follow = Closure::<dyn Fn()>::new(move || {
        if chosen().is_none() {
            theme.set(of_the_system());
        }
    });
    dark.set_onchange(Some(follow.as_ref().unchecked_ref()));
    // the switch is on every page, so this is never let go
    follow.forget();
}

fn apply(theme: Theme) {
    if let Some(root) = document().document_element() {
        root.set_attribute("data-theme", theme.name())
            .expect("the name is well-formed");
    }
}

/// Switches between light and dark, and remembers it.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let choice = chosen();
    if let Some(theme) = choice {
        apply(theme);
    }
    let theme = RwSignal::new(choice.unwrap_or_else(of_the_system));
    follow_the_system(theme);
    let switch = move || {
        theme.update(|theme| *theme = theme.other());
        apply(theme.get_untracked());
        if let Ok(Some(storage)) = window().local_storage() {
            // A full or closed storage only means that the choice is not remembered.
            storage.set_item(KEY, theme.get_untracked().name()).ok();
        }
    };
    let label = move || match theme.get().other() {
        Theme::Light => "Light theme".to_owned(),
        Theme::Dark => "Dark theme".to_owned(),
    };
    view! { <Button label=Signal::derive(label) on_press=switch/> }
}

#[cfg(test)]
mod tests {
    use super::Theme;

    #[test]
    fn a_remembered_theme_is_read_back_and_nonsense_is_not() {
        assert_eq!(Theme::of(Theme::Dark.name()), Some(Theme::Dark));
        assert_eq!(Theme::of("sepia"), None);
    }
}
