//! What an account has in Azure, and how it changes: from a state, a request and an instant to the
//! next state and an answer.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{
    Ask, Fault, Tree,
    ask::{Deed, Detail, Look},
    catalogue, network, resources,
    services::Service,
    storage::{self, Storage},
};

/// How long a change takes until it is told as done.
const CHANGING_MS: u64 = 250;
/// How many changes are remembered, the last ones.
const REMEMBERED: usize = 100;

/// What an account has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Book {
    /// The id of the account's subscription.
    pub(super) subscription: String,
    /// The configuration of virtual networks, as it was sent last.
    pub(super) network: Option<String>,
    /// The hosted services.
    pub(super) services: Vec<Service>,
    /// The storage accounts.
    pub(super) storages: Vec<Storage>,
    /// What Resource Manager knows; books of before it have none of it.
    #[serde(default)]
    pub(super) resources: resources::Estate,
    operations: VecDeque<Operation>,
}

/// A change, which is carried out at once and told as done a little later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Operation {
    id: String,
    done_ms: u64,
    /// Why it came to nothing; books of before Resource Manager have none of that.
    #[serde(default)]
    failure: Option<resources::Failure>,
}

/// When a request came, and how it is called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp<'a> {
    /// In milliseconds since 1970.
    pub now_ms: u64,
    /// The id that the request is answered with.
    pub id: &'a str,
}

/// What a request is answered with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    /// A document.
    Shown(Tree),
    /// A document as it was sent.
    Sent(String),
    /// It is there now.
    Created,
    /// It is being done, and [`Look::Operation`] tells how far it is.
    Accepted,
    /// It is done.
    Done,
    /// What Resource Manager says.
    Resources(resources::Answer),
}

impl Book {
    /// What an account begins with: nothing but a storage account in each location.
    pub fn new(subscription: &str, now_ms: u64) -> Self {
        Self {
            subscription: subscription.to_owned(),
            network: None,
            services: Vec::new(),
            storages: storage::first(subscription, now_ms),
            resources: resources::Estate::default(),
            operations: VecDeque::new(),
        }
    }

    /// Answers a request, with the next state if there is one.
    pub fn answer(&self, ask: Ask, stamp: Stamp<'_>) -> Result<(Option<Self>, Answer), Fault> {
        match ask {
            Ask::Look(look) => self.look(look, stamp.now_ms).map(|answer| (None, answer)),
            Ask::Do(deed) => {
                let mut next = self.clone();
                let answer = next.carry_out(*deed, stamp.now_ms)?;
                if answer == Answer::Accepted {
                    next.begin(stamp.id, stamp.now_ms + CHANGING_MS, None);
                }
                Ok((Some(next), answer))
            }
            Ask::Resources(ask) => self.answer_resources(&ask, stamp),
        }
    }

    /// Answers what Resource Manager is asked.
    fn answer_resources(
        &self,
        ask: &resources::Ask,
        stamp: Stamp<'_>,
    ) -> Result<(Option<Self>, Answer), Fault> {
        if let Some(id) = ask.operation() {
            let operation = self.operations.iter().find(|operation| operation.id == id);
            let operation = operation.ok_or_else(|| Fault::missing("operation", id))?;
            let is_done = operation.done_ms <= stamp.now_ms;
            let failure = operation.failure.as_ref();
            let answer = resources::Answer::operation(id, is_done, failure);
            return Ok((None, Answer::Resources(answer)));
        }
        let mut next = self.clone();
        let moment = resources::Moment {
            subscription: &self.subscription,
            now_ms: stamp.now_ms,
        };
        let answer = next.resources.answer(ask, moment)?;
        if let Some(done_ms) = answer.done_ms {
            next.begin(stamp.id, done_ms, answer.failure.clone());
        }
        Ok((ask.changes().then_some(next), Answer::Resources(answer)))
    }

    fn begin(&mut self, id: &str, done_ms: u64, failure: Option<resources::Failure>) {
        self.operations.push_back(Operation {
            id: id.to_owned(),
            done_ms,
            failure,
        });
        let over = self.operations.len().saturating_sub(REMEMBERED);
        self.operations.drain(..over);
    }

    fn look(&self, look: Look, now_ms: u64) -> Result<Answer, Fault> {
        Ok(Answer::Shown(match look {
            Look::Network => return self.sent_network(),
            Look::Sites => self.show_sites()?,
            Look::Locations => catalogue::locations(),
            Look::AffinityGroups => Tree::new("AffinityGroups"),
            Look::Operation(id) => self.show_operation(&id, now_ms)?,
            Look::Images => catalogue::images(),
            Look::Image(name) => {
                let image = catalogue::image(&name);
                image.ok_or_else(|| Fault::missing("image", &name))?.show()
            }
            Look::MachineImages => Tree::new("VMImages"),
            Look::Extensions => catalogue::extensions(),
            Look::Services => {
                let all = self
                    .services
                    .iter()
                    .map(|service| service.show(&self.subscription));
                Tree::new("HostedServices").with_all(all)
            }
            Look::Service(name, detail) => self.show_service(&name, detail, now_ms)?,
            Look::IsServiceFree(name) => is_free(self.is_service_free(&name)),
            Look::Slot(service, slot) => self.show_slot(&service, &slot, now_ms)?,
            Look::Deployment(place) => {
                let (service, deployment) = self.deployment(&place)?;
                deployment.show(service, now_ms)
            }
            Look::Role(place) => {
                let (service, machine) = self.machine(&place)?;
                machine.show(&service.address).renamed("PersistentVMRole")
            }
            Look::Storages => {
                let all = self
                    .storages
                    .iter()
                    .map(|storage| storage.show(&self.subscription));
                Tree::new("StorageServices").with_all(all)
            }
            Look::Storage(name) => {
                let storage = self.storages.iter().find(|storage| storage.name == name);
                let storage = storage.ok_or_else(|| Fault::missing("storage account", &name))?;
                storage.show(&self.subscription)
            }
            Look::IsStorageFree(name) => is_free(storage::is_free(&self.storages, &name)),
        }))
    }

    fn show_service(&self, name: &str, detail: Detail, now_ms: u64) -> Result<Tree, Fault> {
        let service = self.service(name)?;
        let shown = service.show(&self.subscription);
        let deployments = service.deployment.iter();
        let deployments = deployments.map(|deployment| deployment.show(service, now_ms));
        Ok(match detail {
            Detail::Plain => shown,
            Detail::Deployment => shown.with(Tree::new("Deployments").with_all(deployments)),
        })
    }

    fn show_slot(&self, service: &str, slot: &str, now_ms: u64) -> Result<Tree, Fault> {
        let service = self.service(service)?;
        let deployment = service.deployment.as_ref();
        let deployment = deployment.filter(|_| slot == "production");
        let none = || Fault::NotFound("No deployments were found.".to_owned());
        Ok(deployment.ok_or_else(none)?.show(service, now_ms))
    }

    fn show_operation(&self, id: &str, now_ms: u64) -> Result<Tree, Fault> {
        let operation = self.operations.iter().find(|operation| operation.id == id);
        let operation = operation.ok_or_else(|| Fault::missing("operation", id))?;
        let shown = Tree::new("Operation").with_leaf("ID", id);
        Ok(if now_ms < operation.done_ms {
            shown.with_leaf("Status", "InProgress")
        } else {
            let done = shown.with_leaf("Status", "Succeeded");
            done.with_leaf("HttpStatusCode", 200)
        })
    }

    fn sent_network(&self) -> Result<Answer, Fault> {
        let none = || Fault::NotFound("The network configuration was not found.".to_owned());
        self.network.clone().map(Answer::Sent).ok_or_else(none)
    }

    fn show_sites(&self) -> Result<Tree, Fault> {
        let sites = self.sites()?;
        let shown = sites.iter().map(|site| site.show(&self.subscription));
        Ok(Tree::new("VirtualNetworkSites").with_all(shown))
    }

    /// The virtual networks.
    pub(super) fn sites(&self) -> Result<Vec<network::Site>, Fault> {
        let text = self.network.as_deref();
        text.map_or_else(|| Ok(Vec::new()), network::sites)
    }

    fn carry_out(&mut self, deed: Deed, now_ms: u64) -> Result<Answer, Fault> {
        match deed {
            Deed::SetNetwork(text) => self.set_network(text)?,
            Deed::CreateService(new) => {
                self.create_service(new, now_ms)?;
                return Ok(Answer::Created);
            }
            Deed::DeleteService(name) => {
                self.delete_service(&name)?;
                return Ok(Answer::Done);
            }
            Deed::DeleteAll(name) => self.delete_all(&name)?,
            Deed::Deploy(service, new) => self.deploy(&service, new, now_ms)?,
            Deed::Undeploy(place) => self.undeploy(&place)?,
            Deed::AddRole(place, role) => self.add_role(&place, role, now_ms)?,
            Deed::UpdateRole(place, role) => self.update_role(&place, &role, now_ms)?,
            Deed::DeleteRole(place) => self.delete_role(&place)?,
            Deed::Tell(place, order) => self.tell(&place, order, now_ms)?,
            Deed::CreateStorage(new) => storage::create(&mut self.storages, &new, now_ms)?,
            Deed::DeleteStorage(name) => {
                storage::delete(&mut self.storages, &name)?;
                return Ok(Answer::Done);
            }
        }
        Ok(Answer::Accepted)
    }

    /// Takes a configuration, unless machines would lose their network by it.
    fn set_network(&mut self, text: String) -> Result<(), Fault> {
        let sites = network::sites(&text)?;
        let deployments = self
            .services
            .iter()
            .filter_map(|service| service.deployment.as_ref());
        let mut used = deployments.filter(|deployment| !deployment.network.is_empty());
        let lost = used.find(|deployment| network::named(&sites, &deployment.network).is_none());
        if let Some(deployment) = lost {
            let (network, name) = (&deployment.network, &deployment.name);
            let why = format!("The virtual network {network} is in use by the deployment {name}.");
            return Err(Fault::BadRequest(why));
        }
        self.network = Some(text);
        Ok(())
    }
}

fn is_free(is_free: bool) -> Tree {
    let shown = Tree::new("AvailabilityResponse").with_leaf("Result", is_free);
    if is_free {
        return shown;
    }
    shown.with_leaf("Reason", "The name is already taken, or not valid.")
}
