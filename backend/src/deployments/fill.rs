//! Filling a macfile's templates; the actions that they ask for are run first.

use macfile::{Action, FillError, Known, Reference, Template};

use shared::{InstanceState, LogStream};

use super::run::{Failure, Run};
use crate::{Result, instances};

/// The text of a step's template; an action that it asks for is run first.
pub(super) async fn fill(run: &Run, step: &str, template: &Template) -> Result<String, Failure> {
    if template.references().is_empty() {
        return Ok(template.fill(&Known::default())?);
    }
    let mut known = run.known().await?;
    loop {
        let wanted = match template.fill(&known) {
            Ok(text) => return Ok(text),
            Err(FillError::NotYet(Reference::Action { role, action }))
                if !known.actions.contains_key(&action) =>
            {
                (action, Some(role))
            }
            Err(FillError::NotYet(Reference::ActionOutput { action, .. }))
                if !known.actions.contains_key(&action) =>
            {
                (action, None)
            }
            Err(error) => return Err(error.into()),
        };
        let (action, role) = wanted;
        let printed = act(run, step, &action, role.as_deref(), &known).await?;
        known.actions.insert(action, printed);
    }
}

/// What an action's command prints.
async fn act(
    run: &Run,
    step: &str,
    name: &str,
    role: Option<&str>,
    known: &Known,
) -> Result<String, Failure> {
    match run.plan.actions.get(name) {
        Some(Action::Bash(script)) => {
            let (output, ended) = run.command(step, &script.fill(known)?).await;
            ended?;
            Ok(output.stdout)
        }
        Some(Action::Ssh(script)) => {
            let role = role.ok_or_else(|| {
                format!("{name} runs on instances: ask for it as role.NAME.{name}")
            })?;
            on_instances(run, name, role, &script.fill(known)?).await
        }
        None => Err(format!("there is no action {name}").into()),
    }
}

/// What a command prints on each instance of a role, or of a key, with spaces between.
async fn on_instances(run: &Run, name: &str, role: &str, script: &str) -> Result<String, Failure> {
    let account = run.tenant.account.id;
    let mut printed = Vec::new();
    for known in instances::with_steps(&run.app, account, run.id).await? {
        let is_meant = known.instance.role.as_deref() == Some(role) || known.step == role;
        if !is_meant || known.instance.state == InstanceState::Destroyed {
            continue;
        }
        let (id, shown) = (known.instance.id, &known.instance.name);
        run.journal
            .note(format!("on {shown}: $ {}", script.trim()))
            .await?;
        let ended = instances::run_command(&run.app, &run.tenant, id, script).await?;
        for (stream, text) in [
            (LogStream::Stdout, &ended.stdout),
            (LogStream::Stderr, &ended.stderr),
        ] {
            let lines = text.lines().map(str::to_owned).collect();
            run.journal.log(stream, lines).await?;
        }
        if ended.exit_code != Some(0) {
            let code = ended
                .exit_code
                .map_or("a signal".into(), |code| code.to_string());
            return Err(format!("{name} ended with {code} on {shown}").into());
        }
        printed.push(ended.stdout.trim().to_owned());
    }
    Ok(printed.join(" "))
}
