//! Every test, with what it needs.

use std::{path::Path, process::Command};

use clap::ValueEnum;

use crate::{e2e, packages, postgres::Postgres, process, toolbox};

/// Which tests to run; all of them when none are named.
#[derive(Debug, clap::Args)]
pub struct Test {
    /// A part of the tests.
    part: Option<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Each crate on its own.
    Unit,
    /// The server's tests on PostgreSQL.
    Store,
    /// The server's tests on SQLite, through HTTP and sockets.
    Api,
    /// The main job, by a person in a browser.
    E2e,
    /// What tutorials are made of: so far the sample macfile, read and run where docker is at hand.
    Tutorials,
}

/// nextest's name for the tests that start a server.
const OF_THE_SERVER: &str = "package(backend) and kind(test)";

/// nextest's name for the tests of what tutorials are made of.
const OF_THE_TUTORIALS: &str = "binary(docker_tomcat)";

impl Test {
    /// Sets up and runs.
    pub fn run(&self) -> anyhow::Result<()> {
        let toolbox = toolbox::install()?;
        toolbox::install_az()?;
        packages::install(packages::PROXIES)?;
        match self.part {
            None => all(&toolbox),
            Some(Part::Unit) => nextest(&format!("not ({OF_THE_SERVER})"), &toolbox, None),
            Some(Part::Store) => store(&toolbox),
            Some(Part::Api) => nextest(OF_THE_SERVER, &toolbox, None),
            Some(Part::E2e) => e2e::run(&toolbox),
            Some(Part::Tutorials) => nextest(OF_THE_TUTORIALS, &toolbox, None),
        }
    }
}

fn all(toolbox: &Path) -> anyhow::Result<()> {
    nextest("all()", toolbox, None)?;
    store(toolbox)?;
    e2e::run(toolbox)
}

/// Does every tutorial, and notes that it can be done as its folder is now.
pub fn verify() -> anyhow::Result<()> {
    let toolbox = toolbox::install()?;
    let file = process::root().join("tutorials/verified.json");
    let mut tests = nextest_of("test(is_done_as_it_is_written)", &toolbox, None)?;
    process::run(tests.env("MANAGEACLOUD_VERIFIED", file))
}

fn store(toolbox: &Path) -> anyhow::Result<()> {
    let postgres = Postgres::start()?;
    nextest(OF_THE_SERVER, toolbox, Some(&postgres.url))
}

/// Always the whole workspace, and a filter: with other packages chosen, cargo would unite other
/// features and compile dependencies again.
fn nextest(filter: &str, toolbox: &Path, postgres: Option<&str>) -> anyhow::Result<()> {
    process::run(&mut nextest_of(filter, toolbox, postgres)?)
}

fn nextest_of(filter: &str, toolbox: &Path, postgres: Option<&str>) -> anyhow::Result<Command> {
    if !process::is_there("cargo-nextest") {
        eprintln!("cargo-nextest is missing: it runs the tests in parallel");
        let install = ["install", "cargo-nextest", "--locked"];
        process::run(&mut process::command("cargo", &install))?;
    }
    let arguments = ["nextest", "run", "--workspace", "-E", filter];
    let mut nextest = process::command("cargo", &arguments);
    nextest.env("MANAGEACLOUD_TOOLBOX", toolbox);
    match postgres {
        Some(url) => nextest.env("MANAGEACLOUD_TEST_POSTGRES", url),
        None => nextest.env_remove("MANAGEACLOUD_TEST_POSTGRES"),
    };
    Ok(nextest)
}
