//! Asks before lines are pasted that would run at once.

use leptos::prelude::*;

use super::paste::Question;
use crate::ui::{Button, Dialog};

/// Asks before lines are pasted that would run at once.
#[component]
pub fn PasteDialog(
    /// What to ask about.
    question: RwSignal<Option<Question>>,
    /// Pastes it.
    on_paste: Callback<String>,
) -> impl IntoView {
    let open = Signal::derive(move || question.with(Option::is_some));
    let close = move || question.set(None);
    // stays as it was while the dialog closes
    let asked = Memo::new(move |last: Option<&Option<Question>>| {
        question.get().or_else(|| last.cloned().flatten())
    });
    let label = move || match asked.with(|q| q.as_ref().map_or(0, |q| q.lines)) {
        1 => "Paste a line that runs at once?".to_owned(),
        lines => format!("Paste {lines} lines that run at once?"),
    };
    let first = move || asked.with(|q| q.as_ref().map(|q| q.first.clone()));
    let more = move || {
        let more = asked.with(|q| {
            q.as_ref()
                .map_or(0, |q| q.lines.saturating_sub(q.first.lines().count()))
        });
        (more > 0).then(|| view! { <p class="muted">{format!("and {more} more lines")}</p> })
    };
    let paste = move || {
        let text = asked.with_untracked(|q| q.as_ref().map(|q| q.text.clone()));
        close();
        if let Some(text) = text {
            on_paste.run(text);
        }
    };
    view! {
        <Dialog open label=Signal::derive(label) on_close=move |()| close()>
            <p>{label}</p>
            <pre class="paste-preview" tabindex="0" aria-label="What would be pasted">{first}</pre>
            {more}
            <div class="confirm-buttons">
                <Button label="Cancel" on_press=close/>
                <Button label="Paste" kind="primary" on_press=paste/>
            </div>
        </Dialog>
    }
}
