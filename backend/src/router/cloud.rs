//! Names of an account's emulated cloud, in a browser:
//! `http://web.ap-southeast-2.elb.amazonaws.com.ACCOUNT.localhost:8080/`.
//!
//! Each is an origin of its own, as the dashboard's cookie must not reach what somebody runs. As at
//! AWS, whoever knows the name may ask; the account's id tells names apart that two accounts have.

use axum::{body::Body, extract::Request, http::Response};
use shared::AccountId;

use crate::app::App;

/// A name of somebody's.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CloudName {
    endpoint: String,
    account: AccountId,
}

impl CloudName {
    /// Reads what is before the domain; none when it names an application.
    pub(super) fn read(label: &str) -> Option<Self> {
        let (endpoint, account) = label.rsplit_once('.')?;
        Some(Self {
            endpoint: endpoint.to_owned(),
            account: account.parse().ok()?,
        })
    }
}

/// Where a browser finds what serves under a name of an account's cloud.
pub fn link(app: &App, account: AccountId, endpoint: &str) -> String {
    match app.emulator_off() {
        // a name of the real cloud, which needs no way through here
        Some(_) => format!("http://{endpoint}/"),
        None => app.names.address(&format!("{endpoint}.{account}")),
    }
}

/// Leads a request to what serves under a name.
pub(super) async fn lead(
    app: &App,
    name: &CloudName,
    request: Request,
) -> anyhow::Result<Response<Body>> {
    super::lead_out(app, name.account, &name.endpoint, request).await
}

#[cfg(test)]
mod tests {
    use shared::AccountId;

    use super::CloudName;

    #[test]
    fn a_name_says_whose_cloud_it_is_of() {
        let account = AccountId::new();
        let read = CloudName::read(&format!("web.elb.amazonaws.com.{account}")).unwrap();
        let endpoint = "web.elb.amazonaws.com".to_owned();
        assert_eq!(read, CloudName { endpoint, account });
        assert_eq!(CloudName::read("docker-tomcat"), None);
        assert_eq!(CloudName::read("a.b"), None);
    }
}
