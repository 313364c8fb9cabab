//! The script that an instance begins with: it runs the bootstrap script, and tells how that goes.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use shared::InstanceId;

const WRAPPER: &str = include_str!("boot.sh");

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
            .replace("@CONFIGURE@", configure)
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
    /// Its script ended with this code.
    Ended(i32),
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
            Some(("ended", code)) => code.parse().ok().map(Told::Ended),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, process::Command};

    use shared::InstanceId;

    use super::{Boot, Told, script, told};

    #[test]
    fn variables_come_after_the_interpreter_and_keep_their_quotes() {
        let environment = [("NAME".to_owned(), "it's".to_owned())].into();
        assert_eq!(
            script("#!/bin/sh\nserve\n", &environment).unwrap(),
            "#!/bin/sh\nexport NAME='it'\\''s'\nserve\n"
        );
        assert!(
            script("serve", &environment)
                .unwrap()
                .starts_with("#!/bin/bash\n")
        );
        assert_eq!(script(" \n", &BTreeMap::new()), None);
    }

    #[test]
    fn the_wrapper_runs_the_script_and_tells_the_console() {
        let home = tempfile::tempdir().unwrap();
        let id = InstanceId::new();
        let boot = Boot {
            id,
            url: "",
            token: "",
            script: Some("#!/bin/bash\necho \"it's $1 a \\\"long\\\" line\"; exit 3\n"),
        };
        let run = Command::new("bash")
            .arg("-c")
            .arg(boot.user_data())
            .env("HOME", home.path())
            .output()
            .unwrap();
        let console = String::from_utf8(run.stdout).unwrap();
        assert!(console.contains("it's  a \"long\" line"), "{console}");
        assert_eq!(told(&console, id), Some(Told::Ended(3)), "{console}");
    }

    #[test]
    fn a_console_tells_of_its_own_instance_alone() {
        let (id, other) = (InstanceId::new(), InstanceId::new());
        let console = format!(
            "[boot] ::manageacloud {id} running\r\n::manageacloud {other} ended 1\nnoise\n"
        );
        assert_eq!(told(&console, id), Some(Told::Running));
        assert_eq!(told(&console, other), Some(Told::Ended(1)));
        assert_eq!(told("", id), None);
    }
}
