//! How the instances that run are: what came of their boots, and what they may ask of themselves.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::{
    books::BookedInstance,
    metadata::{self, Facts, Metadata},
};

/// How long an instance is young: AWS's checks need minutes, which would make every lesson wait.
const YOUNG: Duration = Duration::from_secs(10);

/// What came of a boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// What user data asks for is running; a server of its own may be, for good.
    Underway,
    /// It ended, well if this is 0.
    Ended(i32),
    /// The sandbox could not be started, or ended by itself.
    Dead,
}

/// What a status check says, in the words of `DescribeInstanceStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// All is well.
    Passed,
    /// It is too early to say.
    Initializing,
    /// Something is wrong, since then.
    Failed(SystemTime),
}

/// One instance that runs, or should.
pub(crate) struct Vital {
    metadata: Metadata,
    facts: Mutex<Arc<Facts>>,
    begun: SystemTime,
    progress: Mutex<(Progress, SystemTime)>,
}

impl Vital {
    fn new(facts: Facts, now: SystemTime) -> Self {
        Self {
            metadata: Metadata::default(),
            facts: Mutex::new(Arc::new(facts)),
            begun: now,
            progress: Mutex::new((Progress::Underway, now)),
        }
    }

    /// Answers what the instance asks of itself on a connection to port 80 of 169.254.169.254.
    pub async fn serve(&self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        metadata::serve(stream, |request| self.answer(request, SystemTime::now())).await;
    }

    fn answer(&self, request: &Request<()>, now: SystemTime) -> Response<Bytes> {
        let facts = held(&self.facts).clone();
        self.metadata.answer(request, &facts, now)
    }

    /// The public half of the key pair that it was launched with, a line of OpenSSH's.
    pub fn launch_key(&self) -> Option<String> {
        held(&self.facts).instance.details.public_key.clone()
    }

    /// The boot has come to this.
    pub fn comes_to(&self, progress: Progress, now: SystemTime) {
        *held(&self.progress) = (progress, now);
    }

    fn learn(&self, instance: &BookedInstance) {
        let mut facts = held(&self.facts);
        if facts.instance != *instance {
            Arc::make_mut(&mut facts).instance = instance.clone();
        }
    }

    fn check(&self, now: SystemTime) -> Check {
        let (progress, since) = *held(&self.progress);
        let age = now.duration_since(self.begun).unwrap_or_default();
        match progress {
            Progress::Ended(0) => Check::Passed,
            Progress::Ended(_) | Progress::Dead => Check::Failed(since),
            Progress::Underway if age < YOUNG => Check::Initializing,
            Progress::Underway => Check::Passed,
        }
    }
}

/// All of an account's that run, or should.
#[derive(Default)]
pub(crate) struct Vitals(Mutex<HashMap<String, Arc<Vital>>>);

impl Vitals {
    /// One boots.
    pub fn begin(&self, id: &str, facts: Facts, now: SystemTime) -> Arc<Vital> {
        let vital = Arc::new(Vital::new(facts, now));
        held(&self.0).insert(id.to_owned(), vital.clone());
        vital
    }

    /// One that boots or runs.
    pub fn of(&self, id: &str) -> Option<Arc<Vital>> {
        held(&self.0).get(id).cloned()
    }

    /// One was ended on purpose.
    pub fn end(&self, id: &str) {
        held(&self.0).remove(id);
    }

    /// What the books say now.
    pub fn learn<'a>(&self, booked: impl Iterator<Item = &'a BookedInstance>) {
        for instance in booked {
            if let Some(vital) = self.of(&instance.id) {
                vital.learn(instance);
            }
        }
    }

    /// What a check of one that should run says.
    pub fn check(&self, id: &str, now: SystemTime) -> Check {
        self.of(id)
            .map_or(Check::Initializing, |vital| vital.check(now))
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::{Check, Progress, Vitals, YOUNG};
    use crate::{books, metadata::Facts};

    fn facts() -> Facts {
        Facts {
            instance: books::example(),
            user_data: None,
        }
    }

    #[test]
    fn a_check_says_what_came_of_the_boot() {
        let (vitals, now) = (Vitals::default(), SystemTime::UNIX_EPOCH);
        let (young, old) = (now + YOUNG - Duration::from_secs(1), now + YOUNG);
        assert_eq!(vitals.check("i-1", now), Check::Initializing);
        let vital = vitals.begin("i-1", facts(), now);
        assert_eq!(vitals.check("i-1", young), Check::Initializing);
        assert_eq!(vitals.check("i-1", old), Check::Passed, "it serves");
        vital.comes_to(Progress::Ended(127), young);
        assert_eq!(vitals.check("i-1", old), Check::Failed(young));
        vital.comes_to(Progress::Dead, young);
        assert_eq!(vitals.check("i-1", old), Check::Failed(young));
        vital.comes_to(Progress::Ended(0), young);
        assert_eq!(vitals.check("i-1", young), Check::Passed);
        vitals.end("i-1");
        assert_eq!(vitals.check("i-1", old), Check::Initializing);
    }

    #[tokio::test]
    async fn an_instance_is_told_what_the_books_say_now() {
        let (vitals, now) = (Vitals::default(), SystemTime::UNIX_EPOCH);
        let mut facts = facts();
        facts.instance.details.metadata.needs_token = false;
        let mut changed = facts.instance.clone();
        vitals.begin(&changed.id, facts, now);
        changed.details.instance_type = "t2.large".into();
        vitals.learn([&changed].into_iter());
        let (mut ours, theirs) = duplex(1 << 12);
        let vital = vitals.of(&changed.id).unwrap();
        let served = tokio::spawn(async move { vital.serve(theirs).await });
        let request = b"GET /latest/meta-data/instance-type HTTP/1.0\r\n\r\n";
        ours.write_all(request).await.unwrap();
        let mut answer = String::new();
        ours.read_to_string(&mut answer).await.unwrap();
        served.await.unwrap();
        assert!(answer.ends_with("\r\n\r\nt2.large"), "{answer}");
    }
}
