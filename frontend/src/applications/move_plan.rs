//! What a button that moves the address, or destroys a version, would do, before it is pressed.

use leptos::prelude::*;
use shared::{DeploymentKind, MovePlan};

use crate::{
    live::{Reading, read, server},
    ui::{Command, Shown},
};

/// What making a version live, or destroying it, would do; read once it is opened.
#[component]
pub fn PlanOf(name: String, version: String, kind: DeploymentKind) -> impl IntoView {
    let title = match kind {
        DeploymentKind::Destroy => "What destroying it does",
        DeploymentKind::Promote | DeploymentKind::RollBack | DeploymentKind::Create => {
            "What will happen"
        }
    };
    let is_open = RwSignal::new(false);
    let plan = move || {
        let (name, version) = (name.clone(), version.clone());
        let plan: Reading<MovePlan> = read(move || {
            let (name, version) = (name.clone(), version.clone());
            async move { client::applications::plan(&server()?, &name, &version, kind).await }
        });
        view! {
            <Shown reading=plan full={move |plan: Signal<MovePlan>| view! { <Planned plan kind/> }.into_any()}/>
        }
    };
    view! {
        <details class="plan" on:toggle=move |_| is_open.update(|is_open| *is_open = !*is_open)>
            <summary>{title}</summary>
            {move || is_open.get().then(plan.clone())}
        </details>
    }
}

#[component]
fn Planned(plan: Signal<MovePlan>, kind: DeploymentKind) -> impl IntoView {
    let shown = |value: Option<String>| value.unwrap_or_else(|| "none".into());
    move || {
        let MovePlan {
            steps,
            parameters,
            outputs,
            macfile,
            command,
            live,
            ..
        } = plan.get();
        let steps = steps.into_iter().map(|step| view! { <li>{step}</li> });
        let moves = kind != DeploymentKind::Destroy;
        let same = moves && live.is_some() && parameters.is_empty() && macfile.is_empty();
        let differs = !(parameters.is_empty() && outputs.is_empty());
        let differences = parameters.into_iter().chain(outputs).map(|change| {
            view! {
                <li>
                    <code>{change.name}</code>": "<code>{shown(change.before)}</code>" \u{2192} "
                    <code>{shown(change.after)}</code>
                </li>
            }
        });
        view! {
            <ol>{steps.collect_view()}</ol>
            {differs.then(|| view! { <p class="muted">"Parameters and outputs that differ:"</p> })}
            <ul class="plain">{differences.collect_view()}</ul>
            {(!macfile.is_empty()).then(|| view! { <pre class="diff" tabindex="0">{diff(&macfile)}</pre> })}
            {same.then(|| view! { <p class="muted">"Macfile and parameters are those of the live version."</p> })}
            <p><Command line=command/></p>
        }
    }
}

/// A unified diff, whose lines say by their first letter and by their colour what they are.
fn diff(text: &str) -> impl IntoView + use<> {
    let line = |line: &str| {
        let kind = match line.as_bytes().first() {
            Some(b'+') => "added",
            Some(b'-') => "removed",
            _ => "same",
        };
        view! { <span class=kind>{line.to_owned()}"\n"</span> }
    };
    text.lines().map(line).collect_view()
}
