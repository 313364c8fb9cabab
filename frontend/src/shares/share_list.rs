//! The links to a terminal, who came by each, and what ends them.

use leptos::{prelude::*, task::spawn_local};
use shared::{Problem, Share, ShareId, TerminalId, Watcher};

use super::{
    sharings::Sharings,
    view::{by, called, left},
};
use crate::{
    live::{Live, server},
    ui::{Ago, Busy, Button, ProblemNote, row},
};

/// The links to a terminal, who came by each, and what ends them.
#[component]
pub fn ShareList(id: TerminalId) -> impl IntoView {
    let sharings = Sharings::current();
    let sharing = sharings.of(id);
    let shares = Signal::derive(move || {
        sharing.with(|s| s.as_ref().map_or(vec![], |sharing| sharing.shares.clone()))
    });
    let of = move |share: Option<Signal<Share>>| {
        Signal::derive(move || {
            let share = share.map(|share| share.get());
            sharing.with(|sharing| match sharing {
                Some(sharing) => by(sharing, share.as_ref()).cloned().collect(),
                None => vec![],
            })
        })
    };
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let end = move |share: Option<ShareId>| {
        busy.set(Busy::Yes);
        spawn_local(async move {
            let answer = async {
                let server = server()?;
                match share {
                    Some(share) => client::shares::end(&server, id, share).await,
                    None => client::shares::end_all(&server, id).await,
                }
            };
            let answer = answer.await;
            busy.try_set(Busy::No);
            problem.try_set(answer.err());
            sharings.read(id);
        });
    };
    let item = move |share: Share| {
        let share_id = share.id;
        let share = row(shares, share, |a, b| a.id == b.id);
        view! { <ShareItem share watching=of(Some(share)) on_end=move || end(Some(share_id))/> }
    };
    let is_some = move || shares.with(|all| !all.is_empty());
    let are_several = move || shares.with(|all| all.len() > 1);
    view! {
        <Show when=is_some fallback=|| view! { <p class="muted">"No link leads here."</p> }>
            <ul class="share-list"><For each=move || shares.get() key=|share| share.id children=item/></ul>
            <Show when=are_several>
                <Button label="End all links" kind="danger" busy=Signal::from(busy) on_press=move || end(None)/>
            </Show>
        </Show>
        <div class="own-pages">
            <h3>"Your own pages"</h3>
            <Watchers watching=of(None) empty="None shows it now."/>
        </div>
        <ProblemNote problem/>
    }
}

#[component]
fn ShareItem(
    share: Signal<Share>,
    watching: Signal<Vec<Watcher>>,
    on_end: impl Fn() + 'static,
) -> impl IntoView {
    let now = Live::current().now;
    let called = move || share.with(called);
    let time = move || share.with(|share| left(share.expires_at, now.get()));
    let label = move || format!("End: {}, {}", called(), time());
    view! {
        <li>
            <div class="share-head">
                <strong>{called}</strong>
                <span class="muted">{time}</span>
                <button type="button" class="button" data-kind="danger" aria-label=label on:click=move |_| on_end()>"End"</button>
            </div>
            <Watchers watching empty="Nobody is here by it."/>
        </li>
    }
}

#[component]
fn Watchers(watching: Signal<Vec<Watcher>>, empty: &'static str) -> impl IntoView {
    let one = |watcher: Watcher| {
        view! { <li>{watcher.name}" "<span class="muted">"came "<Ago at=Signal::stored(watcher.since)/></span></li> }
    };
    move || match watching.get() {
        all if all.is_empty() => view! { <p class="muted">{empty}</p> }.into_any(),
        all => {
            let all = all.into_iter().map(one).collect_view();
            view! { <ul class="watchers">{all}</ul> }.into_any()
        }
    }
}
