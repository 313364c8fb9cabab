//! Records a terminal.

use leptos::{prelude::*, task::spawn_local};
use shared::{Problem, Recording, RecordingState, TerminalId};

use super::words::clock;
use crate::{
    live::{Live, put, server},
    ui::{Busy, Button, ProblemNote},
};

/// That of a terminal which is under way.
fn underway(id: TerminalId) -> Memo<Option<Recording>> {
    let recordings = Live::current().recordings.loaded();
    Memo::new(move |_| {
        let is_it =
            |one: &&Recording| one.terminal_id == id && one.state == RecordingState::Recording;
        recordings.with(|all| all.ready()?.iter().find(is_it).cloned())
    })
}

/// Begins and stops recording a terminal.
#[component]
pub fn RecordButton(id: TerminalId) -> impl IntoView {
    let live = Live::current();
    let underway = underway(id);
    let is_recorded = Memo::new(move |_| underway.with(Option::is_some));
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let press = move || {
        let stops = is_recorded.get_untracked();
        busy.set(Busy::Yes);
        spawn_local(async move {
            let answer = async {
                match stops {
                    true => client::recordings::stop(&server()?, id).await,
                    false => client::recordings::start(&server()?, id).await,
                }
            };
            match answer.await {
                Ok(recording) => {
                    put(live.recordings, recording, |one| one.id);
                    problem.try_set(None);
                }
                Err(why) => {
                    problem.try_set(Some(why));
                    live.recordings.again();
                }
            }
            busy.try_set(Busy::No);
        });
    };
    let label = move || match is_recorded.get() {
        true => "Stop recording".to_owned(),
        false => "Record".to_owned(),
    };
    let since = move || {
        underway.with(|recording| {
            let since = recording.as_ref()?.started_at.unix_ms();
            u64::try_from(live.now.get().unix_ms() - since).ok()
        })
    };
    let shown = move || {
        is_recorded.get().then(|| {
            view! {
                <span class="recording" role="status">
                    "Recording "<span class="recording-clock" aria-hidden="true">{move || since().map(clock)}</span>
                </span>
            }
        })
    };
    view! {
        {shown}
        <Button label=Signal::derive(label) busy=Signal::from(busy) on_press=press/>
        <ProblemNote problem/>
    }
}

/// Says on a terminal's tab that it is recorded.
#[component]
pub fn RecordingMark(id: TerminalId) -> impl IntoView {
    let underway = underway(id);
    let is_recorded = Memo::new(move |_| underway.with(Option::is_some));
    move || {
        is_recorded.get().then(|| {
            view! { <span class="recording-mark" role="img" aria-label="recording" title="Recording"></span> }
        })
    }
}
