//! How a page comes to a terminal: as its account's, or by a link.

use leptos::prelude::*;
use shared::{NewVisit, Problem, ProblemKind, TerminalId, Visit, paths};

use crate::live::server;

/// How a page comes to a terminal.
#[derive(Clone, Copy)]
pub enum Way {
    /// It is the account's.
    Own(TerminalId),
    /// Somebody has shared it.
    Link(Link),
}

/// A link to a terminal, and what its visitor knows.
#[derive(Clone, Copy)]
pub struct Link {
    secret: StoredValue<String>,
    /// How the visitor wants to be called.
    pub name: RwSignal<Option<String>>,
    /// Where they were let in last.
    pub visit: RwSignal<Option<Visit>>,
    /// Why they were not, the last time.
    pub problem: RwSignal<Option<Problem>>,
}

/// What comes of asking to be let in.
pub enum Answer {
    /// The socket is at this path, once.
    Path(String),
    /// Ask again in a while.
    Later,
    /// The link leads nowhere, or no more.
    Never,
}

impl Link {
    /// The link with a secret, before anything was asked.
    pub fn new(secret: String) -> Self {
        Self {
            secret: StoredValue::new(secret),
            name: RwSignal::new(None),
            visit: RwSignal::new(None),
            problem: RwSignal::new(None),
        }
    }

    /// Asks to be let in, once more.
    pub async fn ask(self) -> Answer {
        let Some(secret) = self.secret.try_get_value() else {
            return Answer::Never; // the page has gone
        };
        let name = self.name.try_get_untracked().flatten();
        let new = NewVisit { secret, name };
        let visit = async { client::visits::ask(&server()?, &new).await };
        match visit.await {
            Ok(visit) => {
                let path = paths::visit_socket(&visit.ticket);
                // who comes again is called the same
                self.name.try_set(Some(visit.name.clone()));
                self.visit.try_set(Some(visit));
                self.problem.try_set(None);
                Answer::Path(path)
            }
            Err(problem) => {
                let is_over = problem.kind == ProblemKind::NotFound;
                let is_said = is_over || problem.kind == ProblemKind::Unreachable;
                self.problem.try_set((!is_said).then_some(problem));
                match is_over {
                    true => Answer::Never,
                    false => Answer::Later,
                }
            }
        }
    }
}
