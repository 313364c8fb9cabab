//! The page's own addresses, written once.

use shared::{DeploymentId, TerminalId, paths::segment};

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

/// Where links begin; what follows is their secret.
pub const LINKS: &str = "/links/";
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
