//! Network interfaces: what a machine has an address by.

use std::net::Ipv4Addr;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    estate::{Estate, Moment, Resource},
    id::Id,
    kind::Kind,
    networks::{prefix, subnet_prefix},
    shape,
};
use crate::azure::Fault;

impl Estate {
    /// An interface, each of whose configurations is given an address of its subnet.
    pub(super) fn settle_interface(
        &self,
        new: &mut Resource,
        before: Option<&Resource>,
        moment: Moment<'_>,
    ) -> Result<(), Fault> {
        for derived in ["virtualMachine", "macAddress"] {
            new.properties.remove(derived);
        }
        let value = new.value();
        let sent = shape::list(&value, &["ipConfigurations"]);
        if sent.is_empty() {
            let why = "A network interface needs at least one IP configuration.";
            return Err(Fault::refused(400, "InvalidRequestFormat", why));
        }
        let own = new.id();
        let others = self
            .of(Kind::Interface)
            .filter(|other| !own.holds(&other.id()));
        let mut used: Vec<Taken> = others
            .flat_map(|other| taken(other, moment.subscription))
            .collect();
        let known = before
            .map(|before| taken(before, moment.subscription))
            .unwrap_or_default();
        let mut shown = Vec::new();
        for (at, configuration) in sent.iter().enumerate() {
            let mut shown_one = shape::fields(configuration);
            let name = shape::text(configuration, &["name"]).to_owned();
            shape::check_name(&name, 80)?;
            let subnet = shape::text(configuration, &["properties", "subnet", "id"]);
            let subnet = self.subnet(subnet, moment)?;
            let kept = known
                .iter()
                .find(|taken| taken.configuration == name && taken.subnet == subnet);
            let wanted = wanted(configuration)?.or(kept.map(|taken| taken.address));
            let address = self.address(&subnet, wanted, &used)?;
            used.push(Taken {
                configuration: name.clone(),
                subnet: subnet.clone(),
                address,
            });
            self.check_public(configuration, &own, moment)?;
            let mut properties = shape::fields(shape::at(configuration, &["properties"]));
            properties.remove("provisioningState");
            properties.insert("privateIPAddress".to_owned(), json!(address.to_string()));
            properties.insert("privateIPAddressVersion".to_owned(), json!("IPv4"));
            let way = properties.entry("privateIPAllocationMethod");
            way.or_insert_with(|| json!("Dynamic"));
            properties.insert("primary".to_owned(), json!(at == 0));
            shown_one.insert("properties".to_owned(), Value::Object(properties));
            let id = format!("{}/ipConfigurations/{name}", own.show(moment.subscription));
            shown_one.insert("id".to_owned(), json!(id));
            shown.push(Value::Object(shown_one));
        }
        new.properties
            .insert("ipConfigurations".to_owned(), Value::Array(shown));
        Ok(())
    }

    /// The subnet of an id.
    fn subnet(&self, id: &str, moment: Moment<'_>) -> Result<Id, Fault> {
        let found = Id::read(id, moment.subscription);
        let found = found.filter(|id| id.kind == Kind::Network && id.part.is_some());
        let found = found.filter(|id| self.has(id));
        found.ok_or_else(|| {
            let why = format!("The subnet '{id}' of the IP configuration was not found.");
            Fault::refused(400, "InvalidResourceReference", why)
        })
    }

    fn address(
        &self,
        subnet: &Id,
        wanted: Option<Ipv4Addr>,
        used: &[Taken],
    ) -> Result<Ipv4Addr, Fault> {
        let network = self.existing(subnet)?;
        let part = network.find_part(subnet.last());
        let part = part.ok_or_else(|| super::estate::missing(subnet))?;
        let range = prefix(subnet_prefix(&part.properties))?;
        let mut used: Vec<Ipv4Addr> = used
            .iter()
            .filter(|taken| subnet.holds(&taken.subnet))
            .map(|taken| taken.address)
            .collect();
        if let Some(wanted) = wanted {
            if used.contains(&wanted) {
                let why = format!("IP address {wanted} is in use already.");
                return Err(Fault::refused(400, "PrivateIPAddressInUse", why));
            }
            if range.gives(wanted) {
                return Ok(wanted);
            }
            let why = format!("IP address {wanted} does not belong to the subnet.");
            return Err(Fault::refused(400, "PrivateIPAddressNotInSubnet", why));
        }
        used.sort_unstable();
        range.free(&used).ok_or_else(|| {
            let why = format!("Subnet '{}' has no free address left.", subnet.last());
            Fault::refused(400, "SubnetIsFull", why)
        })
    }

    /// Refuses a public address that another interface has.
    fn check_public(
        &self,
        configuration: &Value,
        own: &Id,
        moment: Moment<'_>,
    ) -> Result<(), Fault> {
        let said = shape::text(configuration, &["properties", "publicIPAddress", "id"]);
        let Some(public) = Id::read(said, moment.subscription) else {
            return Ok(());
        };
        let mut others = self
            .of(Kind::Interface)
            .filter(|other| !own.holds(&other.id()));
        let has = |other: &Resource| {
            other
                .needs(moment.subscription)
                .iter()
                .any(|id| public.holds(id))
        };
        if !others.any(has) {
            return Ok(());
        }
        let why = format!("{said} is assigned to another network interface.");
        Err(Fault::refused(400, "PublicIPAddressInUse", why))
    }
}

/// An address that a configuration has in a subnet.
struct Taken {
    configuration: String,
    subnet: Id,
    address: Ipv4Addr,
}

fn taken(interface: &Resource, subscription: &str) -> Vec<Taken> {
    let value = interface.value();
    let all = shape::list(&value, &["ipConfigurations"]).iter();
    let read = all.filter_map(|one| {
        Some(Taken {
            configuration: shape::text(one, &["name"]).to_owned(),
            subnet: Id::read(
                shape::text(one, &["properties", "subnet", "id"]),
                subscription,
            )?,
            address: shape::text(one, &["properties", "privateIPAddress"])
                .parse()
                .ok()?,
        })
    });
    read.collect()
}

/// The address that somebody wants to have for good.
fn wanted(configuration: &Value) -> Result<Option<Ipv4Addr>, Fault> {
    let text = |name: &str| shape::text(configuration, &["properties", name]);
    let address = text("privateIPAddress");
    if address.is_empty() || !text("privateIPAllocationMethod").eq_ignore_ascii_case("Static") {
        return Ok(None);
    }
    let wrong = |_| {
        let why = format!("'{address}' is not an address.");
        Fault::refused(400, "InvalidIPAddressFormat", why)
    };
    address.parse().map(Some).map_err(wrong)
}

/// The hardware's address of an interface, which follows from its id; it begins as Azure's do.
pub(super) fn hardware(id: &str) -> String {
    let hash = Sha256::digest(id.to_ascii_lowercase());
    format!("00-0D-3A-{:02X}-{:02X}-{:02X}", hash[0], hash[1], hash[2])
}
