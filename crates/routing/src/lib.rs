//! Leads visitors to live versions: which route an address has, whether its door is open, what is under
//! way, and the way there and back.
//!
//! It knows neither the database nor the dashboard. The server tells it which routes there are
//! ([`Table`]), and stands behind it ([`Front`]): what a visitor asks of a version that is known is
//! answered by the thread that hears it, and all else is asked of the server.

mod domain;
mod door;
mod forward;
mod front;
mod headers;
mod notice;
mod ours;
mod record;
mod router;
mod table;
mod traffic;
mod upstream;
mod visitor;
#[cfg(test)]
mod visits;

pub use domain::{Domain, named};
pub use door::TurnedAway;
pub use front::Front;
pub use notice::{as_page, says, wants_page};
pub use ours::{PATH as OUR_PATH, PREVIEW_COOKIE, PREVIEW_HEADER, SESSION_COOKIE};
pub use record::second_of;
pub use router::Router;
pub use table::{NewRoute, Route, Table, Told};
pub use traffic::{Flight, Window};
pub use upstream::{Http, Internet, To, Upstream};
pub use visitor::Visitor;
