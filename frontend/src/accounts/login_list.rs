//! What is signed in, and signing it out.

use leptos::{prelude::*, task::spawn_local};
use shared::{Login, Problem};

use super::view::{can_revoke, kind, says};
use crate::{
    live::{read, server},
    ui::{Ago, Badge, Busy, Confirm, Listing, ProblemNote, Table, Tone},
};

/// What is signed in, with what signs it out.
#[component]
pub fn LoginList() -> impl IntoView {
    let logins = read(|| async { Ok(client::accounts::logins(&server()?).await?.items) });
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let revoke = Callback::new(move |id: Option<String>| {
        busy.set(Busy::Yes);
        spawn_local(async move {
            let answer = async {
                let server = server()?;
                match &id {
                    Some(id) => client::accounts::revoke(&server, id).await,
                    None => client::accounts::revoke_others(&server).await,
                }
            };
            let answer = answer.await;
            busy.try_set(Busy::No);
            problem.try_set(answer.err());
            logins.again();
        });
    });
    let cells = move |login: Signal<Login>| {
        let used = move || {
            let at = login.with(|login| login.used_at);
            at.map_or_else(
                || "not yet".into_any(),
                |at| view! { <Ago at=Signal::stored(at)/> }.into_any(),
            )
        };
        let sign_out = move || {
            let login = login.get();
            can_revoke(&login).then(|| {
                let (label, says, id) = (format!("Sign out {}", login.name), says(&login), login.id);
                view! {
                    <Confirm label says busy=Signal::from(busy) on_confirm=move || revoke.run(Some(id.clone()))/>
                }
            })
        };
        let this = move || {
            login.with(|login| login.is_this).then(|| {
                view! { <Badge state=Signal::stored(("This one", Tone::Iris))/> }
            })
        };
        view! {
            <td>{move || login.with(|login| login.name.clone())}" "{this}</td>
            <td>{move || kind(login.with(|login| login.kind))}</td>
            <td><Ago at=Signal::derive(move || login.with(|login| login.created_at))/></td>
            <td>{used}</td>
            <td>{sign_out}</td>
        }
    };
    let full = move |all: Signal<Vec<Login>>| {
        let are_others = move || all.with(|all| all.iter().any(can_revoke));
        view! {
            <Table columns=&["Name", "What", "Since", "Last used", "Sign out"] items=all key=|login| login.id.clone() cells/>
            <Show when=are_others>
                <p><Confirm
                    label="Sign out everywhere else"
                    says="Other browsers and tokens are signed out, and what they show is closed. Shells go on, and so does mac in your own terminals."
                    busy=Signal::from(busy)
                    on_confirm=move || revoke.run(None)
                /></p>
            </Show>
        }
        .into_any()
    };
    view! {
        <section class="section">
            <h2>"Signed in"</h2>
            <Listing reading=logins empty=|| "Nothing is signed in." full/>
            <ProblemNote problem/>
        </section>
    }
}
