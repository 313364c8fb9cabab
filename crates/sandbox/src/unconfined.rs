//! Programs without a sandbox, for a single person who asked for that.

use tokio::process::Command;

use crate::Spec;

/// Where a home is inside a sandbox.
const INSIDE: &str = "/home/user";

/// The spec's program in its home as the host has it, after the words of `wrapper`.
///
/// Limits, mounts, inlets and names are a sandbox's, and are not there.
pub(crate) fn command(spec: &Spec, wrapper: &[&str]) -> Command {
    let mut words = wrapper
        .iter()
        .copied()
        .chain(spec.argv.iter().map(String::as_str));
    let mut command = Command::new(words.next().unwrap_or_default());
    let here = |path: &str| match path.strip_prefix(INSIDE) {
        Some("") => spec.home.clone(),
        Some(rest) => spec.home.join(rest.trim_start_matches('/')),
        None => path.into(),
    };
    command
        .args(words)
        .env_clear()
        .current_dir(here(&spec.cwd))
        .kill_on_drop(true);
    for (name, value) in &spec.env {
        match name.as_str() {
            "HOME" => command.env(name, here(value)),
            _ => command.env(name, value),
        };
    }
    command
}

#[cfg(test)]
mod tests {
    use crate::{Launcher, Spec};
    use tokio::io::AsyncReadExt as _;

    #[tokio::test]
    async fn a_program_without_a_sandbox_runs_in_the_home_as_the_host_has_it() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("demo")).unwrap();
        let mut spec = Spec::new(["/bin/sh", "-c", "pwd; echo $HOME"], home.path(), 1);
        spec.cwd = "/home/user/demo".into();
        let mut running = Launcher::unconfined().spawn(spec).await.unwrap();
        let mut written = String::new();
        let mut stdout = running.stdout.take().unwrap();
        stdout.read_to_string(&mut written).await.unwrap();
        assert!(running.wait().await.unwrap().success());
        let home = home.path().display();
        assert_eq!(written, format!("{home}/demo\n{home}\n"));
    }

    #[tokio::test]
    async fn what_a_program_without_a_sandbox_has_started_ends_with_it() {
        let home = tempfile::tempdir().unwrap();
        let mut spec = Spec::new(
            ["/bin/sh", "-c", "sleep 600 & echo on; wait"],
            home.path(),
            1,
        );
        spec.cwd = "/home/user".into();
        let mut running = Launcher::unconfined().spawn(spec).await.unwrap();
        let mut stdout = running.stdout.take().unwrap();
        assert_eq!(stdout.read_u8().await.unwrap(), b'o');
        drop(running);
        // it is open for as long as anybody has it
        let closed = async { while stdout.read_u8().await.is_ok() {} };
        let patience = std::time::Duration::from_secs(20);
        tokio::time::timeout(patience, closed).await.unwrap();
    }
}
