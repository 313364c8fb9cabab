//! Shows where something is that the address names: `?spotlight=promote`.

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_query_map;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// How often it is looked whether it is on the page already.
const GLANCE_MS: u32 = 100;
/// How often at most: what it shows may be read from the server first.
const GLANCES: u32 = 100;

/// Shows where something is that the address names: the first part of the page with that `data-spot`.
#[component]
pub fn Spotlight() -> impl IntoView {
    let query = use_query_map();
    let named = Memo::new(move |_| query.read().get("spotlight"));
    Effect::new(move |_| {
        let Some(name) = named.get().filter(|name| is_plain(name)) else {
            return;
        };
        spawn_local(async move {
            for _ in 0..GLANCES {
                if named.try_get_untracked().flatten().as_ref() != Some(&name) {
                    return; // the page has gone on
                }
                if let Some(spot) = find(&name) {
                    return light(&spot);
                }
                TimeoutFuture::new(GLANCE_MS).await;
            }
        });
    });
}

fn is_plain(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn find(name: &str) -> Option<Element> {
    let spot = format!("[data-spot={name}] button:not(:disabled)");
    document().query_selector(&spot).ok().flatten()
}

/// Brings it into view, and gives it the keyboard and a ring until somebody presses something.
fn light(spot: &Element) {
    spot.scroll_into_view();
    spot.set_attribute("data-spotlit", "").ok(); // it is an element
    if let Some(spot) = spot.dyn_ref::<HtmlElement>() {
        spot.focus().ok(); // it is on the page
    }
}
