//! What a request is answered with.

use serde_json::{Value, json};

use super::{
    Ask, Estate,
    ask::{Target, Verb},
    deployments::{Failure, Sent},
    estate::{Made, Moment},
    id::Id,
    kind::Kind,
    look::list,
    shape,
    view::View,
};
use crate::azure::{Fault, catalogue::EMULATED, machine::Power};

/// What a request is answered with.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// A document, if there is something to show.
    pub body: Option<Value>,
    /// When what was asked for is done, in milliseconds since 1970, if that is later.
    pub done_ms: Option<u64>,
    /// Why a deployment made nothing.
    pub failure: Option<Failure>,
    /// Whether it is to be asked for again soon.
    pub is_awaited: bool,
}

impl Answer {
    /// How far a change is, by its id.
    pub fn operation(id: &str, is_done: bool, failure: Option<&Failure>) -> Self {
        let shown = match (failure, is_done) {
            (Some(failure), _) => json!({"status": "Failed", "error": failure.show()}),
            (None, true) => json!({"status": "Succeeded"}),
            (None, false) => json!({"status": "InProgress"}),
        };
        let mut answer = Self::shown(shown);
        if let Some(body) = &mut answer.body {
            body["name"] = json!(id);
        }
        answer.is_awaited = failure.is_none() && !is_done;
        answer
    }

    fn shown(body: Value) -> Self {
        Self {
            body: Some(body),
            ..Self::empty(200)
        }
    }

    fn empty(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    fn made(made: Made, body: Value) -> Self {
        let status = match made {
            Made::Anew => 201,
            Made::Over => 200,
        };
        Self {
            status,
            ..Self::shown(body)
        }
    }
}

impl Estate {
    /// Answers a request, and lets it change what is here.
    ///
    /// How far a change is, which [`Target::Operation`] asks, is known elsewhere.
    pub fn answer(&mut self, ask: &Ask, moment: Moment<'_>) -> Result<Answer, Fault> {
        let refused = || {
            let why = format!("{:?} is not supported at '{}'.", ask.verb, ask.path);
            Fault::refused(405, "MethodNotAllowed", why)
        };
        match (&ask.target, ask.verb) {
            (Target::Group(name), verb) => self.answer_group(name, verb, ask, moment),
            (Target::One(id), verb) => self.answer_one(id, verb, ask, moment),
            (Target::Told(id, what), Verb::Post) => self.answer_told(id, what, moment),
            (Target::Told(id, what), Verb::Get) if what == "instanceview" => {
                Ok(Answer::shown(self.existing(id)?.instance_view(moment)))
            }
            (Target::Deployment(group, name, what), verb) => {
                self.answer_deployment((group, name), what.as_deref(), verb, ask, moment)
            }
            (target, Verb::Get) => self.look(target, ask, moment).map(Answer::shown),
            // az registers a provider before it uses it
            (Target::Providers(Some(_)), Verb::Post) => {
                self.look(&ask.target, ask, moment).map(Answer::shown)
            }
            _ => Err(refused()),
        }
    }

    fn answer_group(
        &mut self,
        name: &str,
        verb: Verb,
        ask: &Ask,
        moment: Moment<'_>,
    ) -> Result<Answer, Fault> {
        let subscription = moment.subscription;
        Ok(match verb {
            Verb::Get => Answer::shown(self.group(name)?.show(subscription)),
            Verb::Head => match self.group(name) {
                Ok(_) => Answer::empty(204),
                Err(_) => Answer::empty(404),
            },
            Verb::Put => {
                let made = self.put_group(name, &ask.body)?;
                Answer::made(made, self.group(name)?.show(subscription))
            }
            Verb::Patch => {
                self.group(name)?;
                self.put_group(name, &json!({"tags": shape::at(&ask.body, &["tags"])}))?;
                Answer::shown(self.group(name)?.show(subscription))
            }
            Verb::Delete => {
                self.remove_group(name, subscription)?;
                Answer::empty(200)
            }
            Verb::Post => {
                let why = "A group is told nothing here.";
                return Err(Fault::refused(405, "MethodNotAllowed", why));
            }
        })
    }

    fn answer_one(
        &mut self,
        id: &Id,
        verb: Verb,
        ask: &Ask,
        moment: Moment<'_>,
    ) -> Result<Answer, Fault> {
        let made = match verb {
            Verb::Get => Made::Over,
            Verb::Head => {
                return Ok(Answer::empty(if self.has(id) { 204 } else { 404 }));
            }
            Verb::Put => self.put(id, &ask.body, moment)?,
            Verb::Patch => self.patch(id, &ask.body, moment)?,
            Verb::Delete => {
                self.group(&id.group)?;
                if !self.has(id) {
                    return Ok(Answer::empty(204));
                }
                self.remove(id, moment)?;
                return Ok(Answer::empty(200));
            }
            Verb::Post => {
                let why = "A resource is told something by a word behind its name.";
                return Err(Fault::refused(405, "MethodNotAllowed", why));
            }
        };
        let whole = self.existing(id)?;
        let part = id.part.as_ref().and_then(|name| whole.find_part(name));
        let view = View::of(self, moment);
        let shown = match part {
            Some(part) => view.show_part(whole, part),
            None => view.show(whole, ask.with_instance_view),
        };
        let mut answer = Answer::made(made, shown);
        let is_change = matches!(verb, Verb::Put | Verb::Patch);
        if is_change && id.kind == Kind::Machine {
            let done_ms = match part {
                Some(part) => self.extension_done_ms(id, part.set_ms),
                None => whole.ready_ms(),
            };
            answer.done_ms = done_ms.filter(|done_ms| *done_ms > moment.now_ms);
        }
        Ok(answer)
    }

    fn extension_done_ms(&self, id: &Id, set_ms: u64) -> Option<u64> {
        let ready_ms = self.find(id)?.ready_ms()?;
        Some(crate::azure::agent::done_ms(set_ms, ready_ms))
    }

    fn answer_told(&mut self, id: &Id, what: &str, moment: Moment<'_>) -> Result<Answer, Fault> {
        let now_ms = moment.now_ms;
        let machine = self.existing(id)?;
        let power = match (id.kind, what) {
            (Kind::Machine, "start") if machine.ready_ms().is_some() => {
                return Ok(Answer::empty(200));
            }
            (Kind::Machine, "start") => Power::Started(now_ms),
            (Kind::Machine, "restart") => {
                if machine.ready_ms().is_none() {
                    let why = format!("The VM '{}' has stopped: start it first.", id.name);
                    return Err(Fault::refused(409, "OperationNotAllowed", why));
                }
                Power::Restarted(now_ms)
            }
            (Kind::Machine, "poweroff") => Power::Stopped(now_ms),
            (Kind::Machine, "deallocate") => Power::Deallocated(now_ms),
            (Kind::Machine, "runcommand") => {
                let message = format!("{EMULATED}: the script was not executed");
                return Ok(Answer::shown(json!({"value": [{
                    "code": "ProvisioningState/succeeded",
                    "level": "Info",
                    "displayStatus": "Provisioning succeeded",
                    "message": message,
                }]})));
            }
            _ => {
                let why = format!("'{what}' is not among what emulated resources can be told.");
                return Err(Fault::refused(400, "OperationNotAllowed", why));
            }
        };
        self.tell(id, power)?;
        Ok(Answer {
            done_ms: Some(power.settled_ms()),
            ..Answer::empty(202)
        })
    }

    fn answer_deployment(
        &mut self,
        (group, name): (&str, &str),
        what: Option<&str>,
        verb: Verb,
        ask: &Ask,
        moment: Moment<'_>,
    ) -> Result<Answer, Fault> {
        let sent = Sent {
            group,
            name,
            body: &ask.body,
        };
        let known = self.deployment(group, name).cloned();
        Ok(match (verb, what) {
            (Verb::Put, None) => {
                let deployment = self.deploy(&sent, moment)?;
                let made = if known.is_some() {
                    Made::Over
                } else {
                    Made::Anew
                };
                let failure = deployment.failure().cloned();
                let is_later = deployment.done_ms > moment.now_ms || failure.is_some();
                Answer {
                    done_ms: is_later.then_some(deployment.done_ms),
                    failure,
                    ..Answer::made(made, deployment.show(moment))
                }
            }
            // tried on a copy, of which nothing is kept
            (Verb::Post, Some("validate")) => {
                let deployment = self.clone().deploy(&sent, moment)?;
                if let Some(failure) = deployment.failure() {
                    return Ok(Answer {
                        status: 400,
                        ..Answer::shown(json!({"error": failure.show()}))
                    });
                }
                Answer::shown(deployment.show(moment))
            }
            (Verb::Head, None) => Answer::empty(if known.is_some() { 204 } else { 404 }),
            (Verb::Get, None) => {
                self.group(group)?;
                let deployment = known.ok_or_else(|| {
                    let why = format!("Deployment '{name}' could not be found.");
                    Fault::refused(404, "DeploymentNotFound", why)
                })?;
                Answer::shown(deployment.show(moment))
            }
            (Verb::Get, Some("operations")) => {
                self.group(group)?;
                let known = known.as_ref();
                Answer::shown(list(
                    known
                        .map(|known| known.operations(moment))
                        .unwrap_or_default(),
                ))
            }
            (Verb::Delete, None) => {
                self.deployments.retain(|own| !own.is_called(group, name));
                Answer::empty(204)
            }
            _ => {
                let why = "That is not among what emulated deployments can be told.";
                return Err(Fault::refused(405, "MethodNotAllowed", why));
            }
        })
    }
}
