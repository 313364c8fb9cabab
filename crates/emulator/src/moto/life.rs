//! moto's lives: each a sandbox that ends with this process.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use sandbox::{Launcher, Limits, Machine, Mount, Spec};
use tokio::{net::UnixStream, sync::watch, time};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::{Moto, STARTING};
use crate::{
    accounts::{Account, REGION},
    instances,
};

/// The images that there are, in moto's own form.
const IMAGES: &str = include_str!("images.json");
/// Where it finds them.
const IMAGES_INSIDE: &str = "/opt/moto/images.json";
/// The number of moto's own sandbox; accounts' numbers begin with 1.
const TENANT: u32 = 0;
/// What it may use: a thread for each request, and every account's books.
const LIMITS: Limits = Limits {
    processes: 512,
    data_bytes: 8 << 30,
    file_bytes: 64 << 20,
    open_files: 1024,
};
/// How often it is tried whether it answers.
const GLANCE: Duration = Duration::from_millis(50);

/// What each of moto's lives is made from.
pub(super) struct Life {
    launcher: Launcher,
    program: PathBuf,
    venv: PathBuf,
    home: PathBuf,
    socket: PathBuf,
    images: PathBuf,
    console: PathBuf,
}

impl Life {
    /// Writes what every life needs.
    pub fn prepare(launcher: Launcher, toolbox: &Path, data: &Path) -> anyhow::Result<Self> {
        let (folder, venv) = (data.join("moto"), toolbox.join("moto"));
        let home = folder.join("home");
        fs::create_dir_all(&home).context("make moto's home")?;
        fs::set_permissions(&home, fs::Permissions::from_mode(0o700))?;
        sandbox::give(&home, TENANT).context("give moto its home")?;
        let images = folder.join("images.json");
        fs::write(&images, IMAGES).context("write the list of images")?;
        fs::set_permissions(&images, fs::Permissions::from_mode(0o644))?;
        Ok(Self {
            launcher,
            program: venv.join("bin/moto_server"),
            venv,
            socket: home.join("s"),
            home,
            images,
            console: folder.join("log"),
        })
    }

    /// Where it listens; its folder is closed to other users.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// One life, until it ends or is cancelled; says when it answers.
    pub async fn live(
        &self,
        answers: &watch::Sender<bool>,
        shutdown: &CancellationToken,
    ) -> anyhow::Result<()> {
        // the last one's, which nobody listens on
        fs::remove_file(&self.socket).ok();
        let console = instances::console(self.console.clone())?;
        let machine = self.launcher.boot(self.spec(), console).await?;
        let outcome = tokio::select! {
            ended = machine.wait() => return Err(anyhow::anyhow!("it ended with {:?}", ended?)),
            () = shutdown.cancelled() => Ok(()),
            ready = warm_up(&self.socket) => ready,
        };
        if outcome.is_ok() && !shutdown.is_cancelled() {
            info!("moto answers");
            answers.send_replace(true);
            tokio::select! {
                ended = machine.wait() => return Err(anyhow::anyhow!("it ended with {:?}", ended?)),
                () = shutdown.cancelled() => {}
            }
        }
        end(machine).await;
        outcome
    }

    fn spec(&self) -> Spec {
        let program = self.program.display().to_string();
        let words = [program.as_str(), "-H", "unix:///home/user/s"];
        let mut spec = Spec::new(words, &self.home, TENANT);
        spec.hostname = "moto".to_owned();
        spec.limits = LIMITS;
        let images = ("MOTO_AMIS_PATH".to_owned(), IMAGES_INSIDE.to_owned());
        spec.env.push(images);
        let seen = |source: &Path, target: &Path| Mount {
            source: source.to_owned(),
            target: target.to_owned(),
        };
        spec.mounts = vec![
            seen(&self.venv, &self.venv),
            seen(&self.images, Path::new(IMAGES_INSIDE)),
        ];
        spec
    }
}

async fn end(machine: Machine) {
    machine.kill();
    // it ends with this process at the latest
    machine.wait().await.ok();
}

/// Returns once moto has answered a call, which loads most of it.
async fn warm_up(socket: &Path) -> anyhow::Result<()> {
    let listening = async {
        while UnixStream::connect(socket).await.is_err() {
            time::sleep(GLANCE).await;
        }
    };
    time::timeout(STARTING, listening)
        .await
        .context("moto does not listen")?;
    let (_answers, known) = watch::channel(true);
    let moto = Moto::at(socket, known);
    let nobody = Account {
        id: String::new(),
        tenant: TENANT,
        number: "000000000000".to_owned(),
        access_key_id: String::new(),
        secret_access_key: String::new(),
    };
    for (service, version, action) in [
        ("ec2", "2016-11-15", "DescribeInstances"),
        (
            "elasticloadbalancing",
            "2012-06-01",
            "DescribeLoadBalancers",
        ),
    ] {
        let form = [("Action", action), ("Version", version)];
        moto.query(&nobody, REGION, service, &form).await?;
    }
    Ok(())
}
