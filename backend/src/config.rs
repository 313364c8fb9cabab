//! What the server is told at its start, by flags or by environment.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context, ensure};

/// Settings of `manageacloud serve`.
#[derive(Debug, Clone, clap::Args)]
pub struct Config {
    /// The address to listen on.
    #[arg(long, env = "MANAGEACLOUD_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The folder of everything durable; made if it is not there.
    #[arg(long, env = "MANAGEACLOUD_DATA", default_value = "data")]
    pub data: PathBuf,
    /// The folder of the built page.
    #[arg(long, env = "MANAGEACLOUD_ASSETS", default_value = "dist")]
    pub assets: PathBuf,
    /// The database's address, `postgres://…`; without it, SQLite in the data folder.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// The program whose subcommands start sandboxes; this one, unless a test says otherwise.
    #[arg(skip = std::env::current_exe().unwrap_or_default())]
    pub helper: PathBuf,
}

/// Sockets lie below the data folder, and the kernel allows their paths 107 bytes (unix(7)).
const LONGEST_DATA_PATH_BYTES: usize = 70;

impl Config {
    /// Makes the data folder, readable by its owner alone, and refuses what can't work.
    pub fn prepare(mut self) -> anyhow::Result<Self> {
        if let Some(url) = &self.database_url {
            ensure!(
                url.starts_with("postgres://")
                    || url.starts_with("postgresql://")
                    || url.starts_with("sqlite:"),
                "DATABASE_URL must begin with postgres:// or sqlite:"
            );
        }
        std::fs::create_dir_all(&self.data)
            .with_context(|| format!("make the data folder {}", self.data.display()))?;
        self.data = self.data.canonicalize().context("find the data folder")?;
        let length = self.data.as_os_str().len();
        ensure!(
            length <= LONGEST_DATA_PATH_BYTES,
            "the data folder's path has {length} bytes, and sockets below it allow \
             {LONGEST_DATA_PATH_BYTES}: choose a shorter one with --data"
        );
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::Config;

    fn config(data: &std::path::Path, url: Option<&str>) -> Config {
        Config {
            listen: ([127, 0, 0, 1], 0).into(),
            data: data.to_owned(),
            assets: "dist".into(),
            database_url: url.map(Into::into),
            helper: PathBuf::new(),
        }
    }

    #[test]
    fn a_path_too_long_for_sockets_is_refused_with_the_number() {
        let folder = tempfile::tempdir().unwrap();
        let long = folder.path().join("x".repeat(80));
        let error = config(&long, None).prepare().unwrap_err().to_string();
        assert!(
            error.contains("choose a shorter one with --data"),
            "{error}"
        );
    }

    #[test]
    fn an_unknown_database_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = config(folder.path(), Some("mysql://x"))
            .prepare()
            .unwrap_err()
            .to_string();
        assert_eq!(error, "DATABASE_URL must begin with postgres:// or sqlite:");
    }
}
