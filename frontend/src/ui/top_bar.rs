//! The bar above every page.

use leptos::prelude::*;

use super::theme::ThemeSwitch;
use crate::{
    live::{Connection, Live},
    routes,
};

/// The bar above every page: home, whether the page is live, who is signed in.
#[component]
pub fn TopBar(#[prop(optional, into)] account: Option<String>) -> impl IntoView {
    let connection = use_context::<Live>().map(|live| live.connection);
    let lost = move || connection.is_some_and(|connection| connection.get() == Connection::Lost);
    view! {
        <header class="top-bar">
            <a class="home" href=routes::at(routes::OVERVIEW)>"Manageacloud"</a>
            <output class="connection">
                {move || lost().then_some("Connection lost. Trying again…")}
            </output>
            {account.map(|name| view! { <a class="account" href=routes::at(routes::ACCOUNT)>{name}</a> })}
            <ThemeSwitch/>
        </header>
    }
}
