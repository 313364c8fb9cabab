//! An account's own sandbox: its home folder, what is visible in it, and the ways out of it.
//!
//! Terminals and macfile commands run in the same one, so what works in one works in the other.

use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::Context;
use sandbox::{Inlet, InletTarget, Mount, Spec};
use shared::{AccountId, LoginKind};

use crate::{
    Result,
    accounts::{self, Tenant},
    app::App,
    config::Folders,
    instances, providers, quota,
};

/// What shells call a home in their sandbox.
pub const INSIDE: &str = "/home/user";
/// Where `mac` lies inside.
const OUR_BIN: &str = "/opt/manageacloud/bin";
/// Names of applications: inside, they lead to loopback. Those of the emulated cloud it knows itself.
const NAMES: [&str; 1] = ["localhost"];
/// The macfiles that a new home has, and what they speak of.
const SAMPLES: [(&str, &str); 3] = [
    (
        "docker_tomcat.macfile",
        include_str!("../../tutorials/samples/docker_tomcat.macfile"),
    ),
    (
        "azure.macfile",
        include_str!("../../tutorials/samples/azure.macfile"),
    ),
    (
        "createFolder.ps1",
        include_str!("../../tutorials/samples/createFolder.ps1"),
    ),
];
/// What an interactive shell starts with.
const BASHRC: &str = include_str!("home/bashrc");

/// A sandbox for `argv` in the account's home, which is made when it is not there.
pub async fn spec(app: &App, tenant: &Tenant, argv: &[&str]) -> Result<Spec> {
    let home = ensure(app, tenant).await?;
    let mut spec = Spec::new(argv.iter().copied(), home, tenant.number);
    spec.hostname = "manageacloud".to_owned();
    quota::restrict(app, tenant.account.id, &mut spec);
    let ours = app.config.reached_at();
    spec.mounts = visible(app);
    spec.names = NAMES.map(str::to_owned).to_vec();
    let port = app.config.listen.port();
    spec.set("MAC_BASE_URL", format!("http://localhost:{port}/"));
    // `mac` has macfiles carried out by the server here, and not by itself
    spec.set("MAC_TERMINAL", "1".to_owned());
    let mut path = vec![our_bin(app)];
    path.extend(
        app.config
            .toolbox
            .iter()
            .map(|toolbox| toolbox.join("bin").display().to_string()),
    );
    path.push("/usr/local/bin:/usr/bin:/bin".to_owned());
    spec.set("PATH", path.join(":"));
    spec.inlets = vec![inlet(port, InletTarget::Tcp(ours))];
    spec.mounts.push(instances::Key::mount(app, tenant).await?);
    providers::furnish(app, tenant, &mut spec).await?;
    Ok(spec)
}

/// Makes a sandbox that another machine starts reach this server, which it sees at an address.
pub fn from_machine(spec: &mut Spec, seen_as: IpAddr) {
    for inlet in &mut spec.inlets {
        if let InletTarget::Tcp(address) = &mut inlet.target {
            address.set_ip(seen_as);
        }
    }
}

/// Where `mac` is found.
fn our_bin(app: &App) -> String {
    let beside = app.config.helper.parent().filter(|_| app.config.no_sandbox);
    beside.map_or_else(|| OUR_BIN.to_owned(), |folder| folder.display().to_string())
}

fn inlet(port: u16, target: InletTarget) -> Inlet {
    Inlet {
        listen: (Ipv4Addr::LOCALHOST, port).into(),
        target,
    }
}

/// `mac` and the toolbox, as far as they are there.
fn visible(app: &App) -> Vec<Mount> {
    let mac = app.config.helper.with_file_name("mac");
    let mac = mac.exists().then(|| Mount {
        source: mac,
        target: Path::new(OUR_BIN).join("mac"),
    });
    let toolbox = app.config.toolbox.iter().map(|toolbox| Mount {
        source: toolbox.clone(),
        target: toolbox.clone(),
    });
    mac.into_iter().chain(toolbox).collect()
}

/// Where an account's home is, if it has one.
pub fn home_of(app: &App, account: AccountId) -> PathBuf {
    app.config.folders().homes().join(account.to_string())
}

/// Lets accounts walk to what is theirs, where nothing is mounted for them: what is in these folders is
/// closed itself, and their names can't be listed.
pub fn open_folders(folders: &Folders) -> io::Result<()> {
    for opened in [folders.homes(), folders.sockets()] {
        folder(&opened, true)?;
        fs::set_permissions(opened, fs::Permissions::from_mode(0o711))?;
    }
    Ok(())
}

/// The account's home folder, made with all that belongs in it when it is not there.
pub async fn ensure(app: &App, tenant: &Tenant) -> Result<PathBuf> {
    let homes = app.config.folders().homes();
    let home = home_of(app, tenant.account.id);
    if home.exists() {
        return Ok(home);
    }
    let account = &tenant.account;
    let token = accounts::make_secret(app, account.id, LoginKind::Home, "home").await?;
    let emulated = providers::emulated(app, tenant).await?;
    let files = emulated.map_or_else(Vec::new, |credentials| credentials.files());
    let (name, number) = (account.name.clone(), tenant.number);
    let made = home.clone();
    tokio::task::spawn_blocking(move || make(&homes, &made, &name, &token, files, number))
        .await
        .map_err(anyhow::Error::from)??;
    Ok(home)
}

/// Makes a home beside its place and moves it there: nobody sees half of one, and the server
/// never writes where its owner could have laid a link.
fn make(
    homes: &Path,
    home: &Path,
    name: &str,
    token: &str,
    files: Vec<(PathBuf, String)>,
    tenant: u32,
) -> anyhow::Result<()> {
    let new = homes.join(format!(".new-{}", uuid::Uuid::now_v7()));
    let doing = || format!("make the home {}", new.display());
    folder(&new, true).with_context(doing)?;
    folder(&new.join(".aws"), false).with_context(doing)?;
    let config = format!("[auth]\nuser = {name}\napikey = {token}\n");
    write(&new.join(".manageacloud"), &config).with_context(doing)?;
    for (name, text) in SAMPLES {
        write(&new.join(name), text).with_context(doing)?;
    }
    write(&new.join(".bashrc"), BASHRC).with_context(doing)?;
    folder(&new.join(".ssh"), false).with_context(doing)?;
    write(&new.join(".ssh/config"), instances::SSH_CONFIG).with_context(doing)?;
    for (path, text) in files {
        let path = new.join(path);
        folder(path.parent().unwrap_or(&new), true).with_context(doing)?;
        write(&path, &text).with_context(doing)?;
    }
    sandbox::give(&new, tenant).with_context(doing)?;
    match fs::rename(&new, home) {
        // another request of the same account was faster
        Err(_) if home.exists() => fs::remove_dir_all(&new).with_context(doing),
        moved => moved.with_context(doing),
    }
}

fn folder(path: &Path, with_parents: bool) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(with_parents)
        .mode(0o700)
        .create(path)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    io::Write::write_all(&mut file, text.as_bytes())
}
