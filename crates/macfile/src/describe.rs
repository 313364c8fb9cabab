//! A plan in words: what would happen, in which order.

use std::fmt::Write as _;

use crate::{Plan, Step, Work};

impl Plan {
    /// What making the version does and what destroying it does, a line for each step with the
    /// steps that it waits for.
    pub fn describe(&self) -> String {
        let mut text = format!("{} {}: {}\n", self.name, self.version, self.description);
        text.push_str("\nto make it:\n");
        let needs = self.needs();
        for (place, step) in self.steps.iter().enumerate() {
            let after = needs.get(place).map(Vec::as_slice).unwrap_or_default();
            // a text that grows has no failure
            let _ = writeln!(text, "{:>4}. {}{}", place + 1, doing(step), waiting(after));
        }
        text.push_str("\nto destroy it:\n");
        for (place, step) in self.steps.iter().rev().enumerate() {
            let _ = writeln!(text, "{:>4}. {}", place + 1, undoing(step));
        }
        text
    }
}

fn waiting(after: &[usize]) -> String {
    if after.is_empty() {
        return String::new();
    }
    let numbers: Vec<String> = after.iter().map(|place| (place + 1).to_string()).collect();
    format!("  (after {})", numbers.join(", "))
}

fn doing(step: &Step) -> String {
    let key = &step.key;
    match &step.work {
        Work::Instances(instances) => format!(
            "{key}: launch {} of the role {} at {} {}",
            instances.amount, instances.role, instances.provider, instances.location
        ),
        Work::Resource(resource) => format!("{key}: {}", first_line(&resource.create.to_string())),
        Work::Action(action) => format!("{key}: {}", first_line(&action.bash.to_string())),
    }
}

fn undoing(step: &Step) -> String {
    let key = &step.key;
    match &step.work {
        Work::Instances(instances) => format!("{key}: end its {}", instances.amount),
        Work::Resource(resource) => match &resource.destroy {
            Some(command) => format!("{key}: {}", first_line(&command.to_string())),
            None => format!("{key}: nothing, as it has no destroy command"),
        },
        Work::Action(_) => format!("{key}: nothing, as it is an action"),
    }
}

fn first_line(command: &str) -> String {
    let mut lines = command.trim().lines();
    let first = lines.next().unwrap_or_default();
    match lines.next() {
        Some(_) => format!("{first} …"),
        None => first.to_owned(),
    }
}
