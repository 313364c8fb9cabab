//! What is known of something on the server.

use shared::{Problem, ProblemKind};

/// What is known of something on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loaded<T> {
    /// It was asked for the first time.
    Loading,
    /// It was read.
    Ready(T),
    /// It could not be read.
    Problem(Problem),
}

impl<T> Loaded<T> {
    /// Takes an answer; what was read stays when the server is out of reach for a while.
    pub fn settle(&mut self, answer: Result<T, Problem>) {
        *self = match (answer, &*self) {
            (Ok(value), _) => Self::Ready(value),
            (Err(problem), Self::Ready(_)) if problem.kind == ProblemKind::Unreachable => return,
            (Err(problem), _) => Self::Problem(problem),
        };
    }

    /// The value, once read.
    pub fn ready(&self) -> Option<&T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Loading | Self::Problem(_) => None,
        }
    }
}

/// Puts an item in the place of the one with its key, or first when it is new.
pub fn upsert<T, K: PartialEq>(list: &mut Loaded<Vec<T>>, item: T, key: impl Fn(&T) -> K) {
    let Loaded::Ready(items) = list else { return };
    match items.iter_mut().find(|known| key(known) == key(&item)) {
        Some(known) => *known = item,
        None => items.insert(0, item),
    }
}

#[cfg(test)]
mod tests {
    use super::{Loaded, upsert};
    use shared::{Problem, ProblemKind};

    #[test]
    fn what_was_read_stays_while_the_server_is_out_of_reach() {
        let mut loaded = Loaded::Ready(1);
        loaded.settle(Err(Problem::unreachable("gone")));
        assert_eq!(loaded, Loaded::Ready(1));
        let refused = Problem {
            kind: ProblemKind::NotFound,
            ..Problem::unreachable("none")
        };
        loaded.settle(Err(refused.clone()));
        assert_eq!(loaded, Loaded::Problem(refused));
    }

    #[test]
    fn an_item_replaces_the_one_with_its_key_and_else_comes_first() {
        let mut list = Loaded::Ready(vec![(1, "a"), (2, "b")]);
        upsert(&mut list, (2, "c"), |item| item.0);
        upsert(&mut list, (3, "d"), |item| item.0);
        assert_eq!(list, Loaded::Ready(vec![(3, "d"), (1, "a"), (2, "c")]));
    }

    #[test]
    fn an_event_before_the_list_waits_for_the_list() {
        let mut list = Loaded::Loading;
        upsert(&mut list, 1, |item| *item);
        assert_eq!(list, Loaded::Loading);
    }
}
