//! The sandbox that the server starts an account's shells in, for starting the same without it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use client::accounts;
use sandbox::{Inlet, InletTarget, Mount, Outbound, Spec};
use serde::Deserialize;
use serde_json::json;

use crate::{Built, guest::Guest, server::Server};

/// What the emulated cloud gives a sandbox, as far as it costs something to start.
#[derive(Debug, Deserialize)]
pub struct Cloud {
    outbound: Option<Outbound>,
    aws_socket: PathBuf,
    azure_socket: PathBuf,
    az: Option<Az>,
}

/// What `az` is given.
#[derive(Debug, Deserialize)]
struct Az {
    socket: PathBuf,
    authority: PathBuf,
}

impl Cloud {
    /// What an account that has a home is given.
    pub async fn of(server: &Server, guest: &Guest) -> anyhow::Result<Self> {
        let socket = server.data().join("run/emulator.sock");
        let control = reqwest::Client::builder().unix_socket(socket).build()?;
        let id = accounts::current(&guest.client).await?.id;
        // the number of a new owner, which this one is not
        let asked = control
            .put(format!("http://emulator/accounts/{id}"))
            .json(&json!({"tenant": 0}));
        let answer = asked.send().await?.error_for_status()?;
        answer.json().await.context("what the emulated cloud gives")
    }

    /// Makes a plain spec one of the account's: the same mounts, names, network and ways out.
    pub fn furnish(self, spec: &mut Spec, server: &Server, built: &Built) {
        let mac = built.program.with_file_name("mac");
        spec.mounts = vec![
            mount(&mac, "/opt/manageacloud/bin/mac".as_ref()),
            mount(&built.toolbox, &built.toolbox),
        ];
        spec.names = vec!["localhost".to_owned()];
        spec.inlets = vec![
            inlet(server.address.port(), InletTarget::Tcp(server.address)),
            inlet(4566, InletTarget::Unix(self.aws_socket)),
            inlet(4577, InletTarget::Unix(self.azure_socket)),
        ];
        if let Some(az) = self.az {
            let inside = "/opt/manageacloud/emulated-azure.pem";
            spec.mounts.push(mount(&az.authority, inside.as_ref()));
            spec.inlets.push(inlet(4578, InletTarget::Unix(az.socket)));
        }
        spec.outbound = self.outbound;
    }
}

fn mount(source: &Path, target: &Path) -> Mount {
    Mount {
        source: source.to_owned(),
        target: target.to_owned(),
    }
}

fn inlet(port: u16, target: InletTarget) -> Inlet {
    Inlet {
        listen: ([127, 0, 0, 1], port).into(),
        target,
    }
}
