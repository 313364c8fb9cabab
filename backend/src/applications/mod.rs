//! Applications: all versions of one name, one of them live behind a stable address.
//!
//! So far they are read; nothing here moves an address yet.

pub mod routes;
mod store;

use shared::{AccountId, Application};

use crate::{Result, app::App};

/// An account's applications, by name.
pub async fn list(app: &App, account: AccountId) -> Result<Vec<Application>> {
    let port = app.config.listen.port();
    Ok(store::list(&app.pool, account, |host| address(host, port)).await?)
}

/// The address of an application: another origin than the dashboard's, as its host differs.
fn address(host: &str, port: u16) -> String {
    format!("http://{host}.localhost:{port}/")
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_application_has_an_origin_of_its_own() {
        assert_eq!(
            super::address("docker-tomcat", 8080),
            "http://docker-tomcat.localhost:8080/"
        );
    }
}
