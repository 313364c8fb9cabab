//! Instances at Amazon are entered by SSH: with the key that their boot script lets in, at their
//! public address.
//!
//! Amazon is plain moto here; what answers at an instance's address is an SSH server of the test's own,
//! as nothing runs in moto.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use russh::{
    Channel, ChannelId,
    keys::{
        PrivateKey, PublicKey,
        ssh_key::private::{Ed25519Keypair, KeypairData},
    },
    server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Session, VerifiedPublicKey},
};
use shared::{CreateInstance, Instance, OpenTerminal, RunCommand};
use tokio::{net::TcpListener, time::timeout};

use crate::{
    amazon::{Moto, ok, save},
    instances::alone,
    server::{Guest, TestServer},
    shell::{PATIENCE, Shell},
};

/// Where the instance is; moto takes whatever address is asked for.
const ADDRESS: &str = "127.0.0.77";

/// An SSH server that lets one key in, and says what it is asked to do.
#[derive(Clone)]
struct Host {
    lets_in: PublicKey,
}

impl Host {
    async fn start(lets_in: PublicKey, seed: u8) {
        let listener = TcpListener::bind((ADDRESS, 22)).await;
        let listener =
            listener.expect("port 22: be root, or `sysctl net.ipv4.ip_unprivileged_port_start=22`");
        let pair = Ed25519Keypair::from_seed(&[seed; 32]);
        let key = PrivateKey::new(KeypairData::from(pair), "").unwrap();
        let config = Arc::new(Config {
            keys: vec![key],
            ..Config::default()
        });
        let host = Self { lets_in };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (config, host) = (config.clone(), host.clone());
                tokio::spawn(async move {
                    let served = russh::server::run_stream(config, stream, host).await;
                    served.unwrap().await.ok();
                });
            }
        });
    }
}

impl Handler for Host {
    type Error = russh::Error;

    async fn auth_publickey(
        &mut self,
        user: &str,
        shown: VerifiedPublicKey<'_>,
    ) -> Result<Auth, russh::Error> {
        let is_let_in = shown.public_key.key_data() == self.lets_in.key_data() && user == "root";
        Ok(match is_let_in {
            true => Auth::Accept,
            false => Auth::reject(),
        })
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        line: &[u8],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        session.channel_success(channel)?;
        let said = [b"asked to ", line, b"\n"].concat();
        session.data(channel, said)?;
        session.exit_status_request(channel, 3)?;
        session.eof(channel)?;
        session.close(channel)
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _: &str,
        columns: u32,
        rows: u32,
        _: u32,
        _: u32,
        _: &[(russh::Pty, u32)],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        session.channel_success(channel)?;
        session.data(channel, format!("{columns} by {rows}\r\n").into_bytes())
    }

    async fn shell_request(
        &mut self,
        channel: ChannelId,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        session.channel_success(channel)?;
        session.data(channel, b"at amazon$ ".to_vec())
    }

    async fn data(
        &mut self,
        channel: ChannelId,
        typed: &[u8],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        session.data(channel, [b"typed ", typed].concat())
    }
}

/// An instance at Amazon that has the address.
async fn launch(guest: &Guest, shell: &mut Shell) -> Instance {
    let wanted = CreateInstance {
        provider: "amazon".into(),
        location: Some("us-east-1".into()),
        hardware: Some("t2.micro".into()),
        release: Some("ami-12c6146b".into()),
        ..alone("true")
    };
    let made = client::instances::create(&guest.client, &wanted)
        .await
        .unwrap();
    let there = async {
        loop {
            let known = client::instances::read(&guest.client, made.id)
                .await
                .unwrap();
            if known.provider_id.is_some() {
                return known;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let known = timeout(PATIENCE, there).await.unwrap();
    let id = known.provider_id.as_deref().unwrap();
    ok(shell, "export AWS_DEFAULT_REGION=us-east-1").await;
    ok(
        shell,
        &format!("aws ec2 allocate-address --address {ADDRESS}"),
    )
    .await;
    let associate = format!("aws ec2 associate-address --instance-id {id} --public-ip {ADDRESS}");
    ok(shell, &associate).await;
    known
}

/// The key that the instance's boot script lets in.
async fn let_in(shell: &mut Shell, id: &str) -> PublicKey {
    let ask = format!(
        "echo packed:$(aws ec2 describe-instance-attribute --instance-id {id} \
         --attribute userData --query UserData.Value --output text | base64 -d | \
         grep \"^key=\" | base64 -w0):"
    );
    let seen = ok(shell, &ask).await;
    let packed = seen.rsplit_once("packed:").unwrap().1.split(':').next();
    let line = BASE64.decode(packed.unwrap()).unwrap();
    let line = String::from_utf8(line).unwrap();
    let key = line
        .trim()
        .trim_start_matches("key='")
        .trim_end_matches('\'');
    PublicKey::from_openssh(key).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_at_amazon_is_entered_at_its_public_address() {
    let amazon = Moto::start().await;
    let endpoint = amazon.endpoint.clone();
    let server = TestServer::with_cloud_and(|config| config.aws_endpoint = Some(endpoint)).await;
    let guest = server.guest().await;
    save(&guest).await;
    let mut shell = Shell::open(&server, &guest).await;
    let instance = launch(&guest, &mut shell).await;
    let provider_id = instance.provider_id.clone().unwrap();
    let opened = "aws ec2 describe-security-groups --filters Name=group-name,Values=manageacloud-22 \
                  --query 'SecurityGroups[0].IpPermissions[].FromPort' --output text";
    let seen = ok(&mut shell, opened).await;
    assert!(seen.contains("22"), "{seen}");
    let run = async |line: &str| {
        let run = RunCommand {
            command: line.into(),
        };
        client::instances::run(&guest.client, instance.id, &run).await
    };
    // nobody answers there yet
    let silent = run("true").await.unwrap();
    assert_eq!(silent.exit_code, Some(255), "{silent:?}");

    Host::start(let_in(&mut shell, &provider_id).await, 1).await;
    let ran = run("uptime -p").await.unwrap();
    assert_eq!(ran.stdout, "asked to uptime -p\n", "{ran:?}");
    assert_eq!(ran.exit_code, Some(3));
    let seen = shell.run("mac instance ssh box -c hostname").await;
    assert!(
        seen.contains("asked to hostname") && seen.contains("end=3"),
        "{seen}"
    );
    let on = OpenTerminal {
        instance: Some(instance.id),
        ..OpenTerminal::sized(200, 50)
    };
    let terminal = client::terminals::open(&guest.client, &on).await.unwrap();
    let mut there = Shell::show(&server, &guest, terminal).await;
    assert!(there.text.contains("200 by 50"), "{}", there.text);
    there.type_("x").await;
    there.until("typed x").await;

    // neither does it lead to it from a terminal, nor to another port
    let other = format!("(exec 3<>/dev/tcp/{ADDRESS}/22) 2>&1; timeout 5 curl -s localhost:4570");
    let seen = shell.run(&other).await;
    assert!(
        seen.contains("refused") && !seen.contains("end=0"),
        "{seen}"
    );

    let stop = format!("aws ec2 stop-instances --instance-ids {provider_id}");
    ok(&mut shell, &stop).await;
    let stopped = run("true").await.unwrap_err();
    assert!(stopped.title.contains("does not run"), "{stopped:?}");
}
