//! Steps with their state and time, drawn below the log and drawn again in the same place.
//!
//! Each picture is one write, between the two sequences that tell a terminal to show it at once.

use std::io::{self, Write};

use rustix::termios::tcgetwinsize;
use shared::{Instant, LogLine, Step, StepState};

/// A width where the terminal tells none.
const WIDTH: usize = 80;
/// A height where the terminal tells none.
const HEIGHT: usize = 24;

/// What is drawn below the log.
#[derive(Debug, Default)]
pub struct Live {
    lines: usize,
}

impl Live {
    /// Prints new lines of the log, and below them the steps.
    pub fn draw(&mut self, log: &[LogLine], steps: &[Step]) -> io::Result<()> {
        let picture = self.picture(log, steps, size(), has_colors());
        let mut stdout = io::stdout().lock();
        stdout.write_all(picture.as_bytes())?;
        stdout.flush()
    }

    fn picture(
        &mut self,
        log: &[LogLine],
        steps: &[Step],
        (width, height): (usize, usize),
        has_colors: bool,
    ) -> String {
        let mut text = String::from("\x1b[?2026h");
        if self.lines > 0 {
            text.push_str(&format!("\x1b[{}A\r\x1b[J", self.lines));
        }
        for line in log {
            text.push_str(&format!("{}\r\n", line.text));
        }
        let shown = around_the_work(steps, height.saturating_sub(2).max(1));
        for step in shown {
            text.push_str(&drawn(step, width, has_colors));
        }
        self.lines = shown.len();
        text.push_str("\x1b[?2026l");
        text
    }
}

/// As many steps as fit, from a little above the first that is not done.
fn around_the_work(steps: &[Step], count: usize) -> &[Step] {
    let work = steps.iter().position(|step| step.state != StepState::Done);
    let last = steps.len().saturating_sub(count);
    let first = work.unwrap_or(last).saturating_sub(count / 2).min(last);
    &steps[first..(first + count).min(steps.len())]
}

fn drawn(step: &Step, width: usize, has_colors: bool) -> String {
    let (sign, color, word) = match step.state {
        StepState::Waiting => ("·", "2", "waiting"),
        StepState::Running => ("▸", "36", "running"),
        StepState::Done => ("✓", "32", "done"),
        StepState::Failed => ("✗", "31", "failed"),
        StepState::Cancelled => ("✗", "33", "cancelled"),
        StepState::Interrupted => ("?", "33", "interrupted"),
        StepState::Skipped => ("-", "2", "skipped"),
    };
    let line = format!("{sign} {}  {word}  {}", step.name, time(step));
    let line: String = line
        .trim_end()
        .chars()
        .filter(|c| !c.is_control())
        .take(width.saturating_sub(1))
        .collect();
    if has_colors {
        format!("\x1b[{color}m{line}\x1b[0m\r\n")
    } else {
        format!("{line}\r\n")
    }
}

/// How long a step took, or takes until now.
pub fn time(step: &Step) -> String {
    let Some(began) = step.started_at else {
        return String::new();
    };
    let end = step.finished_at.unwrap_or_else(Instant::now);
    let seconds = (end.unix_ms() - began.unix_ms()).max(0) / 1000;
    if seconds < 60 {
        format!("{seconds}s")
    } else {
        format!("{}m{:02}s", seconds / 60, seconds % 60)
    }
}

fn size() -> (usize, usize) {
    match tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col.into(), size.ws_row.into()),
        _ => (WIDTH, HEIGHT),
    }
}

fn has_colors() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use shared::{Instant, LogLine, LogStream, Step, StepState};

    use super::Live;

    fn step(position: u32, state: StepState) -> Step {
        Step {
            position,
            name: format!("step_{position}: create"),
            state,
            exit_code: None,
            started_at: Some(Instant::from_unix_ms(0)),
            finished_at: Some(Instant::from_unix_ms(61_000)),
        }
    }

    #[test]
    fn the_steps_are_drawn_again_in_their_place_and_the_log_stays_above() {
        let mut live = Live::default();
        let steps = [step(0, StepState::Done), step(1, StepState::Failed)];
        let first = live.picture(&[], &steps, (80, 24), false);
        assert_eq!(
            first,
            "\x1b[?2026h✓ step_0: create  done  1m01s\r\n✗ step_1: create  failed  1m01s\r\n\x1b[?2026l"
        );
        let line = LogLine {
            seq: 1,
            at: Instant::from_unix_ms(0),
            stream: LogStream::Note,
            text: "news".into(),
        };
        let second = live.picture(&[line], &steps, (80, 24), true);
        assert!(
            second.starts_with("\x1b[?2026h\x1b[2A\r\x1b[Jnews\r\n\x1b[32m✓"),
            "{second:?}"
        );
    }

    #[test]
    fn a_small_terminal_shows_the_steps_around_the_work_and_no_line_wraps() {
        let mut steps: Vec<Step> = (0..50).map(|place| step(place, StepState::Done)).collect();
        steps[30].state = StepState::Running;
        let drawn = Live::default().picture(&[], &steps, (20, 8), false);
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines.len(), 7, "{drawn}");
        assert!(drawn.contains("▸ step_30"), "{drawn}");
        assert!(
            lines
                .iter()
                .all(|line| line.replace("\x1b[?2026h", "").chars().count() < 20)
        );
    }
}
