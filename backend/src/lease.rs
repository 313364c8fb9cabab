//! Which server carries deployments out: the one that came last.
//!
//! There may be two for a moment, when one was only asleep (a stopped process, a machine that was
//! suspended) while another one took its place. The older one writes nothing of what it decides from
//! then on, and ends.

use std::time::Duration;

use shared::{Controller, Instant};
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
/// In how many of them it writes that it is there.
const BEAT: u32 = 5;

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
        sqlx::query("update controller set epoch = epoch + 1, taken_at = $1, heard_at = $1")
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

    /// Writes that this server is there, if it still has the place.
    async fn beat(self, pool: &AnyPool) -> sqlx::Result<()> {
        sqlx::query("update controller set heard_at = $2 where epoch = $1")
            .bind(self.epoch)
            .bind(Instant::now().unix_ms())
            .execute(pool)
            .await
            .map(drop)
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
    let mut glances = 0_u32;
    while !app.lease.is_lost(&app.pool).await {
        if glances.is_multiple_of(BEAT)
            && let Err(error) = app.lease.beat(&app.pool).await
        {
            tracing::warn!("it can't be written that this server is there: {error}");
        }
        glances = glances.wrapping_add(1);
        time::sleep(GLANCE).await;
    }
    tracing::error!("another server has taken this one's place: ending");
    stop.serving.cancel();
}

/// Who has the place, and when it was last heard of.
pub async fn controller(pool: &AnyPool) -> sqlx::Result<Controller> {
    let (number, since, heard): (i64, i64, Option<i64>) =
        sqlx::query_as("select epoch, taken_at, heard_at from controller")
            .fetch_one(pool)
            .await?;
    Ok(Controller {
        number: number.cast_unsigned(),
        since: Instant::from_unix_ms(since),
        heard_at: Instant::from_unix_ms(heard.unwrap_or(since)),
    })
}

#[cfg(test)]
mod tests {
    use super::{Lease, controller};
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
        let taken = controller(&pool).await.unwrap();
        assert_eq!((taken.number, taken.heard_at), (2, taken.since));
        // who has lost it is not heard any more
        first.beat(&pool).await.unwrap();
        assert_eq!(controller(&pool).await.unwrap(), taken);
        second.beat(&pool).await.unwrap();
        assert!(controller(&pool).await.unwrap().heard_at >= taken.heard_at);
        assert_eq!(before, Some(Server::own()));
        assert!(first.is_lost(&pool).await && !second.is_lost(&pool).await);
        let mut transaction = db::begin(&pool).await.unwrap();
        assert!(first.hold(&mut transaction).await.is_err());
        assert!(second.hold(&mut transaction).await.is_ok());
    }
}
