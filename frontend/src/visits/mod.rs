//! The page of who has a link to a terminal, and no account.

mod name_form;
mod view;
mod visit_page;

pub use visit_page::VisitPage;
