//! Deployments and their machines: made, changed, told and removed.

use super::{
    Book, Fault,
    ask::{Order, Place},
    endpoints::check_ports,
    machine::{Machine, Power},
    roles::{NewDeployment, NewRole},
    services::Deployment,
};

impl Book {
    /// Makes a deployment in a service that has none.
    pub(super) fn deploy(
        &mut self,
        service: &str,
        new: NewDeployment,
        now_ms: u64,
    ) -> Result<(), Fault> {
        let known = self.service(service)?;
        if !new.slot.eq_ignore_ascii_case("production") {
            let why = "Machines can be deployed to the slot Production alone.";
            return Err(Fault::BadRequest(why.to_owned()));
        }
        if known.deployment.is_some() {
            let why = format!("The slot Production of {service} is in use by another deployment.");
            return Err(Fault::Conflict(why));
        }
        self.check_place(&known.location, &new.network)?;
        let mut machines: Vec<Machine> = Vec::new();
        for role in new.roles {
            let machine = self.build(&machines, &new.network, &role, now_ms)?;
            machines.push(machine);
        }
        self.service_mut(service)?.deployment = Some(Deployment {
            name: new.name,
            label: new.label,
            network: new.network,
            created_ms: now_ms,
            machines,
        });
        Ok(())
    }

    /// Removes a deployment.
    pub(super) fn undeploy(&mut self, place: &Place) -> Result<(), Fault> {
        let service = self.service_mut(&place.service)?;
        service.deployed(&place.deployment)?;
        service.deployment = None;
        Ok(())
    }

    /// Adds a machine to a deployment.
    pub(super) fn add_role(
        &mut self,
        place: &Place,
        role: NewRole,
        now_ms: u64,
    ) -> Result<(), Fault> {
        let (_, deployment) = self.deployment(place)?;
        let name = &role.name;
        if deployment
            .machines
            .iter()
            .any(|machine| machine.name.eq_ignore_ascii_case(name))
        {
            return Err(Fault::Conflict(format!(
                "There is a machine {name} already."
            )));
        }
        let machine = self.build(&[], &deployment.network, &role, now_ms)?;
        let deployment = self.deployed_mut(place)?;
        deployment.machines.push(machine);
        check_ports(deployment.machines.iter())
    }

    /// Makes a machine what is sent of it.
    pub(super) fn update_role(
        &mut self,
        place: &Place,
        role: &NewRole,
        now_ms: u64,
    ) -> Result<(), Fault> {
        self.machine_mut(place)?.become_as(role, now_ms)?;
        check_ports(self.deployed_mut(place)?.machines.iter())
    }

    /// Removes a machine that is not a deployment's last.
    pub(super) fn delete_role(&mut self, place: &Place) -> Result<(), Fault> {
        self.machine(place)?;
        let deployment = self.deployed_mut(place)?;
        if deployment.machines.len() == 1 {
            let why = "A deployment keeps one machine at least: delete the deployment.";
            return Err(Fault::BadRequest(why.to_owned()));
        }
        deployment
            .machines
            .retain(|machine| !machine.name.eq_ignore_ascii_case(&place.role));
        Ok(())
    }

    /// Tells a machine to start or to stop.
    pub(super) fn tell(&mut self, place: &Place, order: Order, now_ms: u64) -> Result<(), Fault> {
        let machine = self.machine_mut(place)?;
        let runs = machine.power.ready_ms().is_some();
        machine.power = match (order, runs) {
            // what runs already stays as it is
            (Order::Start, true) => machine.power,
            (Order::Start, false) => Power::Started(now_ms),
            (Order::Restart, true) => Power::Restarted(now_ms),
            (Order::Restart, false) => {
                let why = format!(
                    "The machine {} does not run, so it cannot be restarted.",
                    machine.name
                );
                return Err(Fault::Conflict(why));
            }
            (Order::Stop, true) => Power::Stopped(now_ms),
            (Order::Stop, false) => machine.power,
            (Order::Deallocate, _) => Power::Deallocated(now_ms),
        };
        Ok(())
    }

    fn deployed_mut(&mut self, place: &Place) -> Result<&mut Deployment, Fault> {
        self.service_mut(&place.service)?
            .deployed_mut(&place.deployment)
    }

    fn machine_mut(&mut self, place: &Place) -> Result<&mut Machine, Fault> {
        let mut all = self.deployed_mut(place)?.machines.iter_mut();
        let found = all.find(|machine| machine.name.eq_ignore_ascii_case(&place.role));
        found.ok_or_else(|| Fault::missing("machine", &place.role))
    }
}
