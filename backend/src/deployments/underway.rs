//! The deployments that this server carries out now, and how to reach them.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rollout::Input;
use shared::DeploymentId;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::errands::Errands;

/// The deployments that this server carries out now.
#[derive(Debug, Clone, Default)]
pub struct Underway(Arc<Mutex<HashMap<DeploymentId, Reach>>>);

/// How to reach one of them.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Ends it.
    pub cancel: CancellationToken,
    /// What its client has to run.
    pub errands: Errands,
    /// Cancelled when it is no longer carried out.
    pub gone: CancellationToken,
    /// What people want of an address that is being moved.
    pub orders: Orders,
}

/// What a person wants of an address that is being moved.
#[derive(Debug)]
pub struct Order {
    /// It, as the state machine hears it.
    pub input: Input,
    /// Told, once it is on the disk, whether anything came of it.
    pub done: oneshot::Sender<bool>,
}

/// What people want, one after the other.
#[derive(Debug, Clone)]
pub struct Orders {
    sender: mpsc::UnboundedSender<Order>,
    receiver: Arc<Mutex<Option<mpsc::UnboundedReceiver<Order>>>>,
}

impl Default for Orders {
    fn default() -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let receiver = Arc::new(Mutex::new(Some(receiver)));
        Self { sender, receiver }
    }
}

impl Orders {
    /// Wants something, and says whether anything came of it.
    pub async fn want(&self, input: Input) -> bool {
        let (done, told) = oneshot::channel();
        let sent = self.sender.send(Order { input, done });
        // whoever ends without telling has done nothing of it
        sent.is_ok() && told.await.unwrap_or(false)
    }

    /// Hears them; once, by whoever carries the deployment out.
    pub fn hear(&self) -> mpsc::UnboundedReceiver<Order> {
        let mut receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner);
        receiver
            .take()
            .unwrap_or_else(|| mpsc::unbounded_channel().1)
    }
}

/// One deployment's place among them, left when this is dropped.
#[derive(Debug)]
pub struct Entered {
    underway: Underway,
    id: DeploymentId,
}

impl Underway {
    /// Enters a deployment for as long as the second value lives.
    pub fn enter(&self, id: DeploymentId) -> (Reach, Entered) {
        let reach = Reach::default();
        self.all().insert(id, reach.clone());
        let underway = self.clone();
        (reach, Entered { underway, id })
    }

    /// The same, unless it has been entered by somebody else.
    pub fn try_enter(&self, id: DeploymentId) -> Option<(Reach, Entered)> {
        let reach = Reach::default();
        match self.all().entry(id) {
            Entry::Occupied(_) => return None,
            Entry::Vacant(place) => place.insert(reach.clone()),
        };
        let underway = self.clone();
        Some((reach, Entered { underway, id }))
    }

    /// One that is carried out now.
    pub fn get(&self, id: DeploymentId) -> Option<Reach> {
        self.all().get(&id).cloned()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<DeploymentId, Reach>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        if let Some(reach) = self.underway.all().remove(&self.id) {
            reach.gone.cancel();
        }
    }
}
