//! The files of the home.

use leptos::{html, prelude::*, task::spawn_local};
use leptos_router::hooks::use_query_map;
use shared::{Event, Folder, Problem, paths};

use super::{
    drop_zone::DropZone,
    file_row::FileRow,
    new_folder::NewFolder,
    place::{join, shown, way},
    transfer::Transfers,
    usage::UsageBar,
};
use crate::{
    live::{Live, Reading, read, server},
    routes,
    ui::{Button, PageHeader, ProblemNote, Shown},
};

/// The files of the home: one folder of it, which the address names.
#[component]
pub fn FilePage() -> impl IntoView {
    let query = use_query_map();
    let path = Memo::new(move |_| query.read().get("path").unwrap_or_default());
    // another folder is another page: nothing of the one before stays on it
    move || {
        let path = path.get();
        view! { <FolderPage path/> }
    }
}

#[component]
fn FolderPage(path: String) -> impl IntoView {
    let transfers = Transfers::current();
    let asked = path.clone();
    let folder = read(move || {
        let asked = asked.clone();
        async move { client::files::list(&server()?, &asked).await }
    });
    Effect::new(move |before: Option<u64>| {
        let arrived = transfers.arrived.get();
        if before.is_some() {
            folder.again();
        }
        arrived
    });
    Live::current().listen(move |event| {
        if let Event::Home { .. } = event {
            folder.again();
        }
    });
    let page = NodeRef::<html::Section>::new();
    let element = Signal::derive_local(move || page.get());
    let into = path.clone();
    let dropped_into = Signal::derive(move || {
        let home = folder
            .loaded()
            .with(|l| l.ready().map(|l| l.home.clone()))?;
        Some(join(&home, &into))
    });
    let (chosen_into, archive) = (path.clone(), routes::at(&paths::file_content(&path)));
    let steps = way(&path).into_iter().map(|(name, path)| {
        view! { <li><a href=routes::at(&routes::files(&path))>{name}</a></li> }
    });
    let made_in = path.clone();
    view! {
        <section class="files" node_ref=page aria-label="Files">
            <PageHeader title="Files">
                <Button label="Upload" kind="primary" on_press=move || transfers.choose_into(chosen_into.clone())/>
                <NewFolder folder=Signal::derive(move || made_in.clone()) on_made=Callback::new(move |()| folder.again())/>
                <a class="button" href=archive download="" rel="external">"Download all as .tar"</a>
            </PageHeader>
            <nav class="way" aria-label="Folders"><ol>{steps.collect_view()}</ol></nav>
            <DropZone on=element folder=dropped_into/>
            <Shown reading=folder full={move |listed: Signal<Folder>| view! { <Listed listed folder/> }.into_any()}/>
        </section>
    }
}

#[component]
fn Listed(listed: Signal<Folder>, folder: Reading<Folder>) -> impl IntoView {
    let problem = RwSignal::new(None::<Problem>);
    let on_remove = Callback::new(move |path: String| {
        spawn_local(async move {
            let removed = async { client::files::remove(&server()?, &path).await }.await;
            problem.try_set(removed.err());
            folder.again();
        });
    });
    let usage = Memo::new(move |_| listed.with(|listed| listed.usage));
    let entries = Memo::new(move |_| listed.with(|listed| listed.entries.clone()));
    let here = move || listed.with_untracked(|listed| listed.path.clone());
    let row = move |entry| {
        let entry = Signal::stored(entry);
        view! { <tr><FileRow entry folder=here() on_remove/></tr> }
    };
    let is_empty = Memo::new(move |_| entries.with(Vec::is_empty));
    let is_cut = Memo::new(move |_| listed.with(|listed| listed.is_cut));
    view! {
        <UsageBar usage/>
        <ProblemNote problem/>
        <Show when=move || is_cut.get()>
            <p class="warning" role="note">"There is more in this folder than is listed: use a terminal."</p>
        </Show>
        <Show when=move || is_empty.get()>
            <div class="empty">{move || format!("Nothing is in {}. Drop files here, or upload some.", shown(&here()))}</div>
        </Show>
        <Show when=move || !is_empty.get()>
            <div class="table-scroll">
                <table class="file-table">
                    <thead><tr>
                        <th scope="col">"Name"</th><th scope="col" class="size">"Size"</th>
                        <th scope="col">"Changed"</th><th scope="col">"Actions"</th>
                    </tr></thead>
                    <tbody>
                        // all that is told of one is in its key, so that one that changed is drawn anew
                        <For each=move || entries.get() key=|entry| format!("{entry:?}") children=row/>
                    </tbody>
                </table>
            </div>
        </Show>
    }
}
