//! Visitors of an address: as many a second as wanted, or as many as it bears.

use std::{
    collections::BTreeMap,
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
    /// How often each page came.
    pub pages: BTreeMap<String, usize>,
    /// When each page was asked for, and when it had come.
    pub visits: Vec<Visit>,
    /// What went wrong.
    pub failures: Vec<String>,
}

/// A page that came.
#[derive(Debug, Clone)]
pub struct Visit {
    /// When it was asked for.
    pub asked: Instant,
    /// When it had come.
    pub came: Instant,
    /// The page.
    pub page: String,
}

/// What visitors saw who went one after the other.
#[derive(Debug, Default)]
pub struct Rush {
    /// How many came each second.
    pub per_second: f64,
    /// How long each answer took.
    pub answers: Spread,
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
                        let asked = Instant::now();
                        let page = visitors.visit().await?;
                        let visit = Visit { asked, came: Instant::now(), page };
                        Ok((due.elapsed(), visit))
                    });
                }
                _ = end.changed() => break,
            }
        }
        seen(visits.join_all().await)
    }

    /// What `count` visitors see who go one after the other; the first that fails ends it.
    pub async fn hasty(&self, count: usize, seconds: u64) -> anyhow::Result<Rush> {
        let begun = Instant::now();
        let until = begun + Duration::from_secs(seconds);
        let mut visitors = JoinSet::new();
        for _ in 0..count {
            let visitor = self.clone();
            visitors.spawn(async move {
                let mut answers = Vec::new();
                while Instant::now() < until {
                    let asked = Instant::now();
                    visitor.visit().await.map_err(anyhow::Error::msg)?;
                    answers.push(asked.elapsed());
                }
                anyhow::Ok(answers)
            });
        }
        let mut answers = Vec::new();
        while let Some(one) = visitors.join_next().await {
            answers.extend(one??);
        }
        Ok(Rush {
            per_second: answers.len() as f64 / begun.elapsed().as_secs_f64(),
            answers: Spread::of(answers),
        })
    }
}

fn seen(all: Vec<Result<(Duration, Visit), String>>) -> Seen {
    let (mut answers, mut visits, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    let mut pages = BTreeMap::new();
    for visited in all {
        match visited {
            Ok((took, visit)) => {
                answers.push(took);
                *pages.entry(visit.page.clone()).or_default() += 1;
                visits.push(visit);
            }
            Err(error) => failures.push(error),
        }
    }
    Seen {
        answers: Spread::of(answers),
        pages,
        visits,
        failures,
    }
}
