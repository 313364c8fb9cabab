//! Filling a macfile's templates; the actions that they ask for are run first.

use macfile::{Action, FillError, Known, Reference, Template};

use super::run::{Failure, Run};
use crate::Result;

/// The text of a step's template; an action that it asks for is run first.
pub(super) async fn fill(run: &Run, step: &str, template: &Template) -> Result<String, Failure> {
    if template.references().is_empty() {
        return Ok(template.fill(&Known::default())?);
    }
    let mut known = run.known().await?;
    loop {
        let wanted = match template.fill(&known) {
            Ok(text) => return Ok(text),
            Err(FillError::NotYet(
                Reference::Action { action, .. } | Reference::ActionOutput { action, .. },
            )) if !known.actions.contains_key(&action) => action,
            Err(error) => return Err(error.into()),
        };
        let printed = act(run, step, &wanted, &known).await?;
        known.actions.insert(wanted, printed);
    }
}

/// What an action's command prints.
async fn act(run: &Run, step: &str, name: &str, known: &Known) -> Result<String, Failure> {
    let script = match run.plan.actions.get(name) {
        Some(Action::Bash(script)) => script.fill(known)?,
        Some(Action::Ssh(_)) => {
            return Err(format!("{name} runs over ssh, which is not supported yet").into());
        }
        None => return Err(format!("there is no action {name}").into()),
    };
    let (output, ended) = run.command(step, &script).await;
    ended?;
    Ok(output.stdout)
}
