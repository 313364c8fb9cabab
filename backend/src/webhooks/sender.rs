//! Sends messages, each until it is accepted or given up.

use std::{collections::HashSet, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use reqwest::{
    Client, StatusCode, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};
use shared::{DeliveryState, Instant, WebhookId};
use tokio::{task::JoinSet, time};
use tracing::warn;

use super::{
    address,
    signature::{pause, sign},
    store::{self, Attempt, Due},
};
use crate::{Result, app::App, outward::look_up};

/// How long a receiver may take to answer; the specification proposes 15 to 30 seconds.
const PATIENCE: Duration = Duration::from_secs(20);
/// When to look again, whether somebody rang or not.
const ROUND: Duration = Duration::from_secs(2);
/// How long a receiver is left alone when it could not be written how sending to it went.
const UNWRITTEN: Duration = Duration::from_secs(60);
/// How many are sent to at the same time.
const MOST_AT_ONCE: usize = 32;
/// How long what is over can be looked at.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// How often what is older is forgotten.
const CLEANING: Duration = Duration::from_secs(3600);

/// Sends what is to be sent; never returns.
pub async fn run(app: App) {
    let Ok(http) = client(app.config.private_webhooks) else {
        return warn!("webhooks are off: there is no TLS to speak");
    };
    // to each receiver one after the other: one that is slow holds nobody else up
    let (mut busy, mut sending) = (HashSet::new(), JoinSet::new());
    let mut cleaned: Option<time::Instant> = None;
    loop {
        if cleaned.is_none_or(|at| at.elapsed() > CLEANING) {
            cleaned = Some(time::Instant::now());
            if let Err(error) = store::prune(&app.pool, before()).await {
                warn!("webhooks: {error}");
            }
        }
        match store::due(&app.pool).await {
            Ok(due) => begin(&app, &http, due, &mut busy, &mut sending),
            Err(error) => warn!("webhooks: {error}"),
        }
        tokio::select! {
            Some(done) = sending.join_next() => forget(done, &mut busy),
            () = app.webhooks_due.notified() => {}
            () = time::sleep(ROUND) => {}
        }
    }
}

fn before() -> Instant {
    let kept = i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
    Instant::from_unix_ms(Instant::now().unix_ms().saturating_sub(kept))
}

type Busy = HashSet<WebhookId>;

fn begin(
    app: &App,
    http: &Client,
    due: Vec<Due>,
    busy: &mut Busy,
    sending: &mut JoinSet<WebhookId>,
) {
    for due in due {
        if sending.len() >= MOST_AT_ONCE || !busy.insert(due.webhook) {
            continue;
        }
        let (app, http) = (app.clone(), http.clone());
        sending.spawn(async move {
            if let Err(error) = deliver(&app, &http, &due).await {
                warn!("webhooks: {error}");
                // it is still due, and nobody is to be sent it again and again meanwhile
                time::sleep(UNWRITTEN).await;
            }
            due.webhook
        });
    }
}

fn forget(done: std::result::Result<WebhookId, tokio::task::JoinError>, busy: &mut Busy) {
    match done {
        Ok(webhook) => {
            busy.remove(&webhook);
        }
        // which one it was nobody knows, and sending twice is better than never
        Err(_) => busy.clear(),
    }
}

async fn deliver(app: &App, http: &Client, due: &Due) -> Result<()> {
    let sealed = BASE64.decode(&due.sealed).map_err(anyhow::Error::from)?;
    let secret = app.seal.open_bytes(due.account, &sealed)?;
    let answer = send(app, http, due, &secret).await;
    let attempt = judge(answer, due.attempts + 1, Instant::now());
    Ok(store::attempted(&app.pool, due, attempt).await?)
}

async fn send(
    app: &App,
    http: &Client,
    due: &Due,
    secret: &[u8],
) -> std::result::Result<StatusCode, String> {
    let url = Url::parse(&due.url).map_err(|error| error.to_string())?;
    if !app.config.private_webhooks && !address::may_be_reached(&url) {
        return Err("it is an address of this server's own networks".into());
    }
    let (id, seconds) = (due.id.to_string(), Instant::now().unix_ms() / 1000);
    let request = http
        .post(url)
        .header("content-type", "application/json")
        .header(
            "webhook-signature",
            sign(secret, &id, seconds, &due.payload),
        )
        .header("webhook-timestamp", seconds)
        .header("webhook-id", id)
        .body(due.payload.clone());
    match request.send().await {
        Ok(answer) => Ok(answer.status()),
        Err(error) => Err(why(error)),
    }
}

/// What went wrong, without the address, which may have a secret in it.
fn why(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer in {} s", PATIENCE.as_secs());
    }
    let error = anyhow::Error::from(error.without_url());
    format!("{:#}", error)
}

/// What becomes of a message after an attempt.
fn judge(answer: std::result::Result<StatusCode, String>, attempts: u32, now: Instant) -> Attempt {
    let (status, error) = match answer {
        Ok(status) => (Some(status), None),
        Err(error) => (None, Some(error)),
    };
    let is_accepted = status.is_some_and(|status| status.is_success());
    // who answers that it is gone wants nothing more, by the specification
    let is_gone = status == Some(StatusCode::GONE);
    let next = pause(attempts).filter(|_| !is_accepted && !is_gone);
    let state = match (is_accepted, next) {
        (true, _) => DeliveryState::Delivered,
        (false, Some(_)) => DeliveryState::Waiting,
        (false, None) => DeliveryState::Failed,
    };
    let later = |pause: Duration| {
        let pause = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        Instant::from_unix_ms(now.unix_ms().saturating_add(pause))
    };
    Attempt {
        state,
        status: status.map(|status| status.as_u16()),
        error,
        next_at: next.map(later),
    }
}

fn client(may_be_private: bool) -> reqwest::Result<Client> {
    let client = Client::builder()
        .timeout(PATIENCE)
        .no_proxy()
        // one that leads elsewhere could lead into the operator's networks
        .redirect(redirect::Policy::none())
        .user_agent(concat!("Manageacloud/", env!("CARGO_PKG_VERSION")));
    match may_be_private {
        true => client.build(),
        false => client.dns_resolver(Arc::new(Public)).build(),
    }
}

/// Finds public addresses alone.
struct Public;

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let public = look_up(name.as_str(), 0).await?;
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;
    use shared::{DeliveryState, Instant};

    use super::{client, judge};

    #[test]
    fn a_message_is_sent_until_it_is_accepted_or_given_up() {
        let now = Instant::from_unix_ms(1_000);
        let after = |answer, attempts| {
            let attempt = judge(answer, attempts, now);
            (attempt.state, attempt.next_at.map(Instant::unix_ms))
        };
        let failed = || Err("refused".to_owned());
        assert_eq!(
            after(Ok(StatusCode::NO_CONTENT), 1),
            (DeliveryState::Delivered, None)
        );
        assert_eq!(after(failed(), 1), (DeliveryState::Waiting, Some(6_000)));
        assert_eq!(
            after(Ok(StatusCode::FOUND), 2),
            (DeliveryState::Waiting, Some(301_000))
        );
        assert_eq!(
            after(Ok(StatusCode::GONE), 1),
            (DeliveryState::Failed, None)
        );
        assert_eq!(after(failed(), 10), (DeliveryState::Failed, None));
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_not_sent_to() {
        let http = client(false).unwrap();
        let error = http.post("http://localhost:9/").send().await.unwrap_err();
        let why = super::why(error);
        assert!(why.contains("no public address"), "{why}");
    }
}
