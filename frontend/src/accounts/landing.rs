//! What somebody without an account sees first.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;
use shared::{Account, Problem};

use crate::{
    live::server,
    routes,
    ui::{Busy, Button, PageHeader, ProblemNote, TopBar},
};

/// What somebody without an account sees first.
#[component]
pub fn Landing(sign_in: Callback<Account>) -> impl IntoView {
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let navigate = use_navigate();
    let try_it_now = move || {
        let navigate = navigate.clone();
        busy.set(Busy::Yes);
        spawn_local(async move {
            let answer = async { client::accounts::try_it_now(&server()?).await }.await;
            busy.set(Busy::No);
            match answer {
                Ok(account) => {
                    navigate(routes::OVERVIEW, Default::default());
                    sign_in.run(account);
                }
                Err(refused) => problem.set(Some(refused)),
            }
        });
    };
    view! {
        <TopBar/>
        <main id="main" class="landing">
            <PageHeader title="Blue-green deployments, in a browser"/>
            <p>
                "Build two versions of an application side by side, move its address from one to
                the other without a failed request, and move it back."
            </p>
            <p>
                "A cloud that really runs instances and load balancers is built in, and so are Linux
                terminals in which aws, azure and mac are ready."
            </p>
            <Button label="Try it now" kind="primary" busy=Signal::from(busy) on_press=try_it_now/>
            <p class="muted">"Makes a guest account in this browser. No form, no cloud account."</p>
            <ProblemNote problem/>
        </main>
    }
}
