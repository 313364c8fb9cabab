//! Which steps may begin: pure, and the same for making and destroying.

use std::collections::BTreeSet;

use shared::StepState;

/// When a step may follow the ones that it waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follow {
    /// When all of them have ended well; nothing begins any more after a failure.
    Success,
    /// When all of them have ended in any way.
    End,
}

/// The places of the steps that may begin now, in order.
///
/// `needs` has for each step the places of those that it waits for.
pub(super) fn ready(states: &[StepState], needs: &[Vec<usize>], follow: Follow) -> Vec<usize> {
    let has_failed = states.iter().any(|state| is_failure(*state));
    if follow == Follow::Success && has_failed {
        return Vec::new();
    }
    let lets_follow = |place: &usize| match (states.get(*place), follow) {
        (Some(StepState::Done), _) | (None, _) => true,
        (Some(_), Follow::Success) => false,
        (Some(state), Follow::End) => is_failure(*state) || *state == StepState::Skipped,
    };
    let waiting = states.iter().enumerate();
    waiting
        .filter(|(_, state)| **state == StepState::Waiting)
        .filter(|(place, _)| needs.get(*place).is_none_or(|n| n.iter().all(lets_follow)))
        .map(|(place, _)| place)
        .collect()
}

fn is_failure(state: StepState) -> bool {
    match state {
        StepState::Failed | StepState::Cancelled | StepState::Interrupted => true,
        StepState::Waiting | StepState::Running | StepState::Done | StepState::Skipped => false,
    }
}

/// What the steps of destroying wait for, whose places run the other way round: the last step of
/// the file has place 0.
pub(super) fn reversed(needs: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let last = needs.len().saturating_sub(1);
    let turn = |place: usize| last.saturating_sub(place);
    let mut turned = vec![BTreeSet::new(); needs.len()];
    for (place, waits_for) in needs.iter().enumerate() {
        for &needed in waits_for {
            if let Some(later) = turned.get_mut(turn(needed)) {
                later.insert(turn(place));
            }
        }
    }
    turned
        .into_iter()
        .map(|set| set.into_iter().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use shared::StepState::{Cancelled, Done, Failed, Running, Waiting};

    use super::{Follow, ready, reversed};

    #[test]
    fn a_step_begins_when_all_that_it_waits_for_are_done() {
        let needs = [vec![], vec![], vec![0, 1], vec![2]];
        let ready = |states: [_; 4]| ready(&states, &needs, Follow::Success);
        assert_eq!(ready([Waiting; 4]), [0, 1]);
        assert_eq!(ready([Done, Running, Waiting, Waiting]), [0_usize; 0]);
        assert_eq!(ready([Done, Done, Waiting, Waiting]), [2]);
    }

    #[test]
    fn nothing_begins_after_a_failure_unless_an_end_is_enough() {
        let needs = [vec![], vec![0], vec![]];
        for ill in [Failed, Cancelled] {
            let states = [ill, Waiting, Waiting];
            assert!(ready(&states, &needs, Follow::Success).is_empty());
            assert_eq!(ready(&states, &needs, Follow::End), [1, 2]);
        }
    }

    #[test]
    fn what_others_need_is_destroyed_after_them() {
        // 2 needs 0 and 1; destroying it has place 0, and 0's and 1's destruction wait for it
        assert_eq!(
            reversed(&[vec![], vec![], vec![0, 1]]),
            [vec![], vec![0], vec![0]]
        );
    }
}
