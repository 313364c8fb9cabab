//! Which hop fails between a page and what serves it.

use shared::{Problem, SelfTest, paths};

use crate::Client;

/// How the hops behind the server are; nobody need be signed in.
pub async fn read(client: &Client) -> Result<SelfTest, Problem> {
    client.get(paths::SELF_TEST).await
}
