//! What the deployment pages decide.

use shared::{Deployment, DeploymentKind, DeploymentState, Instant, LogLine, Step, StepState};

use crate::ui::Tone;

/// A deployment's state in a word.
pub fn deployment_badge(state: DeploymentState) -> (&'static str, Tone) {
    match state {
        DeploymentState::Queued => ("Queued", Tone::Amber),
        DeploymentState::Provisioning => ("Provisioning", Tone::Iris),
        DeploymentState::Checking => ("Checking", Tone::Iris),
        DeploymentState::AwaitingApproval => ("Awaiting approval", Tone::Amber),
        DeploymentState::Switching => ("Switching", Tone::Iris),
        DeploymentState::Baking => ("Baking", Tone::Iris),
        DeploymentState::RollingBack => ("Rolling back", Tone::Amber),
        DeploymentState::Draining => ("Draining", Tone::Amber),
        DeploymentState::Destroying => ("Destroying", Tone::Iris),
        DeploymentState::Succeeded => ("Succeeded", Tone::Quiet),
        DeploymentState::RolledBack => ("Rolled back", Tone::Amber),
        DeploymentState::Failed => ("Failed", Tone::Red),
        DeploymentState::Cancelled => ("Cancelled", Tone::Amber),
        DeploymentState::NeedsAttention => ("Needs attention", Tone::Red),
    }
}

/// A step's state in a word.
pub fn step_badge(state: StepState) -> (&'static str, Tone) {
    match state {
        StepState::Waiting => ("Waiting", Tone::Quiet),
        StepState::Running => ("Running", Tone::Iris),
        StepState::Done => ("Done", Tone::Quiet),
        StepState::Failed => ("Failed", Tone::Red),
        StepState::Cancelled => ("Cancelled", Tone::Amber),
        StepState::Interrupted => ("Interrupted", Tone::Red),
        StepState::Skipped => ("Skipped", Tone::Quiet),
    }
}

/// Whether it is under way and can be ended; an address that is being moved is not let go of.
pub fn is_cancellable(deployment: &Deployment) -> bool {
    let is_of_macfile = match deployment.kind {
        DeploymentKind::Create | DeploymentKind::Destroy => true,
        DeploymentKind::Promote | DeploymentKind::RollBack => false,
    };
    is_of_macfile && !deployment.state.is_final()
}

/// Until when a destruction can be undone.
pub fn undone_until(deployment: &Deployment) -> Option<Instant> {
    let is_destruction = deployment.kind == DeploymentKind::Destroy;
    deployment
        .until
        .filter(|_| is_destruction && !deployment.state.is_final())
}

/// What a deployment attempts, in words.
pub fn what(deployment: &Deployment) -> String {
    let Deployment {
        application,
        version,
        ..
    } = deployment;
    match deployment.kind {
        DeploymentKind::Create => format!("Create {application} {version}"),
        DeploymentKind::Promote => format!("Promote {application} {version}"),
        DeploymentKind::RollBack => format!("Roll {application} back to {version}"),
        DeploymentKind::Destroy => format!("Destroy {application} {version}"),
    }
}

/// Puts a step in its place.
pub fn put_step(steps: &mut Vec<Step>, step: Step) {
    match steps.binary_search_by_key(&step.position, |known| known.position) {
        Ok(place) => steps[place] = step,
        Err(place) => steps.insert(place, step),
    }
}

/// Whether lines are missing between what is known and what came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// Lines must be read.
    Yes,
    /// None are missing.
    No,
}

/// Adds the lines that follow what is known; lines known already are left out.
pub fn add_lines(log: &mut Vec<LogLine>, lines: Vec<LogLine>) -> Gap {
    for line in lines {
        let next = log.last().map_or(1, |last| last.seq + 1);
        if line.seq > next {
            return Gap::Yes;
        }
        if line.seq == next {
            log.push(line);
        }
    }
    Gap::No
}

#[cfg(test)]
mod tests {
    use super::{Gap, add_lines, put_step};
    use shared::{Instant, LogLine, LogStream, Step, StepState};

    fn line(seq: u64) -> LogLine {
        LogLine {
            seq,
            at: Instant::from_unix_ms(0),
            stream: LogStream::Note,
            text: String::new(),
        }
    }

    fn step(position: u32, state: StepState) -> Step {
        let name = position.to_string();
        Step {
            position,
            name,
            state,
            exit_code: None,
            started_at: None,
            finished_at: None,
        }
    }

    #[test]
    fn lines_that_came_twice_are_shown_once() {
        let mut log = vec![line(1), line(2)];
        assert_eq!(add_lines(&mut log, vec![line(2), line(3)]), Gap::No);
        assert_eq!(log, [line(1), line(2), line(3)]);
    }

    #[test]
    fn a_gap_is_told_and_nothing_after_it_is_shown() {
        let mut log = vec![line(1)];
        assert_eq!(add_lines(&mut log, vec![line(4)]), Gap::Yes);
        assert_eq!(log, [line(1)]);
    }

    #[test]
    fn a_step_replaces_the_one_at_its_position() {
        let mut steps = vec![step(0, StepState::Done), step(2, StepState::Waiting)];
        put_step(&mut steps, step(2, StepState::Running));
        put_step(&mut steps, step(1, StepState::Done));
        let states: Vec<_> = steps
            .iter()
            .map(|step| (step.position, step.state))
            .collect();
        assert_eq!(
            states,
            [
                (0, StepState::Done),
                (1, StepState::Done),
                (2, StepState::Running)
            ]
        );
    }
}
