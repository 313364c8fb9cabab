//! Figures: what is measured is built here, and measured by the crate `bench`.

use crate::{e2e, npm, packages, page, process, toolbox};

/// What to measure.
#[derive(Debug, clap::Args)]
pub struct Bench {
    /// `rest`, `page`, `terminals`, `macfile`, `language`, `journal`, `commands`, `emulator`, `router`,
    /// `switches`, `applications`; all of
    /// them when none are named.
    parts: Vec<String>,
    /// Exit with 1 when a figure falls short of its target.
    #[arg(long)]
    check: bool,
}

impl Bench {
    /// Builds and measures.
    pub fn run(&self) -> anyhow::Result<()> {
        if self.parts.is_empty() || self.parts.iter().any(|part| part == "emulator") {
            packages::install(packages::PROXIES)?;
        }
        let check = self.check.then(|| "--check".to_owned());
        measure(self.parts.iter().cloned().chain(check))
    }
}

/// How to wear the server.
#[derive(Debug, clap::Args)]
pub struct Soak {
    /// Seconds of terminals that are opened and ended, and of moving an address.
    #[arg(long, default_value_t = 120)]
    seconds: u64,
    /// Keeps so many terminals busy instead.
    #[arg(long)]
    terminals: Option<usize>,
    /// For how long.
    #[arg(long, default_value_t = 10, requires = "terminals")]
    minutes: u64,
    /// Opens and ends so many terminals instead.
    #[arg(long, conflicts_with = "terminals")]
    sessions: Option<usize>,
}

impl Soak {
    /// Builds and wears; fails when something is left.
    pub fn run(&self) -> anyhow::Result<()> {
        let words = match (self.terminals, self.sessions) {
            (Some(terminals), _) => {
                format!("keep --terminals {terminals} --minutes {}", self.minutes)
            }
            (None, Some(sessions)) => format!("sessions --sessions {sessions}"),
            (None, None) => format!("soak --soak-seconds {}", self.seconds),
        };
        let words = words.split(' ').map(str::to_owned);
        measure(words.chain(["--check".to_owned()]))
    }
}

fn measure(arguments: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    let toolbox = toolbox::install()?;
    let browser = e2e::browser()?;
    let specs = process::root().join("e2e");
    npm::install(&specs)?;
    let assets = page::build()?;
    let programs = process::build_for_people()?;
    let bench = programs.join("bench").display().to_string();
    let mut bench = process::command(&bench, &[]);
    bench
        .args(arguments)
        .arg("--first-load")
        .arg(specs.join("first-load.js"))
        .env("MANAGEACLOUD_BIN", programs.join("manageacloud"))
        .env("MANAGEACLOUD_ASSETS", assets)
        .env("MANAGEACLOUD_TOOLBOX", toolbox)
        .env("MANAGEACLOUD_BROWSER", browser);
    process::run(&mut bench)
}
