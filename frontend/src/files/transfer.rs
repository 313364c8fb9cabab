//! Uploads, one after the other, with what is known of each.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Function, Promise};
use leptos::{prelude::*, task::spawn_local};
use shared::{Folder, Problem, paths};
use wasm_bindgen::{JsCast, JsValue, prelude::*};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, HtmlElement};

use super::place::{join, split};
use crate::{live::server, routes};

/// A dialog is closed so soon after it was answered.
const CLOSED_MS: u32 = 50;

#[wasm_bindgen(module = "/src/files/transfer.js")]
extern "C" {
    /// A file that is being sent.
    type Sending;
    fn put(url: &str, file: &Blob, progress: &Function) -> Sending;
    #[wasm_bindgen(method)]
    fn done(this: &Sending) -> Promise;
    #[wasm_bindgen(method)]
    fn abort(this: &Sending);

    /// Has the browser save what an address of ours gives.
    pub fn save(url: &str);

    /// Lets the person choose files; resolves to what [`sources`] reads.
    pub fn choose() -> Promise;

    /// Watches what is dragged over an element and dropped on it.
    pub type Drops;
    /// Calls `over` with whether files are above it, and `dropped` with what [`sources`] reads.
    #[wasm_bindgen(js_name = watchDrops)]
    pub fn watch_drops(element: &HtmlElement, over: &Function, dropped: &Function) -> Drops;
    /// Watches no more.
    #[wasm_bindgen(method)]
    pub fn stop(this: &Drops);
}

/// Something to be uploaded: a file, or without one a folder, with its path from where it is dropped.
#[derive(Clone)]
pub struct Source {
    path: String,
    file: Option<Blob>,
}

/// Reads what the script gives.
pub fn sources(found: &JsValue) -> Vec<Source> {
    let pair = |pair: JsValue| {
        let pair: Array = pair.dyn_into().ok()?;
        Some(Source {
            path: pair.get(0).as_string()?,
            file: pair.get(1).dyn_into().ok(),
        })
    };
    Array::from(found).iter().filter_map(pair).collect()
}

/// Where an upload stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Others are before it.
    Waiting,
    /// So many bytes are sent.
    Sending(u64),
    /// It is there.
    Done,
    /// The person has let it be.
    Skipped,
    /// It is not there.
    Failed(Problem),
}

impl Stage {
    /// Whether nothing more happens to it.
    pub fn is_over(&self) -> bool {
        match self {
            Self::Waiting | Self::Sending(_) => false,
            Self::Done | Self::Skipped | Self::Failed(_) => true,
        }
    }
}

/// An upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Which one.
    pub id: u64,
    /// Where it goes, from the home on.
    pub path: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// Where it stands.
    pub stage: Stage,
}

/// What to do with a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The new one takes its place.
    Replace,
    /// It stays.
    Skip,
}

/// What the person is asked, and how the answer is told.
#[derive(Clone)]
pub struct Question {
    /// The file that is there.
    pub path: String,
    answer: Function,
}

/// The uploads of this page.
#[derive(Clone, Copy)]
pub struct Transfers {
    /// All, oldest first.
    pub all: RwSignal<Vec<Transfer>>,
    /// What the person is asked.
    pub question: RwSignal<Option<Question>, LocalStorage>,
    /// Counts what has arrived: who shows folders reads them again.
    pub arrived: RwSignal<u64>,
    queue: StoredValue<Vec<(u64, Source)>, LocalStorage>,
    sending: StoredValue<Option<(u64, Rc<Sending>)>, LocalStorage>,
    /// An answer that is good for all that follow.
    for_all: RwSignal<Option<Choice>>,
    is_busy: StoredValue<bool>,
    next: StoredValue<u64>,
}

impl Transfers {
    /// None yet.
    pub fn new() -> Self {
        Self {
            all: RwSignal::new(vec![]),
            question: RwSignal::new_local(None),
            arrived: RwSignal::new(0),
            queue: StoredValue::new_local(vec![]),
            sending: StoredValue::new_local(None),
            for_all: RwSignal::new(None),
            is_busy: StoredValue::new(false),
            next: StoredValue::new(0),
        }
    }

    /// Those of this page.
    pub fn current() -> Self {
        expect_context()
    }

    /// Uploads all that was found into a folder of the home.
    pub fn upload(self, folder: &str, found: Vec<Source>) {
        for mut source in found {
            source.path = join(folder, &source.path);
            let id = self.next.get_value();
            self.next.set_value(id + 1);
            let bytes = source.file.as_ref().map_or(0, |file| file.size() as u64);
            self.all.update(|all| {
                all.push(Transfer {
                    id,
                    path: source.path.clone(),
                    bytes,
                    stage: Stage::Waiting,
                });
            });
            self.queue.update_value(|queue| queue.push((id, source)));
        }
        if !self.is_busy.get_value() {
            self.is_busy.set_value(true);
            spawn_local(self.run());
        }
    }

    /// Lets the person choose files, and uploads them into a folder of the home. It follows a click.
    pub fn choose_into(self, folder: String) {
        let chosen = choose();
        spawn_local(async move {
            if let Ok(found) = JsFuture::from(chosen).await {
                self.upload(&folder, sources(&found));
            }
        });
    }

    /// Ends an upload that is not over.
    pub fn cancel(self, id: u64) {
        self.queue
            .update_value(|queue| queue.retain(|(other, _)| *other != id));
        self.set(id, Stage::Skipped);
        self.sending.with_value(|sending| {
            if let Some((now, sending)) = sending
                && *now == id
            {
                sending.abort();
            }
        });
    }

    /// Shows those no more that are over.
    pub fn clear(self) {
        self.all
            .update(|all| all.retain(|one| !one.stage.is_over()));
    }

    /// What the person says to the question; for all that follow, too.
    pub fn answer(self, choice: Choice, for_all: bool) {
        if for_all {
            self.for_all.set(Some(choice));
        }
        let question = self.question.get_untracked();
        self.question.set(None);
        if let Some(question) = question {
            let replace = JsValue::from_bool(choice == Choice::Replace);
            // whoever waits takes whatever comes
            question.answer.call1(&JsValue::NULL, &replace).ok();
        }
    }

    fn set(self, id: u64, stage: Stage) {
        self.all.try_update(|all| {
            let one = all.iter_mut().find(|one| one.id == id);
            if let Some(one) = one.filter(|one| !one.stage.is_over()) {
                one.stage = stage;
            }
        });
    }

    async fn run(self) {
        let mut known = HashMap::new();
        while let Some((id, source)) = self.take() {
            let stage = match self.one(id, &source, &mut known).await {
                Ok(stage) => stage,
                Err(problem) => Stage::Failed(problem),
            };
            self.set(id, stage);
            self.sending.try_set_value(None);
            self.arrived.try_update(|count| *count += 1);
        }
        self.is_busy.try_set_value(false);
        self.for_all.try_set(None);
    }

    fn take(self) -> Option<(u64, Source)> {
        let taken = self.queue.try_update_value(|queue| match queue.is_empty() {
            true => None,
            false => Some(queue.remove(0)),
        });
        taken.flatten()
    }

    async fn one(
        self,
        id: u64,
        source: &Source,
        known: &mut HashMap<String, Folder>,
    ) -> Result<Stage, Problem> {
        let Some(file) = &source.file else {
            client::files::make_folder(&server()?, &source.path).await?;
            return Ok(Stage::Done);
        };
        let (folder, name) = split(&source.path);
        if !known.contains_key(folder) {
            let listed = client::files::list(&server()?, folder).await?;
            known.insert(folder.to_owned(), listed);
        }
        let is_there = known
            .get(folder)
            .is_some_and(|folder| folder.entries.iter().any(|entry| entry.name == name));
        let path = match is_there {
            true if self.ask(&source.path).await == Choice::Skip => return Ok(Stage::Skipped),
            true => paths::file_replaced(&source.path),
            false => paths::file_content(&source.path),
        };
        self.send(id, &routes::at(&path), file).await
    }

    /// What the person wants with a file that is there.
    async fn ask(self, path: &str) -> Choice {
        if let Some(choice) = self.for_all.get_untracked() {
            return choice;
        }
        let answered = Promise::new(&mut |answer, _| {
            let path = path.to_owned();
            self.question.set(Some(Question { path, answer }));
        });
        let replace = JsFuture::from(answered).await;
        // the dialog tells of its closing by then, which would answer the next question
        TimeoutFuture::new(CLOSED_MS).await;
        match replace.is_ok_and(|replace| replace.is_truthy()) {
            true => Choice::Replace,
            false => Choice::Skip,
        }
    }

    async fn send(self, id: u64, path: &str, file: &Blob) -> Result<Stage, Problem> {
        let told = Rc::new(RefCell::new(0.0));
        let progress = Closure::<dyn Fn(f64)>::new(move |bytes: f64| {
            told.replace(bytes);
            self.set(id, Stage::Sending(bytes as u64));
        });
        self.set(id, Stage::Sending(0));
        let sending = Rc::new(put(path, file, progress.as_ref().unchecked_ref()));
        self.sending.try_set_value(Some((id, Rc::clone(&sending))));
        let answer = JsFuture::from(sending.done()).await;
        let answer: Array = answer.unwrap_or_default().unchecked_into();
        let status = answer.get(0).as_f64().unwrap_or(0.0);
        match status as u16 {
            200..300 => Ok(Stage::Done),
            _ => Err(problem(&answer.get(1).as_string().unwrap_or_default())),
        }
    }
}

/// What was answered, or that nothing was.
fn problem(answer: &str) -> Problem {
    serde_json::from_str(answer).unwrap_or_else(|_| Problem {
        detail: Some("Nothing of it is kept; upload it again.".to_owned()),
        ..Problem::unreachable("the upload broke off")
    })
}
