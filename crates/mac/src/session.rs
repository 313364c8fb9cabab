//! Which server, and the token in `~/.manageacloud`.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use client::Client;
use shared::{Problem, ProblemKind};

/// The server when `MAC_BASE_URL` names none.
const DEFAULT_SERVER: &str = "http://localhost:8080/";

/// Who speaks.
pub struct Session {
    user: String,
    token: String,
}

impl Session {
    pub fn new(user: String, token: String) -> Self {
        Self { user, token }
    }

    /// Reads the token, from `MAC_APIKEY` or the file; without one nobody is signed in.
    pub fn load() -> anyhow::Result<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        if let Some(token) = variable("MAC_APIKEY") {
            return Ok(Self::new(variable("MAC_USER").unwrap_or_default(), token));
        }
        let path = path()?;
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(not_signed_in().into());
            }
            Err(error) => return Err(error).with_context(|| format!("read {}", path.display())),
        };
        Self::read(&text).ok_or_else(|| not_signed_in().into())
    }

    fn read(text: &str) -> Option<Self> {
        let mut section = "";
        let (mut user, mut token) = (String::new(), None);
        for line in text.lines().map(str::trim) {
            if let Some(title) = line
                .strip_prefix('[')
                .and_then(|line| line.strip_suffix(']'))
            {
                section = title;
            } else if let Some((key, value)) = line.split_once('=')
                && section == "auth"
            {
                match key.trim() {
                    "user" => user = value.trim().to_owned(),
                    "apikey" => token = Some(value.trim().to_owned()),
                    _ => {}
                }
            }
        }
        token
            .filter(|token| !token.is_empty())
            .map(|token| Self { user, token })
    }

    /// Removes the token; says whether there was one.
    pub fn forget() -> anyhow::Result<bool> {
        let path = path()?;
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error).with_context(|| format!("remove {}", path.display())),
        }
    }

    /// Keeps the token where only this user can read it.
    pub fn save(&self) -> anyhow::Result<PathBuf> {
        let path = path()?;
        self.write(&path)
            .with_context(|| format!("write {}", path.display()))?;
        Ok(path)
    }

    /// Writes a new file and moves it there, so that no reader sees a half or a wider mode.
    fn write(&self, path: &Path) -> std::io::Result<()> {
        let new = path.with_extension(format!("new-{}", std::process::id()));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&new)?;
        write!(
            file,
            "[auth]\nuser = {}\napikey = {}\n",
            self.user, self.token
        )?;
        file.sync_all()?;
        fs::rename(&new, path)
    }

    /// A client that shows the token.
    pub fn client(&self) -> Result<Client, Problem> {
        let client = Client::new(&server())?.with_token(self.token.clone());
        // what is begun here is marked where this terminal is recorded
        Ok(match std::env::var("MAC_TERMINAL_ID") {
            Ok(terminal) => client.in_terminal(terminal),
            Err(_) => client,
        })
    }
}

/// The home folder.
pub fn home() -> anyhow::Result<PathBuf> {
    std::env::home_dir()
        .filter(|home| home.is_absolute())
        .context("HOME names no folder")
}

fn path() -> anyhow::Result<PathBuf> {
    Ok(home()?.join(".manageacloud"))
}

fn server() -> String {
    let named = std::env::var("MAC_BASE_URL")
        .ok()
        .filter(|url| !url.is_empty());
    base(&named.unwrap_or_else(|| DEFAULT_SERVER.to_owned()))
}

/// The server's own address: the original client is told where its API begins.
fn base(named: &str) -> String {
    let named = named.trim_end_matches('/');
    let base = named.strip_suffix("/api/v1").unwrap_or(named);
    format!("{base}/")
}

fn not_signed_in() -> Problem {
    Problem {
        kind: ProblemKind::NotSignedIn,
        title: "nobody is signed in".into(),
        status: 401,
        detail: Some("type: mac login".into()),
        instance: None,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::Session;

    #[test]
    fn the_file_reads_back_and_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".manageacloud");
        std::fs::write(&path, "old").unwrap();
        Session::new("guest-1".into(), "secret".into())
            .write(&path)
            .unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(Session::read(&text).unwrap().token, "secret");
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_addresses_of_the_server_and_of_its_api_are_the_same() {
        for named in [
            "http://mac",
            "http://mac/",
            "http://mac/api/v1",
            "http://mac/api/v1/",
        ] {
            assert_eq!(super::base(named), "http://mac/");
        }
    }

    #[test]
    fn a_key_of_another_section_is_not_the_token() {
        assert!(Session::read("[other]\napikey = x\n").is_none());
    }
}
