//! Visitors of an address: as many a second as wanted, or as many as it bears.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::{Client, header::HOST};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use crate::spread::Spread;

/// How visitors ask for a page.
#[derive(Debug, Clone)]
pub struct Visitors {
    http: Client,
    url: Arc<str>,
    host: Arc<str>,
}

/// What visitors saw.
#[derive(Debug, Default)]
pub struct Seen {
    /// How long each answer took, from when it should have been asked for.
    pub answers: Spread,
    /// What went wrong.
    pub failures: Vec<String>,
}

impl Visitors {
    /// Visitors of a host name behind an address; names below `localhost` need no resolver then.
    pub fn of_host(url: &str, host: &str) -> Self {
        Self {
            http: Client::new(),
            url: url.into(),
            host: host.into(),
        }
    }

    /// Visitors of a host name behind a unix socket.
    pub fn of_socket(socket: &Path, host: &str) -> anyhow::Result<Self> {
        let http = Client::builder().unix_socket(socket.to_owned()).build()?;
        Ok(Self {
            http,
            url: "http://localhost/".into(),
            host: host.into(),
        })
    }

    /// One visit.
    pub async fn visit(&self) -> Result<String, String> {
        let request = self.http.get(&*self.url).header(HOST, &*self.host);
        let answer = request.send().await.map_err(|error| format!("{error:?}"))?;
        let status = answer.status();
        let body = answer.text().await.map_err(|error| format!("{error:?}"))?;
        if status.is_success() {
            Ok(body)
        } else {
            Err(format!("{status} {body}"))
        }
    }

    /// As many visits a second as asked for, until told to end; late ones are made up for, and
    /// their lateness counts.
    pub async fn steady(self, per_second: u32, mut end: watch::Receiver<bool>) -> Seen {
        let mut ticks = interval(Duration::from_secs(1) / per_second);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut visits = JoinSet::new();
        loop {
            tokio::select! {
                due = ticks.tick() => {
                    let visitors = self.clone();
                    visits.spawn(async move {
                        let visited = visitors.visit().await;
                        visited.map(|_| due.elapsed())
                    });
                }
                _ = end.changed() => break,
            }
        }
        seen(visits.join_all().await)
    }

    /// How many visits a second `count` visitors make who go one after the other.
    pub async fn hasty(&self, count: usize, seconds: u64) -> anyhow::Result<f64> {
        let begun = Instant::now();
        let until = begun + Duration::from_secs(seconds);
        let mut visitors = JoinSet::new();
        for _ in 0..count {
            let visitor = self.clone();
            visitors.spawn(async move {
                let mut visits = 0_u32;
                while Instant::now() < until {
                    visitor.visit().await.map_err(anyhow::Error::msg)?;
                    visits += 1;
                }
                anyhow::Ok(visits)
            });
        }
        let mut sum = 0;
        while let Some(visits) = visitors.join_next().await {
            sum += visits??;
        }
        Ok(f64::from(sum) / begun.elapsed().as_secs_f64())
    }
}

fn seen(visits: Vec<Result<Duration, String>>) -> Seen {
    let (mut answers, mut failures) = (Vec::new(), Vec::new());
    for visit in visits {
        match visit {
            Ok(took) => answers.push(took),
            Err(error) => failures.push(error),
        }
    }
    Seen {
        answers: Spread::of(answers),
        failures,
    }
}
