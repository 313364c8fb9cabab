//! Load balancers: what each does with a request is decided here, and done by the gateway.

mod check;
mod choice;
mod conditions;
mod drains;
mod model;
mod read;
mod rules;
mod wildcard;

pub(crate) use check::{Check, Passed, Probe, Reason, Tally, Verdict};
pub(crate) use choice::{Cookies, by_weight, name_of, pick_pool, pick_target};
pub(crate) use drains::{Drains, Stay};
pub(crate) use model::{
    Action, Balancer, Balancing, Forward, Kind, Listener, Pool, Protocol, Sticky, Target,
};
pub(crate) use rules::{Asked, answer_of};
