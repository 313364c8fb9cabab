//! cloud-config: cloud-init's YAML, of which these keys are carried out.

use super::{WriteFile, commands, keys, node::Node, packed::Budget, shown, write_files, yaml};

/// The longest text that is read; nobody writes more, and reading takes a moment.
const LONGEST_BYTES: usize = 1 << 20;
/// The longest host name that Linux takes (`sethostname(2)`).
const LONGEST_NAME: usize = 64;

/// Where an instance keeps whom it lets in.
const AUTHORIZED_KEYS: &str = "/home/user/.ssh/authorized_keys";

/// What cloud-config says, of all parts.
#[derive(Default)]
pub(super) struct CloudConfig {
    members: Vec<(String, Node)>,
}

/// What is done of it.
#[derive(Default)]
pub(super) struct Asked {
    /// What is written.
    pub files: Vec<WriteFile>,
    /// The script that runs before.
    pub bootcmd: Option<Vec<u8>>,
    /// The script that runs last.
    pub runcmd: Option<Vec<u8>>,
    /// The host name.
    pub hostname: Option<String>,
    /// What is to be said.
    pub notes: Vec<String>,
}

impl CloudConfig {
    /// Takes one part; what it says of a key is in place of what earlier parts said, as with
    /// cloud-init's own way of merging. Returns what is to be said.
    pub fn add(&mut self, bytes: &[u8]) -> Vec<String> {
        let members = match members(bytes) {
            Ok(members) => members,
            Err(why) => return vec![format!("cloud-config: {why}: it is not carried out")],
        };
        let mut said = Vec::new();
        for (key, value) in members {
            let known = self.members.iter_mut().find(|(known, _)| *known == key);
            if let Some((_, earlier)) = known {
                said.push(format!(
                    "{key}: a later part takes the place of an earlier one's"
                ));
                *earlier = value;
            } else {
                self.members.push((key, value));
            }
        }
        said
    }

    /// What of it is done, and what is to be said of the rest.
    pub fn carried_out(&self, budget: &mut Budget) -> Asked {
        let mut asked = Asked::default();
        let mut authorized = None;
        for (key, value) in &self.members {
            match key.as_str() {
                "bootcmd" => asked.bootcmd = commands::script(key, value, &mut asked.notes),
                "runcmd" => asked.runcmd = commands::script(key, value, &mut asked.notes),
                "write_files" => {
                    asked.files = write_files::read(value, budget, &mut asked.notes);
                }
                "ssh_authorized_keys" => {
                    authorized = authorized_keys(value, &mut asked.notes);
                }
                "hostname" | "fqdn" | "preserve_hostname" | "prefer_fqdn_over_hostname" => {}
                key => asked.notes.extend(keys::why_not(key, value)),
            }
        }
        asked.files.extend(authorized);
        match self.hostname() {
            Ok(name) => asked.hostname = name,
            Err(why) => asked.notes.push(why),
        }
        asked
    }

    fn member(&self, key: &str) -> Option<&Node> {
        let mut all = self.members.iter();
        all.find(|(known, _)| known == key).map(|(_, value)| value)
    }

    fn name(&self, key: &str) -> Result<Option<&str>, String> {
        let Some(value) = self.member(key).filter(|value| !value.is_nothing()) else {
            return Ok(None);
        };
        let name = value.text();
        let name = name.ok_or_else(|| format!("{key}: this is {}, not a text", value.kind()))?;
        let is_name = is_host_name(name);
        is_name.then_some(Some(name)).ok_or_else(|| {
            format!(
                "{key}: {} is no host name (RFC 1123), and is not set",
                shown(name)
            )
        })
    }

    /// The host name, of the two ways to say it (cloud-init, module "Set Hostname").
    fn hostname(&self) -> Result<Option<String>, String> {
        let is_true = |key| self.member(key).and_then(Node::truth) == Some(true);
        if is_true("preserve_hostname") {
            return Ok(None);
        }
        let (name, whole) = (self.name("hostname")?, self.name("fqdn")?);
        let name = match (name, whole) {
            (_, Some(whole)) if is_true("prefer_fqdn_over_hostname") => {
                return Ok(Some(whole.into()));
            }
            (Some(name), _) => Some(name),
            (None, whole) => whole,
        };
        Ok(name
            .and_then(|name| name.split('.').next())
            .map(str::to_owned))
    }
}

/// The keys that are let in besides the launch's (cloud-init, module "SSH").
fn authorized_keys(value: &Node, notes: &mut Vec<String>) -> Option<WriteFile> {
    let keys = match value {
        Node::List(keys) => keys.as_slice(),
        nothing if nothing.is_nothing() => return None,
        one => std::slice::from_ref(one),
    };
    let mut content = String::new();
    for key in keys {
        match key.text() {
            Some(line) if !line.contains('\n') => content += &format!("{}\n", line.trim()),
            _ => notes.push(format!(
                "ssh_authorized_keys: this is {}, not a key on one line: it is left out",
                key.kind()
            )),
        }
    }
    (!content.is_empty()).then(|| WriteFile {
        path: AUTHORIZED_KEYS.to_owned(),
        content: content.into_bytes(),
        mode: 0o600,
        is_appended: true,
    })
}

fn members(bytes: &[u8]) -> Result<Vec<(String, Node)>, String> {
    if bytes.len() > LONGEST_BYTES {
        return Err(format!("this has more than {} KiB", LONGEST_BYTES >> 10));
    }
    let text =
        std::str::from_utf8(bytes).map_err(|error| format!("this is not UTF-8 ({error})"))?;
    match yaml::load(text)? {
        None => Ok(Vec::new()),
        Some(Node::Map(members)) => Ok(members),
        Some(nothing) if nothing.is_nothing() => Ok(Vec::new()),
        Some(other) => Err(format!(
            "this is {}, and must be a map of keys",
            other.kind()
        )),
    }
}

fn is_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        let may_be = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty()
            && label.len() < 64
            && label.bytes().all(may_be)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= LONGEST_NAME && name.split('.').all(is_label)
}
