//! The original's JSON, as its client reads and writes it (`maccli/dao` and `maccli/view` of 1.0.8).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::{Infrastructure, InstanceKind, InstanceState, Instant, Resource, ResourceState};

use crate::instances::Known;

/// `GET user/auth`.
#[derive(Debug, Serialize)]
pub(super) struct SignedIn {
    pub username: String,
    #[serde(rename = "apiKey")]
    pub api_key: String,
}

/// An item of `GET infrastructure`: a name with versions.
#[derive(Debug, Serialize)]
pub(super) struct Named {
    pub name: String,
    pub versions: Vec<String>,
    #[serde(rename = "cloudServers")]
    pub cloud_servers: Vec<Server>,
    pub resources: Vec<Made>,
}

/// An instance.
#[derive(Debug, Serialize)]
pub(super) struct Server {
    pub id: String,
    pub servername: String,
    pub ipv4: Option<String>,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub status: &'static str,
    /// Minutes that are left; 0 when it does not end by itself.
    pub lifespan: i64,
    pub metadata: Value,
}

impl Server {
    /// An instance as the client reads it; what it told of its own is told back.
    pub fn new(known: Known, now: Instant) -> Self {
        let (instance, step) = (known.instance, known.step);
        let left_ms = instance
            .expires_at
            .map_or(0, |end| end.unix_ms() - now.unix_ms());
        let told = known
            .metadata
            .and_then(|text| serde_json::from_str(&text).ok());
        let infrastructure = serde_json::json!({
            "name": instance.infrastructure.unwrap_or_default(),
            "version": instance.version.unwrap_or_default(),
            "macfile_role_name": instance.role.unwrap_or_default(),
            "macfile_infrastructure_name": step,
        });
        Self {
            id: instance.id.to_string(),
            servername: instance.name,
            ipv4: instance.public_address,
            kind: match instance.kind {
                InstanceKind::Testing => "testing",
                InstanceKind::Production => "production",
            },
            status: status(instance.state),
            lifespan: left_ms.max(0) / 60_000,
            metadata: told.unwrap_or_else(|| {
                serde_json::json!({
                    "infrastructure": infrastructure,
                    "system": { "role": {} },
                })
            }),
        }
    }
}

/// The words that its loop compares.
pub(super) fn status(state: InstanceState) -> &'static str {
    match state {
        InstanceState::Creating => "Creating instance",
        InstanceState::Created => "Instance completed",
        InstanceState::Configuring => "Configuring instance",
        InstanceState::Ready => "Ready",
        InstanceState::CreateFailed => "Creation failed",
        InstanceState::ConfigureFailed => "Configuration Error",
        InstanceState::Destroying | InstanceState::Destroyed => "Queued to be destroyed",
        InstanceState::DestroyFailed => "Destroy failed",
    }
}

/// A command that ran.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ran {
    #[serde(default)]
    pub cmd: Option<String>,
    #[serde(default)]
    pub rc: Option<i32>,
    #[serde(default)]
    pub stdout: Option<String>,
    #[serde(default)]
    pub stderr: Option<String>,
}

/// A resource; the client sends back what it was sent, with `destroy` filled.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Made {
    pub id: String,
    pub name: String,
    pub create: Ran,
    #[serde(rename = "cmdDestroy")]
    pub cmd_destroy: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destroy: Option<Ran>,
    pub metadata: Value,
}

impl Made {
    pub fn new(resource: Resource, commands: Commands) -> Self {
        let mut infrastructure = serde_json::json!({
            "name": resource.infrastructure,
            "version": resource.version,
            "macfile_resource_name": resource.kind,
            "macfile_infrastructure_name": resource.name,
        });
        if let Some(params) = commands.params {
            infrastructure["macfile_infrastructure_params"] = params;
        }
        let leaked = resource.state == ResourceState::DestroyFailed;
        let destroy = resource.destroy.filter(|_| leaked).map(|run| Ran {
            cmd: commands.destroy.clone(),
            rc: run.exit_code,
            stdout: Some(run.stdout),
            stderr: Some(run.stderr),
        });
        // its table says "Destroyed" of whatever has "destroy", unless *create* has failed
        let rc = match leaked {
            true => destroy.as_ref().and_then(|run| run.rc).or(Some(1)),
            false => resource.exit_code,
        };
        Self {
            id: resource.id.to_string(),
            name: resource.name,
            create: Ran {
                cmd: Some(commands.create),
                rc,
                stdout: Some(resource.stdout),
                stderr: Some(resource.stderr),
            },
            cmd_destroy: commands.destroy,
            destroy,
            metadata: serde_json::json!({ "infrastructure": infrastructure }),
        }
    }
}

/// A resource's commands as its macfile has them.
#[derive(Debug, Clone, Default)]
pub(super) struct Commands {
    pub create: String,
    pub destroy: Option<String>,
    pub params: Option<Value>,
}

/// `POST resource`.
#[derive(Debug, Deserialize)]
pub(super) struct NewMade {
    pub name: String,
    pub create_cmd: String,
    #[serde(default)]
    pub create_rc: Option<i32>,
    #[serde(default)]
    pub create_stdout: Option<String>,
    #[serde(default)]
    pub create_stderr: Option<String>,
    #[serde(default)]
    pub destroy_cmd: Option<String>,
    /// JSON in a string.
    pub metadata: String,
}

/// What `metadata` says of a resource or an instance.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Metadata {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub version: String,
    #[serde(default)]
    pub macfile_resource_name: String,
    #[serde(default)]
    pub macfile_infrastructure_params: Option<Value>,
}

/// The versions that are there, by name.
pub(super) fn named(infrastructures: Vec<(Infrastructure, Vec<Server>, Vec<Made>)>) -> Vec<Named> {
    let mut names: Vec<Named> = Vec::new();
    for (infrastructure, servers, made) in infrastructures {
        let place = names
            .iter()
            .position(|named| named.name == infrastructure.name);
        let place = place.unwrap_or_else(|| {
            names.push(Named {
                name: infrastructure.name.clone(),
                versions: Vec::new(),
                cloud_servers: Vec::new(),
                resources: Vec::new(),
            });
            names.len() - 1
        });
        let named = &mut names[place];
        named.versions.push(infrastructure.version);
        named.cloud_servers.extend(servers);
        named.resources.extend(made);
    }
    names
}
