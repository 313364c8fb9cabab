//! How machines and their extensions are doing, told from instants alone.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};

use super::{
    estate::{Moment, Part, Resource},
    kind::Kind,
    shape,
};
use crate::azure::{
    agent::{self, Outcome},
    catalogue::{EMULATED, System},
    extension::Extension,
    machine::Status,
    show::instant,
};

impl Resource {
    /// How the machine is.
    fn status(&self, now_ms: u64) -> Option<Status> {
        self.power.map(|power| power.status(now_ms))
    }

    /// When the machine is ready, if it is going to be.
    pub fn ready_ms(&self) -> Option<u64> {
        self.power.and_then(crate::azure::machine::Power::ready_ms)
    }

    /// In `provisioningState`'s words.
    pub fn state(&self, now_ms: u64) -> &'static str {
        match self.status(now_ms) {
            Some(Status::Creating) => "Creating",
            Some(Status::Starting | Status::Restarting | Status::Stopping) => "Updating",
            Some(Status::Ready | Status::Stopped | Status::Deallocated) | None => "Succeeded",
        }
    }

    /// Its operating system, if it is a machine.
    fn system(&self) -> System {
        let value = self.value();
        match shape::text(&value, &["storageProfile", "osDisk", "osType"]) {
            "Windows" => System::Windows,
            _ => System::Linux,
        }
    }
}

impl Resource {
    /// [Instance view](https://learn.microsoft.com/en-us/rest/api/compute/virtual-machines/instance-view)
    /// of a machine.
    pub fn instance_view(&self, moment: Moment<'_>) -> Value {
        let (code, words) = match self.status(moment.now_ms) {
            Some(Status::Creating) => ("creating", "VM creating"),
            Some(Status::Starting | Status::Restarting) => ("starting", "VM starting"),
            Some(Status::Ready) | None => ("running", "VM running"),
            Some(Status::Stopping) => ("stopping", "VM stopping"),
            Some(Status::Stopped) => ("stopped", "VM stopped"),
            Some(Status::Deallocated) => ("deallocated", "VM deallocated"),
        };
        let state = self.state(moment.now_ms);
        let mut view = json!({
            "computerName": shape::at(&self.value(), &["osProfile", "computerName"]),
            "osName": self.system().name(),
            "statuses": [
                {
                    "code": format!("ProvisioningState/{}", state.to_ascii_lowercase()),
                    "level": "Info",
                    "displayStatus": format!("Provisioning {}", state.to_ascii_lowercase()),
                    "time": instant(self.made_ms),
                },
                {"code": format!("PowerState/{code}"), "level": "Info", "displayStatus": words},
            ],
        });
        let extensions = self.parts.iter();
        let extensions = extensions.map(|part| part.instance_view(self, moment.now_ms));
        view["extensions"] = extensions.collect();
        if let Some(ready_ms) = self
            .ready_ms()
            .filter(|ready_ms| *ready_ms <= moment.now_ms)
        {
            view["vmAgent"] = json!({
                "vmAgentVersion": "emulated",
                "statuses": [{
                    "code": "ProvisioningState/succeeded",
                    "level": "Info",
                    "displayStatus": "Ready",
                    "message": EMULATED,
                    "time": instant(ready_ms),
                }],
            });
        }
        view
    }
}

impl Part {
    /// When an extension is done, if its machine is going to be ready.
    fn done_ms(&self, whole: &Resource) -> Option<u64> {
        let ready_ms = whole.ready_ms()?;
        Some(agent::done_ms(self.set_ms, ready_ms))
    }

    /// In `provisioningState`'s words.
    pub fn state(&self, whole: &Resource, now_ms: u64) -> &'static str {
        let is_over = whole.kind != Kind::Machine
            || self.done_ms(whole).is_some_and(|done_ms| done_ms <= now_ms);
        match is_over {
            false => "Creating",
            true if whole.kind == Kind::Machine && !self.outcome(whole).is_well => "Failed",
            true => "Succeeded",
        }
    }

    /// What came of an extension.
    fn outcome(&self, whole: &Resource) -> Outcome {
        let text = |name: &str| {
            let text = self.properties.get(name).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let settings = self.properties.get("settings").map(Value::to_string);
        let public = settings.map(|settings| ("settings".to_owned(), BASE64.encode(settings)));
        let extension = Extension {
            reference: self.name.clone(),
            publisher: text("publisher"),
            name: text("type"),
            version: text("typeHandlerVersion"),
            state: crate::azure::extension::State::Enable,
            public: public.into_iter().collect(),
            has_private: self.has_secret,
            set_ms: self.set_ms,
        };
        extension.outcome(whole.system())
    }

    /// Instance view of an extension.
    pub fn instance_view(&self, whole: &Resource, now_ms: u64) -> Value {
        let field = |name: &str| self.properties.get(name).cloned().unwrap_or_default();
        let (publisher, kind) = (field("publisher"), field("type"));
        let kind = format!(
            "{}.{}",
            publisher.as_str().unwrap_or_default(),
            kind.as_str().unwrap_or_default()
        );
        let mut view = json!({
            "name": self.name,
            "type": kind,
            "typeHandlerVersion": field("typeHandlerVersion"),
        });
        let done_ms = self.done_ms(whole).filter(|done_ms| *done_ms <= now_ms);
        let Some(done_ms) = done_ms else {
            view["statuses"] = json!([{
                "code": "ProvisioningState/creating",
                "level": "Info",
                "displayStatus": "Creating",
                "message": "It waits until the machine is ready",
            }]);
            return view;
        };
        let outcome = self.outcome(whole);
        let (state, level) = if outcome.is_well {
            ("succeeded", "Info")
        } else {
            ("failed", "Error")
        };
        view["statuses"] = json!([{
            "code": format!("ProvisioningState/{state}"),
            "level": level,
            "displayStatus": format!("Provisioning {state}"),
            "message": outcome.words,
            "time": instant(done_ms),
        }]);
        if !outcome.stdout.is_empty() {
            view["substatuses"] = json!([{
                "code": format!("ComponentStatus/StdOut/{state}"),
                "level": "Info",
                "displayStatus": format!("Provisioning {state}"),
                "message": outcome.stdout,
            }]);
        }
        view
    }
}
