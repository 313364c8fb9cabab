//! Makes a folder.

use leptos::{prelude::*, task::spawn_local};
use shared::Problem;

use super::place::join;
use crate::{
    live::server,
    ui::{Busy, Button, Dialog, ProblemNote},
};

/// A button that asks for a name, and makes a folder of it.
#[component]
pub fn NewFolder(
    /// Where.
    #[prop(into)]
    folder: Signal<String>,
    /// It was made.
    on_made: Callback<()>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let name = RwSignal::new(String::new());
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let make = move || {
        let path = join(&folder.get_untracked(), &name.get_untracked());
        busy.set(Busy::Yes);
        spawn_local(async move {
            let made = async { client::files::make_folder(&server()?, &path).await }.await;
            busy.try_set(Busy::No);
            match made {
                Ok(()) => {
                    open.try_set(false);
                    on_made.run(());
                }
                Err(why) => drop(problem.try_set(Some(why))),
            }
        });
    };
    let is_empty = move || {
        name.with(String::is_empty)
            .then(|| "Type a name.".to_owned())
    };
    let ask = move || {
        name.set(String::new());
        problem.set(None);
        open.set(true);
    };
    view! {
        <Button label="New folder" on_press=ask/>
        <Dialog open label="New folder" on_close=move |()| open.set(false)>
            <form class="new-folder" on:submit=move |event| {
                event.prevent_default();
                if !name.with_untracked(String::is_empty) {
                    make();
                }
            }>
                <label class="field">
                    "Name of the new folder"
                    <input type="text" autocomplete="off" autocapitalize="off" spellcheck="false" autofocus
                        prop:value=name on:input=move |event| name.set(event_target_value(&event))/>
                </label>
                <ProblemNote problem/>
                <div class="confirm-buttons">
                    <Button label="Cancel" on_press=move || open.set(false)/>
                    <Button label="Make folder" kind="primary" busy=Signal::from(busy)
                        blocked=Signal::derive(is_empty) on_press=make/>
                </div>
            </form>
        </Dialog>
    }
}
