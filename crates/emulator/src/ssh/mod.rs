//! SSH into instances: answers on port 22 for an instance on which no server of its own listens.
//!
//! An image of Amazon's has `sshd`; here it is ours, outside of the instance, as an instance has one
//! user and could not change to another. Who shows the key pair of the launch, or a key of the
//! instance's `~/.ssh/authorized_keys`, gets a shell there, under whatever name. Knows connections and
//! machines, and nothing of networks.

mod channel;
mod host_key;
mod keys;
mod words;

use std::{sync::Arc, time::Duration};

pub(crate) use host_key::{fingerprint, make as make_host_key, public_line};
use russh::{
    Channel, ChannelOpenFailure, MethodKind, MethodSet, SshId,
    keys::{PrivateKey, PublicKey},
    server::{
        Auth, ChannelOpenHandle, Config, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey,
        run_stream,
    },
};
use sandbox::Machine;
use tokio::{
    io::{AsyncRead, AsyncWrite, copy_bidirectional},
    sync::OnceCell,
    time::timeout,
};
use tracing::debug;

use self::keys::Admission;
use crate::command;

/// Where SSH is.
pub(crate) const PORT: u16 = 22;
/// How long an instance may take to show its keys.
const SHOWING_KEYS: Duration = Duration::from_secs(5);
/// How long one who shows no key waits for the no.
const REFUSING: Duration = Duration::from_millis(100);
/// Another sign of life is asked for after this long.
const SILENCE: Duration = Duration::from_secs(30);
/// How many may be tried before the connection ends, as `MaxAuthTries` of `sshd_config(5)`.
const MOST_TRIES: usize = 6;

/// An instance that somebody wants to enter.
#[derive(Clone)]
pub(crate) struct Host {
    /// Where it runs.
    pub machine: Arc<Machine>,
    /// The public half of the key pair that it was launched with, a line of OpenSSH's.
    pub launch_key: Option<String>,
    /// What it is known by.
    pub host_key: PrivateKey,
}

/// Serves one connection to its end.
pub(crate) async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    host: Host,
) -> Result<(), russh::Error> {
    let config = Config {
        server_id: SshId::Standard("SSH-2.0-Manageacloud".into()),
        methods: MethodSet::from(&[MethodKind::PublicKey][..]),
        auth_rejection_time: REFUSING,
        auth_rejection_time_initial: Some(Duration::ZERO),
        max_auth_attempts: MOST_TRIES,
        keys: vec![host.host_key.clone()],
        inactivity_timeout: None,
        keepalive_interval: Some(SILENCE),
        ..Config::default()
    };
    let visitor = Visitor {
        host: Arc::new(host),
        keys: OnceCell::new(),
        admission: None,
    };
    run_stream(Arc::new(config), stream, visitor).await?.await
}

/// Somebody who is connected.
struct Visitor {
    host: Arc<Host>,
    /// The keys that the instance lets in.
    keys: OnceCell<String>,
    /// What the key that was shown allows.
    admission: Option<Arc<Admission>>,
}

impl Visitor {
    async fn admission(&self, key: &PublicKey) -> Option<Admission> {
        let host = &self.host;
        let read = async || {
            let line = "exec cat ~/.ssh/authorized_keys";
            let read = timeout(SHOWING_KEYS, command::run(&host.machine, line)).await;
            let written = read.map_or_else(|_| String::new(), words::stdout);
            format!(
                "{}\n{written}",
                host.launch_key.as_deref().unwrap_or_default()
            )
        };
        keys::admits(self.keys.get_or_init(read).await, key)
    }
}

impl Handler for Visitor {
    type Error = russh::Error;

    async fn auth_publickey_offered(
        &mut self,
        _: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, russh::Error> {
        let admission = self.admission(offer.public_key).await;
        Ok(admission.map_or_else(Auth::reject, |_| Auth::Accept))
    }

    async fn auth_publickey(
        &mut self,
        _: &str,
        shown: VerifiedPublicKey<'_>,
    ) -> Result<Auth, russh::Error> {
        self.admission = self.admission(shown.public_key).await.map(Arc::new);
        Ok(match self.admission {
            Some(_) => Auth::Accept,
            None => Auth::reject(),
        })
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        let Some(admission) = self.admission.clone() else {
            return Ok(()); // what is dropped is refused
        };
        reply.accept().await;
        let (machine, handle) = (self.host.machine.clone(), session.handle());
        tokio::spawn(async move {
            if let Err(error) = channel::serve(channel, handle, &machine, &admission).await {
                debug!("a session by ssh ended: {error:#}");
            }
        });
        Ok(())
    }

    /// `ssh -L`: to ports of the instance itself.
    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _: &str,
        _: u32,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        let may_forward = self.admission.as_ref().is_some_and(|one| one.may_forward);
        let port = u16::try_from(port).ok().filter(|_| may_forward);
        let Some(port) = port.filter(|_| matches!(host, "localhost" | "127.0.0.1")) else {
            return Ok(());
        };
        let Ok(mut inside) = self.host.machine.dial(port).await else {
            reply.reject(ChannelOpenFailure::ConnectFailed).await;
            return Ok(());
        };
        reply.accept().await;
        tokio::spawn(async move {
            copy_bidirectional(&mut channel.into_stream(), &mut inside)
                .await
                .ok(); // either side may go at any time
        });
        Ok(())
    }
}
