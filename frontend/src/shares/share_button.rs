//! Shares a terminal, in a dialog.

use leptos::prelude::*;
use shared::{MadeShare, TerminalId};

use super::{
    made_link::MadeLink, share_form::ShareForm, share_list::ShareList, sharings::Sharings,
};
use crate::ui::{Button, Dialog};

/// Shares a terminal, in a dialog: makes links, and shows and ends those that there are.
#[component]
pub fn ShareButton(id: TerminalId, name: String) -> impl IntoView {
    let sharings = Sharings::current();
    let open = RwSignal::new(false);
    let made = RwSignal::new(None::<MadeShare>);
    let label = format!("Share {name}");
    let title = label.clone();
    let show = move || {
        sharings.read(id);
        open.set(true);
    };
    let close = move || {
        open.set(false);
        // its secret was shown once
        made.set(None);
    };
    view! {
        <Button label on_press=show/>
        <Dialog open label=title.clone() on_close=move |()| close()>
            <h2>{title.clone()}</h2>
            <ShareForm id made/>
            <MadeLink made/>
            <ShareList id/>
            <div class="confirm-buttons"><Button label="Close" on_press=close/></div>
        </Dialog>
    }
}
