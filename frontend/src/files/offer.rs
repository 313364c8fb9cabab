//! What a shell asks of the person: to download a file, or to upload some.

use leptos::{prelude::*, task::spawn_local};
use shared::{FileKind, Problem, paths};

use super::{
    drop_zone::place,
    place::{shown, split},
    size::size,
    transfer::{Transfers, save},
    wish::Wish,
};
use crate::{
    live::server,
    routes,
    ui::{Button, Dialog, ProblemNote},
};

/// What the person is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    Download { path: String, says: String },
    Upload { folder: String },
}

/// Answers what a shell wishes, one after the other: starts a download that was just asked for, and asks
/// about everything else.
#[component]
pub fn FileOffer(
    /// What is wished, first come first.
    wishes: RwSignal<Vec<Wish>>,
) -> impl IntoView {
    let transfers = Transfers::current();
    let asked = RwSignal::new(None::<Asked>);
    let problem = RwSignal::new(None::<Problem>);
    let busy = StoredValue::new(false);
    Effect::new(move |_| {
        let first = wishes.with(|wishes| wishes.first().cloned());
        let is_free = asked.with(Option::is_none) && !busy.get_value();
        let Some(wish) = first.filter(|_| is_free) else {
            return;
        };
        busy.set_value(true);
        spawn_local(async move {
            let answer = understood(wish).await;
            busy.try_set_value(false);
            wishes.try_update(|wishes| wishes.drain(..1).count());
            match answer {
                Ok(question) => drop(asked.try_set(question)),
                Err(why) => drop(problem.try_set(Some(why))),
            }
        });
    });
    let open = Signal::derive(move || asked.with(Option::is_some));
    // stays as it was while the dialog closes
    let shown_now = Memo::new(move |last: Option<&Option<Asked>>| {
        asked.get().or_else(|| last.cloned().flatten())
    });
    let says = move || match shown_now.get() {
        Some(Asked::Download { says, .. }) => says,
        Some(Asked::Upload { folder }) => {
            format!("The shell asks for files, into {}.", shown(&folder))
        }
        None => String::new(),
    };
    let yes = move || match shown_now.get() {
        Some(Asked::Download { .. }) | None => "Download",
        Some(Asked::Upload { .. }) => "Choose files",
    };
    let agree = move || {
        let agreed = asked.get_untracked();
        asked.set(None);
        match agreed {
            Some(Asked::Download { path, .. }) => save(&routes::at(&paths::file_content(&path))),
            Some(Asked::Upload { folder }) => transfers.choose_into(folder),
            None => {}
        }
    };
    let refuse = move || {
        asked.set(None);
        // who says no to one may be asked for hundreds
        wishes.update(Vec::clear);
    };
    view! {
        <ProblemNote problem/>
        <Show when=move || problem.with(Option::is_some)>
            <p><Button label="Dismiss" on_press=move || problem.set(None)/></p>
        </Show>
        <Dialog open label=Signal::derive(says) on_close=move |()| asked.set(None)>
            <p>{says}</p>
            <div class="confirm-buttons">
                <Button label="Not now" on_press=refuse/>
                <Button label=Signal::derive(move || yes().to_owned()) kind="primary" on_press=agree/>
            </div>
        </Dialog>
    }
}

/// Looks at what is wished; what remains to be asked.
async fn understood(wish: Wish) -> Result<Option<Asked>, Problem> {
    match wish {
        Wish::Upload { folder } => {
            let folder = place(Some(folder)).await?;
            client::files::list(&server()?, &folder).await?;
            Ok(Some(Asked::Upload { folder }))
        }
        Wish::Download { path, is_meant } => {
            let path = place(Some(path)).await?;
            let what = found(&path).await?;
            if is_meant {
                save(&routes::at(&paths::file_content(&path)));
                return Ok(None);
            }
            let says = format!("The shell offers {} ({what}).", shown(&path));
            Ok(Some(Asked::Download { path, says }))
        }
    }
}

/// What is at a path, in words.
async fn found(path: &str) -> Result<String, Problem> {
    let (folder, name) = split(path);
    if path.is_empty() {
        return Ok("the whole home, as .tar".to_owned());
    }
    let listed = client::files::list(&server()?, folder).await?;
    let entry = listed.entries.iter().find(|entry| entry.name == name);
    match entry.map(|entry| (entry.kind, entry.size_bytes)) {
        Some((FileKind::File, bytes)) => Ok(size(bytes)),
        Some((FileKind::Folder, _)) => Ok("a folder, as .tar".to_owned()),
        // more may be in the folder than is listed
        None if listed.is_cut => Ok("a file".to_owned()),
        Some((FileKind::Other, _)) | None => Err(Problem {
            detail: Some("It is no file, or it is gone.".to_owned()),
            ..Problem::unreachable(format!("{} can't be downloaded", shown(path)))
        }),
    }
}
