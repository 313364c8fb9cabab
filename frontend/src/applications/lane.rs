//! One of an application's two lanes.

use leptos::{prelude::*, task::spawn_local};
use shared::{
    ApplicationDetail, ApplicationVersion, DeploymentKind, Instant, KeepVersion, Problem, paths,
};

use super::{
    move_plan::PlanOf,
    view::{Move, promotion},
};
use crate::{
    live::{Live, server},
    routes,
    ui::{Badge, Busy, Button, Command, Fact, ProblemNote, Tone, duration, shell},
};

/// One of an application's two lanes: what is live, or what could be.
#[component]
pub fn Lane(
    /// The slot's name and colour.
    color: (&'static str, Tone),
    /// What is in it, in a word.
    holds: &'static str,
    /// What an empty lane means.
    empty: &'static str,
    /// The versions in it.
    versions: Signal<Vec<ApplicationVersion>>,
    /// The application.
    detail: Signal<ApplicationDetail>,
    /// Whether a request to move is under way.
    busy: Signal<Busy>,
    /// Moves the address.
    on_move: Callback<Move>,
) -> impl IntoView {
    let card =
        move |version: ApplicationVersion| view! { <VersionCard version detail busy on_move/> };
    let slot = if color.1 == Tone::Blue {
        "blue"
    } else {
        "green"
    };
    view! {
        <section class="lane" data-slot=slot aria-label=format!("{} lane: {holds}", color.0)>
            <h2><Badge state=color/>" "{holds}</h2>
            {move || match versions.get() {
                none if none.is_empty() => view! { <p class="muted">{empty}</p> }.into_any(),
                some => some.into_iter().map(card).collect_view().into_any(),
            }}
        </section>
    }
}

#[component]
fn VersionCard(
    version: ApplicationVersion,
    detail: Signal<ApplicationDetail>,
    busy: Signal<Busy>,
    on_move: Callback<Move>,
) -> impl IntoView {
    let infrastructure = version.infrastructure.clone();
    let href = routes::at(&routes::infrastructure(
        &infrastructure.name,
        &infrastructure.version,
    ));
    let preview = routes::at(&paths::version_preview(
        &infrastructure.name,
        &infrastructure.version,
    ));
    let kept = infrastructure.retires_at.map(|until| {
        let (name, version) = (infrastructure.name.clone(), infrastructure.version.clone());
        view! { <Kept name version until/> }
    });
    let can_be_seen = version.not_promotable.is_none();
    let promote = (!infrastructure.live).then(|| {
        view! {
            <MoveButton
                name=Signal::derive(move || detail.with(|d| d.application.name.clone()))
                to=Signal::derive(move || detail.with(|d| promotion(d, &version)))
                busy
                on_move
            />
        }
    });
    let (name, called) = (&infrastructure.name, &infrastructure.version);
    let see_line = shell(&["mac", "app", "preview", name, called]);
    let see = can_be_seen.then(|| {
        view! {
            <p><a href=preview rel="external" target="_blank">"See it at the address"</a>
                <small class="muted">" for an hour, you alone "</small><Command line=see_line/></p>
        }
    });
    view! {
        <article class="version-card">
            <h3><a href=href>{infrastructure.version}</a></h3>
            <dl class="facts">
                <Fact name="State">
                    <Badge state=crate::infrastructures::infrastructure_badge(infrastructure.state)/>
                </Fact>
                <Fact name="Instances">{infrastructure.instances}</Fact>
                <Fact name="Resources">{infrastructure.resources}</Fact>
                <Fact name="Serves at">
                    <code>{infrastructure.endpoint.unwrap_or_else(|| "nowhere yet".into())}</code>
                </Fact>
            </dl>
            {kept}
            {see}
            {promote}
        </article>
    }
}

/// How much more time a press gives, in seconds.
const LONGER_SECONDS: u32 = 30 * 60;

/// When a version is destroyed after such a press.
fn longer(until: Instant) -> Instant {
    Instant::from_unix_ms(until.unix_ms() + i64::from(LONGER_SECONDS) * 1000)
}

/// For how long a version is kept that is not live any more.
#[component]
fn Kept(name: String, version: String, until: Instant) -> impl IntoView {
    let now = Live::current().now;
    let (planned_name, planned_version) = (name.clone(), version.clone());
    let lines = (
        shell(&["mac", "app", "keep", &name, "30m", "--version", &version]),
        shell(&["mac", "app", "keep", &name, "--version", &version]),
    );
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let keep = Callback::new(move |seconds: Option<u32>| {
        let (name, version) = (name.clone(), version.clone());
        busy.set(Busy::Yes);
        spawn_local(async move {
            let keep = KeepVersion { seconds };
            let kept =
                async { client::infrastructures::keep(&server()?, &name, &version, keep).await };
            problem.try_set(kept.await.err());
            busy.try_set(Busy::No);
        });
    });
    view! {
        <div class="kept">
            <p>{move || format!("A warm way back; destroyed in {}.", duration(now.get(), until))}</p>
            <PlanOf name=planned_name version=planned_version kind=DeploymentKind::Destroy/>
            <div class="choice">
                <Button label="Keep 30 min longer" busy=Signal::from(busy)
                    on_press=move || keep.run(Some(LONGER_SECONDS))/>
                <small class="muted">{move || format!("It is destroyed in {} then.", duration(now.get(), longer(until)))}</small>
                <Command line=lines.0/>
            </div>
            <div class="choice">
                <Button label="Keep for good" busy=Signal::from(busy) on_press=move || keep.run(None)/>
                <small class="muted">"Nothing destroys it but a person."</small>
                <Command line=lines.1/>
            </div>
            <ProblemNote problem/>
        </div>
    }
}

/// Moves the address, and says beforehand where to.
#[component]
pub fn MoveButton(
    /// The application.
    name: Signal<String>,
    /// Where to.
    to: Signal<Move>,
    /// Whether a request to move is under way.
    busy: Signal<Busy>,
    /// Moves it.
    on_move: Callback<Move>,
) -> impl IntoView {
    let planned = Memo::new(move |_| {
        to.with(|to| to.blocked.is_none().then(|| (to.version.clone(), to.kind)))
    });
    let says = move || to.with(|to| to.blocked.is_none().then(|| to.says.clone()));
    // what tutorials call it
    let spot = move || match to.with(|to| to.kind) {
        DeploymentKind::RollBack => "rollback",
        DeploymentKind::Promote | DeploymentKind::Create | DeploymentKind::Destroy => "promote",
    };
    view! {
        <div class="move-button" data-spot=spot>
            <Button
                label=Signal::derive(move || to.with(|to| to.label.clone()))
                kind="primary"
                busy
                blocked=Signal::derive(move || to.with(|to| to.blocked.clone()))
                on_press=move || on_move.run(to.get_untracked())
            />
            {move || says().map(|says| view! { <small class="muted">{says}</small> })}
            {move || planned.get().map(|(version, kind)| {
                view! { <PlanOf name=name.get_untracked() version kind/> }
            })}
        </div>
    }
}
