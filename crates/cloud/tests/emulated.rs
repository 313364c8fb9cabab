//! The same calls against an emulator that is not ours: moto as it comes, with nothing before it,
//! so that nothing here works with our own emulated cloud alone.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::{net::TcpListener, path::PathBuf, time::Duration};

use cloud::{Access, Disk, Ec2, Error, Launch, State};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(120);
const IMAGE: &str = "ami-69631053";

/// A moto server, which ends with the test.
struct Moto {
    _process: Child,
    endpoint: String,
}

impl Moto {
    async fn start() -> Self {
        let toolbox = std::env::var_os("MANAGEACLOUD_TOOLBOX")
            .map_or_else(|| PathBuf::from("/opt/manageacloud/toolbox"), PathBuf::from);
        let python = toolbox.join("moto/bin/python");
        assert!(python.exists(), "run `cargo xtask toolbox` first");
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let process = Command::new(python)
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p"])
            .arg(port.to_string())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let listens = async {
            while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, listens).await.unwrap();
        Self {
            _process: process,
            endpoint: format!("http://127.0.0.1:{port}"),
        }
    }

    async fn ec2(&self) -> Ec2 {
        Ec2::connect(Access {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: "secret".into(),
            region: "ap-southeast-2".into(),
            endpoint: Some(self.endpoint.clone()),
        })
        .await
    }
}

fn launch(token: &str) -> Launch {
    Launch {
        client_token: token.into(),
        name: "web".into(),
        image: IMAGE.into(),
        hardware: "t2.micro".into(),
        user_data: "#!/bin/sh\n".into(),
        tags: vec![("mac:role".into(), "web".into())],
        ports: vec![80, 443],
        admin_port: 22,
        subnet: None,
        disks: vec![Disk {
            device: "/dev/sdb".into(),
            size_gb: 8,
            kind: Some("gp2".into()),
            iops: None,
        }],
    }
}

#[tokio::test]
async fn an_instance_is_launched_found_described_and_terminated() {
    let moto = Moto::start().await;
    let ec2 = moto.ec2().await;
    assert_eq!(ec2.find("first").await.unwrap(), None);
    let launched = ec2.launch(launch("first")).await.unwrap();
    let id = launched.provider_id.as_str();
    let described = ec2.describe(id).await.unwrap();
    assert_eq!(
        (described.provider_id.as_str(), described.state),
        (id, State::Running)
    );
    assert!(described.private_address.is_some(), "{described:?}");
    let found = ec2.find("first").await.unwrap().unwrap();
    assert_eq!(found.provider_id, id);
    // the group of the same ports is found again
    let second = ec2.launch(launch("second")).await.unwrap();
    assert_ne!(second.provider_id, id);
    ec2.console_output(id).await.unwrap();
    ec2.terminate(id).await.unwrap();
    assert_eq!(ec2.describe(id).await.unwrap().state, State::Terminated);
    assert_eq!(ec2.find("first").await.unwrap(), None);
    ec2.terminate(id).await.unwrap();
}

#[tokio::test]
async fn what_there_is_to_choose_from_is_listed() {
    let moto = Moto::start().await;
    let ec2 = moto.ec2().await;
    let regions = ec2.regions().await.unwrap();
    assert!(
        regions.iter().any(|region| region == "ap-southeast-2"),
        "{regions:?}"
    );
    let sizes = ec2.sizes().await.unwrap();
    let micro = sizes.iter().find(|size| size.id == "t2.micro").unwrap();
    assert_eq!((micro.memory_mb, micro.cores), (1024, 1));
    assert!(sizes.is_sorted_by_key(|size| size.memory_mb));
    let images = "amzn-ami-hvm-*";
    let image = ec2.newest_image("amazon", images).await.unwrap();
    assert!(image.is_some_and(|image| image.starts_with("ami-")));
    assert_eq!(ec2.newest_image("amazon", "no-such-*").await.unwrap(), None);
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_who_is_away_unreachable() {
    let moto = Moto::start().await;
    let ec2 = moto.ec2().await;
    let unknown = "i-0123456789abcdef0";
    for refused in [
        ec2.describe(unknown).await.map(drop),
        ec2.terminate(unknown).await,
        ec2.console_output(unknown).await.map(drop),
    ] {
        let refused = refused.unwrap_err();
        assert!(
            matches!(&refused, Error::NotFound { provider_id } if provider_id == unknown),
            "{refused:?}"
        );
    }
    drop(moto);
    let away = async {
        loop {
            match ec2.regions().await {
                Err(Error::Unreachable(_)) => break,
                Ok(_) | Err(Error::Refused { .. } | Error::NotFound { .. }) => {}
            }
        }
    };
    timeout(PATIENCE, away).await.unwrap();
}
