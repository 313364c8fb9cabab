//! A database that does not answer for a while, or whose disk is full: what is served is served on,
//! nothing is moved that could not be stored, and what was under way goes on afterwards.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use shared::{
    Approval, ChangeApplication, Deployment, DeploymentKind, DeploymentState, Instant, Problem,
};
use sqlx::{Any, AnyPool, Executor as _, pool::PoolConnection};
use tokio::time::{sleep, timeout};

use crate::{
    applications::serves,
    infrastructures::ended,
    main_job::visit,
    policies::{change, live, set, two_versions, until},
    server::{Guest, TestServer},
};

/// For how long nothing can be stored: longer than anybody waits for a lock.
const LOCKED: Duration = Duration::from_secs(30);
const NAME: &str = "docker_tomcat";

/// Keeps everybody else from writing for a while; reading goes on.
async fn lock(pool: &AnyPool) {
    let mut connection = pool.acquire().await.unwrap();
    let lock = match pool.connect_options().database_url.scheme() {
        "sqlite" => "begin immediate",
        _ => "begin; lock table deployment, application, controller in exclusive mode",
    };
    connection.execute(lock).await.unwrap();
    sleep(LOCKED).await;
    connection.execute("rollback").await.unwrap();
}

/// Visits the address until it is over, and says how often, and what was not as it should be.
async fn visits(server: &TestServer, version: &str, is_over: &AtomicBool) -> (u32, Vec<String>) {
    let http = reqwest::Client::new();
    let (mut count, mut failed) = (0, Vec::new());
    while !is_over.load(Ordering::Relaxed) {
        let (status, text) = visit(&http, server).await;
        count += 1;
        if status != 200 || !text.contains(version) {
            failed.push(format!("{status}: {text}"));
        }
        sleep(Duration::from_millis(20)).await;
    }
    (count, failed)
}

#[tokio::test(flavor = "multi_thread")]
async fn while_nothing_can_be_stored_nothing_is_moved_and_visitors_are_served() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let (old, new) = ("7-jre8", "8-jre8");
    two_versions(&guest).await;
    // it is watched for less than the lock lasts, so that what comes next can't be stored in time
    set(&guest, Approval::Automatic, 5).await;
    let promoted = change(&guest, DeploymentKind::Promote, new, old).await;
    until(&guest, &promoted, DeploymentState::Baking).await;

    let is_over = AtomicBool::default();
    let pool = server.pool().await;
    let scenario = async {
        let asking = async {
            sleep(LOCKED / 2).await;
            let back = ChangeApplication {
                kind: DeploymentKind::Promote,
                version: old.into(),
                expected_live: Some(new.into()),
                reason: None,
            };
            let asked = client::applications::change(&guest.client, NAME, &back);
            let refused = timeout(LOCKED / 3, asked).await;
            assert!(
                !matches!(refused, Ok(Ok(_))),
                "it was not stored: {refused:?}"
            );
        };
        tokio::join!(lock(&pool), asking);
        let ended = ended(&guest, promoted).await;
        is_over.store(true, Ordering::Relaxed);
        ended
    };
    let (promoted, (count, failed)) = tokio::join!(scenario, visits(&server, new, &is_over));
    assert_eq!(promoted.state, DeploymentState::Succeeded, "{promoted:?}");
    assert_eq!(live(&guest).await.as_deref(), Some(new));
    assert!(count > 200 && failed.is_empty(), "{count}: {failed:?}");

    set(&guest, Approval::Automatic, 0).await;
    let moved = change(&guest, DeploymentKind::RollBack, old, new).await;
    let moved = ended(&guest, moved).await;
    assert_eq!(moved.state, DeploymentState::Succeeded, "{moved:?}");
    serves(&server, old).await;
}

/// For how long a new version is watched while the disk is full.
const WATCHED_SECONDS: u32 = 5;
/// What the server has time for, once the watch would have ended, to end it.
const MOMENT_MS: i64 = 2000;

/// Each connection to the database is asked to store what it can't.
const OFTEN: u32 = 24;

/// A small disk of a server's own; it is taken away when dropped.
struct Disk {
    at: PathBuf,
}

/// A disk on which there is no room, and what keeps the database from making some in its own files.
struct Full<'d> {
    disk: &'d Disk,
    reader: PoolConnection<Any>,
}

impl Disk {
    /// Mounts it over a folder, if that is allowed here.
    fn mount(at: &Path) -> Option<Self> {
        let size = Some(c"size=64m");
        match mount(c"tmpfs", at, c"tmpfs", MountFlags::empty(), size) {
            Ok(()) => Some(Self { at: at.to_owned() }),
            Err(error) => {
                eprintln!("SKIPPED: no disk can be mounted here: {error}");
                None
            }
        }
    }

    fn ballast(&self) -> PathBuf {
        self.at.join("ballast")
    }

    /// Writes until there is no room: first for files, then in what the database's log has left.
    async fn fill(&self, pool: &AnyPool) -> Full<'_> {
        // as long as somebody reads, the log does not begin anew
        let mut reader = pool.acquire().await.unwrap();
        reader.execute("begin").await.unwrap();
        reader.execute("select * from ballast").await.unwrap();
        let mut ballast = File::create(self.ballast()).unwrap();
        for block in [1 << 16, 1] {
            let block = vec![0; block];
            while ballast.write_all(&block).is_ok() {}
        }
        let full = loop {
            if let Err(error) = pool.execute("update ballast set n = n + 1").await {
                break error;
            }
        };
        let code = full.as_database_error().and_then(|error| error.code());
        assert_eq!(code.as_deref(), Some("13"), "{full}"); // SQLITE_FULL
        Full { disk: self, reader }
    }
}

impl Full<'_> {
    async fn free(mut self) {
        fs::remove_file(self.disk.ballast()).unwrap();
        self.reader.execute("rollback").await.unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // the cloud of the server may be there for some seconds more
        unmount(&self.at, UnmountFlags::DETACH).unwrap();
    }
}

/// Says what is wrong, and nothing of how this is built.
fn is_told_to_people(problem: &Problem) {
    let said = problem.to_string().to_lowercase();
    assert!(problem.status >= 500 && !problem.title.is_empty(), "{said}");
    for inner in [
        "sql",
        "code",
        "/",
        "insert",
        "update",
        "deployment",
        "database or disk",
    ] {
        assert!(!said.contains(inner), "{said}");
    }
}

async fn promote_in_vain(guest: &Guest, to: &str, from: &str) -> Problem {
    let change = ChangeApplication {
        kind: DeploymentKind::Promote,
        version: to.into(),
        expected_live: Some(from.into()),
        reason: None,
    };
    let asked = client::applications::change(&guest.client, NAME, &change).await;
    asked.expect_err("it can't be stored")
}

/// Waits until the clock says that a watch should be over.
async fn until_over(watched: &Deployment) {
    let over_ms = watched.until.unwrap().unix_ms() + MOMENT_MS;
    while Instant::now().unix_ms() < over_ms {
        sleep(Duration::from_millis(50)).await;
    }
}

async fn state(guest: &Guest, deployment: &Deployment) -> DeploymentState {
    let detail = client::deployments::read(&guest.client, deployment.id).await;
    detail.unwrap().deployment.state
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_is_moved_and_what_was_under_way_goes_on_once_there_is_room() {
    let mut disk = None;
    let server = TestServer::with_cloud_and(|config| match config.database_url {
        None => disk = Disk::mount(&config.data),
        Some(_) => eprintln!("SKIPPED: PostgreSQL has a disk of its own"),
    })
    .await;
    let Some(disk) = disk else { return };
    let guest = server.guest().await;
    let (old, new) = ("7-jre8", "8-jre8");
    two_versions(&guest).await;
    set(&guest, Approval::Automatic, WATCHED_SECONDS).await;
    let pool = server.pool().await;
    let table = "create table ballast (n integer); insert into ballast values (0)";
    pool.execute(table).await.unwrap();

    let full = disk.fill(&pool).await;
    let is_over = AtomicBool::default();
    let asking = async {
        for _ in 0..OFTEN {
            is_told_to_people(&promote_in_vain(&guest, new, old).await);
        }
        is_over.store(true, Ordering::Relaxed);
    };
    let ((), (count, failed)) = tokio::join!(asking, visits(&server, old, &is_over));
    assert!(count > 0 && failed.is_empty(), "{count}: {failed:?}");
    assert_eq!(live(&guest).await.as_deref(), Some(old));
    serves(&server, old).await;
    full.free().await;

    let promoted = change(&guest, DeploymentKind::Promote, new, old).await;
    let watched = until(&guest, &promoted, DeploymentState::Baking).await;
    let full = disk.fill(&pool).await;
    is_over.store(false, Ordering::Relaxed);
    let scenario = async {
        until_over(&watched).await;
        let stored = state(&guest, &promoted).await;
        assert_eq!(stored, DeploymentState::Baking, "its end can't be stored");
        full.free().await;
        let ended = ended(&guest, promoted).await;
        is_over.store(true, Ordering::Relaxed);
        ended
    };
    let (promoted, (count, failed)) = tokio::join!(scenario, visits(&server, new, &is_over));
    assert_eq!(promoted.state, DeploymentState::Succeeded, "{promoted:?}");
    assert_eq!(live(&guest).await.as_deref(), Some(new));
    assert!(count > 20 && failed.is_empty(), "{count}: {failed:?}");
    pool.close().await;
}
