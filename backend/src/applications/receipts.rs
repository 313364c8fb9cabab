//! The table `receipt`: what deployments came to, in a chain for each application.

use shared::{
    AccountId, Deployment, Instant, Receipt,
    receipt::{GENESIS, Outcome},
};
use sqlx::{Any, AnyPool, Transaction};

use crate::{Error, Result, app::App, db, words};

#[derive(sqlx::FromRow)]
struct Row {
    number: i64,
    previous: String,
    body: String,
    hash: String,
}

impl Row {
    fn receipt(self) -> Receipt {
        Receipt {
            number: self.number.cast_unsigned(),
            previous: self.previous,
            body: self.body,
            hash: self.hash,
        }
    }
}

/// An application's receipts, oldest first.
pub async fn receipts(app: &App, account: AccountId, name: &str) -> Result<Vec<Receipt>> {
    let moving = super::store::moving(&app.pool, account, name).await?;
    let id = moving.ok_or(Error::NotFound("application"))?.id;
    Ok(all(&app.pool, &id.to_string()).await?)
}

async fn all(pool: &AnyPool, application: &str) -> sqlx::Result<Vec<Receipt>> {
    let rows = sqlx::query_as::<_, Row>(
        "select number, previous, body, hash from receipt where application_id = $1 order by number",
    )
    .bind(application)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Row::receipt).collect())
}

/// Writes the receipt of a deployment that has ended, as a part of the change that ends it.
pub async fn write_receipt(
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
    deployment: Deployment,
    approved_by: Option<String>,
) -> sqlx::Result<()> {
    let name = deployment.application.clone();
    let Some((application, live)) = chain(transaction, account, &name).await? else {
        return Ok(());
    };
    let outcome = Outcome {
        at: Instant::now(),
        live,
        approved_by,
        deployment,
    };
    let last = sqlx::query_as::<_, Row>(
        "select number, previous, body, hash from receipt where application_id = $1 \
         order by number desc limit 1",
    )
    .bind(&application)
    .fetch_optional(&mut **transaction)
    .await?
    .map(Row::receipt);
    let (number, hash) = last.map_or((0, GENESIS.to_owned()), |last| (last.number, last.hash));
    let receipt = Receipt::after(number, &hash, words::json(&outcome));
    sqlx::query(
        "insert into receipt (application_id, number, previous, body, hash) \
         values ($1, $2, $3, $4, $5)",
    )
    .bind(application)
    .bind(receipt.number.cast_signed())
    .bind(receipt.previous)
    .bind(receipt.body)
    .bind(receipt.hash)
    .execute(&mut **transaction)
    .await
    .map(drop)
}

/// The application whose chain it is, and its live version; nobody else adds to the chain until the
/// transaction has ended.
async fn chain(
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
    name: &str,
) -> sqlx::Result<Option<(String, Option<String>)>> {
    if !db::has_locked_all(transaction) {
        sqlx::query("update application set name = name where account_id = $1 and name = $2")
            .bind(account.to_string())
            .bind(name)
            .execute(&mut **transaction)
            .await?;
    }
    sqlx::query_as(
        "select application_id, live from application where account_id = $1 and name = $2",
    )
    .bind(account.to_string())
    .bind(name)
    .fetch_optional(&mut **transaction)
    .await
}
