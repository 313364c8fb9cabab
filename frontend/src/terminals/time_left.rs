//! Says that a terminal is about to end, or why it did.

use std::time::Duration;

use leptos::{leptos_dom::helpers::set_interval_with_handle, prelude::*, task::spawn_local};
use shared::{Problem, Terminal, TerminalState};

use crate::{
    live::{Live, put, server},
    ui::{Busy, Button, ProblemNote},
};

/// Say so when less than this is left.
const SOON_MS: i64 = 5 * 60_000;
/// And more urgently when less than this is left.
const URGENT_MS: i64 = 60_000;
/// How often it is looked.
const GLANCE: Duration = Duration::from_secs(1);

/// Says that a terminal is about to end, with a button that gives it more time; or why it ended.
#[component]
pub fn TimeLeft(terminal: Signal<Option<Terminal>>) -> impl IntoView {
    let live = Live::current();
    let now_ms = RwSignal::new(js_now());
    if let Ok(glances) = set_interval_with_handle(move || now_ms.set(js_now()), GLANCE) {
        on_cleanup(move || glances.clear());
    }
    let says =
        Memo::new(move |_| terminal.with(|t| t.as_ref().and_then(|t| says(t, now_ms.get()))));
    let busy = RwSignal::new(Busy::No);
    let problem = RwSignal::new(None::<Problem>);
    let extend = move || {
        let Some(id) = terminal.with_untracked(|t| t.as_ref().map(|t| t.id)) else {
            return;
        };
        busy.set(Busy::Yes);
        spawn_local(async move {
            let answer = async { client::terminals::extend(&server()?, id).await }.await;
            busy.try_set(Busy::No);
            match answer {
                Ok(terminal) => put(live.terminals, terminal, |item| item.id),
                Err(refused) => {
                    problem.try_set(Some(refused));
                }
            }
        });
    };
    let runs = move || says.with(|says| says.as_ref().is_some_and(|says| says.can_extend));
    // a screen reader is told each minute, and not each second
    let aloud = Memo::new(move |_| says.with(|says| says.as_ref().map(|says| says.aloud.clone())));
    view! {
        <Show when=move || says.with(Option::is_some)>
            <div class="time-left" data-urgent=move || says.with(|s| s.as_ref().is_some_and(|s| s.is_urgent)).then_some("")>
                <span aria-hidden="true">{move || says.get().map(|says| says.text)}</span>
                <span class="visually-hidden" role="status">{move || aloud.get()}</span>
                <Show when=runs>
                    <Button label="Give it more time" busy=Signal::from(busy) on_press=extend/>
                </Show>
                <ProblemNote problem/>
            </div>
        </Show>
    }
}

/// What is said of a terminal's end.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Says {
    text: String,
    /// The same for who hears it, changing seldom.
    aloud: String,
    is_urgent: bool,
    can_extend: bool,
}

/// What is to be said of a terminal's end at an instant, in unix milliseconds.
fn says(terminal: &Terminal, now_ms: i64) -> Option<Says> {
    if terminal.state != TerminalState::Running {
        let text = terminal.reason.clone()?;
        let aloud = text.clone();
        return Some(Says {
            text,
            aloud,
            is_urgent: false,
            can_extend: false,
        });
    }
    let left_ms = terminal.ends_at?.unix_ms() - now_ms;
    (left_ms < SOON_MS).then(|| {
        let seconds = left_ms.max(0) / 1000;
        let (minutes, rest) = (seconds / 60, seconds % 60);
        let aloud = match minutes {
            0 => "This terminal ends within a minute.".to_owned(),
            1 => "This terminal ends in a minute.".to_owned(),
            _ => format!("This terminal ends in {minutes} minutes."),
        };
        Says {
            text: format!("This terminal ends in {minutes}:{rest:02}, with all that runs in it."),
            aloud,
            is_urgent: left_ms < URGENT_MS,
            can_extend: true,
        }
    })
}

fn js_now() -> i64 {
    js_sys::Date::now() as i64
}

#[cfg(test)]
mod tests {
    use shared::{Instant, Terminal, TerminalId, TerminalState};

    use super::says;

    fn ending_in(left_ms: i64) -> Terminal {
        Terminal {
            id: TerminalId::new(),
            name: "Terminal 1".into(),
            state: TerminalState::Running,
            created_at: Instant::from_unix_ms(0),
            ends_at: Some(Instant::from_unix_ms(left_ms)),
            keep_s: None,
            reason: None,
            machine: None,
        }
    }

    #[test]
    fn the_end_is_told_of_in_the_last_minutes_and_urgently_in_the_last_one() {
        assert_eq!(says(&ending_in(300_000), 0), None);
        let soon = says(&ending_in(299_999), 0).unwrap();
        assert!(soon.text.contains("in 4:59") && !soon.is_urgent && soon.can_extend);
        assert_eq!(soon.aloud, "This terminal ends in 4 minutes.");
        let urgent = says(&ending_in(59_000), 0).unwrap();
        assert!(urgent.text.contains("in 0:59") && urgent.is_urgent);
        assert!(
            says(&ending_in(1000), 9000)
                .unwrap()
                .text
                .contains("in 0:00")
        );
        let endless = Terminal {
            ends_at: None,
            ..ending_in(0)
        };
        assert_eq!(says(&endless, 0), None);
    }

    #[test]
    fn why_it_ended_is_told_of_and_no_more_time_is_offered() {
        let over = Terminal {
            state: TerminalState::Ended,
            reason: Some("Its time was over.".into()),
            ..ending_in(0)
        };
        let said = says(&over, 0).unwrap();
        assert_eq!(said.text, "Its time was over.");
        assert!(!said.can_extend);
    }
}
