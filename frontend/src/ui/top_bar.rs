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
    let says = move || {
        match connection?.get() {
        Connection::Lost => Some("Connection lost. Trying again…".into_any()),
        Connection::SignedOut => Some(
            view! { "You are signed out. "<a href=routes::at(routes::OVERVIEW) rel="external">"Begin anew"</a> }
                .into_any(),
        ),
        Connection::Opening | Connection::Open => None,
    }
    };
    view! {
        <header class="top-bar">
            <a class="home" href=routes::at(routes::OVERVIEW)>"Manageacloud"</a>
            <output class="connection">{says}</output>
            {account.map(|name| view! { <a class="account" href=routes::at(routes::ACCOUNT)>{name}</a> })}
            <ThemeSwitch/>
        </header>
    }
}
