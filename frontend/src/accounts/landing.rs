//! What somebody without an account sees first.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::{use_location, use_navigate};
use shared::{Account, Problem};

use crate::{
    live::server,
    routes,
    ui::{Busy, Button, PageHeader, ProblemNote, TopBar},
};

/// What one who comes wants first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    /// To look around.
    Look,
    /// To be shown how.
    Learn,
}

/// What somebody without an account sees first.
#[component]
pub fn Landing(sign_in: Callback<Account>) -> impl IntoView {
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let navigate = use_navigate();
    let path = use_location().pathname;
    let begin = Callback::new(move |to: To| {
        let navigate = navigate.clone();
        let here = path.get_untracked();
        busy.set(Busy::Yes);
        spawn_local(async move {
            match entered(to, &here).await {
                Ok((account, place)) => {
                    if let Some(place) = place {
                        navigate(&place, Default::default());
                    }
                    sign_in.run(account); // what is shown then is no landing
                }
                Err(refused) => problem.set(Some(refused)),
            }
            busy.try_set(Busy::No);
        });
    });
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
            <div class="buttons">
                <Button label="Try it now" kind="primary" busy=Signal::from(busy) on_press=move || begin.run(To::Look)/>
                <Button label="Start the first lesson" busy=Signal::from(busy) on_press=move || begin.run(To::Learn)/>
            </div>
            <p class="muted">"Makes a guest account in this browser. No form, no cloud account."</p>
            <ProblemNote problem/>
        </main>
    }
}

/// Makes a guest account; and where it begins, unless it is there already.
async fn entered(to: To, here: &str) -> Result<(Account, Option<String>), Problem> {
    let client = server()?;
    let account = client::accounts::try_it_now(&client).await?;
    let lesson = match to {
        To::Look => None,
        // the shortest; where there is none, or they can't be had now, it begins as another does
        To::Learn => client::tutorials::list(&client)
            .await
            .ok()
            .and_then(|all| all.items.into_iter().next()),
    };
    let lesson = lesson.map(|lesson| routes::tutorial(&lesson.name));
    let of_tutorials = routes::at(&routes::tutorial(""));
    let place = match lesson {
        // who was sent to a tutorial is to see that
        None if here.starts_with(&of_tutorials) => None,
        None => Some(routes::OVERVIEW.to_owned()),
        lesson => lesson,
    };
    Ok((account, place))
}
