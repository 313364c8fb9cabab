//! The parts of an infrastructure.

use leptos::{prelude::*, task::spawn_local};
use shared::{DestroyRun, Instance, InstanceLog, Problem, Resource, ResourceState};

use super::view::{ends, instance_badge, resource_badge};
use crate::{
    live::{Live, server},
    terminals::OpenShellButton,
    ui::{Badge, Busy, Button, Fact, ProblemNote, row},
};

/// Instances, each with its console at hand.
#[component]
pub fn InstanceCards(instances: Signal<Vec<Instance>>) -> impl IntoView {
    view! {
        <For each=move || instances.get() key=|instance| instance.id let:instance>
            <InstanceCard instance=row(instances, instance, |a, b| a.id == b.id)/>
        </For>
    }
}

#[component]
fn InstanceCard(instance: Signal<Instance>) -> impl IntoView {
    let now = Live::current().now;
    let text = move |text: fn(&Instance) -> Option<String>| {
        move || instance.with(text).unwrap_or_else(|| "none yet".into())
    };
    view! {
        <article class="part">
            <h3>
                {move || instance.with(|i| i.name.clone())}" "
                <Badge state=Signal::derive(move || instance_badge(instance.with(|i| i.state)))/>
            </h3>
            <dl class="facts">
                <Fact name="Role">{move || instance.with(|i| i.role.clone().unwrap_or_default())}</Fact>
                <Fact name="Provider">{move || instance.with(|i| format!("{}, {}", i.provider, i.location))}</Fact>
                <Fact name="Provider's id"><code>{text(|i| i.provider_id.clone())}</code></Fact>
                <Fact name="Public address"><code>{text(|i| i.public_address.clone())}</code></Fact>
                <Fact name="Private address"><code>{text(|i| i.private_address.clone())}</code></Fact>
                <Fact name="Ends by itself">{move || instance.with(|i| ends(i, now.get()))}</Fact>
            </dl>
            {move || instance.with(|i| i.error.clone()).map(|error| view! {
                <div class="problem-note" role="alert"><strong>{error}</strong></div>
            })}
            <Console instance/>
        </article>
    }
}

#[component]
fn Console(instance: Signal<Instance>) -> impl IntoView {
    let log = RwSignal::new(None::<InstanceLog>);
    let problem = RwSignal::new(None::<Problem>);
    let busy = RwSignal::new(Busy::No);
    let show = move || {
        busy.set(Busy::Yes);
        let id = instance.with_untracked(|instance| instance.id);
        spawn_local(async move {
            let answer = async { client::instances::log(&server()?, id, 0, 0).await }.await;
            busy.try_set(Busy::No);
            match answer {
                Ok(text) => {
                    log.try_set(Some(text));
                    problem.try_set(None);
                }
                Err(refused) => {
                    problem.try_set(Some(refused));
                }
            }
        });
    };
    let label = move || format!("Read logs of {}", instance.with(|i| i.name.clone()));
    view! {
        <div class="buttons">
            <Button label=Signal::derive(label) busy=Signal::from(busy) on_press=show/>
            <OpenShellButton instance/>
        </div>
        <ProblemNote problem/>
        {move || log.get().map(|log| view! {
            <Written name="Bootstrap script" text=log.configuration/>
            <Written name="Console log" text=log.console/>
        })}
    }
}

#[component]
fn Written(name: &'static str, text: String) -> impl IntoView {
    match text.is_empty() {
        true => view! { <p class="muted">{name}": nothing was written."</p> }.into_any(),
        false => view! {
            <h4>{name}</h4>
            <pre class="log" tabindex="0" aria-label=name>{text}</pre>
        }
        .into_any(),
    }
}

/// Resources, each with what its command wrote.
#[component]
pub fn ResourceCards(resources: Signal<Vec<Resource>>) -> impl IntoView {
    view! {
        <For each=move || resources.get() key=|resource| resource.id let:resource>
            <ResourceCard resource=row(resources, resource, |a, b| a.id == b.id)/>
        </For>
    }
}

/// What the destroy command wrote, if it has run.
fn destroyed(resource: &Resource, text: fn(&DestroyRun) -> &str) -> String {
    resource
        .destroy
        .as_ref()
        .map(text)
        .unwrap_or_default()
        .to_owned()
}

/// Says what a resource that could not be destroyed means.
#[component]
fn Leaked(resource: Signal<Resource>) -> impl IntoView {
    let why = move || {
        let (state, run) = resource.with(|r| (r.state, r.destroy.clone()));
        if state != ResourceState::DestroyFailed {
            return None;
        }
        Some(match run.and_then(|run| run.exit_code) {
            Some(code) => format!("Its destroy command ended with {code}."),
            None => "Its destroy command did not come to its end.".to_owned(),
        })
    };
    move || {
        why().map(|why| {
            view! {
                <div class="problem-note" role="alert">
                    <strong>{why}" It may still exist, and cost."</strong>
                </div>
            }
        })
    }
}

#[component]
fn ResourceCard(resource: Signal<Resource>) -> impl IntoView {
    let code = move || {
        resource.with(|r| {
            r.exit_code
                .map_or("none yet".into(), |code| code.to_string())
        })
    };
    let output = move |name: &'static str, text: fn(&Resource) -> String| {
        move || {
            Some(resource.with(text))
                .filter(|text| !text.is_empty())
                .map(|text| {
                    view! {
                        <h4>{name}</h4>
                        <pre class="log" tabindex="0" aria-label=name>{text}</pre>
                    }
                })
        }
    };
    view! {
        <article class="part">
            <h3>
                {move || resource.with(|r| r.name.clone())}" "
                <Badge state=Signal::derive(move || resource_badge(resource.with(|r| r.state)))/>
            </h3>
            <dl class="facts"><Fact name="Exit code">{code}</Fact></dl>
            {output("Standard output", |r| r.stdout.clone())}
            {output("Standard error", |r| r.stderr.clone())}
            <Leaked resource/>
            {output("Standard output of the destroy command", |r| destroyed(r, |run| &run.stdout))}
            {output("Standard error of the destroy command", |r| destroyed(r, |run| &run.stderr))}
        </article>
    }
}
