//! User data: what an instance is told to do when it boots, decided before it does.
//!
//! Takes what cloud-init takes, in its order: boothooks, `bootcmd`, `write_files`, scripts, and
//! `runcmd` last (cloud-init's documentation, "User data formats" and "Module reference").
//! Otherwise than there, scripts and `runcmd` run at every boot and not at the first alone, as with
//! `cloud_final_modules: [[scripts-user, always]]`: a server that a script started does not outlive
//! its instance's stop, and must be back after the start.

mod cloud_config;
mod commands;
mod keys;
mod kind;
mod mime;
mod node;
mod packed;
mod script;
mod write_files;
mod yaml;

use cloud_config::CloudConfig;
use kind::Kind;
use packed::Budget;

pub(crate) use packed::told;
pub(crate) use script::{FOLDER, Occasion, laid_out};

/// As much as AWS takes, decoded ("Run commands when you launch an EC2 instance", User Guide).
pub(crate) const LARGEST_BYTES: usize = 16 << 10;
/// Parts in parts, and packed ones in packed ones.
const DEPTH: usize = 4;
/// How many parts there may be.
const MOST_PARTS: usize = 64;
/// How many lines are said about one user data.
const MOST_NOTES: usize = 50;

/// What an instance does when it boots.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Boot {
    /// What is written, after the early steps.
    pub files: Vec<WriteFile>,
    /// What is run, in this order.
    pub steps: Vec<Step>,
    /// What is to be said on the console, each a line.
    pub notes: Vec<String>,
    /// What the instance is called, if not by its address.
    pub hostname: Option<String>,
}

impl Boot {
    /// What is done of user data that a reader gave up on.
    pub fn unreadable() -> Self {
        Self {
            notes: vec!["user-data cannot be read: it is not run".to_owned()],
            ..Self::default()
        }
    }
}

/// A file that is written at the boot.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WriteFile {
    /// Where, from the root.
    pub path: String,
    /// What is in it.
    pub content: Vec<u8>,
    /// Its permissions, as of `chmod(2)`.
    pub mode: u32,
    /// Whether what is there stays, in front.
    pub is_appended: bool,
}

/// A program that is run at the boot.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// What it is called on the console, and as a file.
    pub name: String,
    /// Before files are written, or after.
    pub stage: Stage,
    /// The program's text.
    pub text: Vec<u8>,
}

/// When a step is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Before files are written.
    Early,
    /// After.
    Final,
}

/// Decides what user data asks for; whatever it is, something is done or said.
pub(crate) fn read(bytes: &[u8]) -> Boot {
    let mut reading = Reading::default();
    if bytes.len() > LARGEST_BYTES {
        reading.note(format!(
            "user-data has {} bytes, and {LARGEST_BYTES} is the most: it is not run",
            bytes.len()
        ));
    } else {
        reading.part(bytes, None, 0);
    }
    reading.end()
}

/// Whether a field of a form is user data that is larger than AWS takes, decoded.
///
/// What is not base64 is refused by moto.
pub(crate) fn is_too_large((name, value): (&String, &String)) -> bool {
    let is_user_data = name.ends_with("UserData") || name.ends_with("UserData.Value");
    // the quick look spares most from being decoded
    is_user_data
        && value.len() > LARGEST_BYTES
        && packed::decoded(value.as_bytes()).is_ok_and(|data| data.len() > LARGEST_BYTES)
}

/// What was found so far.
#[derive(Default)]
struct Reading {
    hooks: Vec<Vec<u8>>,
    scripts: Vec<Vec<u8>>,
    config: CloudConfig,
    notes: Vec<String>,
    left_out: usize,
    parts: usize,
    budget: Budget,
}

impl Reading {
    fn note(&mut self, line: impl Into<String>) {
        if self.notes.len() < MOST_NOTES {
            self.notes.push(line.into());
        } else {
            self.left_out += 1;
        }
    }

    /// Reads a part, of which its sender may have said what it is.
    fn part(&mut self, bytes: &[u8], said: Option<&str>, depth: usize) {
        self.parts += 1;
        if depth > DEPTH || self.parts > MOST_PARTS {
            let most = "user-data: more than 64 parts, or parts in parts: the rest is not read";
            if self.parts <= MOST_PARTS + 1 {
                self.note(most);
            }
            return;
        }
        match Kind::of(bytes, said) {
            Kind::Nothing => {}
            Kind::Gzip => match self.budget.inflate(bytes) {
                Ok(inflated) => self.part(&inflated, said, depth + 1),
                Err(why) => self.note(format!("user-data: gzip {why}: it is not run")),
            },
            Kind::Multipart => match mime::parts(bytes) {
                Ok(parts) => {
                    for part in parts {
                        self.part(&part.body, part.kind.as_deref(), depth + 1);
                    }
                }
                Err(why) => self.note(format!("user-data: {why}: it is not run")),
            },
            Kind::Script => self.script(bytes),
            Kind::Boothook => self.hooks.push(kind::hook(bytes)),
            Kind::CloudConfig => {
                let said = self.config.add(bytes);
                said.into_iter().for_each(|line| self.note(line));
            }
            Kind::Refused(why) => self.note(format!("user-data: {why}: it is not run")),
            Kind::Unknown => self.note("user-data is not a script, so it is not run"),
        }
    }

    fn script(&mut self, bytes: &[u8]) {
        if bytes
            .split(|byte| *byte == b'\n')
            .next()
            .is_some_and(|line| line.ends_with(b"\r"))
        {
            self.note("user-data: its lines end as on Windows, so its interpreter is not found");
        }
        self.scripts.push(bytes.to_vec());
    }

    fn end(mut self) -> Boot {
        let asked = self.config.carried_out(&mut self.budget);
        for line in asked.notes {
            self.note(line);
        }
        if self.left_out > 0 {
            self.notes.push(format!("and {} lines more", self.left_out));
        }
        let hooks = named("boothook", Stage::Early, self.hooks);
        let early = named("bootcmd", Stage::Early, asked.bootcmd.into_iter().collect());
        let scripts = named("user-data", Stage::Final, self.scripts);
        let last = named("runcmd", Stage::Final, asked.runcmd.into_iter().collect());
        Boot {
            files: asked.files,
            steps: [hooks, early, scripts, last]
                .into_iter()
                .flatten()
                .collect(),
            notes: self.notes,
            hostname: asked.hostname,
        }
    }
}

/// Steps with a name, with a number too where there are several.
fn named(name: &str, stage: Stage, texts: Vec<Vec<u8>>) -> Vec<Step> {
    let is_one = texts.len() == 1;
    let step = |(index, text)| Step {
        name: if is_one {
            name.to_owned()
        } else {
            format!("{name}-{}", index + 1)
        },
        stage,
        text,
    };
    texts.into_iter().enumerate().map(step).collect()
}

/// A few characters of what somebody wrote, fit for a line.
fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let mut short: String = text.chars().take(MOST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("\"{}\"", short.escape_debug())
}

#[cfg(test)]
mod tests;
