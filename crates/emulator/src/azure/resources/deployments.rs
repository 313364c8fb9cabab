//! Deployments: templates that were carried out.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    estate::{Estate, Moment},
    kind::Kind,
    shape::{self, check_name},
    template::Template,
};
use crate::azure::{Fault, agent, identity::guid_of, show::instant};

/// How many of them are remembered, the last ones.
const REMEMBERED: usize = 50;
/// The codes by which a deployment is refused before anything of it is made.
const REFUSED: [&str; 4] = [
    "InvalidTemplate",
    "InvalidDeploymentMode",
    "InvalidResourceName",
    "ResourceGroupNotFound",
];

/// A template that was carried out; its resources are there from the beginning, and its machines
/// ready when it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deployment {
    /// The group that it was for.
    pub group: String,
    name: String,
    made_ms: u64,
    /// When all of its machines are ready, in milliseconds since 1970.
    pub done_ms: u64,
    parameters: Value,
    outputs: Value,
    /// The types and ids of what it made.
    made: Vec<(String, String)>,
    /// Why it made nothing.
    failure: Option<Failure>,
}

/// Why a deployment made nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    code: String,
    why: String,
}

impl Failure {
    /// As a client reads it.
    pub fn show(&self) -> Value {
        json!({
            "code": "DeploymentFailed",
            "message": "At least one resource deployment operation failed, and nothing of the \
                        deployment was kept. Please list deployment operations for details.",
            "details": [{"code": self.code, "message": self.why}],
        })
    }
}

/// A deployment as it is sent.
pub(super) struct Sent<'a> {
    /// The group that it is for.
    pub group: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What is said of it.
    pub body: &'a Value,
}

impl Estate {
    /// A deployment.
    pub(super) fn deployment(&self, group: &str, name: &str) -> Option<&Deployment> {
        self.deployments
            .iter()
            .find(|own| own.is_called(group, name))
    }

    /// Carries a template out, and remembers that: all of it, or nothing, with the reason.
    pub(super) fn deploy(
        &mut self,
        sent: &Sent<'_>,
        moment: Moment<'_>,
    ) -> Result<Deployment, Fault> {
        let mut tried = self.clone();
        let deployment = match tried.carry_out(sent, moment) {
            Ok(deployment) => {
                *self = tried;
                deployment
            }
            // a template that makes no sense is refused; what comes of one that does is remembered
            Err(Fault::Refused { code, why, .. }) if !REFUSED.contains(&code) => Deployment {
                group: self.group(sent.group)?.name.clone(),
                name: sent.name.to_owned(),
                made_ms: moment.now_ms,
                done_ms: moment.now_ms,
                parameters: json!({}),
                outputs: json!({}),
                made: Vec::new(),
                failure: Some(Failure {
                    code: code.to_owned(),
                    why,
                }),
            },
            Err(fault) => return Err(fault),
        };
        self.deployments
            .retain(|own| !own.is_called(sent.group, sent.name));
        self.deployments.push(deployment.clone());
        let over = self.deployments.len().saturating_sub(REMEMBERED);
        self.deployments.drain(..over);
        Ok(deployment)
    }

    fn carry_out(&mut self, sent: &Sent<'_>, moment: Moment<'_>) -> Result<Deployment, Fault> {
        check_name(sent.name, 64)?;
        let group = self.group(sent.group)?;
        let (name, shown) = (group.name.clone(), group.show(moment.subscription));
        let properties = shape::at(sent.body, &["properties"]);
        let mode = shape::text(properties, &["mode"]);
        if !mode.is_empty() && !mode.eq_ignore_ascii_case("incremental") {
            let why = format!("The deployment mode '{mode}' is not emulated: Incremental is.");
            return Err(Fault::refused(400, "InvalidDeploymentMode", why));
        }
        let template = Template::read(properties, shown, sent.name)?;
        let wanted = template.wanted(self, moment)?;
        let mut done_ms = moment.now_ms;
        let mut made = Vec::new();
        for wanted in &wanted {
            let body = template.body(wanted, self, moment)?;
            self.put(&wanted.id, &body, moment)?;
            made.push((wanted.id.type_name(), wanted.id.show(moment.subscription)));
            done_ms = done_ms.max(self.done_ms(wanted, moment));
        }
        Ok(Deployment {
            group: name,
            name: sent.name.to_owned(),
            made_ms: moment.now_ms,
            done_ms,
            parameters: template.shown_parameters(),
            outputs: template.outputs(self, moment)?,
            made,
            failure: None,
        })
    }

    /// When a resource that was just put is as it is wanted.
    fn done_ms(&self, wanted: &super::template::Wanted<'_>, moment: Moment<'_>) -> u64 {
        let machine = self
            .find(&wanted.id)
            .filter(|machine| machine.kind == Kind::Machine);
        let Some(ready_ms) = machine.and_then(super::estate::Resource::ready_ms) else {
            return moment.now_ms;
        };
        match wanted.id.part {
            Some(_) => agent::done_ms(moment.now_ms, ready_ms),
            None => ready_ms,
        }
    }
}

impl Deployment {
    /// Whether it is the one of a group and a name.
    pub fn is_called(&self, group: &str, name: &str) -> bool {
        self.group.eq_ignore_ascii_case(group) && self.name.eq_ignore_ascii_case(name)
    }

    fn state(&self, now_ms: u64) -> &'static str {
        match &self.failure {
            Some(_) => "Failed",
            None if now_ms < self.done_ms => "Running",
            None => "Succeeded",
        }
    }

    /// Why it made nothing, if so.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    fn id(&self, moment: Moment<'_>) -> String {
        let (subscription, group, name) = (moment.subscription, &self.group, &self.name);
        format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Resources/\
             deployments/{name}"
        )
    }

    /// As Resource Manager shows it.
    pub fn show(&self, moment: Moment<'_>) -> Value {
        let until_ms = self.done_ms.min(moment.now_ms).max(self.made_ms);
        let lasted_ms = until_ms - self.made_ms;
        let made = self.made.iter().map(|(_, id)| json!({"id": id}));
        let failure = self.failure.as_ref().map(Failure::show);
        json!({
            "id": self.id(moment),
            "name": self.name,
            "type": "Microsoft.Resources/deployments",
            "properties": {
                "provisioningState": self.state(moment.now_ms),
                "error": failure,
                "mode": "Incremental",
                "timestamp": instant(until_ms),
                "duration": format!("PT{}.{:03}S", lasted_ms / 1000, lasted_ms % 1000),
                "correlationId": guid_of(&self.id(moment), self.made_ms),
                "parameters": self.parameters,
                "outputs": self.outputs,
                "outputResources": made.collect::<Vec<_>>(),
                "providers": [],
                "dependencies": [],
            },
        })
    }

    /// What it made, each as an operation of its own.
    pub fn operations(&self, moment: Moment<'_>) -> Vec<Value> {
        let all = self.made.iter().map(|(kind, id)| {
            let name = guid_of(id, self.made_ms);
            json!({
                "id": format!("{}/operations/{name}", self.id(moment)),
                "operationId": name,
                "properties": {
                    "provisioningOperation": "Create",
                    "provisioningState": self.state(moment.now_ms),
                    "timestamp": instant(self.made_ms),
                    "statusCode": "OK",
                    "targetResource": {
                        "id": id,
                        "resourceType": kind,
                        "resourceName": id.rsplit('/').next(),
                    },
                },
            })
        });
        all.collect()
    }
}
