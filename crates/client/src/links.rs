//! Links by which somebody without an account answers.

use shared::{Deployment, DeploymentId, Link, LinkAnswer, Linked, Problem, paths};

use crate::Client;

/// Makes a link to a deployment that waits.
pub async fn make(client: &Client, id: DeploymentId) -> Result<Link, Problem> {
    client.post(&paths::deployment_links(id), &()).await
}

/// What a link is about; nobody need be signed in.
pub async fn read(client: &Client, secret: &str) -> Result<Linked, Problem> {
    client.get(&paths::link(secret)).await
}

/// Answers by a link, once; nobody need be signed in.
pub async fn answer(
    client: &Client,
    secret: &str,
    answer: &LinkAnswer,
) -> Result<Deployment, Problem> {
    client.post(&paths::link(secret), answer).await
}
