//! Somebody who pressed "Try it now".

use anyhow::ensure;
use client::{Client, applications, deployments};
use shared::{
    ApplicationDetail, ChangeApplication, DeploymentKind, DeploymentState, NewToken, Token, paths,
};
use tokio::time::timeout;

use crate::server::{PATIENCE, Server};

/// The application of the sample macfile.
pub const APPLICATION: &str = "docker_tomcat";

/// A guest, with a cookie as a browser has and a client with a token.
#[derive(Debug)]
pub struct Guest {
    /// The `Cookie` header of its browser.
    pub cookie: String,
    /// The `Origin` header of its browser.
    pub origin: String,
    /// Speaks for it with a token.
    pub client: Client,
}

impl Guest {
    /// Makes a guest account.
    pub async fn new(server: &Server) -> anyhow::Result<Self> {
        let origin = format!("http://{}", server.address);
        let http = reqwest::Client::new();
        let made = http
            .post(server.url(paths::GUESTS))
            .json(&())
            .send()
            .await?;
        let set = made.error_for_status()?.headers()["set-cookie"]
            .to_str()?
            .to_owned();
        let cookie = set.split(';').next().unwrap_or_default().to_owned();
        let name = NewToken {
            name: "bench".into(),
        };
        let token = http
            .post(server.url(paths::TOKENS))
            .header("cookie", &cookie)
            .header("origin", &origin)
            .json(&name);
        let token: Token = token.send().await?.error_for_status()?.json().await?;
        let client = Client::new(&server.url("/"))?.with_token(token.secret);
        Ok(Self {
            cookie,
            origin,
            client,
        })
    }

    /// The sample's application, with its versions.
    pub async fn application(&self) -> anyhow::Result<ApplicationDetail> {
        Ok(applications::read(&self.client, APPLICATION).await?)
    }

    /// Moves the application's address from one version to the other, and returns once that is
    /// over.
    pub async fn switch(&self, kind: DeploymentKind, from: &str, to: &str) -> anyhow::Result<()> {
        let change = ChangeApplication {
            kind,
            version: to.into(),
            expected_live: Some(from.into()),
            reason: None,
        };
        let started = applications::change(&self.client, APPLICATION, &change).await?;
        let over = async {
            let mut after = 0;
            loop {
                let page = deployments::log(&self.client, started.id, after, 1000).await?;
                after = page.lines.last().map_or(after, |line| line.seq);
                if page.deployment.state.is_final() {
                    break anyhow::Ok(page.deployment);
                }
            }
        };
        let ended = timeout(PATIENCE, over).await??;
        let succeeded = ended.state == DeploymentState::Succeeded;
        ensure!(succeeded, "the switch to {to} ended with {:?}", ended.error);
        Ok(())
    }
}
