//! Forms of a cloud's console, and the commands that do the same: each is made of the other.
//!
//! A form has a field for what people fill in at Amazon's console, with the words of its labels, and knows
//! the option of the `aws` command that says the same. What a command says and no field has is kept, and
//! stands at its end again.

mod filled;
mod form;
mod known;
mod line;

pub use filled::{Filled, Trouble};
pub use form::{Field, Form, Kind};
