//! Which keys an instance lets in: `authorized_keys`, as `sshd(8)` describes the file.

use russh::keys::PublicKey;

/// What a key allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Admission {
    /// What is run, whatever is asked for.
    pub command: Option<String>,
    /// Whether it may have a terminal.
    pub may_have_terminal: bool,
    /// Whether it may reach ports.
    pub may_forward: bool,
}

impl Default for Admission {
    fn default() -> Self {
        Self {
            command: None,
            may_have_terminal: true,
            may_forward: true,
        }
    }
}

/// What a key allows that is shown, by the first line that has it; none if no line lets it in.
pub(super) fn admits(file: &str, shown: &PublicKey) -> Option<Admission> {
    let lines = file.lines().map(str::trim);
    let mut with_it = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|line| {
            let (options, key) = parts(line);
            let key = PublicKey::from_openssh(key).ok()?;
            (key.key_data() == shown.key_data()).then_some(options)
        });
    allowed(with_it.next()?)
}

/// The options of a line, and the rest of it.
fn parts(line: &str) -> (&str, &str) {
    if PublicKey::from_openssh(line).is_ok() {
        return ("", line);
    }
    let end = end_of(line, |byte| matches!(byte, b' ' | b'\t'));
    let (options, key) = line.split_at(end);
    (options, key.trim_start())
}

/// Where the first such byte is that stands outside of quotes; the end if there is none.
fn end_of(text: &str, is_end: impl Fn(u8) -> bool) -> usize {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let end = text.bytes().position(|byte| {
        let is_quote = byte == b'"' && !is_escaped;
        is_quoted ^= is_quote;
        is_escaped = byte == b'\\' && !is_escaped;
        !is_quoted && is_end(byte)
    });
    end.unwrap_or(text.len())
}

/// What options allow; none if one of them is not known, or would have to be looked into: what a line
/// restricts is not let in without.
fn allowed(mut options: &str) -> Option<Admission> {
    let mut admission = Admission::default();
    while !options.is_empty() {
        let end = end_of(options, |byte| byte == b',');
        let (option, rest) = options.split_at(end);
        options = rest.strip_prefix(',').unwrap_or_default();
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (option, None),
        };
        match (name.to_ascii_lowercase().as_str(), value) {
            ("command", Some(value)) => admission.command = Some(unquoted(value)?),
            ("restrict", None) => {
                (admission.may_have_terminal, admission.may_forward) = (false, false);
            }
            ("pty", None) => admission.may_have_terminal = true,
            ("no-pty", None) => admission.may_have_terminal = false,
            ("port-forwarding", None) => admission.may_forward = true,
            ("no-port-forwarding", None) | ("permitopen" | "permitlisten", Some(_)) => {
                admission.may_forward = false;
            }
            // nothing of these is done in any case
            (
                "agent-forwarding"
                | "no-agent-forwarding"
                | "x11-forwarding"
                | "no-x11-forwarding"
                | "user-rc"
                | "no-user-rc"
                | "no-touch-required",
                None,
            )
            | ("environment" | "tunnel", Some(_)) => {}
            _ => return None,
        }
    }
    Some(admission)
}

fn unquoted(value: &str) -> Option<String> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    Some(inner.replace("\\\"", "\""))
}

#[cfg(test)]
mod tests {
    use super::{Admission, PublicKey, admits};

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";
    const OTHER: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB2n/P3a5K+JqiqjXJd2UNq1zEL2aV5dhNFYbFmHcqGV";

    fn of(file: &str) -> Option<Admission> {
        admits(file, &PublicKey::from_openssh(KEY).unwrap())
    }

    #[test]
    fn a_key_is_let_in_by_its_line_alone() {
        let free = Some(Admission::default());
        assert_eq!(of(KEY), free);
        assert_eq!(of(&format!("# mine\n\n  {KEY} me on my laptop\n")), free);
        assert_eq!(of(OTHER), None);
        assert_eq!(of(&format!("# {KEY}")), None);
        assert_eq!(of(""), None);
        assert_eq!(of("ssh-ed25519 AAAA broken\nrubbish\n"), None);
    }

    #[test]
    fn a_lines_options_are_held_to() {
        let of = |options: &str| of(&format!("{OTHER}\n{options} {KEY} me"));
        let forced = of(r#"restrict,pty,command="echo \"a, b\" $SSH_ORIGINAL_COMMAND""#).unwrap();
        let said = r#"echo "a, b" $SSH_ORIGINAL_COMMAND"#;
        assert_eq!(forced.command.as_deref(), Some(said));
        assert!(forced.may_have_terminal && !forced.may_forward);
        assert!(!of("no-pty").unwrap().may_have_terminal);
        assert!(!of("Restrict").unwrap().may_have_terminal);
        assert!(!of("permitopen=\"localhost:80\"").unwrap().may_forward);
        assert_eq!(
            of("no-agent-forwarding,no-user-rc").unwrap(),
            Admission::default()
        );
        for refused in [
            "from=\"10.0.0.0/8\"",
            "expiry-time=\"20200101\"",
            "cert-authority",
            "sudo",
            "command=\"unfinished",
            "command=plain",
            "command",
        ] {
            assert_eq!(of(refused), None, "{refused}");
        }
    }
}
