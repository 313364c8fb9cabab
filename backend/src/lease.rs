//! Which server carries deployments out: the one that came last.
//!
//! There may be two for a moment, when one was only asleep (a stopped process, a machine that was
//! suspended) while another one took its place. The older one writes nothing of what it decides from
//! then on, and ends.

use std::time::Duration;

use shared::Instant;
use sqlx::{Any, AnyPool, Transaction};
use tokio::time;

use crate::{
    Error, Result,
    app::{App, Stop},
    db,
    predecessor::Server,
};

/// How often a server looks whether it is still the one.
const GLANCE: Duration = Duration::from_secs(1);

/// The place of the server that carries deployments out, by a number that only grows.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    epoch: i64,
}

/// That this server is the one, for as long as the transaction it was seen in lives.
#[derive(Debug)]
pub struct Held(());

impl Lease {
    /// Takes the place, whoever has it, and returns who had.
    pub async fn take(pool: &AnyPool) -> sqlx::Result<(Self, Option<Server>)> {
        let mut transaction = db::begin(pool).await?;
        // whoever has it and writes now is waited for
        sqlx::query("update controller set epoch = epoch + 1, taken_at = $1")
            .bind(Instant::now().unix_ms())
            .execute(&mut *transaction)
            .await?;
        let epoch = sqlx::query_scalar("select epoch from controller")
            .fetch_one(&mut *transaction)
            .await?;
        let before = Server::own().enter(&mut transaction).await?;
        transaction.commit().await?;
        Ok((Self { epoch }, before))
    }

    /// Sees to it that nobody takes the place until the transaction ends.
    ///
    /// # Errors
    /// Another server has it.
    pub async fn hold(self, transaction: &mut Transaction<'static, Any>) -> Result<Held> {
        let held = sqlx::query("update controller set epoch = epoch where epoch = $1")
            .bind(self.epoch)
            .execute(&mut **transaction)
            .await?;
        if held.rows_affected() == 1 {
            return Ok(Held(()));
        }
        let why = "another server has taken this one's place: ask again";
        Err(Error::Unavailable(why.to_owned()))
    }

    /// Whether another server is known to have it.
    pub async fn is_lost(self, pool: &AnyPool) -> bool {
        let epoch = sqlx::query_scalar::<_, i64>("select epoch from controller");
        // a database that does not answer makes nobody another one
        let epoch = epoch.fetch_one(pool).await.ok();
        epoch.is_some_and(|epoch| epoch != self.epoch)
    }
}

/// Returns once another server has taken this one's place; what is served is stopped then.
pub async fn keep(app: App, stop: Stop) {
    while !app.lease.is_lost(&app.pool).await {
        time::sleep(GLANCE).await;
    }
    tracing::error!("another server has taken this one's place: ending");
    stop.serving.cancel();
}

#[cfg(test)]
mod tests {
    use super::Lease;
    use crate::{db, predecessor::Server};

    #[tokio::test]
    async fn the_place_is_its_who_came_last() {
        let folder = tempfile::tempdir().unwrap();
        let pool = db::open(None, folder.path()).await.unwrap();
        let (first, nobody) = Lease::take(&pool).await.unwrap();
        assert_eq!(nobody, None);
        assert!(!first.is_lost(&pool).await);
        let mut transaction = db::begin(&pool).await.unwrap();
        assert!(first.hold(&mut transaction).await.is_ok());
        transaction.commit().await.unwrap();

        let (second, before) = Lease::take(&pool).await.unwrap();
        assert_eq!(before, Some(Server::own()));
        assert!(first.is_lost(&pool).await && !second.is_lost(&pool).await);
        let mut transaction = db::begin(&pool).await.unwrap();
        assert!(first.hold(&mut transaction).await.is_err());
        assert!(second.hold(&mut transaction).await.is_ok());
    }
}
