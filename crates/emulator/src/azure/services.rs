//! Hosted services, each with a name in the cloud and at most one deployment.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::{
    Book, Fault,
    ask::{NewService, Place},
    catalogue,
    machine::Machine,
    names::{LONGEST_NAME, is_name},
};

/// How many an account may have; Azure's own limit was 20.
const MOST_SERVICES: usize = 20;
/// Where the virtual addresses of services are: a block that leads nowhere, of
/// [RFC 5737](https://www.rfc-editor.org/rfc/rfc5737).
const ADDRESSES: [u8; 3] = [203, 0, 113];

/// A hosted service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Service {
    /// Its name.
    pub name: String,
    /// Its label, in base64 as it was sent.
    pub label: String,
    /// Its description.
    pub description: String,
    /// Where it is.
    pub location: String,
    /// Its virtual address.
    pub address: Ipv4Addr,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: u64,
    /// What is in its only slot, production.
    pub deployment: Option<Deployment>,
}

/// A deployment of machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deployment {
    /// Its name.
    pub name: String,
    /// Its label, as it is.
    pub label: String,
    /// Its virtual network; empty for none.
    pub network: String,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: u64,
    /// Its machines, one at least.
    pub machines: Vec<Machine>,
}

impl Book {
    /// The service of a name.
    pub(super) fn service(&self, name: &str) -> Result<&Service, Fault> {
        let mut all = self.services.iter();
        let found = all.find(|service| service.name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| Fault::missing("hosted service", name))
    }

    /// The service of a name, to be changed.
    pub(super) fn service_mut(&mut self, name: &str) -> Result<&mut Service, Fault> {
        let mut all = self.services.iter_mut();
        let found = all.find(|service| service.name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| Fault::missing("hosted service", name))
    }

    /// A deployment, with its service.
    pub(super) fn deployment(&self, place: &Place) -> Result<(&Service, &Deployment), Fault> {
        let service = self.service(&place.service)?;
        Ok((service, service.deployed(&place.deployment)?))
    }

    /// A machine, with its service.
    pub(super) fn machine(&self, place: &Place) -> Result<(&Service, &Machine), Fault> {
        let (service, deployment) = self.deployment(place)?;
        let mut all = deployment.machines.iter();
        let found = all.find(|machine| machine.name.eq_ignore_ascii_case(&place.role));
        Ok((
            service,
            found.ok_or_else(|| Fault::missing("machine", &place.role))?,
        ))
    }

    /// Whether a service may be called so.
    pub(super) fn is_service_free(&self, name: &str) -> bool {
        is_name(name, LONGEST_NAME) && !name.contains('_') && self.service(name).is_err()
    }

    /// Makes a service.
    pub(super) fn create_service(&mut self, new: NewService, now_ms: u64) -> Result<(), Fault> {
        let location = catalogue::location(&new.location);
        let wrong =
            || Fault::BadRequest("The location of the hosted service is not valid.".to_owned());
        let location = location.ok_or_else(wrong)?;
        if !self.is_service_free(&new.name) {
            let why = format!(
                "The hosted service name {:?} is taken or not valid.",
                new.name
            );
            return Err(Fault::Conflict(why));
        }
        let quota = || {
            Fault::Conflict(format!(
                "Quota exceeded: there may be {MOST_SERVICES} hosted services."
            ))
        };
        let address = self
            .free_address()
            .filter(|_| self.services.len() < MOST_SERVICES);
        self.services.push(Service {
            address: address.ok_or_else(quota)?,
            name: new.name,
            label: new.label,
            description: new.description,
            location: location.to_owned(),
            created_ms: now_ms,
            deployment: None,
        });
        Ok(())
    }

    fn free_address(&self) -> Option<Ipv4Addr> {
        let [a, b, c] = ADDRESSES;
        let mut all = (10..=254).map(|d| Ipv4Addr::new(a, b, c, d));
        all.find(|address| {
            self.services
                .iter()
                .all(|service| service.address != *address)
        })
    }

    /// Removes a service that has no deployment.
    pub(super) fn delete_service(&mut self, name: &str) -> Result<(), Fault> {
        if self.service(name)?.deployment.is_some() {
            let why =
                format!("The hosted service {name} has a deployment, which must be deleted first.");
            return Err(Fault::Conflict(why));
        }
        self.delete_all(name)
    }

    /// Removes a service with its deployment.
    pub(super) fn delete_all(&mut self, name: &str) -> Result<(), Fault> {
        self.service(name)?;
        self.services
            .retain(|service| !service.name.eq_ignore_ascii_case(name));
        Ok(())
    }
}

impl Service {
    /// Its deployment, if it is called so.
    pub fn deployed(&self, name: &str) -> Result<&Deployment, Fault> {
        let deployment = self.deployment.as_ref();
        let found = deployment.filter(|deployment| deployment.name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| Fault::missing("deployment", name))
    }

    /// Its deployment, if it is called so, to be changed.
    pub fn deployed_mut(&mut self, name: &str) -> Result<&mut Deployment, Fault> {
        let deployment = self.deployment.as_mut();
        let found = deployment.filter(|deployment| deployment.name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| Fault::missing("deployment", name))
    }
}
