//! What a sandbox of an account's needs to use the emulated cloud: ways to it, variables and files.

use std::net::Ipv4Addr;
use std::path::PathBuf;

use sandbox::{Inlet, InletTarget, Mount, Spec};

use crate::{
    azure::{az_variables, azure_files, azure_variables},
    client::Credentials,
};

/// Where AWS answers inside, on loopback.
const AWS_PORT: u16 = 4566;
/// Where Azure answers inside.
const AZURE_PORT: u16 = 4577;
/// Where it answers inside through TLS.
const AZ_PORT: u16 = 4578;
/// The certificate inside that it is to be believed by.
const AZ_AUTHORITY: &str = "/opt/manageacloud/emulated-azure.pem";

impl Credentials {
    /// Leads a sandbox to the account's network, and its `azure` and `az` to the emulated Azure.
    ///
    /// An emulator of an earlier release may have neither.
    pub fn furnish(&self, spec: &mut Spec) {
        spec.outbound.clone_from(&self.outbound);
        if self.azure_token.is_empty() {
            return;
        }
        let address = format!("http://127.0.0.1:{AZURE_PORT}");
        set_all(spec, azure_variables(self, &address));
        spec.inlets.push(inlet(AZURE_PORT, &self.azure_socket));
        let Some(az) = &self.az else {
            return;
        };
        let address = format!("https://127.0.0.1:{AZ_PORT}");
        set_all(spec, az_variables(self, az, &address, AZ_AUTHORITY));
        spec.inlets.push(inlet(AZ_PORT, &az.socket));
        spec.mounts.push(Mount {
            source: az.authority.clone(),
            target: AZ_AUTHORITY.into(),
        });
    }

    /// Leads a sandbox's `aws` to the emulated AWS; the key is in the home's [files](Self::files).
    pub fn furnish_aws(&self, spec: &mut Spec) {
        spec.set("AWS_ENDPOINT_URL", format!("http://localhost:{AWS_PORT}"));
        spec.inlets.push(inlet(AWS_PORT, &self.aws_socket));
    }

    /// What a new home has, by its path below the home: nobody need sign in.
    pub fn files(&self) -> Vec<(PathBuf, String)> {
        let azure = azure_files(self).into_iter();
        let azure = azure.map(|(name, text)| (PathBuf::from(".azure").join(name), text));
        let region = &self.region;
        let config = format!("[default]\nregion = {region}\noutput = json\n");
        let aws = [
            (".aws/credentials".into(), self.aws_keys()),
            (".aws/config".into(), config),
        ];
        aws.into_iter().chain(azure).collect()
    }

    /// The text of the file that `aws` reads the account's key from.
    pub fn aws_keys(&self) -> String {
        let (id, secret) = (&self.access_key_id, &self.secret_access_key);
        format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n")
    }
}

fn set_all(spec: &mut Spec, variables: Vec<(&'static str, String)>) {
    for (name, value) in variables {
        spec.set(name, value);
    }
}

fn inlet(port: u16, socket: &std::path::Path) -> Inlet {
    Inlet {
        listen: (Ipv4Addr::LOCALHOST, port).into(),
        target: InletTarget::Unix(socket.to_owned()),
    }
}
