//! The deployments that this server carries out now, and how to reach them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use shared::DeploymentId;
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
