//! `GET configuration/list` and `configuration/search`.

use axum::{Json, Router, extract::Query, routing::get};
use serde::Serialize;

use super::{Answer, caller::Caller};
use crate::{app::App, configurations};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/configuration/list", get(list))
        .route("/configuration/search", get(search))
}

#[derive(Debug, Serialize)]
struct Listed {
    tag: &'static str,
    name: &'static str,
    summary: &'static str,
    url: String,
}

impl From<&configurations::Configuration> for Listed {
    fn from(known: &configurations::Configuration) -> Self {
        Self {
            tag: known.tag,
            name: known.name,
            summary: known.summary,
            url: format!("/docs/configurations/{}", known.tag),
        }
    }
}

async fn list(_caller: Caller) -> Answer<Vec<Listed>> {
    Ok(Json(configurations::ALL.iter().map(Listed::from).collect()))
}

async fn search(
    _caller: Caller,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer<Vec<Listed>> {
    let words: Vec<String> = query
        .into_iter()
        .filter(|(name, _)| name == "keyword")
        .map(|(_, word)| word.to_lowercase())
        .collect();
    let found = configurations::ALL.iter().filter(|known| known.has(&words));
    Ok(Json(found.map(Listed::from).collect()))
}
