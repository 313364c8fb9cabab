//! Says that terminals are kept apart less well here than they could be, and what is missing.

use leptos::prelude::*;
use shared::{Health, IsolationLevel};

use crate::live::Live;

/// Says that terminals are kept apart less well here than they could be; nothing when they are not.
#[component]
pub fn IsolationNote() -> impl IntoView {
    let health = Live::current().health;
    let says = move || {
        let loaded = health.loaded();
        loaded.with(|health| says(health.ready()?))
    };
    move || {
        says().map(|(level, missing)| {
            let missing = missing.into_iter().map(|one| view! { <li>{one}</li> });
            view! {
                <details class="isolation-note">
                    <summary>{format!("Isolation is at level {level}, not A")}</summary>
                    <ul>{missing.collect_view()}</ul>
                </details>
            }
        })
    }
}

/// The level, and what is missing; a server without sandboxes says more than that on every page.
fn says(health: &Health) -> Option<(&'static str, Vec<String>)> {
    let level = match health.isolation.level {
        IsolationLevel::A => return None,
        IsolationLevel::B => "B",
        IsolationLevel::C => "C",
        IsolationLevel::D => "D",
    };
    let missing = health.isolation.missing.clone();
    health.warning.is_none().then_some((level, missing))
}

#[cfg(test)]
mod tests {
    use shared::{Health, Isolation, IsolationLevel};

    use super::says;

    #[test]
    fn less_than_the_best_is_said_once() {
        let mut health = Health {
            version: String::new(),
            isolation: Isolation {
                level: IsolationLevel::B,
                missing: vec!["no limit".to_owned()],
            },
            warning: None,
            terminals_off: None,
            emulator_off: None,
        };
        assert_eq!(says(&health), Some(("B", vec!["no limit".to_owned()])));
        health.warning = Some("Shells run without a sandbox.".to_owned());
        assert_eq!(says(&health), None);
        health.warning = None;
        health.isolation.level = IsolationLevel::A;
        assert_eq!(says(&health), None);
    }
}
