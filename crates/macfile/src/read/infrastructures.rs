//! Infrastructures: the steps.

use super::keys::Section;
use super::{Reader, roles};
use crate::document::{Node, Value};
use crate::problem::nearest;
use crate::{ActionRun, Instances, Resource, Step, Template, Work};

/// More instances than this in one step is a slip of the keyboard.
const AMOUNT: u32 = 100;

/// More steps than this are not one person's plan.
const MOST_STEPS: usize = 10_000;

impl<'n> Reader<'n> {
    /// Every step, in file order.
    pub fn steps(&mut self, root: &Section<'n>) -> Vec<Step> {
        let sections = self.names.infrastructures.clone();
        if sections.is_empty()
            && let Some(node) = root.get("infrastructures")
        {
            self.problems
                .push(node.problem("\"infrastructures\" is empty", None));
        }
        if sections.len() > MOST_STEPS
            && let Some(node) = root.get("infrastructures")
        {
            let message = format!("\"infrastructures\" may have up to {MOST_STEPS} keys");
            self.problems.push(node.problem(message, None));
            return Vec::new();
        }
        sections
            .iter()
            .filter_map(|(key, section)| self.step(key, section))
            .collect()
    }

    fn step(&mut self, key: &str, section: &Section<'n>) -> Option<Step> {
        let kinds = ["role", "resource", "action"];
        let ready = self.ready(section);
        let work = match kinds.map(|kind| section.get(kind).is_some()) {
            [true, false, false] => self.instances(section),
            [false, true, false] => self.resource(section),
            [false, false, true] => self.action(section),
            _ => {
                let message = format!(
                    "{} needs one of \"role\", \"resource\", \"action\"",
                    section.title
                );
                self.problems.push(section.node.problem(message, None));
                None
            }
        };
        Some(Step {
            key: key.to_owned(),
            ready,
            work: work?,
        })
    }

    /// `ready: role.NAME`
    fn ready(&mut self, section: &Section<'n>) -> Option<String> {
        let node = section.get("ready")?;
        let Some(name) = node.text().and_then(|text| text.strip_prefix("role.")) else {
            let message = "\"ready\" must be role.NAME";
            self.problems.push(node.problem(message, None));
            return None;
        };
        if !self.names.is_role_or_step(name) {
            let hint = nearest(name, self.names.roles.iter().map(String::as_str));
            self.problems
                .push(node.problem(format!("there is no role \"{name}\""), hint));
        }
        Some(name.to_owned())
    }

    fn instances(&mut self, section: &Section<'n>) -> Option<Work> {
        let mut required = vec![
            "role",
            "name",
            "amount",
            "provider",
            "location",
            "release",
            "deployment",
        ];
        let mut optional = vec!["lifespan", "environment", "ready", "net", "port"];
        let fixed = matches!(
            section.word("provider"),
            Some("manageacloud" | "default" | "local")
        );
        if fixed { &mut optional } else { &mut required }.push("hardware");
        section.check(&required, &optional, &mut self.problems);
        let role_name = self.known("role", section)?;
        let own = roles::environment(section, &mut self.problems);
        let role = self.roles.get(&role_name)?;
        let (user_data, configuration) = (role.user_data.clone(), role.configuration.clone());
        let (disks, lifespan_of_role) = (role.disks.clone(), role.lifespan_minutes);
        let variables: Vec<_> = role.environment.iter().cloned().chain(own).collect();
        let lifespan = roles::lifespan(section, &mut self.problems);
        let environment = variables
            .into_iter()
            .map(|(key, node)| (key, self.template(node, None)))
            .collect();
        Some(Work::Instances(Box::new(Instances {
            role: role_name,
            name: self.text("name", section),
            provider: self.text("provider", section),
            location: self.optional_template("location", section),
            hardware: self.optional_template("hardware", section),
            release: self.optional_template("release", section),
            amount: self.amount(section),
            deployment: self.deployment(section),
            lifespan_minutes: lifespan.or(lifespan_of_role),
            disks,
            net: section.get("net").map(|node| self.template(node, None)),
            ports: self.ports(section),
            user_data,
            configuration,
            environment,
        })))
    }

    /// `port: 22,80`
    fn ports(&mut self, section: &Section<'n>) -> Vec<u16> {
        let Some(node) = section.get("port") else {
            return Vec::new();
        };
        let words: Vec<&str> = match &node.value {
            Value::List(items) => items.iter().filter_map(Node::text).collect(),
            Value::Text(text) => text.split(',').collect(),
            Value::Map(_) => Vec::new(),
        };
        let ports: Option<Vec<u16>> = words
            .iter()
            .map(|word| word.trim().parse().ok().filter(|port| *port > 0))
            .collect();
        ports.filter(|ports| !ports.is_empty()).unwrap_or_else(|| {
            let message = "\"port\" must be ports with commas between, for example 22,80";
            self.problems.push(node.problem(message, None));
            Vec::new()
        })
    }

    fn amount(&mut self, section: &Section<'n>) -> u32 {
        let Some(node) = section.get("amount") else {
            return 1;
        };
        match node.text().and_then(|text| text.parse().ok()) {
            Some(amount @ 1..=AMOUNT) => amount,
            _ => {
                let message = format!("\"amount\" must be a number from 1 to {AMOUNT}");
                self.problems.push(node.problem(message, None));
                1
            }
        }
    }

    fn deployment(&mut self, section: &Section<'n>) -> String {
        let kinds = ["testing", "production"];
        let deployment = self.text("deployment", section);
        if let Some(node) = section.get("deployment")
            && !kinds.contains(&deployment.as_str())
        {
            let message = "\"deployment\" must be testing or production";
            self.problems
                .push(node.problem(message, nearest(&deployment, kinds)));
        }
        deployment
    }

    fn text(&mut self, key: &str, section: &Section<'n>) -> String {
        if let Some(node) = section.get(key)
            && node.text().is_none()
        {
            self.problems
                .push(node.problem(format!("\"{key}\" must be text"), None));
        }
        section.word(key).unwrap_or_default().to_owned()
    }

    fn optional_template(&mut self, key: &str, section: &Section<'n>) -> Template {
        match section.get(key) {
            Some(node) => self.template(node, None),
            None => Template::plain(""),
        }
    }

    fn resource(&mut self, section: &Section<'n>) -> Option<Work> {
        section.check(&["resource"], &["ready", "params"], &mut self.problems);
        let resource = self.known("resource", section)?;
        let text = self.resources.get(&resource)?;
        let (create, destroy) = (text.create, text.destroy);
        Some(Work::Resource(Resource {
            create: self.template(create, Some(section)),
            destroy: destroy.map(|node| self.template(node, Some(section))),
            resource,
        }))
    }

    fn action(&mut self, section: &Section<'n>) -> Option<Work> {
        section.check(&["action"], &["ready", "params"], &mut self.problems);
        let action = self.known("action", section)?;
        let Some(bash) = self.actions.get(&action)?.get("bash") else {
            let message = format!("the action \"{action}\" is \"ssh\"; a step needs \"bash\"");
            self.problems.push(section.node.problem(message, None));
            return None;
        };
        let bash = self.template(bash, Some(section));
        Some(Work::Action(ActionRun { action, bash }))
    }

    /// The name under `kind`, if such a role, resource or action is defined.
    fn known(&mut self, kind: &str, section: &Section<'n>) -> Option<String> {
        let node = section.get(kind)?;
        let name = node.text().unwrap_or_default();
        let is_defined = match kind {
            "role" => self.roles.contains_key(name),
            "resource" => self.resources.contains_key(name),
            _ => self.actions.contains_key(name),
        };
        if is_defined {
            return Some(name.to_owned());
        }
        let defined: Vec<&str> = match kind {
            "role" => self.roles.keys().map(String::as_str).collect(),
            "resource" => self.resources.keys().map(String::as_str).collect(),
            _ => self.actions.keys().map(String::as_str).collect(),
        };
        let problem = node.problem(
            format!("there is no {kind} \"{name}\""),
            nearest(name, defined),
        );
        self.problems.push(problem);
        None
    }
}
