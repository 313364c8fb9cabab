//! The public keys of instances.

use std::process::ExitCode;

use anyhow::Context;
use shared::Instance;

/// Prints the public keys of instances, or adds them to those that ssh knows.
pub async fn scan_keys(instances: &[Instance], known_host: bool) -> anyhow::Result<ExitCode> {
    for instance in instances {
        let Some(address) = &instance.public_address else {
            continue;
        };
        let scan = tokio::process::Command::new("ssh-keyscan")
            .arg(address)
            .output();
        let scan = scan.await.context("run ssh-keyscan")?;
        let keys = String::from_utf8_lossy(&scan.stdout).into_owned();
        if known_host {
            know(&keys)?;
            println!("{address} processed");
        } else {
            print!("{keys}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn know(keys: &str) -> anyhow::Result<()> {
    let folder = crate::session::home()?.join(".ssh");
    std::fs::create_dir_all(&folder).context("make ~/.ssh")?;
    let path = folder.join("known_hosts");
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    let new: String = keys
        .lines()
        .filter(|line| !line.starts_with('#') && !known.lines().any(|known| known == *line))
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(&path, format!("{known}{new}")).context("write ~/.ssh/known_hosts")
}
