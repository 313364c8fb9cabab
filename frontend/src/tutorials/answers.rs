//! Whether a question is answered.

use std::collections::BTreeSet;

/// How an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// Nothing is chosen.
    NotYet,
    /// All that is right is chosen, and nothing else.
    Right,
    /// Something of it is right.
    Partly,
    /// It is wrong.
    Wrong,
}

impl Answered {
    /// How what was chosen is.
    pub fn of(chosen: &BTreeSet<u32>, right: &[u32]) -> Self {
        let right: BTreeSet<u32> = right.iter().copied().collect();
        match chosen {
            _ if chosen.is_empty() => Self::NotYet,
            _ if *chosen == right => Self::Right,
            _ if chosen.is_subset(&right) => Self::Partly,
            _ => Self::Wrong,
        }
    }

    /// What is said of it.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotYet => "",
            Self::Right => "Right.",
            Self::Partly => "Right so far; there is more.",
            Self::Wrong => "Not quite. Try again.",
        }
    }

    /// The state, for styles.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::NotYet => None,
            Self::Right => Some("ok"),
            Self::Partly | Self::Wrong => Some("failed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Answered;

    #[test]
    fn an_answer_is_right_when_it_is_all_that_is_right() {
        let of = |chosen: &[u32]| Answered::of(&chosen.iter().copied().collect(), &[0, 2]);
        assert_eq!(of(&[]), Answered::NotYet);
        assert_eq!(of(&[2]), Answered::Partly);
        assert_eq!(of(&[0, 2]), Answered::Right);
        assert_eq!(of(&[0, 1, 2]), Answered::Wrong);
        assert_eq!(of(&[1]), Answered::Wrong);
    }
}
