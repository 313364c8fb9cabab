//! How uploads go, on every page.

use leptos::prelude::*;

use super::{
    conflict_dialog::ConflictDialog,
    place::shown,
    size::{percent, size},
    transfer::{Stage, Transfer, Transfers},
};
use crate::ui::{Button, row};

/// How uploads go, on every page; nothing while there are none.
#[component]
pub fn TransferList() -> impl IntoView {
    let transfers = Transfers::current();
    let all = transfers.all;
    let item = move |one: Transfer| {
        let id = one.id;
        let one = row(all.into(), one, |a, b| a.id == b.id);
        view! { <Item one on_cancel=move || transfers.cancel(id)/> }
    };
    let summary = Memo::new(move |_| all.with(|all| summary(all)));
    let can_clear = Memo::new(move |_| all.with(|all| all.iter().all(|one| one.stage.is_over())));
    view! {
        <ConflictDialog transfers/>
        // a change each second is more than a reader wants to hear: this changes when one is over
        <output class="visually-hidden" aria-live="polite">{summary}</output>
        <Show when=move || !all.with(Vec::is_empty)>
            <section class="transfers" aria-label="Uploads">
                <header>
                    <strong>{summary}</strong>
                    <Show when=move || can_clear.get()>
                        <Button label="Close" on_press=move || transfers.clear()/>
                    </Show>
                </header>
                <ul><For each=move || all.get() key=|one| one.id children=item/></ul>
            </section>
        </Show>
    }
}

#[component]
fn Item(
    one: Signal<Transfer>,
    on_cancel: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let path = move || one.with(|one| shown(&one.path));
    let says = move || one.with(says);
    let sent = Memo::new(move |_| {
        one.with(|one| match one.stage {
            Stage::Sending(bytes) => Some(percent(bytes, one.bytes)),
            Stage::Waiting | Stage::Done | Stage::Skipped | Stage::Failed(_) => None,
        })
    });
    let tone = move || {
        one.with(|one| match one.stage {
            Stage::Failed(_) => "failed",
            Stage::Done => "done",
            Stage::Waiting | Stage::Sending(_) | Stage::Skipped => "quiet",
        })
    };
    let is_over = Memo::new(move |_| one.with(|one| one.stage.is_over()));
    let bar = move || {
        sent.get().map(|percent| {
            view! { <progress max="100" value=percent aria-label=path()></progress> }
        })
    };
    view! {
        <li data-state=tone>
            <span class="transfer-path">{path}</span>
            {bar}
            <span class="transfer-says">{says}</span>
            <Show when=move || !is_over.get()><Button label="Cancel" on_press=on_cancel/></Show>
        </li>
    }
}

/// Where an upload stands, in words.
fn says(one: &Transfer) -> String {
    match &one.stage {
        Stage::Waiting => "Waiting".to_owned(),
        Stage::Sending(bytes) => {
            let percent = percent(*bytes, one.bytes);
            format!("{percent} %, {} of {}", size(*bytes), size(one.bytes))
        }
        Stage::Done => "Uploaded".to_owned(),
        Stage::Skipped => "Not uploaded".to_owned(),
        Stage::Failed(problem) => match &problem.detail {
            Some(detail) => format!("{}. {detail}", problem.title),
            None => problem.title.clone(),
        },
    }
}

/// How all go, in words.
fn summary(all: &[Transfer]) -> String {
    let over = all.iter().filter(|one| one.stage.is_over()).count();
    let failed = all
        .iter()
        .filter(|one| matches!(one.stage, Stage::Failed(_)))
        .count();
    let done = all.iter().filter(|one| one.stage == Stage::Done).count();
    match (all.len(), over) {
        (0, _) => String::new(),
        (count, over) if over < count => format!("Uploading {} of {count}", over + 1),
        (count, _) if failed > 0 => format!("{failed} of {count} not uploaded"),
        (count, _) if done == count => format!("Uploaded {done}"),
        (count, _) => format!("Uploaded {done} of {count}"),
    }
}

#[cfg(test)]
mod tests {
    use shared::Problem;

    use super::{Stage, Transfer, says, summary};

    fn transfers(stages: impl IntoIterator<Item = Stage>) -> Vec<Transfer> {
        let one = |(id, stage)| Transfer {
            id,
            path: "a".into(),
            bytes: 2048,
            stage,
        };
        (0..).zip(stages).map(one).collect()
    }

    #[test]
    fn uploads_say_how_they_go() {
        let all = transfers([
            Stage::Waiting,
            Stage::Sending(512),
            Stage::Failed(Problem::unreachable("the upload broke off")),
        ]);
        let words: Vec<_> = all.iter().map(says).collect();
        assert_eq!(
            words,
            ["Waiting", "25 %, 512 bytes of 2 KB", "the upload broke off"]
        );
    }

    #[test]
    fn what_failed_is_not_passed_over() {
        let failed = || Stage::Failed(Problem::unreachable("x"));
        for (stages, words) in [
            (vec![], ""),
            (
                vec![Stage::Done, Stage::Sending(1), Stage::Waiting],
                "Uploading 2 of 3",
            ),
            (vec![Stage::Done, Stage::Done], "Uploaded 2"),
            (vec![Stage::Done, Stage::Skipped], "Uploaded 1 of 2"),
            (vec![Stage::Done, failed()], "1 of 2 not uploaded"),
        ] {
            assert_eq!(summary(&transfers(stages)), words);
        }
    }
}
