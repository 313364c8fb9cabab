//! What launches ask for, and of whom.

use shared::{AccountId, InstanceId};
use sqlx::{Any, AnyPool, Transaction};

use crate::{instances::Wanted, providers::Whose, words};

/// Whose cloud an instance runs in.
pub(in crate::instances) async fn whose(pool: &AnyPool, id: InstanceId) -> sqlx::Result<Whose> {
    let word: String = sqlx::query_scalar("select cloud from instance where instance_id = $1")
        .bind(id.to_string())
        .fetch_one(pool)
        .await?;
    words::read(&word)
}

/// What else an instance's launch asks for.
pub(in crate::instances) async fn wanted(pool: &AnyPool, id: InstanceId) -> sqlx::Result<Wanted> {
    let json: String = sqlx::query_scalar("select wanted from instance where instance_id = $1")
        .bind(id.to_string())
        .fetch_one(pool)
        .await?;
    words::from_json(&json)
}

pub(in crate::instances) async fn want(
    pool: &AnyPool,
    id: InstanceId,
    wanted: &Wanted,
) -> sqlx::Result<()> {
    sqlx::query("update instance set wanted = $2 where instance_id = $1")
        .bind(id.to_string())
        .bind(words::json(wanted))
        .execute(pool)
        .await
        .map(drop)
}

/// How many instances on their own an account has.
pub(in crate::instances) async fn count_alone(
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "select count(*) from instance where account_id = $1 and infrastructure_id is null \
           and state <> 'destroyed'",
    )
    .bind(account.to_string())
    .fetch_one(&mut **transaction)
    .await
}
