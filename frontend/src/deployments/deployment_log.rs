//! A deployment's log, as it is written.

use leptos::{html::Pre, prelude::*, task::spawn_local};
use shared::{DeploymentId, Event, LogLine, LogStream, Problem};

use super::view::{Gap, add_lines};
use crate::{
    live::{Live, server},
    ui::ProblemNote,
};

/// A deployment's log, as it is written.
#[component]
pub fn DeploymentLog(id: DeploymentId) -> impl IntoView {
    let lines = RwSignal::new(Vec::<LogLine>::new());
    let problem = RwSignal::new(None::<Problem>);
    let catch_up = move || spawn_local(catch_up(id, lines, problem));
    catch_up();
    Live::current().listen(move |event| match event {
        Event::Resync => catch_up(),
        Event::Log {
            deployment_id,
            lines: new,
        } if *deployment_id == id => {
            let gap = lines.try_update(|lines| add_lines(lines, new.clone()));
            if gap == Some(Gap::Yes) {
                catch_up();
            }
        }
        Event::Application { .. }
        | Event::Infrastructure { .. }
        | Event::InfrastructureGone { .. }
        | Event::Deployment { .. }
        | Event::Step { .. }
        | Event::Log { .. }
        | Event::Traffic { .. }
        | Event::Terminal { .. }
        | Event::TerminalGone { .. }
        | Event::Sharing { .. }
        | Event::Recording { .. }
        | Event::RecordingGone { .. }
        | Event::TutorialPreview { .. }
        | Event::TutorialPreviewGone { .. }
        | Event::Home { .. } => {}
    });
    let log = NodeRef::<Pre>::new();
    Effect::new(move |_| {
        lines.track();
        if let Some(log) = log.get() {
            request_animation_frame(move || log.set_scroll_top(log.scroll_height()));
        }
    });
    view! {
        <ProblemNote problem/>
        <pre class="log" role="log" aria-label="Log" tabindex="0" node_ref=log>
            <For each=move || lines.get() key=|line| line.seq let:line>
                <span class="log-line" data-stream=stream(line.stream)>{line.text}"\n"</span>
            </For>
        </pre>
        {move || lines.with(Vec::is_empty).then(|| view! { <p class="muted">"Nothing was written yet."</p> })}
    }
}

fn stream(stream: LogStream) -> &'static str {
    match stream {
        LogStream::Note => "note",
        LogStream::Stdout => "stdout",
        LogStream::Stderr => "stderr",
    }
}

/// Reads what follows the last known line until there is no more.
async fn catch_up(
    id: DeploymentId,
    log: RwSignal<Vec<LogLine>>,
    problem: RwSignal<Option<Problem>>,
) {
    while let Some(after) = log.try_with_untracked(|log| log.last().map_or(0, |line| line.seq)) {
        let page = async { client::deployments::log(&server()?, id, after, 0).await }.await;
        match page {
            Ok(page) if page.lines.is_empty() => {
                problem.try_set(None);
                return;
            }
            Ok(page) => {
                if log.try_update(|log| add_lines(log, page.lines)) == Some(Gap::Yes) {
                    return;
                }
            }
            Err(refused) => {
                problem.try_set(Some(refused));
                return;
            }
        }
    }
}
