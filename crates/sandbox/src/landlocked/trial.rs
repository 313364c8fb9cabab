//! Whether level C holds on this machine, found by trying to break out.

use std::{
    fs, io,
    net::{Ipv4Addr, TcpListener},
    os::{
        linux::net::SocketAddrExt as _,
        unix::{
            fs::PermissionsExt as _,
            net::{SocketAddr, UnixListener},
        },
    },
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    time::timeout,
};

use super::{NEEDS_ROOT, walk};
use crate::{
    Level, Probe, Running, Spec,
    launcher::Site,
    ownership, probe,
    wire::{Role, Trial, Way},
};

/// How long the whole trial may take.
const TRIAL_TIMEOUT: Duration = Duration::from_secs(60);
/// What level C lacks, for the operator.
const LACKS: [&str; 4] = [
    "no emulated instances, as they need namespaces",
    "no names and addresses of its own for a sandbox: of the network it has the server's port alone",
    "that port is open to it at every address that this machine reaches",
    "processes and folders of the machine can be told to exist, though not be read",
];

/// What is around a sandbox at level C, and has to be out of its reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Surroundings {
    /// A file in another home, which is open to all users.
    pub(super) diary: PathBuf,
    /// A socket that is open to all users.
    pub(super) socket: PathBuf,
    /// An abstract socket's name.
    pub(super) name: String,
    /// A process of the same user in another sandbox.
    pub(super) bystander: i32,
}

/// What is found without namespaces, which are not there for a reason.
pub(crate) async fn fall_back(site: &Site, reason: String) -> Probe {
    if ownership::owner(0).is_none() {
        return judge(reason, Err(NEEDS_ROOT.to_owned()), None);
    }
    let trial = timeout(TRIAL_TIMEOUT, attempt(site)).await;
    let trial = trial.unwrap_or_else(|_| Err(anyhow::anyhow!("the trial did not end in time")));
    let trial = trial.map_err(|error| format!("level C, which does without namespaces: {error:#}"));
    let ungrouped = site.groups().err().map(str::to_owned);
    let found = judge(reason, trial, ungrouped);
    if found.level == Level::D {
        site.close();
    }
    found
}

/// The level that a trial comes to, after namespaces were missing for a reason.
fn judge(reason: String, escapes: Result<Vec<String>, String>, ungrouped: Option<String>) -> Probe {
    let (level, why) = match escapes {
        Err(error) => (Level::D, vec![error]),
        Ok(escapes) if !escapes.is_empty() => (Level::D, escapes),
        Ok(_) => {
            let lacks = LACKS.map(str::to_owned).into_iter();
            (Level::C, lacks.chain(ungrouped).collect())
        }
    };
    let missing = [reason].into_iter().chain(why).collect();
    Probe { level, missing }
}

async fn attempt(site: &Site) -> anyhow::Result<Vec<String>> {
    site.open_to_tenants()?;
    let folder = site.run_dir().join(format!("probe-{}", std::process::id()));
    let escapes = attempt_in(&folder, site).await;
    fs::remove_dir_all(&folder).ok(); // the next launcher removes it
    escapes
}

async fn attempt_in(folder: &Path, site: &Site) -> anyhow::Result<Vec<String>> {
    let home = folder.join("home");
    for folder in [folder, &home, &folder.join("other")] {
        fs::create_dir_all(folder)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    }
    let tenant = ownership::owner(0).context(NEEDS_ROOT)?;
    if let Some(closed) = walk::closed(&home, tenant)? {
        anyhow::bail!("{}", walk::advice(&closed));
    }
    let open = |name: &str| -> io::Result<PathBuf> {
        let file = folder.join(name);
        fs::write(&file, "secret")?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644))?;
        Ok(file)
    };
    let (file, diary) = (open("secret")?, open("other/diary")?);
    let socket = folder.join("socket");
    let _named = UnixListener::bind(&socket)?;
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o666))?;
    let name = folder.display().to_string();
    let _abstract = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let (_running, bystander) = bystander(site, &home).await?;
    let surroundings = Surroundings {
        diary,
        socket,
        name,
        bystander,
    };
    let role = Role::Check(Trial {
        file,
        port: listener.local_addr()?.port(),
        surroundings: Some(surroundings),
    });
    let prepared = site.prepare(Spec::new(["unused"], home, 0), role, Way::Landlock)?;
    probe::escapes(Running::start(prepared).await?).await
}

/// Another sandbox of the same tenant, and the number of its process.
async fn bystander(site: &Site, home: &Path) -> anyhow::Result<(Running, i32)> {
    let program = ["/bin/sh", "-c", "echo $$; exec sleep 60"];
    let prepared = site.prepare(Spec::new(program, home, 0), Role::Replace, Way::Landlock)?;
    let mut running = Running::start(prepared).await?;
    let mut line = String::new();
    let stdout = running.stdout.take().context("no output")?;
    BufReader::new(stdout).read_line(&mut line).await?;
    if let Ok(number) = line.trim().parse() {
        return Ok((running, number));
    }
    let (mut stderr, mut why) = (running.stderr.take().context("no errors")?, String::new());
    stderr.read_to_string(&mut why).await?;
    anyhow::bail!("{}", why.trim())
}

#[cfg(test)]
mod tests {
    use super::{LACKS, judge};
    use crate::Level;

    #[test]
    fn a_trial_without_a_way_out_is_level_c_and_says_why_it_is_no_better() {
        let why = "no namespaces".to_owned();
        let found = judge(why.clone(), Ok(Vec::new()), Some("no groups".to_owned()));
        assert_eq!(found.level, Level::C);
        assert_eq!(found.missing.first(), Some(&why));
        assert_eq!(found.missing.last().unwrap(), "no groups");
        assert_eq!(found.missing.len(), LACKS.len() + 2);
    }

    #[test]
    fn a_way_out_or_a_trial_that_failed_leaves_nothing_and_both_reasons() {
        for trial in [
            Ok(vec!["a way out".to_owned()]),
            Err("a way out".to_owned()),
        ] {
            let found = judge("no namespaces".to_owned(), trial, None);
            assert_eq!(found.level, Level::D);
            assert_eq!(found.missing, ["no namespaces", "a way out"]);
        }
    }
}
