//! Takes files that are dropped on something.

use leptos::{prelude::*, task::spawn_local};
use shared::Problem;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::HtmlElement;

use super::{
    place::in_home,
    transfer::{Source, Transfers, sources, watch_drops},
};
use crate::{live::server, ui::ProblemNote};

/// Takes files that are dropped on an element, and shows where they would go.
///
/// Where a shell is may be outside of the home: then nothing is uploaded, and it says so.
#[component]
pub fn DropZone(
    /// On what they are dropped.
    #[prop(into)]
    on: Signal<Option<HtmlElement>, LocalStorage>,
    /// The folder that they go into, as a shell calls it; none for the home.
    #[prop(into)]
    folder: Signal<Option<String>>,
) -> impl IntoView {
    let transfers = Transfers::current();
    let is_over = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let take = move |found: Vec<Source>| {
        let folder = folder.get_untracked();
        problem.set(None);
        spawn_local(async move {
            match place(folder).await {
                Ok(place) => transfers.upload(&place, found),
                Err(why) => drop(problem.try_set(Some(why))),
            }
        });
    };
    Effect::new(move |_| {
        let Some(element) = on.get() else { return };
        let over = Closure::<dyn Fn(bool)>::new(move |over| {
            is_over.try_set(over);
        });
        let dropped = Closure::<dyn Fn(JsValue)>::new(move |found| take(sources(&found)));
        let drops = watch_drops(
            &element,
            over.as_ref().unchecked_ref(),
            dropped.as_ref().unchecked_ref(),
        );
        let kept = StoredValue::new_local(Some((over, dropped, drops)));
        on_cleanup(move || {
            if let Some(Some((_, _, drops))) = kept.try_update_value(Option::take) {
                drops.stop();
            }
        });
    });
    let says = move || match folder.get() {
        Some(folder) => format!("Drop to upload into {folder}"),
        None => "Drop to upload into the home".to_owned(),
    };
    view! {
        <Show when=move || is_over.get()>
            <div class="drop-zone"><strong>{says}</strong></div>
        </Show>
        <ProblemNote problem/>
    }
}

/// The folder of the home that a shell calls so.
pub async fn place(folder: Option<String>) -> Result<String, Problem> {
    let Some(folder) = folder else {
        return Ok(String::new());
    };
    let home = client::files::list(&server()?, "").await?.home;
    in_home(&home, &folder).ok_or_else(|| Problem {
        detail: Some(format!("Go into a folder below {home} first.")),
        ..Problem::unreachable(format!("{folder} is not in the home"))
    })
}
