//! Every test, with what it needs.

use clap::ValueEnum;

use crate::{packages, process};

/// Which tests to run; all of them when none are named.
#[derive(Debug, clap::Args)]
pub struct Test {
    /// A part of the tests.
    part: Option<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// What needs no server.
    Unit,
    /// The API, through the real server.
    Api,
}

impl Test {
    /// Sets up and runs.
    pub fn run(&self) -> anyhow::Result<()> {
        packages::install()?;
        if !process::is_there("cargo-nextest") {
            eprintln!("cargo-nextest is missing: it runs the tests in parallel");
            let install = ["install", "cargo-nextest", "--locked"];
            process::run(&mut process::command("cargo", &install))?;
        }
        let mut nextest = process::command("cargo", &["nextest", "run", "--workspace"]);
        match self.part {
            None => &mut nextest,
            Some(Part::Unit) => nextest.args(["--lib", "--bins"]),
            Some(Part::Api) => nextest.args(["--test", "*"]),
        };
        process::run(&mut nextest)
    }
}
