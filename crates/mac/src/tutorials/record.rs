//! A file that says which tutorials can be done as they are written, and with which programs they were.

use std::{fs, io::ErrorKind, path::Path};

use anyhow::Context as _;
use shared::{
    Instant,
    tutorial::{Program, Verification, Verifications, Verified},
};
use tokio::process::Command;

/// The command lines that terminals come with.
const PROGRAMS: [&str; 4] = ["mac", "aws", "azure", "az"];

/// Notes that a tutorial with these texts was done just now, beside what a file says of others.
pub async fn note(file: &Path, name: &str, fingerprint: &str) -> anyhow::Result<()> {
    let shown = file.display();
    let mut all: Verifications = match fs::read_to_string(file) {
        Ok(text) => serde_json::from_str(&text).with_context(|| format!("read {shown}"))?,
        Err(error) if error.kind() == ErrorKind::NotFound => Verifications::new(),
        Err(error) => return Err(error).with_context(|| format!("read {shown}")),
    };
    let mut with = Vec::new();
    for name in PROGRAMS {
        if let Some(version) = version_of(name).await {
            let name = name.to_owned();
            with.push(Program { name, version });
        }
    }
    let verification = Verification {
        fingerprint: fingerprint.to_owned(),
        verified: Verified {
            at: Instant::now(),
            with,
        },
    };
    all.insert(name.to_owned(), verification);
    let text = serde_json::to_string_pretty(&all)? + "\n";
    fs::write(file, text).with_context(|| format!("write {shown}"))
}

/// The version that a program says, if it is here.
async fn version_of(program: &str) -> Option<String> {
    let said = Command::new(program).arg("--version").output().await.ok()?;
    let text = [said.stdout, said.stderr].concat();
    version_in(&String::from_utf8_lossy(&text))
}

/// The first number with a dot in a text.
fn version_in(text: &str) -> Option<String> {
    let is_of_one = |letter: char| letter.is_ascii_digit() || letter == '.';
    let mut numbers = text.split(|letter| !is_of_one(letter));
    let found = numbers.find(|number| {
        let begins = number.starts_with(|letter: char| letter.is_ascii_digit());
        begins && number.contains('.')
    });
    found.map(|number| number.trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn a_version_is_found_in_what_a_program_says() {
        for (said, version) in [
            ("mac 1.1.0\n", Some("1.1.0")),
            ("aws-cli/1.46.3 Python/3.11.2 Linux/6.1", Some("1.46.3")),
            ("0.10.20 (node: 20.20.2)", Some("0.10.20")),
            ("azure-cli                         2.91.0\n", Some("2.91.0")),
            ("version 7.", Some("7")),
            ("none", None),
        ] {
            assert_eq!(version_in(said).as_deref(), version, "{said}");
        }
    }
}
