//! `GET infrastructure` and `GET instances`.

use axum::{
    Json, Router,
    extract::{Query, State},
    routing::get,
};
use serde::Deserialize;
use shared::{Infrastructure, Instant, ResourceState};

use super::{
    Answer, Refusal,
    caller::Caller,
    wire::{Commands, Made, Named, Server, named},
};
use crate::{app::App, infrastructures, instances, resources};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/infrastructure", get(list))
        .route("/instances", get(servers))
}

/// Which of them; all when nothing is asked for.
#[derive(Debug, Deserialize)]
struct Which {
    name: Option<String>,
    version: Option<String>,
}

impl Which {
    fn is(&self, infrastructure: &Infrastructure) -> bool {
        let fits = |asked: &Option<String>, is: &str| asked.as_deref().is_none_or(|a| a == is);
        fits(&self.name, &infrastructure.name) && fits(&self.version, &infrastructure.version)
    }
}

async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(which): Query<Which>,
) -> Answer<Vec<Named>> {
    let mut all = infrastructures::list(&app, caller.id()).await?;
    all.retain(|infrastructure| which.is(infrastructure));
    let mut whole = Vec::new();
    for infrastructure in all {
        let servers = of(&app, &caller, &infrastructure).await?;
        let made = made(&app, &infrastructure).await?;
        whole.push((infrastructure, servers, made));
    }
    Ok(Json(named(whole)))
}

async fn of(
    app: &App,
    caller: &Caller,
    infrastructure: &Infrastructure,
) -> Result<Vec<Server>, Refusal> {
    let known = instances::with_steps(app, caller.id(), infrastructure.id).await?;
    let now = Instant::now();
    let there = known
        .into_iter()
        .filter(|known| known.instance.state != shared::InstanceState::Destroyed);
    Ok(there.map(|known| Server::new(known, now)).collect())
}

/// The resources of a version that are there.
pub(super) async fn made(app: &App, infrastructure: &Infrastructure) -> Result<Vec<Made>, Refusal> {
    let all = resources::with_commands(app, infrastructure.id).await?;
    let there = all
        .into_iter()
        .filter(|(resource, _)| resource.state != ResourceState::Destroyed);
    Ok(there
        .map(|(resource, commands)| {
            let params = commands.params.as_deref();
            let commands = Commands {
                create: commands.create,
                destroy: commands.destroy,
                params: params.and_then(|params| serde_json::from_str(params).ok()),
            };
            Made::new(resource, commands)
        })
        .collect())
}

async fn servers(State(app): State<App>, caller: Caller) -> Answer<Vec<Server>> {
    let now = Instant::now();
    let all = instances::list_with_steps(&app, caller.id()).await?;
    Ok(Json(
        all.into_iter()
            .map(|known| Server::new(known, now))
            .collect(),
    ))
}
