//! A PostgreSQL of the tests' own: a fresh cluster on loopback, gone when they end.

use std::{
    fs::{self, File},
    io::Read,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};

use crate::{packages, process};

/// How long it may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is asked.
const GLANCE: Duration = Duration::from_millis(50);
/// What the folders' names begin with; the number of the process that made it follows.
const NAMES: &str = "manageacloud-postgres-";

/// A running cluster.
#[derive(Debug)]
pub struct Postgres {
    server: Child,
    folder: PathBuf,
    /// Where it answers, with the password of its superuser.
    pub url: String,
}

impl Postgres {
    /// Makes a cluster and starts it on a free port.
    pub fn start() -> anyhow::Result<Self> {
        packages::install(packages::POSTGRES)?;
        remove_left_over();
        let programs = programs()?;
        let folder = std::env::temp_dir().join(format!("{NAMES}{}", std::process::id()));
        let password = password()?;
        make(&programs, &folder, &password)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        eprintln!("→ PostgreSQL on 127.0.0.1:{port}, in {}", folder.display());
        let server = serve(&programs, &folder, port)?;
        let url = format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres");
        let mut started = Self {
            server,
            folder,
            url,
        };
        started.wait(&programs, port)?;
        Ok(started)
    }

    fn wait(&mut self, programs: &Path, port: u16) -> anyhow::Result<()> {
        let begun = Instant::now();
        let port = port.to_string();
        let asks = ["--quiet", "--host=127.0.0.1", "--port", &port];
        let ask = programs.join("pg_isready").display().to_string();
        while !process::command(&ask, &asks).status()?.success() {
            let log = self.folder.join("log");
            if let Some(status) = self.server.try_wait()? {
                let said = fs::read_to_string(log).unwrap_or_default();
                bail!("PostgreSQL ended with {status}: {said}");
            }
            ensure!(begun.elapsed() < PATIENCE, "PostgreSQL does not answer");
            thread::sleep(GLANCE);
        }
        Ok(())
    }
}

impl Drop for Postgres {
    /// Asks it to end sessions and then itself, and removes what it kept.
    fn drop(&mut self) {
        let pid = self.server.id().to_string();
        let asked = Command::new("kill").args(["-INT", &pid]).status();
        if asked.is_ok_and(|status| status.success()) {
            // nothing is left to do about a process that can't be waited for
            self.server.wait().ok();
        }
        // what stays is removed by the next start
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// Folders of processes that were killed before they could clean up.
fn remove_left_over() {
    let folders = fs::read_dir(std::env::temp_dir()).into_iter().flatten();
    for folder in folders.flatten() {
        let name = folder.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(NAMES));
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            // it may belong to somebody else
            fs::remove_dir_all(folder.path()).ok();
        }
    }
}

/// The folder of the newest version's programs; Debian puts them beside the path.
fn programs() -> anyhow::Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").context("find PostgreSQL")?;
    let newest = versions
        .flatten()
        .filter_map(|version| version.file_name().to_str()?.parse::<u32>().ok())
        .max()
        .context("find a version of PostgreSQL")?;
    Ok(format!("/usr/lib/postgresql/{newest}/bin").into())
}

fn password() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Makes the cluster; durability is given up, as nothing in it outlives the tests.
fn make(programs: &Path, folder: &Path, password: &str) -> anyhow::Result<()> {
    fs::create_dir(folder).context("make PostgreSQL's folder")?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    let secret = folder.join("password");
    fs::write(&secret, password)?;
    own(folder)?;
    let output = as_user(&programs.join("initdb"))
        .args(["--no-sync", "--username=postgres", "--auth=scram-sha-256"])
        .args(["--encoding=UTF8", "--locale=C"])
        .arg(format!("--pwfile={}", secret.display()))
        .arg(folder.join("data"))
        .output()
        .context("start initdb")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "initdb failed: {said}");
    Ok(())
}

fn serve(programs: &Path, folder: &Path, port: u16) -> anyhow::Result<Child> {
    let log = File::create(folder.join("log"))?;
    as_user(&programs.join("postgres"))
        .args(["-h", "127.0.0.1", "-p", &port.to_string()])
        .args(["-c", "unix_socket_directories=", "-c", "fsync=off"])
        .args(["-c", "max_connections=400"])
        .arg("-D")
        .arg(folder.join("data"))
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("start PostgreSQL")
}

/// PostgreSQL refuses to run as root, so the user that its package made takes the folder then.
fn own(folder: &Path) -> anyhow::Result<()> {
    if !is_root() {
        return Ok(());
    }
    let folder = folder.display().to_string();
    process::run(&mut process::command(
        "chown",
        &["-R", "postgres:", &folder],
    ))
}

/// A program that ends with this process, as `postgres` when this is root.
fn as_user(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "INT"]).current_dir("/");
    if is_root() {
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
    }
    command.arg("--").arg(program);
    command
}

fn is_root() -> bool {
    // the owner of a process's entry is the user that it runs as
    fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0)
}
