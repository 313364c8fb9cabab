//! The account: what is signed in, signing out of it, and removing it.

use leptos::{prelude::*, task::spawn_local};
use shared::{Account, Problem};

use super::login_list::LoginList;
use crate::{
    live::server,
    routes,
    ui::{Ago, Busy, Button, Command, Confirm, Fact, PageHeader, ProblemNote, shell},
};

/// The account: what is signed in, signing out of it, and removing it.
#[component]
pub fn AccountPage(
    /// Whose page it is.
    account: Account,
) -> impl IntoView {
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let leave = move |removes: bool| {
        busy.set(Busy::Yes);
        spawn_local(async move {
            let answer = async {
                let server = server()?;
                match removes {
                    true => client::accounts::remove(&server).await,
                    false => client::accounts::sign_out(&server).await,
                }
            };
            match answer.await {
                // from the beginning: nothing that was read is this visitor's any more
                Ok(()) => drop(window().location().set_href(&routes::at(routes::OVERVIEW))),
                Err(why) => {
                    busy.try_set(Busy::No);
                    problem.try_set(Some(why));
                }
            }
        });
    };
    let name = account.name.clone();
    let line = shell(&["mac", "account", "remove", &name]);
    view! {
        <PageHeader title=name.clone()/>
        <dl class="facts">
            <Fact name="Since"><Ago at=Signal::stored(account.created_at)/></Fact>
        </dl>
        <section class="section">
            <h2>"Sign out"</h2>
            <p class="muted">"A guest has no password: who signs out and has no token does not come back."</p>
            <p><Button label="Sign out" busy=Signal::from(busy) on_press=move || leave(false)/></p>
        </section>
        <LoginList/>
        <section class="section">
            <h2>"Remove the account"</h2>
            <p class="muted">
                "Its terminals, its home, its part of the emulated cloud and its history are gone then. What it
                has made must be destroyed before."
            </p>
            <div class="buttons">
                <Confirm
                    label="Remove the account"
                    says="Nothing of it comes back."
                    typed=Signal::stored(Some(name))
                    busy=Signal::from(busy)
                    on_confirm=move || leave(true)
                />
                <Command line/>
            </div>
            <ProblemNote problem/>
        </section>
    }
}
