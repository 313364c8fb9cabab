//! A guest's part of the emulated cloud, asked as the `aws` command line asks: by signed requests
//! to the endpoint on loopback.

use std::{path::PathBuf, time::SystemTime};

use anyhow::{Context as _, ensure};
use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use client::accounts;
use reqwest::{Client, Request, Response};
use serde::Deserialize;
use serde_json::json;

use crate::{guest::Guest, server::Server, shell::Shell};

/// A service of AWS that is asked by forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Instances and security groups.
    Ec2,
    /// Classic load balancers.
    Elb,
    /// Who asks.
    Sts,
}

impl Service {
    /// What signatures call it, and the version of its API.
    fn named(self) -> (&'static str, &'static str) {
        match self {
            Self::Ec2 => ("ec2", "2016-11-15"),
            Self::Elb => ("elasticloadbalancing", "2012-06-01"),
            Self::Sts => ("sts", "2011-06-15"),
        }
    }
}

/// What the emulated cloud says of an account on its control socket.
#[derive(Deserialize)]
struct Known {
    access_key_id: String,
    secret_access_key: String,
    account_number: String,
    region: String,
    endpoint: String,
}

/// A guest's part.
#[derive(Debug)]
pub struct Account {
    /// Twelve digits.
    pub number: String,
    /// Where its load balancers answer.
    pub web: PathBuf,
    /// Where connections to its addresses are led.
    pub network: PathBuf,
    /// A security group that lets everybody in where instances serve.
    pub group: String,
    /// Where it works.
    pub region: String,
    key: Credentials,
    endpoint: String,
    http: Client,
}

impl Account {
    /// The part of a new guest.
    pub async fn new(server: &Server) -> anyhow::Result<Self> {
        let guest = Guest::new(server).await?;
        Self::of(server, &guest).await
    }

    /// A guest's part; its first terminal makes it.
    pub async fn of(server: &Server, guest: &Guest) -> anyhow::Result<Self> {
        Shell::open(server, guest).await?.end(guest).await?;
        let run = server.data().join("run");
        let control = Client::builder()
            .unix_socket(run.join("emulator.sock"))
            .build()?;
        let id = accounts::current(&guest.client).await?.id;
        // the number of a new owner, which this one is not
        let asked = control
            .put(format!("http://emulator/accounts/{id}"))
            .json(&json!({"tenant": 0}));
        let known: Known = asked.send().await?.error_for_status()?.json().await?;
        let folder = run.join("emu").join(&known.account_number);
        let (id, secret) = (known.access_key_id, known.secret_access_key);
        let mut account = Self {
            number: known.account_number,
            web: folder.join("web.sock"),
            network: folder.join("net.sock"),
            key: Credentials::new(id, secret, None, None, "bench"),
            region: known.region,
            group: String::new(),
            endpoint: format!("{}/", known.endpoint),
            http: Client::new(),
        };
        account.group = account.open_group().await?;
        Ok(account)
    }

    /// Asks, and returns the answer's XML; fails with it when it is a refusal.
    pub async fn ask(&self, service: Service, form: &[(&str, &str)]) -> anyhow::Result<String> {
        let answer = self.http.execute(self.signed(service, form)?).await?;
        read(answer).await
    }

    /// A signed request, good for 15 minutes and as many uses.
    pub fn signed(&self, service: Service, form: &[(&str, &str)]) -> anyhow::Result<Request> {
        let (name, version) = service.named();
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("Version", version)
            .extend_pairs(form)
            .finish();
        let identity = self.key.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(name)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?;
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let signable = SignableRequest::new(
            "POST",
            &self.endpoint,
            [kind].into_iter(),
            SignableBody::Bytes(body.as_bytes()),
        )?;
        let (signed, _) = sign(signable, &parameters.into())?.into_parts();
        let mut request = self.http.post(&self.endpoint).header(kind.0, kind.1);
        for (name, value) in signed.headers() {
            request = request.header(name, value);
        }
        Ok(request.body(body).build()?)
    }
}

/// The text of an answer; fails with it when it is a refusal.
pub async fn read(answer: Response) -> anyhow::Result<String> {
    let status = answer.status();
    let text = answer.text().await?;
    ensure!(status.is_success(), "{status}: {text}");
    Ok(text)
}

/// The texts of all elements of a name, in order.
pub fn texts<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let rests = xml.split(open.as_str()).skip(1);
    rests
        .filter_map(|rest| rest.split_once(close.as_str()).map(|(text, _)| text))
        .collect()
}

/// The text of the first element of a name.
pub fn text<'a>(xml: &'a str, name: &str) -> anyhow::Result<&'a str> {
    let found = texts(xml, name).first().copied();
    found.with_context(|| format!("no {name} in {xml}"))
}

#[cfg(test)]
mod tests {
    use super::{text, texts};

    #[test]
    fn elements_are_found_by_their_names() {
        let xml = "<set><id>a</id><idea>x</idea><id>b</id></set>";
        assert_eq!(texts(xml, "id"), ["a", "b"]);
        assert_eq!(text(xml, "idea").unwrap(), "x");
        assert!(text(xml, "none").is_err());
    }
}
