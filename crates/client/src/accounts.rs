//! The account that this client speaks for.

use shared::{Account, Login, NewToken, Page, Problem, Token, paths};

use crate::Client;

/// The signed-in account.
pub async fn current(client: &Client) -> Result<Account, Problem> {
    client.get(paths::ACCOUNT).await
}

/// Makes a guest account; the browser is signed in by a cookie.
pub async fn try_it_now(client: &Client) -> Result<Account, Problem> {
    client.post(paths::GUESTS, &()).await
}

/// Signs out.
pub async fn sign_out(client: &Client) -> Result<(), Problem> {
    client.delete(paths::SESSION).await
}

/// Removes the account with all that is kept for it.
pub async fn remove(client: &Client) -> Result<(), Problem> {
    client.delete(paths::ACCOUNT).await
}

/// Makes a token for a command line elsewhere.
pub async fn make_token(client: &Client, token: &NewToken) -> Result<Token, Problem> {
    client.post(paths::TOKENS, token).await
}

/// What is signed in, oldest first.
pub async fn logins(client: &Client) -> Result<Page<Login>, Problem> {
    client.get(paths::LOGINS).await
}

/// Signs one out, and closes what it shows.
pub async fn revoke(client: &Client, login: &str) -> Result<(), Problem> {
    client.delete(&paths::login(login)).await
}

/// Signs out all but this client and the account's own terminals.
pub async fn revoke_others(client: &Client) -> Result<(), Problem> {
    client.delete(paths::LOGINS).await
}
