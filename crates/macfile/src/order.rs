//! Which step waits for which.

use std::collections::BTreeSet;

use crate::{Action, Plan, Reference, Step, Template, Work};

impl Plan {
    /// For each step, in file order, the places of the steps that must have ended well before it
    /// may begin: those that it refers to, those of its `ready` role, and for a command the
    /// command before it, as macfiles rely on the order of the file without saying so. Instances
    /// are launched without waiting for commands that they don't refer to.
    pub fn needs(&self) -> Vec<Vec<usize>> {
        let mut last_command = None;
        let mut needs = self.references();
        for (place, step) in self.steps.iter().enumerate() {
            if matches!(step.work, Work::Instances(_)) {
                continue;
            }
            needs[place].extend(last_command);
            last_command = Some(place);
        }
        sorted(needs)
    }

    /// The same, but commands wait only for what they refer to.
    pub fn needs_parallel(&self) -> Vec<Vec<usize>> {
        sorted(self.references())
    }

    fn references(&self) -> Vec<BTreeSet<usize>> {
        let of = |(place, step): (usize, &Step)| {
            let mut needed = BTreeSet::new();
            if let Some(role) = &step.ready {
                needed.extend(self.instances_of(role));
            }
            for template in templates(&step.work) {
                self.follow(template, &mut BTreeSet::new(), &mut needed);
            }
            needed.remove(&place);
            needed
        };
        self.steps.iter().enumerate().map(of).collect()
    }

    /// Adds what a template refers to, through the actions that it asks for.
    fn follow<'p>(
        &'p self,
        template: &'p Template,
        seen: &mut BTreeSet<&'p str>,
        needed: &mut BTreeSet<usize>,
    ) {
        for reference in template.references() {
            match reference {
                Reference::Action { role, .. } | Reference::Fact { of: role, .. } => {
                    needed.extend(self.instances_of(role));
                }
                Reference::Output { step, .. } => needed.extend(self.place_of(step)),
                Reference::ActionOutput { .. } => {}
            }
            let (Reference::Action { action, .. } | Reference::ActionOutput { action, .. }) =
                reference
            else {
                continue;
            };
            if let Some(Action::Bash(template) | Action::Ssh(template)) = self.actions.get(action)
                && seen.insert(action)
            {
                self.follow(template, seen, needed);
            }
        }
    }

    /// The steps that launch instances of a role, or under a key.
    fn instances_of<'p>(&'p self, name: &'p str) -> impl Iterator<Item = usize> + 'p {
        let is_of = move |step: &Step| match &step.work {
            Work::Instances(instances) => instances.role == name || step.key == name,
            Work::Resource(_) | Work::Action(_) => false,
        };
        let places = self.steps.iter().enumerate();
        places
            .filter(move |(_, step)| is_of(step))
            .map(|(place, _)| place)
    }

    fn place_of(&self, key: &str) -> Option<usize> {
        self.steps.iter().position(|step| step.key == key)
    }
}

fn templates(work: &Work) -> Vec<&Template> {
    match work {
        Work::Instances(instances) => {
            let own = [&instances.location, &instances.hardware, &instances.release];
            let own = own.into_iter().chain(&instances.net);
            let environment = instances.environment.iter().map(|(_, value)| value);
            own.chain(environment).collect()
        }
        Work::Resource(resource) => vec![&resource.create],
        Work::Action(action) => vec![&action.bash],
    }
}

fn sorted(needs: Vec<BTreeSet<usize>>) -> Vec<Vec<usize>> {
    needs
        .into_iter()
        .map(|set| set.into_iter().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    #[test]
    fn commands_keep_the_order_of_the_file_and_instances_do_not_wait_for_them() {
        let text = "\
mac: 1
name: demo
version: 1
description: d
roles:
  app:
    instance create:
      bootstrap bash: serve
actions:
  get_id:
    bash: id
resources:
  a:
    create bash: make
  b:
    create bash: join role.app.get_id
  c:
    create bash: show resource.a_01.text
infrastructures:
  a_01:
    resource: a
  app_01:
    {role: app, name: app, amount: 1, provider: amazon, location: l, hardware: h, release: r, deployment: testing}
  b_01:
    resource: b
  c_01:
    resource: c
  d_01:
    resource: a
    ready: role.app
";
        let plan = crate::parse(text, &BTreeMap::new()).unwrap();
        let none: Vec<usize> = Vec::new();
        assert_eq!(
            plan.needs(),
            [
                none.clone(),
                none.clone(),
                vec![0, 1],
                vec![0, 2],
                vec![1, 3]
            ]
        );
        assert_eq!(
            plan.needs_parallel(),
            [none.clone(), none, vec![1], vec![0], vec![1]]
        );
    }
}
