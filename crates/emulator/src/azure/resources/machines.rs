//! Machines, their disks and their extensions.

use serde_json::{Value, json};

use super::{
    catalogue,
    estate::{Estate, Moment, Resource},
    id::Id,
    images::{Image, image},
    kind::Kind,
    shape,
};
use crate::azure::{Fault, catalogue::System, machine::Power};

/// How many machines there may be, as Azure's own limit of 20 cores was for new accounts.
const MOST_MACHINES: usize = 20;
/// How many extensions a machine may have.
const MOST_EXTENSIONS: usize = 16;
/// The lengths of a password, as
/// [Azure's rules](https://learn.microsoft.com/en-us/azure/virtual-machines/windows/faq) have them.
const PASSWORD: std::ops::RangeInclusive<usize> = 8..=123;

impl Estate {
    /// A machine, with a disk that is made from its image.
    pub(super) fn settle_machine(
        &mut self,
        new: &mut Resource,
        before: Option<&Resource>,
        moment: Moment<'_>,
    ) -> Result<(), Fault> {
        if before.is_none() && self.of(Kind::Machine).count() >= MOST_MACHINES {
            let why = format!(
                "Operation could not be completed as it results in exceeding the quota of \
                 {MOST_MACHINES} machines."
            );
            return Err(Fault::refused(409, "OperationNotAllowed", why));
        }
        let sent = new.value();
        check_sign_in(&sent)?;
        for secret in ["adminPassword", "customData", "secrets"] {
            shape::without(&mut new.properties, &["osProfile", secret]);
        }
        for derived in [
            "userData",
            "instanceView",
            "vmId",
            "timeCreated",
            "resources",
        ] {
            new.properties.remove(derived);
        }
        self.check_interfaces(new, &sent, moment)?;
        let size = shape::text(&sent, &["hardwareProfile", "vmSize"]);
        let size = catalogue::size(size).ok_or_else(|| {
            let why = format!("The value {size:?} of parameter vmSize is not available.");
            Fault::refused(400, "InvalidParameter", why)
        })?;
        let mut properties = Value::Object(std::mem::take(&mut new.properties));
        properties["hardwareProfile"]["vmSize"] = json!(size);
        let image = chosen(&mut properties, before)?;
        self.with_disk(new, &mut properties, image, moment)?;
        let names = &mut properties["osProfile"];
        if names["computerName"].is_null() {
            names["computerName"] = json!(new.name);
        }
        names["allowExtensionOperations"] = json!(true);
        names["requireGuestProvisionSignal"] = json!(true);
        let settings = match image.system {
            System::Windows => "windowsConfiguration",
            System::Linux => "linuxConfiguration",
        };
        if names[settings].is_null() {
            names[settings] = match image.system {
                System::Windows => {
                    json!({"provisionVMAgent": true, "enableAutomaticUpdates": true})
                }
                System::Linux => {
                    json!({"provisionVMAgent": true, "disablePasswordAuthentication": false})
                }
            };
        }
        new.properties = shape::fields(&properties);
        new.power = new.power.or(Some(Power::Created(moment.now_ms)));
        Ok(())
    }

    /// Refuses a machine without an interface, or with one that another machine has.
    fn check_interfaces(
        &self,
        new: &Resource,
        sent: &Value,
        moment: Moment<'_>,
    ) -> Result<(), Fault> {
        let interfaces = shape::list(sent, &["networkProfile", "networkInterfaces"]);
        if interfaces.is_empty() {
            let why = "A virtual machine needs a network interface in networkProfile.";
            return Err(Fault::refused(400, "InvalidParameter", why));
        }
        for interface in interfaces {
            let said = shape::text(interface, &["id"]);
            let id = Id::read(said, moment.subscription);
            let Some(id) = id.filter(|id| id.kind == Kind::Interface && id.part.is_none()) else {
                let why = format!("{said:?} is not the id of a network interface.");
                return Err(Fault::refused(400, "InvalidParameter", why));
            };
            let own = new.id();
            let mut others = self
                .of(Kind::Machine)
                .filter(|other| !own.holds(&other.id()));
            let has = |other: &Resource| {
                other
                    .needs(moment.subscription)
                    .iter()
                    .any(|own| id.holds(own))
            };
            if others.any(has) {
                let why = format!("{said} is used by another virtual machine.");
                return Err(Fault::refused(400, "NicInUse", why));
            }
        }
        Ok(())
    }

    /// Gives a machine its disk, which is a resource of its own and outlives it.
    fn with_disk(
        &mut self,
        new: &Resource,
        properties: &mut Value,
        image: &Image,
        moment: Moment<'_>,
    ) -> Result<(), Fault> {
        let disk = &mut properties["storageProfile"]["osDisk"];
        if disk["name"].is_null() {
            disk["name"] = json!(format!("{}_OsDisk_1_{:x}", new.name, moment.now_ms));
        }
        let name = disk["name"].as_str().unwrap_or_default().to_owned();
        shape::check_name(&name, 80)?;
        let id = Id::new(&new.group, Kind::Disk, &name);
        let sku = disk["managedDisk"]["storageAccountType"].as_str();
        let sku = sku.unwrap_or("Premium_LRS").to_owned();
        disk["osType"] = json!(image.system.name());
        disk["createOption"] = json!("FromImage");
        disk["diskSizeGB"] = json!(disk["diskSizeGB"].as_u64().unwrap_or(image.disk_gb.into()));
        disk["managedDisk"] = json!({
            "id": id.show(moment.subscription),
            "storageAccountType": sku,
        });
        if self.has(&id) {
            return Ok(());
        }
        let made = json!({
            "osType": image.system.name(),
            "hyperVGeneration": "V2",
            "diskSizeGB": disk["diskSizeGB"],
            "creationData": {"createOption": "FromImage"},
        });
        self.lay(Resource {
            group: id.group,
            kind: Kind::Disk,
            name,
            location: new.location.clone(),
            tags: shape::Fields::new(),
            others: shape::fields(&json!({"sku": {"name": sku, "tier": "Premium"}})),
            properties: shape::fields(&made),
            parts: Vec::new(),
            power: None,
            made_ms: moment.now_ms,
        })?;
        Ok(())
    }

    /// A disk of its own.
    pub(super) fn settle_disk(&self, new: &mut Resource) -> Result<(), Fault> {
        for derived in ["diskState", "timeCreated", "diskSizeBytes"] {
            new.properties.remove(derived);
        }
        let value = new.value();
        let size = shape::at(&value, &["diskSizeGB"])
            .as_u64()
            .unwrap_or_default();
        if (1..=32_767).contains(&size) {
            return Ok(());
        }
        let why = "The value of parameter disk.diskSizeGB must be from 1 to 32767.";
        Err(Fault::refused(400, "InvalidParameter", why))
    }
}

/// The image that is sent, or the one that the machine was made from, which can't change.
fn chosen(properties: &mut Value, before: Option<&Resource>) -> Result<&'static Image, Fault> {
    let known = before.map(|before| before.value()["storageProfile"]["imageReference"].clone());
    let storage = &mut properties["storageProfile"];
    let said = storage["imageReference"].clone();
    let reference = if said.is_null() {
        known.clone()
    } else {
        Some(said)
    };
    let reference = reference.unwrap_or_default();
    let field = |name: &str| shape::text(&reference, &[name]);
    let version = if field("version").is_empty() {
        "latest"
    } else {
        field("version")
    };
    let found = image(field("publisher"), field("offer"), field("sku"), version);
    let image = found.ok_or_else(|| {
        let why = format!(
            "The platform image '{}:{}:{}:{version}' is not available. Verify that all fields in \
             the storage profile are correct.",
            field("publisher"),
            field("offer"),
            field("sku")
        );
        Fault::refused(404, "PlatformImageNotFound", why)
    })?;
    let is_other = |known: &Value| {
        let same = |name: &str| known[name] == reference[name];
        !["publisher", "offer", "sku"].into_iter().all(same)
    };
    if known.as_ref().is_some_and(is_other) {
        let why = "Changing property 'imageReference' is not allowed.";
        return Err(Fault::refused(409, "PropertyChangeNotAllowed", why));
    }
    storage["imageReference"] = reference.clone();
    Ok(image)
}

/// Looks at how somebody is to sign in while it is there; it is never kept.
fn check_sign_in(sent: &Value) -> Result<(), Fault> {
    let password = shape::at(sent, &["osProfile", "adminPassword"]);
    let Some(password) = password.as_str() else {
        return Ok(());
    };
    let kinds = [
        password.bytes().any(|byte| byte.is_ascii_lowercase()),
        password.bytes().any(|byte| byte.is_ascii_uppercase()),
        password.bytes().any(|byte| byte.is_ascii_digit()),
        password.bytes().any(|byte| !byte.is_ascii_alphanumeric()),
    ];
    let strength = kinds.into_iter().filter(|has| *has).count();
    if PASSWORD.contains(&password.chars().count()) && strength >= 3 {
        return Ok(());
    }
    let why = format!(
        "The supplied password must be between {}-{} characters long and must satisfy at least 3 \
         of password complexity requirements from the following: lower case, upper case, digits, \
         special characters.",
        PASSWORD.start(),
        PASSWORD.end()
    );
    Err(Fault::refused(400, "InvalidParameter", why))
}

/// Refuses extensions that say too little, or too many of them.
pub(super) fn check_extensions(new: &Resource) -> Result<(), Fault> {
    let wrong = |why: String| Err(Fault::refused(400, "InvalidParameter", why));
    if new.parts.len() > MOST_EXTENSIONS {
        return wrong(format!("A machine may have {MOST_EXTENSIONS} extensions."));
    }
    for part in &new.parts {
        let says = |name: &str| part.properties.get(name).and_then(Value::as_str).is_some();
        if !["publisher", "type", "typeHandlerVersion"]
            .into_iter()
            .all(says)
        {
            return wrong(format!(
                "The extension '{}' needs publisher, type and typeHandlerVersion.",
                part.name
            ));
        }
    }
    Ok(())
}
