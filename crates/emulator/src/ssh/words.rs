//! What is run for a visitor, in the words of a machine.

use russh::Sig;
use sandbox::Job;

use super::keys::Admission;
use crate::{client::Ran, command};

/// The server of SFTP, of Debian's `openssh-sftp-server`; `scp` uses it too.
const SFTP: &str = "/usr/lib/openssh/sftp-server";

/// What a visitor asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// A login shell.
    Shell,
    /// A line for the shell.
    Line(String),
    /// A program that speaks a protocol of its own.
    Subsystem(String),
}

/// The command that is run, given what else was asked for; none if there is nothing of the kind.
///
/// A key's own command takes the place of all that is asked for (`sshd(8)`, "command").
pub(super) fn job(
    asked: &Asked,
    variables: &[(String, String)],
    terminal: Option<&str>,
    admission: &Admission,
) -> Option<Job> {
    let original = match asked {
        Asked::Shell => None,
        Asked::Line(line) => Some(line.clone()),
        Asked::Subsystem(name) if name == "sftp" => Some(SFTP.to_owned()),
        Asked::Subsystem(_) => return None,
    };
    let mut env = command::environment();
    env.extend_from_slice(variables);
    env.push(("SHELL".to_owned(), "/bin/bash".to_owned()));
    env.extend(terminal.map(|name| ("TERM".to_owned(), name.to_owned())));
    if admission.command.is_some() {
        let original = original.clone();
        env.extend(original.map(|line| ("SSH_ORIGINAL_COMMAND".to_owned(), line)));
    }
    let argv = match admission.command.clone().or(original) {
        Some(line) => vec!["/bin/bash".to_owned(), "-c".to_owned(), line],
        None => vec!["/bin/bash".to_owned(), "-l".to_owned()],
    };
    Some(Job {
        argv,
        env,
        cwd: "/home/user".to_owned(),
    })
}

/// Whether a visitor may set a variable: those that `AcceptEnv` names in Debian's `sshd_config`.
pub(super) fn may_set(name: &str) -> bool {
    matches!(name, "LANG" | "COLORTERM" | "NO_COLOR") || name.starts_with("LC_")
}

/// A signal by its number on Linux, as RFC 4254 (6.10) names it.
pub(super) fn signal(number: i32) -> Sig {
    match number {
        1 => Sig::HUP,
        2 => Sig::INT,
        3 => Sig::QUIT,
        4 => Sig::ILL,
        6 => Sig::ABRT,
        8 => Sig::FPE,
        9 => Sig::KILL,
        10 => Sig::USR1,
        11 => Sig::SEGV,
        13 => Sig::PIPE,
        14 => Sig::ALRM,
        15 => Sig::TERM,
        other => Sig::Custom(format!("{other}@manageacloud")),
    }
}

/// What a command wrote, if it ran.
pub(super) fn stdout(ran: anyhow::Result<Ran>) -> String {
    ran.map(|ran| ran.stdout).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Admission, Asked, job, may_set};

    fn has(env: &[(String, String)], name: &str, value: &str) -> bool {
        env.contains(&(name.to_owned(), value.to_owned()))
    }

    #[test]
    fn a_keys_own_command_takes_the_place_of_what_is_asked_for() {
        let line = Asked::Line("uptime".into());
        let free = Admission::default();
        let plain = job(&line, &[], Some("vt100"), &free).unwrap();
        assert_eq!(plain.argv, ["/bin/bash", "-c", "uptime"]);
        assert!(has(&plain.env, "TERM", "vt100"));
        let shell = job(&Asked::Shell, &[], None, &free).unwrap();
        assert_eq!(shell.argv, ["/bin/bash", "-l"]);
        let bound = Admission {
            command: Some("date".into()),
            ..free
        };
        let forced = job(&line, &[], None, &bound).unwrap();
        assert_eq!(forced.argv, ["/bin/bash", "-c", "date"]);
        assert!(has(&forced.env, "SSH_ORIGINAL_COMMAND", "uptime"));
        let shell = job(&Asked::Shell, &[], None, &bound).unwrap();
        assert_eq!(shell.argv, ["/bin/bash", "-c", "date"]);
        let other = Asked::Subsystem("netconf".into());
        assert!(job(&other, &[], None, &bound).is_none());
    }

    #[test]
    fn variables_that_say_how_to_write_may_be_set() {
        assert!(may_set("LANG") && may_set("LC_TIME"));
        assert!(!may_set("LD_PRELOAD") && !may_set("PATH") && !may_set("HOME"));
    }
}
