//! The command that does the same as what stands beside it.

use leptos::prelude::*;

/// The command that does the same as what stands beside it, to be copied.
#[component]
pub fn Command(
    /// The line, as a shell reads it.
    #[prop(into)]
    line: Signal<String>,
) -> impl IntoView {
    let is_copied = RwSignal::new(false);
    // another line was not copied yet
    Effect::new(move |_| {
        line.track();
        is_copied.set(false);
    });
    let copy = move |_| {
        // the answer is of no use: who may not copy sees the line all the same
        drop(
            window()
                .navigator()
                .clipboard()
                .write_text(&line.get_untracked()),
        );
        is_copied.set(true);
    };
    let label = move || if is_copied.get() { "Copied" } else { "Copy" };
    view! {
        <span class="command">
            <code>{line}</code>
            <button type="button" class="copy" on:click=copy aria-label=move || format!("{}: {}", label(), line.get())>{label}</button>
        </span>
    }
}

/// The commands that do the same as the buttons above, shown when somebody asks for them.
#[component]
pub fn Commands(
    /// What each does, as the button says it, and the line.
    lines: Vec<(&'static str, String)>,
) -> impl IntoView {
    let lines = lines
        .into_iter()
        .map(|(what, line)| view! { <dt>{what}</dt><dd><Command line/></dd> });
    view! {
        <details class="commands">
            <summary>"The same by command"</summary>
            <dl>{lines.collect_view()}</dl>
        </details>
    }
}

/// Words as a shell reads them.
pub fn shell(words: &[&str]) -> String {
    shell_words::join(words)
}
