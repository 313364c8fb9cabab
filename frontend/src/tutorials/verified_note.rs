//! When a tutorial was last done from its first step to its last, and with which programs.

use leptos::prelude::*;
use shared::tutorial::Verified;

use crate::ui::Ago;

/// When a tutorial was last done from its first step to its last, and with which programs.
#[component]
pub fn VerifiedNote(verified: Verified) -> impl IntoView {
    let programs = programs(&verified);
    view! {
        <p class="tutorial-verified muted">"Verified "<Ago at=Signal::stored(verified.at)/>{programs}</p>
    }
}

fn programs(verified: &Verified) -> String {
    let each = verified
        .with
        .iter()
        .map(|program| format!("{} {}", program.name, program.version));
    let each: Vec<String> = each.collect();
    match each.is_empty() {
        true => String::new(),
        false => format!(" with {}", each.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use shared::tutorial::{Program, Verified};

    #[test]
    fn the_programs_are_named_with_their_versions() {
        let program = |name: &str, version: &str| Program {
            name: name.into(),
            version: version.into(),
        };
        let mut verified = Verified {
            at: shared::Instant::now(),
            with: vec![program("mac", "1.1.0"), program("aws", "1.46.3")],
        };
        assert_eq!(super::programs(&verified), " with mac 1.1.0, aws 1.46.3");
        verified.with.clear();
        assert_eq!(super::programs(&verified), "");
    }
}
