//! Where Azure listens: each place as it is, and through TLS, without which `az` speaks to nobody.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use axum::serve::Listener;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Azure, front::routes, identity::Identity};
use crate::accounts::Account;

/// What `az` needs to use an account's part of the emulated Azure.
#[derive(Clone, Serialize, Deserialize)]
pub struct Az {
    /// The endpoint for this account alone, as a unix socket through TLS.
    pub socket: PathBuf,
    /// The endpoint on loopback through TLS.
    pub endpoint: String,
    /// The certificate that both are to be believed by, as a PEM file.
    pub authority: PathBuf,
    /// The id of the directory, a GUID.
    pub tenant: String,
    /// The id by which programs sign in, a GUID.
    pub client: String,
    /// The secret by which programs sign in.
    pub secret: String,
}

/// The two places where everybody is heard.
pub(crate) struct Everyone {
    plain: TcpListener,
    through_tls: TcpListener,
}

impl Everyone {
    /// Takes two free ports of loopback.
    pub async fn listen() -> anyhow::Result<Self> {
        let listen = || async {
            let listener = TcpListener::bind("127.0.0.1:0").await;
            listener.context("listen on loopback for Azure")
        };
        Ok(Self {
            plain: listen().await?,
            through_tls: listen().await?,
        })
    }

    /// Where they are: as it is, and through TLS.
    pub fn addresses(&self) -> anyhow::Result<[SocketAddr; 2]> {
        Ok([self.plain.local_addr()?, self.through_tls.local_addr()?])
    }

    /// Hears everybody until it is shut down.
    pub fn serve(self, azure: &Arc<Azure>, shutdown: &CancellationToken) {
        serve(azure, None, self.plain, "http", shutdown);
        let through_tls = azure.tls.over(self.through_tls);
        serve(azure, None, through_tls, "https", shutdown);
    }
}

/// Hears an account at its own sockets in a folder, until it is shut down.
pub(crate) async fn serve_account(
    azure: &Arc<Azure>,
    account: &Account,
    folder: &Path,
    shutdown: &CancellationToken,
) -> anyhow::Result<()> {
    let only = Some(account.number.as_str());
    let [plain, through_tls] = sockets(folder);
    let plain = sandbox::listen(&plain).await?;
    serve(azure, only, plain, "http", shutdown);
    let through_tls = azure.tls.over(sandbox::listen(&through_tls).await?);
    serve(azure, only, through_tls, "https", shutdown);
    Ok(())
}

/// An account's own sockets in its folder: as it is, and through TLS.
pub(crate) fn sockets(folder: &Path) -> [PathBuf; 2] {
    ["azure.sock", "az.sock"].map(|name| folder.join(name))
}

/// What `az` needs.
pub(crate) fn az(azure: &Azure, account: &Account, folder: &Path) -> Az {
    let identity = Identity::of(account);
    let [_, socket] = sockets(folder);
    Az {
        socket,
        endpoint: azure.tls_endpoint.clone(),
        authority: azure.tls.authority.clone(),
        tenant: identity.tenant,
        client: identity.client,
        secret: identity.secret,
    }
}

fn serve<L: Listener>(
    azure: &Arc<Azure>,
    only: Option<&str>,
    listener: L,
    scheme: &'static str,
    shutdown: &CancellationToken,
) where
    L::Addr: std::fmt::Debug,
{
    let routes = routes(azure.clone(), only, scheme);
    let serving = axum::serve(listener, routes).into_future();
    tokio::spawn(shutdown.clone().run_until_cancelled_owned(serving));
}
