//! One file of a folder.

use leptos::prelude::*;
use shared::{FileEntry, FileKind, paths};

use super::{place::join, size::size};
use crate::{
    routes,
    ui::{Ago, Confirm},
};

/// The cells of one file: its name, its size, its age, and what can be done with it.
#[component]
pub fn FileRow(
    entry: Signal<FileEntry>,
    /// The folder that it is in.
    folder: String,
    /// Removes it, once the person has said so.
    on_remove: Callback<String>,
) -> impl IntoView {
    let FileEntry {
        name,
        kind,
        is_link,
        has_plain_name,
        ..
    } = entry.get_untracked();
    let path = join(&folder, &name);
    let label = match kind {
        FileKind::Folder => format!("{name}/"),
        FileKind::File | FileKind::Other => name.clone(),
    };
    let link = is_link.then_some(view! { <span class="muted">" link"</span> });
    let shown = match (kind, has_plain_name) {
        (FileKind::Folder, true) => {
            view! { <a href=routes::at(&routes::files(&path))>{label}</a> }.into_any()
        }
        (FileKind::Folder | FileKind::File | FileKind::Other, _) => {
            view! { <span>{label}</span> }.into_any()
        }
    };
    let bytes = move || match kind {
        FileKind::File => size(entry.with(|entry| entry.size_bytes)),
        FileKind::Folder | FileKind::Other => String::new(),
    };
    let download = (kind != FileKind::Other && has_plain_name).then(|| {
        let (what, says) = match kind {
            FileKind::Folder => ("Download .tar", format!("Download {name} as .tar")),
            FileKind::File | FileKind::Other => ("Download", format!("Download {name}")),
        };
        let href = routes::at(&paths::file_content(&path));
        view! { <a class="button" href=href download="" rel="external" aria-label=says>{what}</a> }
    });
    let says = match (kind, is_link) {
        (FileKind::Folder, false) => format!("{name} and all in it is gone then."),
        (FileKind::Folder | FileKind::File | FileKind::Other, _) => format!("{name} is gone then."),
    };
    let remove = has_plain_name.then(|| {
        let label = format!("Delete {name}");
        view! { <Confirm label says on_confirm=move || on_remove.run(path.clone())/> }
    });
    let odd = (!has_plain_name).then_some(view! {
        <small class="reason">"Its name is not text: use a terminal."</small>
    });
    view! {
        <th scope="row">{shown}{link}</th>
        <td class="size">{bytes}</td>
        <td><Ago at=Signal::derive(move || entry.with(|entry| entry.modified_at))/></td>
        <td><div class="buttons">{download}{remove}{odd}</div></td>
    }
}
