//! The page as a whole: who is signed in decides between the landing and the shell.

use leptos::prelude::*;
use leptos_router::{
    components::{Route, Router, Routes},
    hooks::use_location,
    path,
};
use shared::{Account, ProblemKind};

use crate::{
    accounts::{AccountPage, Landing},
    applications::{ApplicationList, ApplicationPage},
    deployments::{DeploymentList, DeploymentPage},
    files::{FilePage, TransferList, Transfers},
    infrastructures::{InfrastructureList, InfrastructurePage},
    links::LinkPage,
    live::{Live, Loaded, read, server},
    overview::Overview,
    recordings::{RecordingList, RecordingPage},
    routes,
    self_test::SelfTestPage,
    terminals::TerminalPage,
    tutorials::{TutorialList, TutorialPage},
    ui::{Announcer, PageHeader, Shown, Sidebar, Spotlight, TopBar},
    visits::VisitPage,
    webhooks::WebhookList,
};

/// The page.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <Router base=routes::base()>
            <Announcer><Whole/></Announcer>
        </Router>
    }
}

/// A link is answered, and a shared terminal seen, by whoever has the link; everything else is for who is
/// signed in.
#[component]
fn Whole() -> impl IntoView {
    let path = use_location().pathname;
    let link = Memo::new(move |_| {
        path.with(|path| {
            path.strip_prefix(&routes::at(routes::LINKS))
                .map(str::to_owned)
        })
    });
    let tests_itself = Memo::new(move |_| path.with(|path| path == &routes::at(routes::SELF_TEST)));
    let is_visit = Memo::new(move |_| path.with(|path| path == &routes::at(routes::WATCH)));
    move || match link.get() {
        None if tests_itself.get() => view! { <SelfTestPage/> }.into_any(),
        Some(secret) => view! { <LinkPage secret/> }.into_any(),
        None if is_visit.get() => view! { <VisitPage/> }.into_any(),
        None => view! { <Session/> }.into_any(),
    }
}

#[component]
fn Session() -> impl IntoView {
    let session = read(|| async {
        match client::accounts::current(&server()?).await {
            Ok(account) => Ok(Some(account)),
            Err(problem) if problem.kind == ProblemKind::NotSignedIn => Ok(None),
            Err(problem) => Err(problem),
        }
    });
    let sign_in = Callback::new(move |account: Account| {
        session.signal().set(Loaded::Ready(Some(account)));
    });
    view! {
        <Shown reading=session full={move |account: Signal<Option<Account>>| {
            let id = Memo::new(move |_| account.get().map(|account| account.id));
            (move || match id.get().and_then(|_| account.get_untracked()) {
                Some(account) => view! { <Shell account/> }.into_any(),
                None => view! { <Landing sign_in/> }.into_any(),
            }).into_any()
        }}/>
    }
}

/// What surrounds every page of a signed-in account.
#[component]
fn Shell(account: Account) -> impl IntoView {
    provide_context(Live::start());
    provide_context(Transfers::new());
    view! {
        <a class="skip-link" href="#main" rel="external">"Skip to content"</a>
        <TopBar account=account.name.clone()/>
        <Sidebar/>
        <main id="main" class="main" tabindex="-1">
            <Warning/>
            <Spotlight/>
            <Routes fallback=|| view! { <Missing/> }>
                <Route path=path!("/") view=Overview/>
                <Route path=path!("/account") view=move || view! { <AccountPage account=account.clone()/> }/>
                <Route path=path!("/applications") view=ApplicationList/>
                <Route path=path!("/applications/:name") view=ApplicationPage/>
                <Route path=path!("/infrastructures") view=InfrastructureList/>
                <Route path=path!("/infrastructures/:name/:version") view=InfrastructurePage/>
                <Route path=path!("/deployments") view=DeploymentList/>
                <Route path=path!("/deployments/:id") view=DeploymentPage/>
                <Route path=path!("/files") view=FilePage/>
                <Route path=path!("/webhooks") view=WebhookList/>
                <Route path=path!("/recordings") view=RecordingList/>
                <Route path=path!("/recordings/:id") view=RecordingPage/>
                <Route path=path!("/tutorials") view=TutorialList/>
                <Route path=path!("/tutorials/:name") view=TutorialPage/>
                <Route path=path!("/tutorials/:name/:step") view=TutorialPage/>
                <Route path=path!("/terminals") view=TerminalPage/>
                <Route path=path!("/terminals/:id") view=TerminalPage/>
            </Routes>
        </main>
        <TransferList/>
    }
}

/// What everybody who uses this server must know, on every page.
#[component]
fn Warning() -> impl IntoView {
    let health = Live::current().health;
    let warning = move || {
        let loaded = health.loaded();
        loaded.with(|health| health.ready()?.warning.clone())
    };
    move || warning().map(|text| view! { <p class="warning" role="note">{text}</p> })
}

/// An address that leads nowhere.
#[component]
fn Missing() -> impl IntoView {
    view! {
        <PageHeader title="No such page"/>
        <p>"The address leads nowhere. "<a href=routes::at(routes::OVERVIEW)>"Go to the overview"</a></p>
    }
}
