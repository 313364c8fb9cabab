//! Applications, and moving their addresses.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use client::Client;
use shared::{
    Application, ApplicationDetail, Approval, ChangeApplication, ChangeVisitors, Deployment,
    DeploymentKind, DeploymentState, KeepVersion, MovePlan, OpenPreview, Preview, Prolong,
    Visitors,
};

use crate::arguments::{AppCommand, Until, WhoApproves};
use crate::deployments;
use crate::output::{FAILED, Output, word};
use crate::table::{Align, boxed};

/// How often the server is asked while something is waited for.
const GLANCE: Duration = Duration::from_millis(300);

/// How much more time is given, unless it is said.
const MORE: Duration = Duration::from_secs(600);

/// Carries out a command about applications.
pub async fn run(command: AppCommand, output: &Output) -> anyhow::Result<ExitCode> {
    let client = crate::signed_in(output)?;
    match command {
        AppCommand::List => {
            let all = client::applications::list(&client).await?.items;
            output.either(&all, || table(&all))?;
            Ok(ExitCode::SUCCESS)
        }
        AppCommand::Show { name } => {
            let detail = client::applications::read(&client, &name).await?;
            output.either(&detail, || shown(&detail))?;
            Ok(ExitCode::SUCCESS)
        }
        AppCommand::Preview {
            name,
            version,
            time,
        } => {
            let minutes = seconds(time)?.div_ceil(60);
            let open = OpenPreview { version, minutes };
            let preview = client::applications::open_preview(&client, &name, &open).await?;
            output.either(&preview, || {
                let Preview {
                    link,
                    address,
                    version,
                    pass,
                    until,
                } = &preview;
                format!(
                    "{link}\n\nOpened in a browser, it shows {version} at {address} until {until}; \
                     others see what is live. {address}.manageacloud/live leads back.\n\n\
                     curl -H 'Manageacloud-Preview: {pass}' {address}"
                )
            })?;
            Ok(ExitCode::SUCCESS)
        }
        AppCommand::Promote {
            name,
            version,
            reason,
            plan,
        } => {
            if plan {
                let kind = DeploymentKind::Promote;
                return show_plan(&client, (&name, &version), kind, output).await;
            }
            let detail = client::applications::read(&client, &name).await?;
            let change = ChangeApplication {
                kind: DeploymentKind::Promote,
                version,
                expected_live: detail.application.live,
                reason,
            };
            move_address(&client, &name, change, output).await
        }
        AppCommand::Rollback {
            name,
            to,
            reason,
            plan,
        } => {
            let application = client::applications::read(&client, &name)
                .await?
                .application;
            let Some(version) = to.or(application.previous) else {
                bail!("no version of {name} was live before");
            };
            if plan {
                let kind = DeploymentKind::RollBack;
                return show_plan(&client, (&name, &version), kind, output).await;
            }
            let change = ChangeApplication {
                kind: DeploymentKind::RollBack,
                version,
                expected_live: application.live,
                reason,
            };
            move_address(&client, &name, change, output).await
        }
        AppCommand::Pause { name, time } => {
            let seconds = seconds(time)?;
            let change = ChangeVisitors::Held { seconds };
            set_visitors(&client, &name, change, output).await
        }
        AppCommand::Maintenance { name, notice } => {
            let change = ChangeVisitors::TurnedAway { notice };
            set_visitors(&client, &name, change, output).await
        }
        AppCommand::Resume { name } => {
            set_visitors(&client, &name, ChangeVisitors::Served, output).await
        }
        AppCommand::Approve { name } => {
            let active = active(&client, &name).await?;
            let approved = client::deployments::approve(&client, active.id).await?;
            output.either(&approved, || format!("{} may go live", approved.version))?;
            Ok(ExitCode::SUCCESS)
        }
        AppCommand::Link { name } => {
            let active = active(&client, &name).await?;
            let link = client::links::make(&client, active.id).await?;
            output.either(&link, || {
                format!("{}\ngood until {}", link.url, link.expires_at)
            })?;
            Ok(ExitCode::SUCCESS)
        }
        AppCommand::Keep {
            name,
            longer,
            version: Some(version),
        } => {
            let seconds = longer.map(seconds).transpose()?;
            let keep = KeepVersion { seconds };
            let kept = client::infrastructures::keep(&client, &name, &version, keep).await?;
            output.either(&kept, || match kept.retires_at {
                Some(until) => format!("{version} is kept until {until}"),
                None => format!("{version} is kept until somebody destroys it"),
            })?;
            Ok(ExitCode::SUCCESS)
        }
        AppCommand::Keep { name, longer, .. } => {
            let active = active(&client, &name).await?;
            let seconds = seconds(longer.unwrap_or(MORE))?;
            let more = Prolong { seconds };
            let kept = client::deployments::prolong(&client, active.id, more).await?;
            let until = kept
                .until
                .map(|until| until.to_string())
                .unwrap_or_default();
            output.either(&kept, || format!("{} until {until}", word(&kept.state)))?;
            Ok(ExitCode::SUCCESS)
        }
        AppCommand::Policy {
            name,
            approval,
            bake,
            drain,
            check,
            switch,
            retain,
        } => {
            let known = client::applications::read(&client, &name).await?;
            let mut policy = known.application.policy;
            let before = policy;
            if let Some(approval) = approval {
                policy.approval = match approval {
                    WhoApproves::Automatic => Approval::Automatic,
                    WhoApproves::Needed => Approval::Needed,
                    WhoApproves::Others => Approval::Others,
                };
            }
            if let Some(bake) = bake {
                policy.bake_seconds = seconds(bake)?;
            }
            if let Some(drain) = drain {
                policy.drain_seconds = seconds(drain)?;
            }
            if let Some(check) = check {
                policy.check_seconds = seconds(check)?;
            }
            if let Some(switch) = switch {
                policy.switch_seconds = seconds(switch)?;
            }
            if let Some(retain) = retain {
                policy.retain_seconds = seconds(retain)?;
            }
            if policy != before {
                policy = client::applications::set_policy(&client, &name, policy)
                    .await?
                    .policy;
            }
            output.either(&policy, || {
                format!(
                    "approval {}, check {} s, bake {} s, drain {} s, switch {} s, retain {}",
                    word(&policy.approval),
                    policy.check_seconds,
                    policy.bake_seconds,
                    policy.drain_seconds,
                    policy.switch_seconds,
                    match policy.retain_seconds {
                        0 => "until destroyed".to_owned(),
                        seconds => format!("{seconds} s"),
                    }
                )
            })?;
            Ok(ExitCode::SUCCESS)
        }
        AppCommand::Wait {
            name,
            version,
            named,
            until,
            timeout,
        } => {
            let version = version.or(named);
            wait(&client, &name, (version.as_deref(), until), timeout, output).await
        }
    }
}

/// Says what becomes of visitors from now on.
async fn set_visitors(
    client: &Client,
    name: &str,
    change: ChangeVisitors,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let application = client::applications::set_visitors(client, name, &change).await?;
    output.either(&application, || match &application.visitors {
        Visitors::Served => format!("visitors of {name} are served"),
        Visitors::Held { until } => format!("visitors of {name} wait until {until}"),
        Visitors::TurnedAway { notice } => format!("visitors of {name} are told: {notice}"),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Says what making a version live, or destroying it, would do.
pub(crate) async fn show_plan(
    client: &Client,
    (name, version): (&str, &str),
    kind: DeploymentKind,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let plan = client::applications::plan(client, name, version, kind).await?;
    output.either(&plan, || planned(&plan))?;
    Ok(ExitCode::SUCCESS)
}

fn planned(plan: &MovePlan) -> String {
    let steps = plan.steps.iter().zip(1..);
    let steps = steps.map(|(step, number)| format!("{number}. {step}"));
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
    let differences = plan.parameters.iter().chain(&plan.outputs).map(|change| {
        let (before, after) = (value(&change.before), value(&change.after));
        format!("{}: {before} -> {after}", change.name)
    });
    let macfile = match plan.macfile.trim_end() {
        "" => None,
        diff => Some(diff.to_owned()),
    };
    let lines: Vec<String> = steps.chain(differences).chain(macfile).collect();
    lines.join("\n")
}

/// The deployment of an application that is under way.
async fn active(client: &Client, name: &str) -> anyhow::Result<Deployment> {
    let detail = client::applications::read(client, name).await?;
    match detail.active {
        Some(active) => Ok(active),
        None => bail!("nothing of {name} is under way"),
    }
}

fn seconds(time: Duration) -> anyhow::Result<u32> {
    u32::try_from(time.as_secs()).context("that is too long")
}

async fn move_address(
    client: &Client,
    name: &str,
    change: ChangeApplication,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let begun = client::applications::change(client, name, &change).await?;
    let mut ended = deployments::follow(client, begun, output).await?;
    // one that was destroyed was made again, then its change of the address began
    if ended.kind == DeploymentKind::Create && deployments::has_succeeded(&ended) {
        let latest = client::applications::read(client, name).await?.deployments;
        let mut latest = latest.into_iter();
        let then = latest.find(|one| {
            one.kind == change.kind
                && one.version == change.version
                && one.created_at >= ended.created_at
        });
        let Some(then) = then else {
            bail!(
                "{} was made again, and the address was not moved: see its log",
                ended.version
            );
        };
        ended = deployments::follow(client, then, output).await?;
    }
    if output.is_json() {
        output.either(&ended, String::new)?;
    }
    // a promotion that was still watched is itself what went back
    let went_back =
        change.kind == DeploymentKind::RollBack && ended.state == DeploymentState::RolledBack;
    Ok(match went_back || deployments::has_succeeded(&ended) {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(FAILED),
    })
}

async fn wait(
    client: &Client,
    name: &str,
    (version, until): (Option<&str>, Until),
    timeout: Duration,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let deadline = Instant::now() + timeout;
    loop {
        let detail = client::applications::read(client, name).await?;
        let live = detail.application.live.as_deref();
        let is_settled = until == Until::Live || detail.active.is_none();
        let is_live = version.map_or(live.is_some(), |version| live == Some(version));
        if is_settled && (is_live || (version.is_none() && until == Until::Settled)) {
            output.either(&detail, || {
                format!("{} is live", live.unwrap_or("no version"))
            })?;
            return Ok(ExitCode::SUCCESS);
        }
        if Instant::now() > deadline {
            bail!(
                "after {} s, {} is live",
                timeout.as_secs(),
                live.unwrap_or("no version")
            );
        }
        tokio::time::sleep(GLANCE).await;
    }
}

fn table(all: &[Application]) -> String {
    let word = |version: &Option<String>| version.clone().unwrap_or_default();
    let rows: Vec<_> = all
        .iter()
        .map(|one| {
            [
                one.name.clone(),
                word(&one.live),
                word(&one.previous),
                one.address.clone(),
            ]
        })
        .collect();
    boxed(
        Align::Left,
        ["Application", "Live", "Before", "Address"],
        &rows,
    )
}

fn shown(detail: &ApplicationDetail) -> String {
    let rows: Vec<_> = detail
        .versions
        .iter()
        .map(|one| {
            let infrastructure = &one.infrastructure;
            let live = if infrastructure.live { "live" } else { "" };
            [
                infrastructure.version.clone(),
                word(&infrastructure.state),
                live.to_owned(),
                infrastructure.endpoint.clone().unwrap_or_default(),
            ]
        })
        .collect();
    boxed(
        Align::Left,
        ["Version", "State", "Live", "Serves at"],
        &rows,
    )
}
