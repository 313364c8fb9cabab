//! Virtual networks, security groups and public addresses.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::{
    estate::{Estate, Moment, Resource},
    kind::Kind,
    making::parts,
    shape,
};
use crate::azure::{Fault, prefix::Prefix};

/// Where public addresses are from: nobody's, as
/// [RFC 5737](https://www.rfc-editor.org/rfc/rfc5737) keeps it for examples.
const PUBLIC: u32 = Ipv4Addr::new(203, 0, 113, 0).to_bits();

impl Estate {
    /// A network, with its subnets in it.
    pub(super) fn settle_network(
        &self,
        new: &mut Resource,
        moment: Moment<'_>,
    ) -> Result<(), Fault> {
        parts(new, "subnets", moment.now_ms)?;
        self.check_subnets(new, moment)
    }

    /// Refuses subnets outside of their network, on each other, or gone while something is in them.
    pub(super) fn check_subnets(&self, new: &Resource, moment: Moment<'_>) -> Result<(), Fault> {
        let value = new.value();
        let prefixes = shape::list(&value, &["addressSpace", "addressPrefixes"]);
        if prefixes.is_empty() {
            let why = "A virtual network needs at least one prefix in addressSpace.";
            return Err(Fault::refused(400, "InvalidRequestFormat", why));
        }
        let prefixes = prefixes
            .iter()
            .map(|text| prefix(text.as_str().unwrap_or_default()));
        let prefixes = prefixes.collect::<Result<Vec<_>, _>>()?;
        let mut subnets: Vec<(&str, Prefix)> = Vec::new();
        for part in &new.parts {
            let own = prefix(subnet_prefix(&part.properties))?;
            if !prefixes.iter().any(|prefix| prefix.contains(own)) {
                let why = format!("Subnet '{}' is not inside its virtual network.", part.name);
                return Err(Fault::refused(400, "NetcfgInvalidSubnet", why));
            }
            let lies_on = |other: &&(&str, Prefix)| other.1.contains(own) || own.contains(other.1);
            if let Some((other, _)) = subnets.iter().find(lies_on) {
                let why = format!("Subnet '{}' is not valid: it lies on '{other}'.", part.name);
                return Err(Fault::refused(400, "NetcfgSubnetRangesOverlap", why));
            }
            subnets.push((&part.name, own));
        }
        let needs = self
            .resources
            .iter()
            .flat_map(|other| other.needs(moment.subscription));
        let mut own = needs.filter(|id| new.id().holds(id));
        let is_gone = |name: &String| new.find_part(name).is_none();
        if let Some(id) = own.find(|id| id.part.as_ref().is_some_and(is_gone)) {
            let why = format!("Subnet '{}' is in use and cannot be deleted.", id.last());
            return Err(Fault::refused(400, Kind::Network.in_use(), why));
        }
        Ok(())
    }

    /// A security group, with its rules in it.
    pub(super) fn settle_rules(&self, new: &mut Resource, moment: Moment<'_>) -> Result<(), Fault> {
        new.properties.remove("defaultSecurityRules");
        parts(new, "securityRules", moment.now_ms)?;
        check_rules(new)
    }

    /// A public address, which is given one, and a name if it has a label.
    pub(super) fn settle_address(
        &self,
        new: &mut Resource,
        before: Option<&Resource>,
    ) -> Result<(), Fault> {
        new.properties.remove("ipConfiguration");
        let known = before
            .and_then(|before| before.properties.get("ipAddress"))
            .cloned();
        let address = match known {
            Some(known) => known,
            None => json!(self.free_public()?.to_string()),
        };
        new.properties.insert("ipAddress".to_owned(), address);
        let value = new.value();
        let label = shape::text(&value, &["dnsSettings", "domainNameLabel"]);
        if label.is_empty() {
            return Ok(());
        }
        let name = format!("{label}.{}.cloudapp.azure.com", new.location);
        let is_own = |other: &&Resource| !other.id().holds(&new.id());
        let mut others = self.of(Kind::Address).filter(is_own);
        if others.any(|other| shape::text(&other.value(), &["dnsSettings", "fqdn"]) == name) {
            let why = format!("DNS record {name} is already used by another public IP.");
            return Err(Fault::refused(400, "DnsRecordInUse", why));
        }
        if let Some(settings) = new.properties.get_mut("dnsSettings") {
            settings["fqdn"] = json!(name);
        }
        Ok(())
    }

    fn free_public(&self) -> Result<Ipv4Addr, Fault> {
        let used = self.of(Kind::Address).filter_map(|other| {
            let address = other.properties.get("ipAddress")?.as_str()?;
            address.parse().ok()
        });
        let used: Vec<Ipv4Addr> = used.collect();
        let mut all = (PUBLIC + 4..PUBLIC + 255).map(Ipv4Addr::from_bits);
        all.find(|address| !used.contains(address)).ok_or_else(|| {
            let why = "Quota exceeded: no public address is left.";
            Fault::refused(409, "PublicIPCountLimitReached", why)
        })
    }
}

/// Refuses rules that say too little, or the same priority twice.
pub(super) fn check_rules(new: &Resource) -> Result<(), Fault> {
    let mut known: Vec<(String, u64)> = Vec::new();
    for part in &new.parts {
        let value = Value::Object(part.properties.clone());
        let priority = shape::at(&value, &["priority"])
            .as_u64()
            .unwrap_or_default();
        let direction = shape::text(&value, &["direction"]).to_ascii_lowercase();
        let is_right = (100..=4096).contains(&priority)
            && ["inbound", "outbound"].contains(&direction.as_str())
            && !shape::text(&value, &["access"]).is_empty();
        if !is_right {
            let why = format!(
                "Security rule '{}' needs access, direction and a priority from 100 to 4096.",
                part.name
            );
            return Err(Fault::refused(400, "SecurityRuleInvalidPriority", why));
        }
        let this = (direction, priority);
        if known.contains(&this) {
            let why = format!(
                "Security rule '{}' conflicts in priority {priority}.",
                part.name
            );
            return Err(Fault::refused(400, "SecurityRuleConflict", why));
        }
        known.push(this);
    }
    Ok(())
}

/// The range of a subnet, which is said in one of two ways.
pub(super) fn subnet_prefix(properties: &shape::Fields) -> &str {
    let several = properties
        .get("addressPrefixes")
        .and_then(|prefixes| prefixes.get(0));
    let one = properties.get("addressPrefix").or(several);
    one.and_then(Value::as_str).unwrap_or_default()
}

/// Reads a range.
pub(super) fn prefix(text: &str) -> Result<Prefix, Fault> {
    text.parse().map_err(|_| {
        let why = format!("'{text}' is not a valid CIDR prefix of at most 29 bits.");
        Fault::refused(400, "InvalidCIDRNotation", why)
    })
}
