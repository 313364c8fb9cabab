//! How an application's address is moved, and changing that.

use leptos::{prelude::*, task::spawn_local};
use shared::{Approval, Policy, Problem};

use super::view::{approval_value, policy_line, policy_words};
use crate::{
    live::server,
    ui::{Busy, Button, Command, ProblemNote},
};

/// How an application's address is moved, in words; opened, it can be changed.
#[component]
pub fn PolicyForm(
    /// The application's name.
    name: Signal<String>,
    /// As it is.
    policy: Signal<Policy>,
) -> impl IntoView {
    let typed = RwSignal::new(policy.get_untracked());
    // what somebody else saved replaces what is shown, not what is the same
    let known = Memo::new(move |_| policy.get());
    Effect::new(move |_| typed.set(known.get()));
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let save = move || {
        let (name, policy) = (name.get_untracked(), typed.get_untracked());
        busy.set(Busy::Yes);
        spawn_local(async move {
            let answer =
                async { client::applications::set_policy(&server()?, &name, policy).await }.await;
            busy.try_set(Busy::No);
            problem.try_set(answer.err());
        });
    };
    let is_same = move || (typed.get() == policy.get()).then(|| "Nothing was changed.".to_owned());
    view! {
        <details class="policy">
            <summary>{move || policy_words(&policy.get())}</summary>
            <div class="policy-fields">
            <label class="field">
                "Before a version goes live"
                <select
                    prop:value=move || approval_value(typed.with(|typed| typed.approval))
                    on:change=move |event| {
                        let approval = approval_of(&event_target_value(&event));
                        typed.update(|typed| typed.approval = approval);
                    }
                >
                    <option value="automatic">"ask nobody"</option>
                    <option value="needed">"ask somebody"</option>
                    <option value="others">"ask somebody else, by a link"</option>
                </select>
            </label>
            <Seconds
                label="Let the macfile's own check take"
                most=Policy::LONGEST_CHECK_SECONDS
                value=Signal::derive(move || typed.with(|typed| typed.check_seconds))
                on_typed=move |seconds| typed.update(|typed| typed.check_seconds = seconds)
            />
            <Seconds
                label="Watch a new version for"
                most=Policy::LONGEST_BAKE_SECONDS
                value=Signal::derive(move || typed.with(|typed| typed.bake_seconds))
                on_typed=move |seconds| typed.update(|typed| typed.bake_seconds = seconds)
            />
            <Seconds
                label="Let requests of the old one take"
                most=Policy::LONGEST_DRAIN_SECONDS
                value=Signal::derive(move || typed.with(|typed| typed.drain_seconds))
                on_typed=move |seconds| typed.update(|typed| typed.drain_seconds = seconds)
            />
            <Seconds
                label="Destroy the old one, once that is over, after (0: never)"
                most=Policy::LONGEST_RETAIN_SECONDS
                value=Signal::derive(move || typed.with(|typed| typed.retain_seconds))
                on_typed=move |seconds| typed.update(|typed| typed.retain_seconds = seconds)
            />
            <Seconds
                label="Let the macfile's own commands move the address within"
                most=Policy::LONGEST_SWITCH_SECONDS
                value=Signal::derive(move || typed.with(|typed| typed.switch_seconds))
                on_typed=move |seconds| typed.update(|typed| typed.switch_seconds = seconds)
            />
            <Button label="Save" busy=Signal::from(busy) blocked=Signal::derive(is_same) on_press=save/>
            <Command line=Signal::derive(move || typed.with(|typed| policy_line(&name.get(), typed)))/>
            <ProblemNote problem/>
            </div>
        </details>
    }
}

fn approval_of(value: &str) -> Approval {
    match value {
        "needed" => Approval::Needed,
        "others" => Approval::Others,
        _ => Approval::Automatic,
    }
}

#[component]
fn Seconds(
    label: &'static str,
    most: u32,
    value: Signal<u32>,
    on_typed: impl Fn(u32) + 'static,
) -> impl IntoView {
    view! {
        <label class="field">
            {label}
            <input
                type="number"
                min="0"
                max=most
                prop:value=move || value.get().to_string()
                on:change=move |event| {
                    // what is no number is as if nothing was typed
                    if let Ok(seconds) = event_target_value(&event).parse() {
                        on_typed(seconds);
                    }
                }
            />
            "seconds"
        </label>
    }
}
