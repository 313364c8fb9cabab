//! The macfile language: text and parameters in, a [`Plan`] or a list of [`Problem`]s out.
//!
//! Nothing here runs a command, reads a clock or opens a file. Scalars keep their source text, so
//! `version: 1.10` stays `1.10`, and steps keep the order in which they are written.
//!
//! ```
//! let text = "
//! mac: 1.0.8
//! name: demo
//! version: '{VERSION}'
//! description: one bucket
//! infrastructures:
//!   bucket_01:
//!     resource: bucket
//! resources:
//!   bucket:
//!     create bash: aws s3 mb s3://demo-{VERSION}
//! ";
//! let parameters = [("VERSION".to_owned(), "1.10".to_owned())].into();
//! let plan = macfile::parse(text, &parameters).expect("the text is right");
//! assert_eq!(plan.version, "1.10");
//! assert_eq!(plan.steps[0].key, "bucket_01");
//! ```

mod document;
mod fill;
mod order;
mod parameters;
mod plan;
mod problem;
mod read;
mod template;

use std::collections::BTreeMap;

pub use fill::{FillError, InstanceFacts, Known};
pub use plan::{Action, ActionRun, Instances, Plan, Resource, Step, Work};
pub use problem::Problem;
pub use template::{Fact, Pick, Reference, Template};

/// Reads a macfile whose `{NAME}` places are filled from `parameters`.
pub fn parse(text: &str, parameters: &BTreeMap<String, String>) -> Result<Plan, Vec<Problem>> {
    let filled = parameters::fill(text, parameters)?;
    let root = document::load(&filled).map_err(|problem| vec![problem])?;
    read::plan(&root)
}
