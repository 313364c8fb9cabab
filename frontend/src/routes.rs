//! The page's own addresses, written once.
//!
//! They begin below the address of the server, which may be below another one (`base`): the router adds that
//! to where it navigates, [`at`] to links.

use leptos::prelude::document;
use shared::{DeploymentId, RecordingId, TerminalId, paths::segment};

/// Below which path the server answers, for example `/mac`; empty when below none.
///
/// The server writes it into the page.
pub fn base() -> String {
    let found = document().query_selector("meta[name=base]").ok().flatten();
    found
        .and_then(|meta| meta.get_attribute("content"))
        .unwrap_or_default()
}

/// Where the server is, without a `/` at its end.
pub fn server() -> String {
    let origin = leptos::prelude::window().location().origin();
    format!("{}{}", origin.unwrap_or_default(), base())
}

/// An address of the page's or a path of the API, for a plain link.
pub fn at(address: &str) -> String {
    format!("{}{address}", base())
}

/// What runs and what happened lately.
pub const OVERVIEW: &str = "/";
/// The account.
pub const ACCOUNT: &str = "/account";
/// All applications.
pub const APPLICATIONS: &str = "/applications";
/// All infrastructures.
pub const INFRASTRUCTURES: &str = "/infrastructures";
/// The history.
pub const DEPLOYMENTS: &str = "/deployments";
/// The files of the home.
pub const FILES: &str = "/files";
/// All terminals.
pub const TERMINALS: &str = "/terminals";

/// All tutorials.
pub const TUTORIALS: &str = "/tutorials";

/// One tutorial, at the step that was read last.
pub fn tutorial(name: &str) -> String {
    format!("{TUTORIALS}/{}", segment(name))
}

/// One tutorial at a step, beside terminals, in a language.
pub fn tutorial_step(
    name: &str,
    step: &str,
    terminals: &[TerminalId],
    language: Option<&str>,
) -> String {
    let ids: Vec<String> = terminals.iter().map(ToString::to_string).collect();
    let terminal = (!ids.is_empty()).then(|| format!("terminal={}", ids.join(",")));
    let language = language.map(|it| format!("language={}", segment(it)));
    let query: Vec<String> = terminal.into_iter().chain(language).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    let step = segment(step);
    format!("{}/{step}{mark}{}", tutorial(name), query.join("&"))
}

/// Which hop fails; for anybody.
pub const SELF_TEST: &str = "/self-test";
/// All recordings.
pub const RECORDINGS: &str = "/recordings";

/// The recordings in which a text was written.
pub fn recordings_with(text: &str) -> String {
    format!("{RECORDINGS}?q={}", segment(text))
}

/// One recording.
pub fn recording(id: RecordingId) -> String {
    format!("{RECORDINGS}/{id}")
}

/// One recording, at a time in milliseconds.
pub fn recording_at(id: RecordingId, at_ms: u64) -> String {
    format!("{RECORDINGS}/{id}?at={at_ms}")
}

/// One recording, where a text was written.
pub fn recording_with(id: RecordingId, at_ms: u64, text: &str) -> String {
    format!("{RECORDINGS}/{id}?at={at_ms}&q={}", segment(text))
}

/// Where links begin; what follows is their secret.
pub const LINKS: &str = "/links/";
/// A terminal that somebody shares; what is behind its `#` is the link's secret.
pub const WATCH: &str = "/watch";
/// Where the account is told of its deployments.
pub const WEBHOOKS: &str = "/webhooks";

/// One application.
pub fn application(name: &str) -> String {
    format!("{APPLICATIONS}/{}", segment(name))
}

/// One infrastructure.
pub fn infrastructure(name: &str, version: &str) -> String {
    format!("{INFRASTRUCTURES}/{}/{}", segment(name), segment(version))
}

/// One deployment.
pub fn deployment(id: DeploymentId) -> String {
    format!("{DEPLOYMENTS}/{id}")
}

/// A folder of the home.
pub fn files(path: &str) -> String {
    match path.is_empty() {
        true => FILES.to_owned(),
        false => format!("{FILES}?path={}", segment(path)),
    }
}

/// One terminal.
pub fn terminal(id: TerminalId) -> String {
    format!("{TERMINALS}/{id}")
}
