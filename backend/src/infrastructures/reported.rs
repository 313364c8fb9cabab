//! Versions that the original client makes and destroys on its own machine, and tells of part by
//! part. They are kept as what is made here is: listed, with a history, and destroyable from here.

use serde_json::{Map, Value, json};
use shared::{
    AccountId, DeploymentKind, Infrastructure, InfrastructureId, InfrastructureState,
    InstanceState, ResourceState, StepState,
};

use super::{Blueprint, store};
use crate::{
    Error, Result,
    app::App,
    applications, db,
    deployments::{self, reported::Told},
    instances,
    resources::{self, NewResource, Output},
};

/// A resource that was made elsewhere.
#[derive(Debug, Clone)]
pub struct Created {
    /// The infrastructure's name.
    pub name: String,
    /// The infrastructure's version.
    pub version: String,
    /// The macfile's key under `infrastructures`.
    pub key: String,
    /// The macfile's key under `resources`.
    pub kind: String,
    /// The step's parameters.
    pub params: Option<Value>,
    /// The command that made it, references and all.
    pub create_command: String,
    /// The command that destroys it, references and all.
    pub destroy_command: Option<String>,
    /// How the create command ended.
    pub output: Output,
}

/// Keeps what is told of a resource that was made.
pub async fn created(app: &App, account: AccountId, created: Created) -> Result<()> {
    let id = ensure(app, account, &created.name, &created.version).await?;
    let new = NewResource {
        infrastructure: id,
        name: created.key.clone(),
        kind: created.kind.clone(),
        create_command: created.create_command.clone(),
        destroy_command: created.destroy_command.clone(),
    };
    let resource = resources::begin(app, account, &new).await?;
    resources::set_params(app, resource, created.params.as_ref()).await?;
    let (state, step) = match created.output.exit_code {
        Some(0) => (ResourceState::Ready, StepState::Done),
        _ => (ResourceState::CreateFailed, StepState::Failed),
    };
    resources::created(app, resource, state, &created.output).await?;
    write_macfile(app, id, &created.name, &created.version).await?;
    let told = Told {
        kind: DeploymentKind::Create,
        step: format!("{}: create", created.key),
        state: step,
        command: &created.create_command,
        output: &created.output,
    };
    deployments::reported::step(app, account, id, &told).await?;
    serve(app, account, id, &created).await
}

/// Lets the application's address lead here, if it can and nothing else is live.
async fn serve(
    app: &App,
    account: AccountId,
    id: InfrastructureId,
    created: &Created,
) -> Result<()> {
    if let Some(endpoint) = deployments::endpoint(&created.output.stdout) {
        super::set_endpoint(app, id, endpoint).await?;
        applications::promote_first(app, account, &created.name, &created.version).await?;
    }
    super::tell(app, account, id).await
}

/// The version that is told of, made when it is not there.
pub async fn ensure(
    app: &App,
    account: AccountId,
    name: &str,
    version: &str,
) -> Result<InfrastructureId> {
    match super::by_version(app, account, name, version).await {
        Ok(known) if store::is_reported(&app.pool, known.id).await? => Ok(known.id),
        Ok(_) => Err(Error::Conflict(format!(
            "{name} {version} exists already: destroy it first, or choose another version"
        ))),
        Err(Error::NotFound(_)) => begin(app, account, name, version).await,
        Err(error) => Err(error),
    }
}

async fn begin(
    app: &App,
    account: AccountId,
    name: &str,
    version: &str,
) -> Result<InfrastructureId> {
    let id = InfrastructureId::new();
    let blueprint = Blueprint {
        name: name.to_owned(),
        version: version.to_owned(),
        macfile: String::new(),
        parameters: Default::default(),
        parents: Default::default(),
        folder: String::new(),
    };
    let said = "made by mac 1.0.8 on a machine of its user's";
    let mut transaction = db::begin(&app.pool).await?;
    applications::ensure(&mut transaction, account, name).await?;
    store::insert(&mut transaction, account, id, said, &blueprint)
        .await
        .map_err(|error| super::make::there_already(error, &blueprint))?;
    store::set_reported(&mut transaction, id).await?;
    transaction.commit().await?;
    applications::tell(app, account, name).await?;
    Ok(id)
}

/// Writes the macfile that would make what was told of; JSON is YAML as well.
async fn write_macfile(app: &App, id: InfrastructureId, name: &str, version: &str) -> Result<()> {
    let (mut kinds, mut steps) = (Map::new(), Map::new());
    for (resource, commands) in resources::with_commands(app, id).await? {
        let mut kind = json!({ "create bash": commands.create });
        if let Some(destroy) = commands.destroy {
            kind["destroy bash"] = destroy.into();
        }
        kinds.insert(resource.kind.clone(), kind);
        let mut step = json!({ "resource": resource.kind });
        let params = commands
            .params
            .and_then(|text| serde_json::from_str(&text).ok());
        if let Some(params) = params {
            step["params"] = params;
        }
        steps.insert(resource.name, step);
    }
    let macfile = json!({
        "mac": "1.0.8",
        "name": name,
        "version": version,
        "description": "written from what mac 1.0.8 told",
        "resources": kinds,
        "infrastructures": steps,
    });
    let text = serde_json::to_string_pretty(&macfile).map_err(anyhow::Error::from)?;
    Ok(store::set_macfile(&app.pool, id, &text).await?)
}

/// Keeps what is told of a resource's destruction: how its command ended, or, without an
/// output, that its client forgets it. One that could not be destroyed stays listed.
pub async fn destroyed(
    app: &App,
    account: AccountId,
    name: &str,
    version: &str,
    key: &str,
    output: Option<&Output>,
) -> Result<()> {
    let infrastructure = match super::by_version(app, account, name, version).await {
        // the last part was told of before
        Err(Error::NotFound(_)) if output.is_none() => return Ok(()),
        found => found?,
    };
    let all = resources::with_commands(app, infrastructure.id).await?;
    let found = all.into_iter().rfind(|(known, _)| known.name == key);
    let (resource, commands) = found.ok_or(Error::NotFound("resource"))?;
    if let Some(output) = output {
        let (state, step) = match output.exit_code {
            Some(0) => (ResourceState::Destroyed, StepState::Done),
            _ => (ResourceState::DestroyFailed, StepState::Failed),
        };
        resources::destroyed(app, resource.id, state, output).await?;
        let told = Told {
            kind: DeploymentKind::Destroy,
            step: format!("{key}: destroy"),
            state: step,
            command: commands.destroy.as_deref().unwrap_or_default(),
            output,
        };
        deployments::reported::step(app, account, infrastructure.id, &told).await?;
    } else if resource.state != ResourceState::DestroyFailed {
        resources::set_state(app, resource.id, ResourceState::Destroyed).await?;
    }
    settle(app, account, &infrastructure).await
}

/// A part of a version went; a version that is told of goes with its last part.
pub async fn part_went(app: &App, account: AccountId, name: &str, version: &str) -> Result<()> {
    match super::by_version(app, account, name, version).await {
        Ok(known) if store::is_reported(&app.pool, known.id).await? => {
            settle(app, account, &known).await
        }
        Ok(_) | Err(Error::NotFound(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Keeps what is told of an instance that was destroyed.
pub async fn ended(
    app: &App,
    account: AccountId,
    infrastructure: &Infrastructure,
    name: &str,
) -> Result<()> {
    let output = Output {
        exit_code: Some(0),
        ..Output::default()
    };
    let told = Told {
        kind: DeploymentKind::Destroy,
        step: format!("{name}: end instance"),
        state: StepState::Done,
        command: &format!("mac instance destroy {name}"),
        output: &output,
    };
    deployments::reported::step(app, account, infrastructure.id, &told).await
}

/// Writes where a version stands after a part of it went.
pub async fn settle(app: &App, account: AccountId, infrastructure: &Infrastructure) -> Result<()> {
    let id = infrastructure.id;
    let parts = resources::of(app, id).await?;
    let servers = instances::of(app, account, id).await?;
    let is_gone = parts
        .iter()
        .all(|part| part.state == ResourceState::Destroyed)
        && servers
            .iter()
            .all(|server| server.state == InstanceState::Destroyed);
    let leaks = parts
        .iter()
        .any(|part| part.state == ResourceState::DestroyFailed);
    if is_gone {
        let (name, version) = (&infrastructure.name, &infrastructure.version);
        let mut transaction = db::begin(&app.pool).await?;
        applications::retire(app, &mut transaction, account, name, version).await?;
        transaction.commit().await?;
        super::set_state(app, account, id, InfrastructureState::Destroyed).await?;
        return applications::close(app, account, name).await;
    }
    if leaks {
        return super::set_state(app, account, id, InfrastructureState::DestroyFailed).await;
    }
    super::tell(app, account, id).await
}
