//! All tutorials.

use leptos::prelude::*;
use shared::{Tutorial, tutorial::Difficulty};

use crate::{
    live::{read, server},
    routes,
    ui::{Listing, PageHeader},
};

/// All tutorials, the shortest first.
#[component]
pub fn TutorialList() -> impl IntoView {
    let reading = read(|| async { Ok(client::tutorials::list(&server()?).await?.items) });
    let full = |all: Signal<Vec<Tutorial>>| {
        view! {
            <ul class="tutorial-list">
                <For each=move || all.get() key=|tutorial| tutorial.name.clone() children=card/>
            </ul>
        }
        .into_any()
    };
    view! {
        <PageHeader title="Tutorials"/>
        <p class="muted">"A text beside a terminal of yours: click a command, and it runs there. Tasks check themselves."</p>
        <Listing reading empty=|| "This server has no tutorials." full/>
    }
}

fn card(tutorial: Tutorial) -> impl IntoView {
    let facts = facts(&tutorial);
    view! {
        <li>
            <h2><a href=routes::at(&routes::tutorial(&tutorial.name))>{tutorial.title}</a></h2>
            <p>{tutorial.description}</p>
            <p class="muted">{facts}</p>
        </li>
    }
}

fn facts(tutorial: &Tutorial) -> String {
    let difficulty = match tutorial.difficulty {
        Difficulty::Easy => "easy",
        Difficulty::Medium => "medium",
        Difficulty::Hard => "hard",
    };
    let steps = match tutorial.steps {
        1 => "1 step".to_owned(),
        steps => format!("{steps} steps"),
    };
    let languages = tutorial.languages.join(", ");
    format!(
        "{} min · {steps} · {difficulty} · {languages}",
        tutorial.minutes
    )
}

#[cfg(test)]
mod tests {
    use shared::{Tutorial, tutorial::Difficulty};

    #[test]
    fn a_tutorial_is_told_by_its_length() {
        let tutorial = Tutorial {
            name: "first".into(),
            title: "First".into(),
            description: String::new(),
            difficulty: Difficulty::Easy,
            minutes: 3,
            tags: vec![],
            languages: vec!["en".into(), "es".into()],
            steps: 1,
            verified: None,
        };
        assert_eq!(super::facts(&tutorial), "3 min · 1 step · easy · en, es");
    }
}
