//! What is to be done so that what runs matches the books: decided here, done by the realm.

use std::collections::HashSet;

use crate::books::{BookedInstance, BookedState};

/// How many instances an account may run, however it launches them.
pub(crate) const MOST_INSTANCES: usize = 20;

/// One thing to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Act<'a> {
    /// It should run.
    Boot(&'a BookedInstance),
    /// It should not run, and may again.
    Stop(&'a str),
    /// It never runs again.
    Remove(&'a str),
}

/// What to do, given the books and what runs: what ends before what begins.
pub(crate) fn acts<'a>(booked: &'a [BookedInstance], running: &'a HashSet<String>) -> Vec<Act<'a>> {
    let listed: HashSet<&str> = booked.iter().map(|one| one.id.as_str()).collect();
    let unbooked = running.iter().filter(|id| !listed.contains(id.as_str()));
    let mut acts: Vec<Act<'_>> = unbooked.map(|id| Act::Remove(id)).collect();
    let (mut stay, mut boots) = (0, Vec::new());
    for one in booked {
        match one.state {
            BookedState::Running if running.contains(&one.id) => stay += 1,
            BookedState::Running => boots.push(Act::Boot(one)),
            BookedState::Stopped => acts.push(Act::Stop(&one.id)),
            BookedState::Terminated => acts.push(Act::Remove(&one.id)),
        }
    }
    boots.truncate(MOST_INSTANCES.saturating_sub(stay));
    acts.extend(boots);
    acts
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Act, MOST_INSTANCES, acts};
    use crate::books::{self, BookedInstance};

    fn booked(id: &str, state: &str) -> BookedInstance {
        BookedInstance {
            id: id.to_owned(),
            state: state.to_owned().into(),
            ..books::example()
        }
    }

    fn ids(of: &[&str]) -> HashSet<String> {
        of.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn what_runs_is_made_to_match_the_books() {
        let books = [
            booked("new", "running"),
            booked("old", "running"),
            booked("still", "stopped"),
            booked("gone", "terminated"),
        ];
        let running = ids(&["old", "still", "gone", "unknown"]);
        let wanted = [
            Act::Remove("unknown"),
            Act::Stop("still"),
            Act::Remove("gone"),
            Act::Boot(&books[0]),
        ];
        assert_eq!(acts(&books, &running), wanted);
    }

    #[test]
    fn no_more_run_than_may_however_many_are_booked() {
        let all: Vec<String> = (0..=MOST_INSTANCES + 5).map(|i| format!("i-{i}")).collect();
        let books: Vec<_> = all.iter().map(|id| booked(id, "running")).collect();
        let boots = |running: &HashSet<String>| acts(&books, running).len();
        assert_eq!(boots(&HashSet::new()), MOST_INSTANCES);
        assert_eq!(boots(&ids(&["i-0", "i-7"])), MOST_INSTANCES - 2);
        assert_eq!(boots(&all.iter().cloned().collect()), 0);
    }
}
