//! moto's lives: each a sandbox that ends with this process.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use sandbox::{Launcher, Limits, Mount, Spec};
use tokio::{net::UnixStream, sync::watch, time};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::{Moto, STARTING, Standing};
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
/// Up to which size S3's objects are not put into files that stay open, of which an account could
/// have as many as moto may; none is larger than the books of an account.
const OBJECTS_IN_MEMORY: (&str, &str) = ("MOTO_S3_DEFAULT_KEY_BUFFER_SIZE", "268435456");
/// The program that serves moto and keeps its books, and what it is made of.
const PROGRAM: [(&str, &str); 7] = [
    ("keeper.py", include_str!("keeper.py")),
    ("boundary.py", include_str!("boundary.py")),
    ("files.py", include_str!("files.py")),
    ("keys.py", include_str!("keys.py")),
    ("mends.py", include_str!("mends.py")),
    ("picture.py", include_str!("picture.py")),
    ("templates.py", include_str!("templates.py")),
];
/// Where its interpreter finds it.
const KEEPER_INSIDE: &str = "/opt/moto/keeper.py";
/// What it may use: a thread for each request, and every account's books.
const LIMITS: Limits = Limits {
    processes: 512,
    data_bytes: 8 << 30,
    // keeper.py refuses what would make an account's books larger than 64 MiB; the last change
    // before may make them twice as large, and one more request
    file_bytes: 256 << 20,
    open_files: 1024,
    memory_bytes: 8 << 30,
};
/// How often it is tried whether it answers.
const GLANCE: Duration = Duration::from_millis(50);
/// How often it is looked whether it still answers, and how long it may take: on a machine that
/// has much to do it is late, and not dead.
const ROUND: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(20);

/// What each of moto's lives is made from.
pub(super) struct Life {
    launcher: Launcher,
    program: PathBuf,
    venv: PathBuf,
    home: PathBuf,
    socket: PathBuf,
    images: PathBuf,
    program_files: Vec<PathBuf>,
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
        let written = PROGRAM.map(|(name, text)| (folder.join(name), text));
        let all = written.iter().cloned().chain([(images.clone(), IMAGES)]);
        for (file, text) in all {
            fs::write(&file, text).with_context(|| format!("write {}", file.display()))?;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o644))?;
        }
        Ok(Self {
            launcher,
            program: venv.join("bin/python"),
            venv,
            socket: home.join("s"),
            home,
            images,
            program_files: written.map(|(file, _)| file).to_vec(),
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
        standing: &watch::Sender<Standing>,
        shutdown: &CancellationToken,
    ) -> anyhow::Result<()> {
        // the last one's, which nobody listens on
        fs::remove_file(&self.socket).ok();
        let console = instances::console(self.console.clone())?;
        let mut program = self.launcher.spawn_into(self.spec(), console).await?;
        let answering = async {
            warm_up(&self.socket).await?;
            info!("moto answers");
            standing.send_replace(Standing::Answers);
            watch_over(&self.socket).await
        };
        let outcome = tokio::select! {
            ended = program.wait() => return Err(anyhow::anyhow!("it ended with {:?}", ended?)),
            () = shutdown.cancelled() => Ok(()),
            failed = answering => failed,
        };
        // it ends with this process at the latest
        program.kill().await.ok();
        outcome
    }

    fn spec(&self) -> Spec {
        let program = self.program.display().to_string();
        let (socket, books) = ("/home/user/s", "/home/user/books");
        let words = [program.as_str(), KEEPER_INSIDE, socket, books];
        let mut spec = Spec::new(words, &self.home, TENANT);
        spec.hostname = "moto".to_owned();
        spec.limits = LIMITS;
        let told = [("MOTO_AMIS_PATH", IMAGES_INSIDE), OBJECTS_IN_MEMORY];
        let told = told.map(|(name, value)| (name.to_owned(), value.to_owned()));
        spec.env.extend(told);
        let seen = |source: &Path, target: &Path| Mount {
            source: source.to_owned(),
            target: target.to_owned(),
        };
        spec.mounts = vec![
            seen(&self.venv, &self.venv),
            seen(&self.images, Path::new(IMAGES_INSIDE)),
        ];
        let inside = Path::new(KEEPER_INSIDE);
        let program = self.program_files.iter().map(|file| {
            let name = file.file_name().unwrap_or_default();
            seen(file, &inside.with_file_name(name))
        });
        spec.mounts.extend(program);
        spec
    }
}

/// Returns when moto, which does run, does not answer: it was stopped, or something that it was
/// sent keeps it busy for good.
async fn watch_over(socket: &Path) -> anyhow::Result<()> {
    let (_standing, known) = watch::channel(Standing::Answers);
    let moto = Moto::at(socket, known);
    loop {
        time::sleep(ROUND).await;
        let looked = time::timeout(PATIENCE, moto.look()).await;
        looked.context("it runs and does not answer")??;
    }
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
    let (_standing, known) = watch::channel(Standing::Answers);
    let moto = Moto::at(socket, known);
    let nobody = Account {
        id: String::new(),
        tenant: TENANT,
        number: "000000000000".to_owned(),
        access_key_id: String::new(),
        secret_access_key: String::new(),
        root: String::new(),
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
