//! What moving an address would do, said before it is done.

use std::collections::{BTreeMap, BTreeSet};

use rollout::Rollout;
use shared::{AccountId, DeploymentKind, Difference, InfrastructureId, MovePlan, ResourceState};
use similar::TextDiff;

use super::{
    by_name,
    destruction::destruction,
    moves_nothing, newest_epoch, policy_of, store, switch_ms,
    ways::{Way, way_back},
};
use crate::{
    Error, Result,
    app::App,
    deployments,
    infrastructures::{self, Blueprint},
    resources,
};

/// Parts of a parameter's name by which its value is nobody's business on a page.
const SECRET: [&str; 6] = ["PASS", "SECRET", "TOKEN", "KEY", "CREDENTIAL", "PRIVATE"];
/// How many lines around a change are shown.
const AROUND: usize = 3;
/// How many letters of an output are shown.
const SHOWN_LETTERS: usize = 200;

/// What promoting a version, going back to it, or destroying it, would do now.
///
/// # Errors
/// There is no such version, or what is asked about moves no address.
pub async fn plan(
    app: &App,
    account: AccountId,
    (name, version): (&str, &str),
    kind: DeploymentKind,
) -> Result<MovePlan> {
    match kind {
        DeploymentKind::Promote | DeploymentKind::RollBack => {}
        DeploymentKind::Destroy => return destruction(app, account, name, version).await,
        DeploymentKind::Create => return Err(moves_nothing()),
    }
    let moving = store::moving(&app.pool, account, name).await?;
    let moving = moving.ok_or(Error::NotFound("application"))?;
    let (target, mut steps) = target(app, account, (name, version), kind).await?;
    let policy = by_name(app, account, name).await?.policy;
    let live = moving.live.clone();
    let is_before = moving.previous.as_deref() == Some(version);
    let switch_ms = switch_ms(app, account, name, (live.as_deref(), version)).await?;
    let epoch = newest_epoch(app, &moving);
    let rollout = Rollout::promote(version, live.clone(), live.clone(), epoch)
        .under(policy_of(kind, policy, switch_ms));
    let after = infrastructures::blueprint(app, target).await?;
    let mut outputs = Vec::new();
    let before = match &live {
        Some(live) => {
            let live = infrastructures::by_version(app, account, name, live).await?;
            let printed = (printed(app, live.id).await?, printed(app, target).await?);
            // what is to be made again has printed nothing that is still so
            if !printed.1.is_empty() {
                outputs = changed(&printed.0, &printed.1);
                for value in outputs
                    .iter_mut()
                    .flat_map(|one| [&mut one.before, &mut one.after])
                {
                    *value = value.as_deref().map(in_short);
                }
            }
            Some(infrastructures::blueprint(app, live.id).await?)
        }
        None => None,
    };
    steps.extend(deployments::steps_to_move(&rollout));
    steps.extend(live.as_deref().map(|live| kept(live, &rollout.policy)));
    Ok(MovePlan {
        version: version.to_owned(),
        live,
        steps,
        parameters: before
            .as_ref()
            .map(|before| changed(&before.parameters, &after.parameters))
            .unwrap_or_default(),
        outputs,
        macfile: before
            .map(|before| diff(&before, &after))
            .unwrap_or_default(),
        command: command(kind, name, (version, is_before)),
    })
}

/// What a version is made from, and what is done before the address is moved to it: one that is gone back
/// to may be destroyed, and is made again then.
async fn target(
    app: &App,
    account: AccountId,
    (name, version): (&str, &str),
    kind: DeploymentKind,
) -> Result<(InfrastructureId, Vec<String>)> {
    if kind == DeploymentKind::RollBack
        && let Way::Again(destroyed) = way_back(app, account, name, version).await?
    {
        let plan = deployments::plan(&infrastructures::blueprint(app, destroyed).await?)?;
        let mut steps = vec![format!("make {version} again from its macfile:")];
        steps.extend(deployments::steps_to_create(&plan));
        return Ok((destroyed, steps));
    }
    let found = infrastructures::by_version(app, account, name, version).await?;
    Ok((found.id, Vec::new()))
}

/// What the resources of a version have printed, of those that are there.
async fn printed(app: &App, id: InfrastructureId) -> Result<BTreeMap<String, String>> {
    let all = resources::of(app, id).await?.into_iter();
    let there = all.filter(|resource| resource.state == ResourceState::Ready);
    let printed = there.map(|resource| (resource.name, resource.stdout.trim().to_owned()));
    Ok(printed.collect())
}

/// As much of a text as is shown in a line.
fn in_short(text: &str) -> String {
    match text.char_indices().nth(SHOWN_LETTERS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}\u{2026}", text.get(..end).unwrap_or_default()),
    }
}

/// What becomes of the version that is not live any more.
fn kept(live: &str, policy: &rollout::Policy) -> String {
    match policy.retain_ms / 1000 {
        0 => format!("keep {live} as a way back, until somebody destroys it"),
        seconds => {
            let time = match seconds % 60 {
                0 => format!("{} min", seconds / 60),
                _ => format!("{seconds} s"),
            };
            format!("keep {live} as a way back for {time}, then destroy it")
        }
    }
}

/// The command that does the same, with its words as a shell reads them.
fn command(kind: DeploymentKind, name: &str, (version, is_before): (&str, bool)) -> String {
    let words = match kind {
        DeploymentKind::RollBack if is_before => vec!["mac", "app", "rollback", name],
        DeploymentKind::RollBack => vec!["mac", "app", "rollback", name, "--to", version],
        _ => vec!["mac", "app", "promote", name, version],
    };
    shell_words::join(words)
}

fn changed(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<Difference> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differs = |name: &&String| before.get(*name) != after.get(*name);
    names
        .into_iter()
        .filter(differs)
        .map(|name| Difference {
            name: name.clone(),
            before: before.get(name).map(|value| shown(name, value)),
            after: after.get(name).map(|value| shown(name, value)),
        })
        .collect()
}

fn shown(name: &str, value: &str) -> String {
    let name = name.to_ascii_uppercase();
    match SECRET.iter().any(|part| name.contains(part)) {
        true => "\u{2022}\u{2022}\u{2022}".to_owned(),
        false => value.to_owned(),
    }
}

fn diff(before: &Blueprint, after: &Blueprint) -> String {
    TextDiff::from_lines(&before.macfile, &after.macfile)
        .unified_diff()
        .context_radius(AROUND)
        .header(&before.version, &after.version)
        .to_string()
}

#[cfg(test)]
mod tests {
    use shared::{DeploymentKind, Difference};

    use super::{changed, command, kept};

    #[test]
    fn what_differs_is_shown_and_no_secret_is() {
        let of = |all: &[(&str, &str)]| {
            let all = all
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            all.collect()
        };
        let before = of(&[
            ("A", "1"),
            ("DB_PASSWORD", "x"),
            ("GONE", "y"),
            ("SAME", "z"),
        ]);
        let after = of(&[("A", "2"), ("DB_PASSWORD", "w"), ("SAME", "z")]);
        let change = |name: &str, before: &str, after: Option<&str>| Difference {
            name: name.into(),
            before: Some(before.into()),
            after: after.map(str::to_owned),
        };
        assert_eq!(
            changed(&before, &after),
            [
                change("A", "1", Some("2")),
                change(
                    "DB_PASSWORD",
                    "\u{2022}\u{2022}\u{2022}",
                    Some("\u{2022}\u{2022}\u{2022}")
                ),
                change("GONE", "y", None),
            ]
        );
    }

    #[test]
    fn a_long_output_is_cut_between_two_letters() {
        assert_eq!(super::in_short("short"), "short");
        let long = "\u{e9}".repeat(300);
        assert_eq!(super::in_short(&long).chars().count(), 201);
    }

    #[test]
    fn the_command_can_be_pasted_whatever_the_names_are() {
        let promote = |version| command(DeploymentKind::Promote, "shop", (version, false));
        assert_eq!(promote("8-jre8"), "mac app promote shop 8-jre8");
        assert_eq!(promote("it's; rm"), r"mac app promote shop 'it'\''s; rm'");
        assert_eq!(
            command(DeploymentKind::RollBack, "a b", ("1", true)),
            "mac app rollback 'a b'"
        );
        assert_eq!(
            command(DeploymentKind::RollBack, "shop", ("0 b", false)),
            "mac app rollback shop --to '0 b'"
        );
    }

    #[test]
    fn what_becomes_of_the_old_version_is_said() {
        let policy = rollout::Policy {
            retain_ms: 90_000,
            ..rollout::Policy::default()
        };
        assert_eq!(
            kept("7", &policy),
            "keep 7 as a way back for 90 s, then destroy it"
        );
        let policy = rollout::Policy::default();
        assert_eq!(
            kept("7", &policy),
            "keep 7 as a way back, until somebody destroys it"
        );
    }
}
