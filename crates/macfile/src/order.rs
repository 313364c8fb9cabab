//! Which step waits for which.

use std::collections::{BTreeSet, HashMap};

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
        let places = Places::of(self);
        let of = |(place, step): (usize, &Step)| {
            let mut needed = BTreeSet::new();
            if let Some(role) = &step.ready {
                needed.extend(places.instances_of(role));
            }
            for template in templates(&step.work) {
                self.follow(&places, template, &mut BTreeSet::new(), &mut needed);
            }
            needed.remove(&place);
            needed
        };
        self.steps.iter().enumerate().map(of).collect()
    }

    /// Adds what a template refers to, through the actions that it asks for.
    fn follow<'p>(
        &'p self,
        places: &Places<'p>,
        template: &'p Template,
        seen: &mut BTreeSet<&'p str>,
        needed: &mut BTreeSet<usize>,
    ) {
        for reference in template.references() {
            match reference {
                Reference::Action { role, .. } | Reference::Fact { of: role, .. } => {
                    needed.extend(places.instances_of(role));
                }
                Reference::Output { step, .. } => needed.extend(places.steps.get(step.as_str())),
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
                self.follow(places, template, seen, needed);
            }
        }
    }
}

/// Where the steps are.
struct Places<'p> {
    /// By their keys.
    steps: HashMap<&'p str, usize>,
    /// Those that launch instances, by their roles and by their keys.
    instances: HashMap<&'p str, Vec<usize>>,
}

impl<'p> Places<'p> {
    fn of(plan: &'p Plan) -> Self {
        let mut places = Self {
            steps: HashMap::new(),
            instances: HashMap::new(),
        };
        for (place, step) in plan.steps.iter().enumerate() {
            places.steps.insert(&step.key, place);
            if let Work::Instances(instances) = &step.work {
                for name in [&instances.role, &step.key] {
                    places.instances.entry(name).or_default().push(place);
                }
            }
        }
        places
    }

    /// The steps that launch instances of a role, or under a key.
    fn instances_of(&self, name: &str) -> impl Iterator<Item = usize> + '_ {
        self.instances.get(name).into_iter().flatten().copied()
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
