//! The emulated Resource Manager: what the `az` command line (2.x) speaks.
//!
//! [`Ask`] is read from a request, [`Estate`] is what an account has there; both are pure. What
//! Service Management knows and what is here are apart, as they were at Azure. Machines have states
//! and nothing runs in them, which they say.

mod answer;
mod ask;
mod catalogue;
mod deployments;
mod doing;
mod estate;
mod expression;
mod functions;
mod id;
mod images;
mod interfaces;
mod kind;
mod look;
mod machines;
mod making;
mod networks;
mod shape;
mod template;
#[cfg(test)]
mod trial;
mod uses;
mod view;

pub(crate) use answer::Answer;
pub(crate) use ask::Ask;
pub(crate) use deployments::Failure;
pub(crate) use estate::{Estate, Moment};
pub(crate) use images::aliases;
