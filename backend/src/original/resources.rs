//! Resources that the original client made or destroyed on its own machine.

use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    routing::get,
};
use serde::Deserialize;

use super::{
    Answer, Refusal,
    caller::Caller,
    infrastructures::made,
    wire::{Made, Metadata, NewMade},
};
use crate::{
    Error,
    app::App,
    infrastructures::{self, reported},
    resources::Output,
};

pub(super) fn router() -> Router<App> {
    Router::new().route("/resources", get(list)).route(
        "/resource",
        get(read).post(create).put(update).delete(destroy),
    )
}

async fn list(State(app): State<App>, caller: Caller) -> Answer<Vec<Made>> {
    let mut all = Vec::new();
    for infrastructure in infrastructures::list(&app, caller.id()).await? {
        all.extend(made(&app, &infrastructure).await?);
    }
    Ok(Json(all))
}

/// Which one.
#[derive(Debug, Deserialize)]
struct Which {
    inf_name: String,
    inf_version: String,
    name: String,
}

async fn read(State(app): State<App>, caller: Caller, Query(which): Query<Which>) -> Answer<Made> {
    let Which {
        inf_name,
        inf_version,
        name,
    } = which;
    Ok(Json(
        find(&app, &caller, &inf_name, &inf_version, &name).await?,
    ))
}

async fn find(
    app: &App,
    caller: &Caller,
    infrastructure: &str,
    version: &str,
    name: &str,
) -> Result<Made, Refusal> {
    let infrastructure =
        infrastructures::by_version(app, caller.id(), infrastructure, version).await?;
    let mut all = made(app, &infrastructure).await?;
    all.retain(|resource| resource.name == name);
    Ok(all.pop().ok_or(Error::NotFound("resource"))?)
}

async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewMade>,
) -> Result<(StatusCode, Json<Made>), Refusal> {
    let metadata = metadata(&new.metadata)?;
    let created = reported::Created {
        name: metadata.name.clone(),
        version: metadata.version.clone(),
        key: new.name.clone(),
        kind: metadata.macfile_resource_name,
        params: metadata.macfile_infrastructure_params,
        create_command: new.create_cmd,
        destroy_command: new.destroy_cmd.filter(|command| !command.is_empty()),
        output: Output {
            exit_code: new.create_rc,
            stdout: new.create_stdout.unwrap_or_default(),
            stderr: new.create_stderr.unwrap_or_default(),
        },
    };
    reported::created(&app, caller.id(), created).await?;
    let made = find(&app, &caller, &metadata.name, &metadata.version, &new.name).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

fn metadata(text: &str) -> Result<Metadata, Refusal> {
    let unreadable = |why: String| Error::Invalid("the metadata cannot be read".into(), Some(why));
    let metadata: Metadata =
        serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))?;
    if metadata.name.is_empty() || metadata.version.is_empty() {
        let lacks = "it names no infrastructure and version".to_owned();
        return Err(unreadable(lacks).into());
    }
    Ok(metadata)
}

/// The client tells how the destroy command ended.
async fn update(State(app): State<App>, caller: Caller, Json(sent): Json<Made>) -> Answer<Made> {
    let (name, version) = owner(&sent)?;
    if let Some(run) = sent.destroy {
        let output = Output {
            exit_code: run.rc,
            stdout: run.stdout.unwrap_or_default(),
            stderr: run.stderr.unwrap_or_default(),
        };
        reported::destroyed(
            &app,
            caller.id(),
            &name,
            &version,
            &sent.name,
            Some(&output),
        )
        .await?;
    }
    answer(&app, caller, &name, &version, sent.id, sent.name).await
}

/// The client forgets a resource. One that it could not destroy is not forgotten here: it may
/// still exist, and cost.
async fn destroy(State(app): State<App>, caller: Caller, Json(sent): Json<Made>) -> Answer<Made> {
    let (name, version) = owner(&sent)?;
    reported::destroyed(&app, caller.id(), &name, &version, &sent.name, None).await?;
    answer(&app, caller, &name, &version, sent.id, sent.name).await
}

/// The resource as it stands; as it was sent when it is gone.
async fn answer(
    app: &App,
    caller: Caller,
    name: &str,
    version: &str,
    id: String,
    key: String,
) -> Answer<Made> {
    match find(app, &caller, name, version, &key).await {
        Ok(made) => Ok(Json(made)),
        Err(Refusal(Error::NotFound(_))) => Ok(Json(Made {
            id,
            name: key,
            create: super::wire::Ran::default(),
            cmd_destroy: None,
            destroy: None,
            metadata: serde_json::json!({ "infrastructure": { "name": name, "version": version } }),
        })),
        Err(refusal) => Err(refusal),
    }
}

/// The name and version that a resource's own metadata say.
fn owner(sent: &Made) -> Result<(String, String), Refusal> {
    let word = |key: &str| sent.metadata["infrastructure"][key].as_str();
    match (word("name"), word("version")) {
        (Some(name), Some(version)) => Ok((name.to_owned(), version.to_owned())),
        _ => Err(Error::Invalid("the resource names no infrastructure".into(), None).into()),
    }
}
