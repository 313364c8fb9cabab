//! What the home holds, and that it is full.

use leptos::prelude::*;
use shared::{Event, HomeState, HomeUsage};

use super::size::{percent, size};
use crate::{
    live::{Live, read, server},
    routes,
};

/// What the home holds of what it may.
#[component]
pub fn UsageBar(#[prop(into)] usage: Signal<HomeUsage>) -> impl IntoView {
    let says = move || words(usage.get());
    let bar = move || {
        let usage = usage.get();
        usage.quota_bytes.map(|quota| {
            let percent = percent(usage.used_bytes, quota);
            view! { <progress max="100" value=percent aria-label="What the home holds"></progress> }
        })
    };
    let tone = move || match usage.get().state {
        HomeState::Fits => "fits",
        HomeState::Full | HomeState::Over => "full",
    };
    view! { <p class="usage" data-state=tone>{bar}<span>{says}</span></p> }
}

/// Says that the home is full; nothing while it is not.
#[component]
pub fn HomeNotice() -> impl IntoView {
    let reading = read(|| async { Ok(client::files::list(&server()?, "").await?.usage) });
    let told = RwSignal::new(None::<HomeUsage>);
    Live::current().listen(move |event| {
        if let Event::Home { usage } = event {
            told.try_set(Some(*usage));
        }
    });
    let usage = move || {
        let first = reading.loaded().with(|loaded| loaded.ready().copied());
        told.get().or(first)
    };
    move || {
        usage().and_then(notice).map(|says| {
            view! {
                <p class="warning" role="status">
                    {says}" "<a href=routes::at(routes::FILES)>"Look at its files"</a>
                </p>
            }
        })
    }
}

/// What is held of what may be, in words.
fn words(usage: HomeUsage) -> String {
    let used = size(usage.used_bytes);
    match usage.quota_bytes {
        Some(quota) => format!("{used} of {}", size(quota)),
        None => used,
    }
}

/// What follows from a home that is full.
fn notice(usage: HomeUsage) -> Option<String> {
    let words = words(usage);
    match usage.state {
        HomeState::Fits => None,
        HomeState::Full => Some(format!(
            "The home is full: {words}. Nothing is uploaded, and new shells write small files only, until \
             something is removed."
        )),
        HomeState::Over => Some(format!(
            "The home holds far more than it may: {words}. Shells that wrote it are ended, and new ones \
             can only remove."
        )),
    }
}

#[cfg(test)]
mod tests {
    use shared::{HomeState, HomeUsage};

    use super::{notice, words};

    #[test]
    fn a_home_says_what_it_holds_and_when_it_is_full() {
        let usage = |state, quota_bytes| HomeUsage {
            used_bytes: 12 << 20,
            quota_bytes,
            state,
        };
        assert_eq!(
            words(usage(HomeState::Fits, Some(1 << 30))),
            "12 MB of 1 GB"
        );
        assert_eq!(words(usage(HomeState::Fits, None)), "12 MB");
        assert_eq!(notice(usage(HomeState::Fits, Some(1 << 30))), None);
        let full = notice(usage(HomeState::Full, Some(12 << 20))).unwrap();
        assert!(
            full.starts_with("The home is full: 12 MB of 12 MB."),
            "{full}"
        );
    }
}
