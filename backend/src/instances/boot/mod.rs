//! The script that an instance begins with: it runs the bootstrap script, and tells how that goes.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use shared::InstanceId;

const WRAPPER: &str = include_str!("boot.sh");

/// How long a bootstrap script may take; then it is left to itself.
pub(super) const LONGEST_SCRIPT: Duration = Duration::from_secs(30 * 60);

/// What is told in place of an exit code of a script that was left to itself.
pub(super) const STILL_RUNS: &str = "still-runs";

/// EC2 takes 16 KiB of user data (EC2 User Guide, "Instance user data considerations").
pub(super) const LARGEST_BYTES: usize = 16 << 10;

/// What an instance begins with.
#[derive(Debug, Clone)]
pub(super) struct Boot<'b> {
    /// Which one.
    pub id: InstanceId,
    /// Where its agent asks, without an end slash; empty when it can't.
    pub url: &'b str,
    /// What its agent shows.
    pub token: &'b str,
    /// The script, variables and all; none waits for one.
    pub script: Option<&'b str>,
    /// Whom it lets in by SSH: a line of `authorized_keys`.
    pub key: &'b str,
    /// How long that may take.
    pub longest: Duration,
}

impl Boot<'_> {
    /// The script.
    pub fn user_data(&self) -> String {
        let packed = BASE64.encode(self.script.unwrap_or_default());
        let lines: Vec<&str> = (0..packed.len())
            .step_by(76)
            .map(|at| &packed[at..packed.len().min(at + 76)])
            .collect();
        let configure = if self.script.is_some() { "yes" } else { "no" };
        WRAPPER
            .replace("@ID@", &self.id.to_string())
            .replace("@URL@", self.url)
            .replace("@TOKEN@", self.token)
            .replace("@KEY@", self.key)
            .replace("@CONFIGURE@", configure)
            .replace("@LONGEST@", &self.longest.as_secs().to_string())
            .replace("@STILL@", STILL_RUNS)
            .replace("@SCRIPT@", &lines.join("\n"))
    }
}

/// A script that sets the variables before anything else; none for an empty one.
pub(super) fn script(bootstrap: &str, environment: &BTreeMap<String, String>) -> Option<String> {
    if bootstrap.trim().is_empty() {
        return None;
    }
    let (first, rest) = match bootstrap.split_once('\n') {
        Some((first, rest)) if first.starts_with("#!") => (first, rest),
        _ => ("#!/bin/bash", bootstrap),
    };
    let quoted = |value: &str| value.replace('\'', r"'\''");
    let exports = environment
        .iter()
        .map(|(name, value)| format!("export {name}='{}'\n", quoted(value)));
    Some(format!("{first}\n{}{rest}", exports.collect::<String>()))
}

/// What the console of an instance says of it, where nothing else does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// It runs.
    Running,
    /// Its script runs.
    Configuring,
    /// Its script ended with this code; none for one that was left as it ran too long.
    Ended(Option<i32>),
}

/// The last thing that a console says of an instance.
pub(super) fn told(console: &str, id: InstanceId) -> Option<Told> {
    let mark = format!("::manageacloud {id} ");
    let mut lines = console.lines().rev();
    lines.find_map(|line| {
        let (_, words) = line.split_once(mark.as_str())?;
        match words.trim().split_once(' ') {
            None if words.trim() == "running" => Some(Told::Running),
            None if words.trim() == "configuring" => Some(Told::Configuring),
            Some(("ended", STILL_RUNS)) => Some(Told::Ended(None)),
            Some(("ended", code)) => code.parse().ok().map(|code| Told::Ended(Some(code))),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests;
