//! Links by which somebody without an account answers a deployment that waits: each once, and for
//! a while.
//!
//! Opening one changes nothing, as mail programs open links by themselves: the page asks first.

pub mod routes;
mod store;

use shared::{
    AccountId, Answer, Deployment, DeploymentId, DeploymentState, Instant, Link, LinkAnswer, Linked,
};
use sqlx::{Any, Transaction};
use store::Stored;

use crate::{Error, Result, accounts, app::App, applications, db, deployments};

/// How long a link is good, in milliseconds: three days, as long as a message is sent.
const GOOD_MS: i64 = 3 * 24 * 3600 * 1000;
/// How long a name that somebody types may be.
const LONGEST_NAME: usize = 80;

/// Makes a link to a deployment that waits.
pub async fn make(app: &App, account: AccountId, id: DeploymentId) -> Result<Link> {
    let deployment = deployments::by_id(app, account, id).await?;
    if deployment.state != DeploymentState::AwaitingApproval {
        return Err(Error::Conflict("the deployment waits for nobody".into()));
    }
    let mut transaction = db::begin(&app.pool).await?;
    let link = make_within(app, &mut transaction, account, id).await?;
    transaction.commit().await?;
    Ok(link)
}

/// The same, as a part of a larger change.
pub async fn make_within(
    app: &App,
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
    id: DeploymentId,
) -> sqlx::Result<Link> {
    let secret = accounts::new_secret();
    let expires_at = Instant::from_unix_ms(Instant::now().unix_ms() + GOOD_MS);
    let hash = accounts::hash(&secret);
    store::insert(transaction, &hash, (account, id), expires_at).await?;
    let base = app.config.reached_by_people();
    Ok(Link {
        url: format!("{base}links/{secret}"),
        expires_at,
    })
}

/// What a link is about.
pub async fn read(app: &App, secret: &str) -> Result<Linked> {
    let stored = stored(app, secret).await?;
    let deployment = deployments::by_id(app, stored.account, stored.deployment).await?;
    let application = applications::by_name(app, stored.account, &deployment.application).await?;
    Ok(Linked {
        deployment,
        address: application.address,
        expires_at: stored.expires_at,
        used_at: stored.used_at,
    })
}

async fn stored(app: &App, secret: &str) -> Result<Stored> {
    let stored = store::read(&app.pool, &accounts::hash(secret)).await?;
    stored.ok_or(Error::NotFound("link"))
}

/// Answers by a link, once.
pub async fn answer(app: &App, secret: &str, answer: LinkAnswer) -> Result<Deployment> {
    let name = answer.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        let why = format!("say who you are, in {LONGEST_NAME} characters at most");
        return Err(Error::Invalid(why, None));
    }
    let known = stored(app, secret).await?;
    let hash = accounts::hash(secret);
    if !store::claim(&app.pool, &hash).await? {
        return Err(Error::Conflict("the link was used, or is too old".into()));
    }
    let by = format!("{name} (by a link)");
    let answered = match answer.answer {
        Answer::Approve => deployments::approve_as(app, known.account, known.deployment, by).await,
        Answer::Reject => {
            let (account, id) = (known.account, known.deployment);
            deployments::reject(app, account, id, &by, answer.reason).await
        }
    };
    if answered.is_err() {
        // nothing came of it
        store::release(&app.pool, &hash).await?;
    }
    answered
}
