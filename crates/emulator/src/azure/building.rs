//! New machines, and what machines become when they are sent again.

use std::net::Ipv4Addr;

use super::{
    Book, Fault, Tree, catalogue,
    endpoints::check_ports,
    extension::Extension,
    machine::{Machine, Power},
    network,
    prefix::address_outside,
    roles::NewRole,
};

/// How many machines an account may have, as Azure's own limit of 20 cores was for new accounts.
const MOST_MACHINES: usize = 20;
/// How many extensions a machine may have.
const MOST_EXTENSIONS: usize = 16;

impl Book {
    /// Whether a service's machines can be in a network.
    pub(super) fn check_place(&self, location: &str, network: &str) -> Result<(), Fault> {
        if network.is_empty() {
            return Ok(());
        }
        let sites = self.sites()?;
        let missing =
            || Fault::BadRequest(format!("The virtual network {network} does not exist."));
        let site = network::named(&sites, network).ok_or_else(missing)?;
        if site.location == location {
            return Ok(());
        }
        let why = format!(
            "The virtual network {network} is in {}, the hosted service in {location}.",
            site.location
        );
        Err(Fault::BadRequest(why))
    }

    fn machines(&self) -> impl Iterator<Item = &Machine> {
        let deployments = self
            .services
            .iter()
            .filter_map(|service| service.deployment.as_ref());
        deployments.flat_map(|deployment| &deployment.machines)
    }

    /// A new machine beside those that are made with it.
    pub(super) fn build(
        &self,
        beside: &[Machine],
        network: &str,
        role: &NewRole,
        now_ms: u64,
    ) -> Result<Machine, Fault> {
        let all = || self.machines().chain(beside);
        if all().count() >= MOST_MACHINES {
            let why = format!("Quota exceeded: there may be {MOST_MACHINES} machines.");
            return Err(Fault::Conflict(why));
        }
        if beside
            .iter()
            .any(|machine| machine.name.eq_ignore_ascii_case(&role.name))
        {
            return Err(Fault::Conflict(format!(
                "There is a machine {} already.",
                role.name
            )));
        }
        let missing = || Fault::BadRequest(format!("The image {:?} was not found.", role.image));
        let image = catalogue::image(&role.image).ok_or_else(missing)?;
        if role.system != Some(image.system) {
            let why = format!(
                "How to sign in must be said as {} takes it.",
                image.system.name()
            );
            return Err(Fault::BadRequest(why));
        }
        let used: Vec<Ipv4Addr> = all().map(|machine| machine.address).collect();
        let mut machine = Machine {
            name: role.name.clone(),
            host_name: role.host_name.clone(),
            size: "Small".to_owned(),
            image: image.name.to_owned(),
            system: image.system,
            media_link: role.media_link.clone(),
            disk: format!("{}-{}-0-{now_ms}", role.name, role.name),
            has_agent: role.has_agent,
            network: Tree::new("ConfigurationSet")
                .with_leaf("ConfigurationSetType", "NetworkConfiguration"),
            address: self.address(network, role, &used)?,
            power: Power::Created(now_ms),
            extensions: Vec::new(),
        };
        machine.become_as(role, now_ms)?;
        check_ports(beside.iter().chain([&machine]))?;
        Ok(machine)
    }

    fn address(&self, network: &str, role: &NewRole, used: &[Ipv4Addr]) -> Result<Ipv4Addr, Fault> {
        let full = || Fault::Conflict("No address is free.".to_owned());
        let sites = self.sites()?;
        match network::named(&sites, network) {
            None => address_outside(used).ok_or_else(full),
            Some(site) => {
                let subnets = role
                    .network
                    .as_ref()
                    .map_or(&[][..], |set| set.items("SubnetNames"));
                site.address(subnets.first().map_or("", Tree::text), used)
            }
        }
    }
}

impl Machine {
    /// Takes what is sent of it, and keeps the rest.
    pub(super) fn become_as(&mut self, role: &NewRole, now_ms: u64) -> Result<(), Fault> {
        if let Some(sent) = &role.extensions {
            self.extensions = self.extensions_of(sent, now_ms)?;
        }
        if !self.extensions.is_empty() && !self.has_agent {
            let why = "The machine has no guest agent, which extensions need.";
            return Err(Fault::BadRequest(why.to_owned()));
        }
        if let Some(network) = &role.network {
            self.network = network.clone();
        }
        if !role.size.is_empty() {
            self.size = role.size.clone();
        }
        Ok(())
    }

    fn extensions_of(&self, sent: &[Tree], now_ms: u64) -> Result<Vec<Extension>, Fault> {
        if sent.len() > MOST_EXTENSIONS {
            let why = format!("A machine may have {MOST_EXTENSIONS} extensions.");
            return Err(Fault::BadRequest(why));
        }
        let read = |tree: &Tree| Ok(Extension::read(tree, now_ms)?.after(&self.extensions));
        let all: Result<Vec<Extension>, Fault> = sent.iter().map(read).collect();
        Ok(all?
            .into_iter()
            .filter(|extension| !extension.leaves())
            .collect())
    }
}
