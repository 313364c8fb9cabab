//! Applications: all versions of one name, one of them live behind a stable address.

pub mod routes;
mod store;

use shared::{AccountId, Application, Event};
use sqlx::{Any, Transaction};

use crate::{Error, Result, app::App};

/// An account's applications, by name.
pub async fn list(app: &App, account: AccountId) -> Result<Vec<Application>> {
    let port = app.config.listen.port();
    Ok(store::list(&app.pool, account, |host| address(host, port)).await?)
}

/// The address of an application: another origin than the dashboard's, as its host differs.
fn address(host: &str, port: u16) -> String {
    format!("http://{host}.localhost:{port}/")
}

/// Makes an application as a part of a larger change, unless the account has it.
pub async fn ensure(
    transaction: &mut Transaction<'static, Any>,
    account: AccountId,
    name: &str,
) -> Result<()> {
    for number in 1..=HOSTS {
        if store::ensure(transaction, account, name, &host(name, number)).await? {
            return Ok(());
        }
    }
    let taken = format!(
        "every address like {} is taken: choose another name",
        host(name, 1)
    );
    Err(Error::Conflict(taken))
}

/// How many accounts may have an application of the same name.
const HOSTS: u32 = 1000;
/// A label of a host name has at most 63 bytes (RFC 1035); some are left for a number.
const LONGEST_HOST_BYTES: usize = 56;

/// The first label of an address: `docker_tomcat` is `docker-tomcat`, or `docker-tomcat-2` when
/// that is another account's.
fn host(name: &str, number: u32) -> String {
    let plain = |letter: char| match letter.to_ascii_lowercase() {
        letter @ ('a'..='z' | '0'..='9') => letter,
        _ => '-',
    };
    let slug: String = name.chars().map(plain).take(LONGEST_HOST_BYTES).collect();
    let slug = match slug.trim_matches('-') {
        "" => "app",
        slug => slug,
    };
    match number {
        1 => slug.to_owned(),
        number => format!("{slug}-{number}"),
    }
}

/// Tells open pages how an application stands.
pub async fn tell(app: &App, account: AccountId, name: &str) -> Result<()> {
    let mut applications = list(app, account).await?;
    applications.retain(|application| application.name == name);
    let application = applications.pop().ok_or(Error::NotFound("application"))?;
    app.events.tell(account, Event::Application { application });
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_becomes_a_label_of_a_host() {
        assert_eq!(super::host("docker_tomcat", 1), "docker-tomcat");
        assert_eq!(super::host("Été 2026!", 2), "t--2026-2");
        assert_eq!(super::host("___", 1), "app");
        assert!(super::host(&"x".repeat(200), 999).len() <= 63);
    }

    #[test]
    fn an_application_has_an_origin_of_its_own() {
        assert_eq!(
            super::address("docker-tomcat", 8080),
            "http://docker-tomcat.localhost:8080/"
        );
    }
}
