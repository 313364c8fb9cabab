//! The real server on a free port with a database of its own; gone when dropped.

use std::{net::SocketAddr, path::PathBuf};

use backend::{
    app::{self, Stop},
    config::{Config, HOME_MIB, Https, Needed, Recordings, Terminals},
};
use client::Client;
use shared::{Account, paths};
use sqlx::AnyPool;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// Says which server of PostgreSQL's is used.
const POSTGRES: &str = "MANAGEACLOUD_TEST_POSTGRES";

/// A server that the tests speak to over HTTP, as a browser or with a token.
pub struct TestServer {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its data folder.
    pub data: TempDir,
    /// Its database's address; none for SQLite in the data folder.
    pub database_url: Option<String>,
    stop: Stop,
}

/// A guest, with a cookie as a browser has and a client with a token.
pub struct Guest {
    /// The account.
    pub account: Account,
    /// The `Cookie` header of its browser.
    pub cookie: String,
    /// Speaks for it with a token.
    pub client: Client,
}

impl Guest {
    /// The same, of another server on the same data.
    pub async fn at(&self, server: &TestServer) -> Self {
        Self {
            client: server.client_of(&self.cookie).await,
            account: self.account.clone(),
            cookie: self.cookie.clone(),
        }
    }
}

impl TestServer {
    /// Starts a server.
    pub async fn new() -> Self {
        Self::with_helper(env!("CARGO_BIN_EXE_manageacloud")).await
    }

    /// Starts a server with an emulated cloud.
    pub async fn with_cloud() -> Self {
        let helper = env!("CARGO_BIN_EXE_manageacloud");
        Self::start(helper, Some(Self::toolbox())).await
    }

    /// Starts a server with an emulated cloud and other settings.
    pub async fn with_cloud_and(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_with(|config| {
            config.toolbox = Some(Self::toolbox());
            change(config);
        })
        .await
    }

    /// Where the toolbox lies.
    pub fn toolbox() -> PathBuf {
        let toolbox = std::env::var_os("MANAGEACLOUD_TOOLBOX");
        toolbox.map_or_else(|| "/opt/manageacloud/toolbox".into(), PathBuf::from)
    }

    /// A free address and a data folder, for a server that the test starts itself.
    pub async fn unstarted() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self {
            address: listener.local_addr().unwrap(),
            data: tempfile::tempdir().unwrap(),
            database_url: database().await,
            stop: Stop::default(),
        }
    }

    /// Starts a server that starts its sandboxes with another program.
    pub async fn with_helper(helper: &str) -> Self {
        Self::start(helper, None).await
    }

    /// Starts a server that keeps nothing apart.
    pub async fn without_sandbox() -> Self {
        Self::start_with(|config| config.no_sandbox = true).await
    }

    async fn start(helper: &str, toolbox: Option<PathBuf>) -> Self {
        Self::start_with(|config| {
            config.helper = helper.into();
            config.toolbox = toolbox;
        })
        .await
    }

    /// Starts a server with other settings.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_with(change).await
    }

    async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Stop::default();
        let database_url = database().await;
        let mut config = Config {
            listen: address,
            data: data.path().to_owned(),
            assets: PathBuf::from("tests/page"),
            tutorials: PathBuf::from("tests/tutorials"),
            database_url: database_url.clone(),
            toolbox: None,
            isolation: Needed::B,
            no_sandbox: false,
            keep_seconds: 20,
            ping_seconds: 20,
            terminals: Terminals::default(),
            recordings: Recordings::default(),
            home_mib: HOME_MIB,
            aws_endpoint: None,
            private_webhooks: true,
            internet: Vec::new(),
            public_url: None,
            applications_url: None,
            https: Https::default(),
            console_only: false,
            helper: env!("CARGO_BIN_EXE_manageacloud").into(),
        };
        change(&mut config);
        let running = stop.clone();
        tokio::spawn(async move { app::run(config, listener, running).await.unwrap() });
        Self {
            address,
            data,
            database_url,
            stop,
        }
    }

    /// A connection to its database.
    pub async fn pool(&self) -> AnyPool {
        let file = self.data.path().join("manageacloud.db");
        let sqlite = format!("sqlite://{}", file.display());
        let url = self.database_url.as_ref().unwrap_or(&sqlite);
        sqlx::any::install_default_drivers();
        AnyPool::connect(url).await.unwrap()
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The origin that a browser on our own page sends.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes a guest.
    pub async fn guest(&self) -> Guest {
        let http = reqwest::Client::new();
        let answer = http
            .post(self.url(paths::GUESTS))
            .json(&())
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 201);
        let set = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
        let cookie = set.split(';').next().unwrap().to_owned();
        let account: Account = answer.json().await.unwrap();
        let client = self.client_of(&cookie).await;
        Guest {
            account,
            cookie,
            client,
        }
    }

    /// Speaks to this server for whom a cookie is.
    pub async fn client_of(&self, cookie: &str) -> Client {
        let token: shared::Token = reqwest::Client::new()
            .post(self.url(paths::TOKENS))
            .header("cookie", cookie)
            .header("origin", self.origin())
            .json(&shared::NewToken {
                name: "tests".into(),
            })
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let client = Client::new(&self.url("/")).unwrap();
        client.with_token(token.secret)
    }
}

/// A new database where `MANAGEACLOUD_TEST_POSTGRES` says; none when it says nothing.
/// Whether servers keep what they know in PostgreSQL.
pub fn uses_postgres() -> bool {
    std::env::var_os(POSTGRES).is_some()
}

async fn database() -> Option<String> {
    let url = std::env::var(POSTGRES).ok()?;
    let name = format!("test_{}", uuid::Uuid::new_v4().simple());
    sqlx::any::install_default_drivers();
    let pool = AnyPool::connect(&url).await.unwrap();
    let create = format!("create database {name}");
    sqlx::query(sqlx::AssertSqlSafe(create))
        .execute(&pool)
        .await
        .unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    Some(format!("{server}/{name}"))
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.stop.everything.cancel();
    }
}
