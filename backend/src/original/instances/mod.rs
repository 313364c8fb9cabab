//! Instances, as the original client makes, asks, configures and destroys them.

mod create;

use std::collections::BTreeMap;

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::{get, put},
};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{ChangeInstance, ConfigureInstance, Facts, Instance, InstanceId, Instant};

use self::create::{create, minutes, script, text};
use super::{
    Answer, Refusal,
    caller::Caller,
    wire::{self, Server},
};
use crate::{
    Error,
    app::App,
    infrastructures,
    infrastructures::reported,
    instances::{self},
};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/instance", put(configure).post(create))
        .route("/instance/{id}", put(change).delete(destroy))
        .route("/facts/{id}", get(facts))
        .route("/log/{id}", get(log))
        .route("/logf/{id}", get(follow))
        .route("/credential/{id}", get(credential))
}

/// `PUT instance`: configures one that waits for it, or once more.
#[derive(Debug, Deserialize)]
struct Configure {
    instance_id: String,
    cookbook_tag: Option<String>,
    bootstrap: Option<String>,
    #[serde(default)]
    metadata: Option<Value>,
}

async fn configure(
    State(app): State<App>,
    caller: Caller,
    Json(asked): Json<Configure>,
) -> Answer<Server> {
    let id = find(&app, &caller, &asked.instance_id).await?.id;
    let bootstrap = script(asked.cookbook_tag.as_deref(), asked.bootstrap)?;
    let role = asked
        .metadata
        .as_ref()
        .and_then(|m| m.pointer("/system/role/environment"));
    let environment: BTreeMap<String, String> = match role {
        Some(Value::Object(map)) => map
            .iter()
            .map(|(name, value)| (name.clone(), text(value.clone())))
            .collect(),
        _ => BTreeMap::new(),
    };
    let configure = ConfigureInstance {
        bootstrap: Some(bootstrap).filter(|script| !script.is_empty()),
        environment,
    };
    let instance = instances::configure(&app, caller.id(), id, configure).await?;
    Ok(Json(server(&app, &caller, instance).await?))
}

/// `PUT instance/ID`
#[derive(Debug, Deserialize)]
struct Change {
    lifespan: Value,
}

async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(change): Json<Change>,
) -> Answer<Server> {
    let id = find(&app, &caller, &id).await?.id;
    let lifespan_minutes = minutes(&change.lifespan)
        .ok_or_else(|| Error::Invalid("a lifespan is a whole number of minutes".into(), None))?;
    let change = ChangeInstance { lifespan_minutes };
    let instance = instances::change(&app, caller.id(), id, change).await?;
    Ok(Json(server(&app, &caller, instance).await?))
}

async fn destroy(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer<Server> {
    let instance = find(&app, &caller, &id).await?;
    if let (Some(name), Some(version)) = (&instance.infrastructure, &instance.version) {
        let of = infrastructures::by_version(&app, caller.id(), name, version).await?;
        reported::ended(&app, caller.id(), &of, &instance.name).await?;
    }
    let gone = instances::destroy(&app, caller.id(), instance.id).await?;
    Ok(Json(server(&app, &caller, gone).await?))
}

async fn facts(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer<Facts> {
    let id = find(&app, &caller, &id).await?.id;
    Ok(Json(instances::facts(&app, caller.id(), id).await?))
}

async fn log(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer<Value> {
    let instance = find(&app, &caller, &id).await?;
    let log = instances::log(&app, caller.id(), instance.id, 0, Default::default()).await?;
    let block = |text: String| match text.is_empty() {
        true => json!([]),
        false => json!([{ "created": instance.created_at, "text": text }]),
    };
    Ok(Json(json!({
        "cloudServerLogs": block(log.console),
        "cloudServerBlockLogs": block(log.configuration),
    })))
}

/// The text since the last call: how far each caller has read is kept here, as the client keeps
/// nothing.
async fn follow(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer<Value> {
    let id = find(&app, &caller, &id).await?.id;
    let key = (caller.key.clone(), id);
    let after = app.followers.after(&key);
    let log = instances::log(&app, caller.id(), id, after, Default::default()).await?;
    app.followers.set(key, log.next);
    Ok(Json(json!({ "payload": log.configuration })))
}

/// How to connect by ssh: an instance of the emulated cloud has no door for that yet, and one of
/// a real cloud has its owner's key.
async fn credential(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<Value> {
    let instance = find(&app, &caller, &id).await?;
    Ok(Json(json!({
        "user": "root",
        "ip": instance.public_address,
        "privateKey": "",
        "password": "",
    })))
}

/// An instance by its id, or by its name when one alone has it.
async fn find(app: &App, caller: &Caller, asked: &str) -> Result<Instance, Refusal> {
    if let Ok(id) = asked.parse::<InstanceId>() {
        return Ok(instances::by_id(app, caller.id(), id).await?);
    }
    let mut all = instances::list(app, caller.id()).await?;
    all.retain(|instance| instance.name == asked);
    match (all.pop(), all.is_empty()) {
        (Some(instance), true) => Ok(instance),
        (Some(_), false) => {
            let several = format!("several instances are called {asked}: use an id");
            Err(Error::Invalid(several, None).into())
        }
        (None, _) => Err(Error::NotFound("instance").into()),
    }
}

async fn server(app: &App, caller: &Caller, instance: Instance) -> Result<Server, Refusal> {
    let known = instances::known(app, caller.id(), instance.id).await?;
    Ok(wire::Server::new(known, Instant::now()))
}
