//! The recordings in which a deployment was begun.

use leptos::prelude::*;
use shared::{DeploymentId, Event, Recording};

use super::words::clock;
use crate::{
    live::{Live, read, server},
    routes,
    ui::Fact,
};

/// The recordings in which a deployment was begun; nothing if there is none.
#[component]
pub fn RecordedIn(id: DeploymentId) -> impl IntoView {
    let found = read(move || async move {
        Ok(client::recordings::of_deployment(&server()?, id)
            .await?
            .items)
    });
    Live::current().listen(move |event| match event {
        Event::Recording { recording } if recording.deployments.iter().any(|one| one.id == id) => {
            found.again();
        }
        Event::RecordingGone { .. } => found.again(),
        Event::Resync
        | Event::Application { .. }
        | Event::Infrastructure { .. }
        | Event::InfrastructureGone { .. }
        | Event::Deployment { .. }
        | Event::Step { .. }
        | Event::Log { .. }
        | Event::Traffic { .. }
        | Event::Terminal { .. }
        | Event::TerminalGone { .. }
        | Event::Sharing { .. }
        | Event::TutorialPreview { .. }
        | Event::TutorialPreviewGone { .. }
        | Event::Home { .. }
        | Event::Recording { .. } => {}
    });
    let loaded = found.loaded();
    let all = move || loaded.with(|all| all.ready().cloned().unwrap_or_default());
    let one = move |recording: Recording| {
        let begun = recording.deployments.iter().find(|one| one.id == id);
        let at_ms = begun.map_or(0, |begun| begun.at_ms);
        let from = format!("{}, from {}", recording.terminal, clock(at_ms));
        view! {
            <Fact name="Recorded in"><a href=routes::at(&routes::recording_at(recording.id, at_ms))>{from.clone()}</a></Fact>
        }
    };
    move || all().into_iter().map(one).collect_view()
}
