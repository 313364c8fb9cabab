//! A change to a file: what it changes there, shown before it is made.

use leptos::{prelude::*, task::spawn_local};
use shared::{
    Problem,
    tutorial::{Change, Unfit},
};

use super::difference::{Line, difference};
use crate::{
    live::server,
    ui::{Busy, Button, ProblemNote},
};

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    /// It is told, and the file was not looked at.
    Told,
    /// The file was looked at: this is what it will hold, and what changes in it.
    Shown(String, Vec<Line>),
    /// It is made, by this page or before.
    Made,
    /// It does not fit the file.
    Unfit(Unfit),
}

impl Stage {
    fn words(&self) -> &'static str {
        match self {
            Self::Told | Self::Shown(..) => "",
            Self::Made => "It is in the file.",
            Self::Unfit(Unfit::Several) => {
                "What it changes is in the file more than once: change it by hand."
            }
            Self::Unfit(_) => "What it changes is not in the file: it was changed otherwise.",
        }
    }
}

/// A change to a file of the home, which is made by two presses: the first shows what it changes there.
#[component]
pub fn ChangeView(file: String, change: Change) -> impl IntoView {
    let stage = RwSignal::new(Stage::Told);
    let (busy, problem) = (RwSignal::new(Busy::No), RwSignal::new(None::<Problem>));
    let told = match &change {
        Change::Append { text } => difference("", text),
        Change::Replace { from, to } => difference(from, to),
    };
    let label = format!("Change to {file}");
    let place = StoredValue::new((file.clone(), change));
    let look = move || {
        busy.set(Busy::Yes);
        problem.set(None);
        spawn_local(async move {
            let (file, change) = place.get_value();
            match looked(&file, &change).await {
                Ok(found) => drop(stage.try_set(found)),
                Err(refused) => drop(problem.try_set(Some(refused))),
            }
            busy.try_set(Busy::No);
        });
    };
    let make = move || {
        let Stage::Shown(text, _) = stage.get_untracked() else {
            return;
        };
        busy.set(Busy::Yes);
        spawn_local(async move {
            let (file, change) = place.get_value();
            match made(&file, &change, &text).await {
                Ok(found) => drop(stage.try_set(found)),
                Err(refused) => drop(problem.try_set(Some(refused))),
            }
            busy.try_set(Busy::No);
        });
    };
    let lines = move || {
        let lines = stage.with(|stage| match stage {
            Stage::Shown(_, lines) => lines.clone(),
            Stage::Told | Stage::Made | Stage::Unfit(_) => told.clone(),
        });
        lines.into_iter().map(shown).collect_view()
    };
    let is_shown = Memo::new(move |_| stage.with(|stage| matches!(stage, Stage::Shown(..))));
    let can_look =
        Memo::new(move |_| stage.with(|stage| matches!(stage, Stage::Told | Stage::Unfit(_))));
    view! {
        <figure class="lesson-change" aria-label=label>
            <figcaption>"Change to "<code>{file}</code></figcaption>
            <pre tabindex="0">{lines}</pre>
            <ProblemNote problem/>
            <div class="buttons">
                <Show when=move || can_look.get()>
                    <Button label="Show in the file" busy=Signal::from(busy) on_press=look/>
                </Show>
                <Show when=move || is_shown.get()>
                    <Button label="Make the change" kind="primary" busy=Signal::from(busy) on_press=make/>
                </Show>
                <span class="lesson-run" role="status">{move || stage.with(Stage::words)}</span>
            </div>
        </figure>
    }
}

fn shown(line: Line) -> AnyView {
    match line {
        Line::Kept(text) => view! { <span class="kept">{text}</span> }.into_any(),
        Line::Added(text) => view! { <ins>{text}</ins> }.into_any(),
        Line::Removed(text) => view! { <del>{text}</del> }.into_any(),
    }
}

/// What a change does to a file as it is now.
async fn looked(file: &str, change: &Change) -> Result<Stage, Problem> {
    let text = client::files::text(&server()?, file).await?;
    let text = text.unwrap_or_default();
    Ok(match change.made(&text) {
        Ok(after) => {
            let lines = difference(&text, &after);
            Stage::Shown(after, lines)
        }
        Err(Unfit::Made) => Stage::Made,
        Err(unfit) => Stage::Unfit(unfit),
    })
}

/// Makes a change, if the file is still what was looked at; else shows again what it does.
async fn made(file: &str, change: &Change, wanted: &str) -> Result<Stage, Problem> {
    match looked(file, change).await? {
        Stage::Shown(after, _) if after == wanted => {
            client::files::put_text(&server()?, file, wanted).await?;
            Ok(Stage::Made)
        }
        otherwise => Ok(otherwise),
    }
}
