//! How the server is, for anybody who asks.

use axum::{Json, extract::State};
use shared::{Health, Isolation, IsolationLevel};

use crate::app::App;

/// `GET /api/v1/health`.
pub async fn health(State(_app): State<App>) -> Json<Health> {
    Json(Health {
        version: env!("CARGO_PKG_VERSION").into(),
        isolation: Isolation {
            level: IsolationLevel::D,
            missing: Vec::new(),
        },
        terminals_off: Some("terminals are not part of this version yet".into()),
        emulator_off: Some("the emulated cloud is not started by this version yet".into()),
    })
}
