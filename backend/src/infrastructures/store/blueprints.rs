//! What versions are made from.

use shared::InfrastructureId;
use sqlx::{Any, AnyPool, Transaction};

use crate::{infrastructures::Blueprint, words};

#[derive(sqlx::FromRow)]
struct BlueprintRow {
    name: String,
    version: String,
    macfile: String,
    parameters: String,
    parents: String,
    folder: String,
}

pub(in crate::infrastructures) async fn blueprint(
    pool: &AnyPool,
    id: InfrastructureId,
) -> sqlx::Result<Blueprint> {
    let row = sqlx::query_as::<_, BlueprintRow>(
        "select name, version, macfile, parameters, parents, folder from infrastructure \
         where infrastructure_id = $1",
    )
    .bind(id.to_string())
    .fetch_one(pool)
    .await?;
    Ok(Blueprint {
        name: row.name,
        version: row.version,
        macfile: row.macfile,
        parameters: words::from_json(&row.parameters)?,
        parents: words::from_json(&row.parents)?,
        folder: row.folder,
    })
}

/// Whether a version is made elsewhere and told of.
pub(in crate::infrastructures) async fn is_reported(
    pool: &AnyPool,
    id: InfrastructureId,
) -> sqlx::Result<bool> {
    let made_by: String =
        sqlx::query_scalar("select made_by from infrastructure where infrastructure_id = $1")
            .bind(id.to_string())
            .fetch_one(pool)
            .await?;
    Ok(made_by == "client")
}

/// Marks a version as made elsewhere, of which all that was told is there.
pub(in crate::infrastructures) async fn set_reported(
    transaction: &mut Transaction<'static, Any>,
    id: InfrastructureId,
) -> sqlx::Result<()> {
    sqlx::query(
        "update infrastructure set made_by = 'client', state = 'ready' \
         where infrastructure_id = $1",
    )
    .bind(id.to_string())
    .execute(&mut **transaction)
    .await
    .map(drop)
}

/// Writes the macfile of a version that is told of.
pub(in crate::infrastructures) async fn set_macfile(
    pool: &AnyPool,
    id: InfrastructureId,
    macfile: &str,
) -> sqlx::Result<()> {
    sqlx::query("update infrastructure set macfile = $2 where infrastructure_id = $1")
        .bind(id.to_string())
        .bind(macfile)
        .execute(pool)
        .await
        .map(drop)
}
