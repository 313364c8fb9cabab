//! Tutorials: what there is to learn, and how far each account is in it.
//!
//! Their texts are folders of the operator's, read when the server starts, or previews of an account's own,
//! which the account alone sees. A task is checked where its
//! reader works, in the account's own sandbox; nothing that an account does changes a tutorial.

mod checks;
mod previews;
pub mod routes;
mod setup;
mod shelf;
mod store;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use lesson::Lesson;
use shared::{
    AccountId, Instant, Tutorial, TutorialDetail,
    tutorial::{Checked, Progress, Solved, is_preview},
};
use shelf::{Held, Shelf};
use tokio::{sync, time::timeout};

use crate::{Error, Result, accounts::Tenant, app::App};

/// How long who asks waits for the account's script that runs.
const TURN_WITHIN: Duration = Duration::from_secs(20);

/// What there is, and whose scripts run.
#[derive(Debug, Default)]
pub struct Tutorials {
    shelf: Shelf,
    previews: previews::Previews,
    /// Those of accounts for which a script runs, or waits.
    turns: Mutex<BTreeMap<AccountId, Arc<sync::Mutex<()>>>>,
}

impl Tutorials {
    /// Reads what is in a folder.
    pub fn open(folder: &Path) -> Self {
        Self {
            shelf: Shelf::read(folder),
            previews: previews::Previews::default(),
            turns: Mutex::default(),
        }
    }

    /// Waits for the account's turn: one of its scripts runs at a time.
    async fn turn(&self, account: AccountId) -> Result<Turn<'_>> {
        let turns = self.turns(|turns| turns.entry(account).or_default().clone());
        let held = timeout(TURN_WITHIN, turns.lock_owned()).await;
        let held = held.map_err(|_| Error::Conflict("a task is being checked already".into()))?;
        Ok(Turn {
            tutorials: self,
            account,
            held: Some(held),
        })
    }

    fn turns<T>(&self, act: impl FnOnce(&mut BTreeMap<AccountId, Arc<sync::Mutex<()>>>) -> T) -> T {
        act(&mut self.turns.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An account's turn, while this is there.
struct Turn<'a> {
    tutorials: &'a Tutorials,
    account: AccountId,
    held: Option<sync::OwnedMutexGuard<()>>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.held = None;
        self.tutorials.turns(|turns| {
            // nobody holds it, or waits for it
            let is_free = |turn: &Arc<_>| Arc::strong_count(turn) == 1;
            if turns.get(&self.account).is_some_and(is_free) {
                turns.remove(&self.account);
            }
        });
    }
}

/// All tutorials, the shortest first.
pub fn list(app: &App) -> Vec<Tutorial> {
    app.tutorials.shelf.all()
}

/// A tutorial with its text, in a language if it is there in that, else in its own.
pub fn read(app: &App, account: AccountId, name: &str, language: &str) -> Result<TutorialDetail> {
    let held = by_name(app, account, name)?;
    Ok(held.lesson.in_language(language).clone())
}

/// An image that a tutorial's texts show, and what it is sent as.
pub fn image(
    app: &App,
    account: AccountId,
    name: &str,
    path: &str,
) -> Result<(&'static str, Vec<u8>)> {
    let held = by_name(app, account, name)?;
    let found = lesson::image_type(path).zip(held.images.get(path).cloned());
    found.ok_or(Error::NotFound("image"))
}

/// The tutorial of this name that an account sees.
fn by_name(app: &App, account: AccountId, name: &str) -> Result<Arc<Held>> {
    let found = match is_preview(name) {
        true => app
            .tutorials
            .previews
            .by_name(account, name, std::time::Instant::now()),
        false => app.tutorials.shelf.by_name(name),
    };
    found.ok_or(Error::NotFound("tutorial"))
}

/// How far an account is in a tutorial.
pub async fn progress(app: &App, account: AccountId, name: &str) -> Result<Progress> {
    by_name(app, account, name)?;
    let progress = store::progress(&app.pool, account, name).await?;
    Ok(progress.unwrap_or_default())
}

/// Notes which step an account reads, and begins the tutorial with the first one that it does.
pub async fn turn_to(app: &App, tenant: &Tenant, name: &str, step: u32) -> Result<Progress> {
    let account = tenant.account.id;
    let held = by_name(app, account, name)?;
    let steps = held.lesson.original.tutorial.steps;
    if step >= steps {
        let problem = format!("this tutorial has {steps} steps");
        return Err(Error::Invalid(problem, None));
    }
    begun(app, tenant, name).await?;
    store::set_step(&app.pool, account, name, step).await?;
    progress(app, account, name).await
}

/// How far an account is in a tutorial, which is begun and prepared if it was not.
async fn begun(app: &App, tenant: &Tenant, name: &str) -> Result<Progress> {
    let account = tenant.account.id;
    if let Some(progress) = store::progress(&app.pool, account, name).await? {
        return Ok(progress);
    }
    let held = by_name(app, account, name)?;
    let _turn = app.tutorials.turn(account).await?;
    // another page may have begun it meanwhile
    if let Some(progress) = store::progress(&app.pool, account, name).await? {
        return Ok(progress);
    }
    setup::prepare(app, tenant, &held).await?;
    store::set_step(&app.pool, account, name, 0).await?;
    progress(app, account, name).await
}

/// Forgets how far an account is; what it made stays.
pub async fn reset(app: &App, account: AccountId, name: &str) -> Result<()> {
    by_name(app, account, name)?;
    Ok(store::forget(&app.pool, account, name).await?)
}

/// Finds out whether a task is done, and notes it if it is.
pub async fn check(app: &App, tenant: &Tenant, name: &str, task: &str) -> Result<Checked> {
    let account = tenant.account.id;
    let held = by_name(app, account, name)?;
    let check = held.lesson.checks.get(task);
    let check = check.ok_or(Error::NotFound("task"))?;
    app.sandboxes()?;
    let progress = begun(app, tenant, name).await?;
    if progress.done.iter().any(|done| done == task) {
        return Ok(Checked::Passed);
    }
    if let Some(title) = first_needed(&held.lesson, task, &progress) {
        return Ok(Checked::Waiting {
            message: Some(format!("First comes: {title}.")),
            hint: None,
        });
    }
    let _turn = app.tutorials.turn(account).await?;
    let begun_at = progress.begun_at.unwrap_or_else(Instant::now);
    let checked = checks::check(app, tenant, check, begun_at).await?;
    if checked == Checked::Passed {
        store::set_done(&app.pool, account, name, task).await?;
    }
    Ok(checked)
}

/// Does a task for who doesn't get on; whether it is done is for the check to say.
pub async fn solve(app: &App, tenant: &Tenant, name: &str, task: &str) -> Result<Solved> {
    let held = by_name(app, tenant.account.id, name)?;
    let check = held.lesson.checks.get(task);
    let check = check.ok_or(Error::NotFound("task"))?;
    let script = check.solve.as_ref().ok_or(Error::NotFound("solution"))?;
    app.sandboxes()?;
    begun(app, tenant, name).await?;
    let _turn = app.tutorials.turn(tenant.account.id).await?;
    checks::solve(app, tenant, script).await
}

/// The first of the tasks that another one needs, and that is not done.
fn first_needed(lesson: &Lesson, task: &str, progress: &Progress) -> Option<String> {
    let tasks = &lesson.original.tasks;
    let task = tasks.iter().find(|known| known.name == task)?;
    let mut needed = tasks
        .iter()
        .filter(|known| task.needs.contains(&known.name));
    let missing = needed.find(|known| !progress.done.contains(&known.name))?;
    Some(missing.title.clone())
}
