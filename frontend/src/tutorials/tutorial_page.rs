//! A tutorial: its text on the left, its terminal on the right.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_params_map, use_query_map},
};
use shared::{
    Problem, TerminalId, TutorialDetail,
    tutorial::{Layout, Progress},
};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{
    blocked_note::BlockedNote, catch_up::CatchUp, going_on::GoingOn, links::are_pictured,
    player::Player, preview_note::PreviewNote, step_view::StepView, terminal_side::TerminalSide,
    verified_note::VerifiedNote,
};
use crate::{
    live::{read, server},
    routes,
    terminals::Divider,
    ui::{Busy, Button, Confirm, PageHeader, ProblemNote, Shown},
};

/// How wide the text is, as a part of both; and at least, and at most.
const TEXT: (f64, f64, f64) = (0.42, 0.2, 0.8);

/// A tutorial: its text on the left, its terminal on the right.
#[component]
pub fn TutorialPage() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let name = Memo::new(move |_| params.read().get("name").unwrap_or_default());
    let language = Memo::new(move |_| {
        let browsers = || window().navigator().language();
        query
            .read()
            .get("language")
            .or_else(browsers)
            .unwrap_or_default()
    });
    move || {
        let (name, language) = (name.get(), language.get());
        let reading = read(move || {
            let (name, language) = (name.clone(), language.clone());
            async move {
                let client = server()?;
                let detail = client::tutorials::read(&client, &name, &language).await?;
                let progress = client::tutorials::progress(&client, &name).await?;
                Ok((detail, progress))
            }
        });
        let full = |read: Signal<(TutorialDetail, Progress)>| {
            let (detail, progress) = read.get_untracked();
            view! { <Playing detail progress/> }.into_any()
        };
        view! { <Shown reading full/> }
    }
}

#[component]
fn Playing(detail: TutorialDetail, progress: Progress) -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let name = StoredValue::new(detail.tutorial.name.clone());
    let detail = RwSignal::new(detail);
    let ids = Memo::new(move |_| {
        detail.with(|detail| {
            detail
                .steps
                .iter()
                .map(|step| step.id.clone())
                .collect::<Vec<_>>()
        })
    });
    let count = Memo::new(move |_| ids.with(Vec::len));
    let begun = usize::try_from(progress.step).unwrap_or_default();
    let step = Memo::new(move |last: Option<&usize>| {
        let place = match params.read().get("step") {
            None => begun,
            // the author of a preview may call a step otherwise while it is shown
            Some(id) => ids
                .with(|ids| ids.iter().position(|it| *it == id))
                .or(last.copied())
                .unwrap_or(begun),
        };
        place.min(count.get().saturating_sub(1))
    });
    let named = Memo::new(move |_| ids_of(&query.read().get("terminal").unwrap_or_default()));
    let language = Memo::new(move |_| query.read().get("language"));
    let navigate = use_navigate();
    let go = Callback::new(
        move |(step, terminals, replace): (usize, Vec<TerminalId>, bool)| {
            let id = ids
                .with_untracked(|ids| ids.get(step).cloned())
                .unwrap_or_default();
            let language = language.get_untracked();
            let place = name.with_value(|name| {
                routes::tutorial_step(name, &id, &terminals, language.as_deref())
            });
            let options = NavigateOptions {
                replace,
                scroll: false,
                ..NavigateOptions::default()
            };
            navigate(&place, options);
        },
    );
    let turn = Callback::new(move |step: usize| go.run((step, named.get_untracked(), false)));
    let player = Player::new(detail, progress.done, step);
    provide_context(player);
    let again = RwSignal::new(0);
    let unprepared = keep_progress(name, step, again);
    let text = NodeRef::<leptos::html::Section>::new();
    let leave = Callback::new(move |()| focus_title(text));
    Effect::new(move |was: Option<usize>| {
        let now = step.get();
        if was.is_some_and(|was| was != now) {
            request_animation_frame(move || focus_title(text));
        }
        now
    });
    let lies = RwSignal::new(detail.with_untracked(|detail| detail.layout == Layout::Bottom));
    let width = RwSignal::new(TEXT.0);
    let slide = Callback::new(move |by: f64| {
        width.update(|width| *width = (*width + by).clamp(TEXT.1, TEXT.2))
    });
    let even = Callback::new(move |()| width.set(TEXT.0));
    let on_open = Callback::new(move |ids| go.run((step.get_untracked(), ids, true)));
    let said = move || {
        let (place, run) = player.runs.with(|runs| runs.last())?;
        Some(format!("{}: {}", player.command(place)?.text, run.words()))
    };
    let current = Memo::new(move |_| {
        let (number, revision) = (step.get(), player.revision.get());
        let step = detail.with(|detail| detail.steps.get(number).cloned())?;
        // an image may be another one at the same address
        let seen = if are_pictured(&step.blocks) {
            revision
        } else {
            0
        };
        Some((step, number, seen))
    });
    let shown = move || {
        let (step, number, _) = current.get()?;
        Some(view! { <StepView step number/> })
    };
    let title = Signal::derive(move || detail.with(|detail| detail.tutorial.title.clone()));
    let verified = detail.with_untracked(|detail| detail.tutorial.verified.clone());
    let verified = verified.map(|verified| view! { <VerifiedNote verified/> });
    let languages = detail.get_untracked();
    view! {
        <div class="tutorial terminals">
            <PageHeader title>
                <Languages detail=languages/>
                <button type="button" class="button layout-button" aria-pressed=move || lies.get().to_string() on:click=move |_| lies.update(|lies| *lies = !*lies)>
                    "Terminal below"
                </button>
            </PageHeader>
            <div class="tutorial-sides" data-layout=move || if lies.get() { "bottom" } else { "right" }>
                <section class="tutorial-text" node_ref=text aria-label="Text" style:flex-grow=move || format!("{:.4}", width.get())>
                    <PreviewNote/>
                    <Steps detail step turn name/>
                    {verified}
                    <Unprepared problem=unprepared again/>
                    {shown}
                    <ProblemNote problem=player.problem/>
                    <BlockedNote/>
                    <p class="visually-hidden" role="status">{said}</p>
                    <GoingOn/>
                    <nav class="buttons" aria-label="Steps">
                        <Show when=move || step.get().checked_sub(1).is_some()>
                            <Button label="Back" on_press=move || turn.run(step.get_untracked().saturating_sub(1))/>
                        </Show>
                        <Show when=move || step.get() + 1 < count.get() fallback=|| view! { <p role="status">"That was all of it."</p> }>
                            <Button label="Next step" kind="primary" on_press=move || turn.run(step.get_untracked() + 1)/>
                        </Show>
                    </nav>
                </section>
                <Divider share=width lies label="Size of the text" on_move=slide on_even=even/>
                <div class="tutorial-beside" style:flex-grow=move || format!("{:.4}", 1.0 - width.get())>
                    <TerminalSide named on_open on_leave=leave/>
                </div>
            </div>
        </div>
    }
}

/// The terminals that an address names, separated by commas.
fn ids_of(named: &str) -> Vec<TerminalId> {
    named.split(',').filter_map(|id| id.parse().ok()).collect()
}

/// Where one is, and the way to every step.
#[component]
fn Steps(
    detail: RwSignal<TutorialDetail>,
    step: Memo<usize>,
    turn: Callback<usize>,
    name: StoredValue<String>,
) -> impl IntoView {
    let titles = Memo::new(move |_| {
        detail.with(|detail| {
            detail
                .steps
                .iter()
                .map(|step| step.title.clone())
                .collect::<Vec<_>>()
        })
    });
    let each = move || {
        let each = titles.get().into_iter().enumerate().map(|(number, title)| {
            let is_shown = move || (step.get() == number).then_some("step");
            view! {
                <li><button type="button" aria-current=is_shown on:click=move |_| turn.run(number)>{title}</button></li>
            }
        });
        each.collect_view()
    };
    view! {
        <details class="tutorial-steps">
            <summary>{move || format!("Step {} of {}", step.get() + 1, titles.with(Vec::len))}</summary>
            <ol>{each}</ol>
            <CatchUp/>
            <StartAnew name/>
        </details>
    }
}

/// The same text in other languages.
#[component]
fn Languages(detail: TutorialDetail) -> impl IntoView {
    let here = detail.language;
    let name = detail.tutorial.name;
    let others = detail
        .tutorial
        .languages
        .into_iter()
        .filter(|it| *it != here);
    let links = others.map(|language| {
        let place = format!("{}?language={language}", routes::tutorial(&name));
        view! { <a class="button" href=routes::at(&place) lang=language.clone() hreflang=language.clone()>{called(&language)}</a> }
    });
    links.collect_view()
}

/// A language as who speaks it calls it.
fn called(language: &str) -> String {
    match language {
        "de" => "Deutsch",
        "en" => "English",
        "es" => "Español",
        "fr" => "Français",
        "pt" => "Português",
        other => other,
    }
    .to_owned()
}

/// Begins the tutorial anew; what was made stays.
#[component]
fn StartAnew(name: StoredValue<String>) -> impl IntoView {
    let (busy, problem) = (RwSignal::new(Busy::No), RwSignal::new(None));
    let forget = move || {
        busy.set(Busy::Yes);
        spawn_local(async move {
            let name = name.get_value();
            let answer = async { client::tutorials::reset(&server()?, &name).await }.await;
            busy.try_set(Busy::No);
            match answer {
                Ok(()) => {
                    // all of what the page knows is of the time before
                    let begin = routes::at(&routes::tutorial(&name));
                    window().location().set_href(&begin).ok(); // it is an address
                }
                Err(refused) => drop(problem.try_set(Some(refused))),
            }
        });
    };
    let says = "Your tasks are to be done again. What you made, and your files, stay.".to_owned();
    view! {
        <Confirm label="Start anew".to_owned() says busy=Signal::from(busy) on_confirm=forget/>
        <ProblemNote problem/>
    }
}

/// Tells the server which step is read, and prepares the tutorial with the first; why that failed.
fn keep_progress(
    name: StoredValue<String>,
    step: Memo<usize>,
    again: RwSignal<u32>,
) -> RwSignal<Option<Problem>> {
    let problem = RwSignal::new(None);
    Effect::new(move |_| {
        again.track();
        let step = u32::try_from(step.get()).unwrap_or(u32::MAX);
        let name = name.get_value();
        spawn_local(async move {
            let answer = async { client::tutorials::turn_to(&server()?, &name, step).await }.await;
            problem.try_set(answer.err());
        });
    });
    problem
}

/// Says why a tutorial could not be prepared, with the last words of its setup.
#[component]
fn Unprepared(problem: RwSignal<Option<Problem>>, again: RwSignal<u32>) -> impl IntoView {
    view! {
        <Show when=move || problem.with(Option::is_some)>
            <div class="unprepared">
                <ProblemNote problem/>
                <Button label="Try again" on_press=move || again.update(|count| *count += 1)/>
            </div>
        </Show>
    }
}

/// Gives the keyboard to the title of the step, at the top of the text.
fn focus_title(text: NodeRef<leptos::html::Section>) {
    let Some(text) = text.get_untracked() else {
        return;
    };
    text.set_scroll_top(0);
    let title = text.query_selector("h2").ok().flatten();
    if let Some(title) = title.and_then(|title| title.dyn_into::<HtmlElement>().ok()) {
        // It is on the page, so it can be focused.
        title.focus().ok();
    }
}
