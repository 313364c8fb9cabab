//! How the server is, for anybody who asks.

use axum::{Json, extract::State};
use shared::{Health, Isolation, IsolationLevel, paths};

use crate::app::App;

/// How the server is, for anybody who asks.
#[utoipa::path(
    get,
    path = paths::HEALTH,
    tag = "server",
    responses((status = 200, description = "how it is", body = Health)),
    security(()),
)]
pub async fn health(State(app): State<App>) -> Json<Health> {
    Json(Health {
        version: env!("CARGO_PKG_VERSION").into(),
        isolation: isolation(app.launcher.level()),
        warning: app.warning(),
        terminals_off: app.sandboxes_off(),
        emulator_off: app.emulator_off(),
    })
}

/// What the trial at the start found, on the wire.
fn isolation(probe: &sandbox::Probe) -> Isolation {
    let level = match probe.level {
        sandbox::Level::A => IsolationLevel::A,
        sandbox::Level::B => IsolationLevel::B,
        sandbox::Level::C => IsolationLevel::C,
        sandbox::Level::D => IsolationLevel::D,
    };
    Isolation {
        level,
        missing: probe.missing.clone(),
    }
}
