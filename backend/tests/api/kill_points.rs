//! The server killed before and after each write of a deployment's journal.

use shared::{
    Approval, ChangeApplication, CreateInfrastructure, Deployment, DeploymentKind, DeploymentState,
    InfrastructureState, Policy, ResourceState, RunOptions,
};

use crate::{
    applications::{WELL, make, serves},
    crash::Killable,
    infrastructures::ended,
    main_job::until_live,
    server::{Guest, TestServer},
};

/// Two resources; each creation and each destruction is noted.
const NOTED: &str = "
mac: 1.0.8
name: noted
version: '1'
description: two notes
resources:
  first:
    create bash: echo create first >> ~/book
    destroy bash: echo destroy first >> ~/book
  second:
    create bash: echo create second >> ~/book
    destroy bash: echo destroy second >> ~/book
infrastructures:
  first_01: {resource: first}
  second_01: {resource: second}
";

fn at(place: u64) -> [(&'static str, String); 1] {
    [("MANAGEACLOUD_FAULT_AT", place.to_string())]
}

fn book(server: &TestServer, guest: &Guest) -> Vec<String> {
    let home = server
        .data
        .path()
        .join("homes")
        .join(guest.account.id.to_string());
    let text = std::fs::read_to_string(home.join("book")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn count(book: &[String], line: &str) -> usize {
    book.iter().filter(|written| *written == line).count()
}

/// The latest deployment of a kind, once it has ended; none when none was begun.
async fn latest(guest: &Guest, kind: DeploymentKind) -> Option<Deployment> {
    let history = client::deployments::list(&guest.client)
        .await
        .unwrap()
        .items;
    let latest = history
        .into_iter()
        .find(|deployment| deployment.kind == kind)?;
    Some(ended(guest, latest).await)
}

/// Asks for the version and lets the server end at a place; false when it did not come by there.
async fn create_and_die(place: u64) -> bool {
    let server = TestServer::unstarted().await;
    let doomed = Killable::start_with(server, false, &at(place)).await;
    let guest = doomed.seen.guest().await;
    let asked = CreateInfrastructure {
        macfile: NOTED.into(),
        ..CreateInfrastructure::default()
    };
    let begun = client::infrastructures::create(&guest.client, &asked).await;
    let has_died = match begun {
        Ok(deployment) => !ends_while_served(&guest, &deployment).await,
        Err(_) => true,
    };
    if !has_died {
        // it may have died after its last write
        let again = Killable::start(doomed.kill().await, false).await;
        again.stop().await;
        return false;
    }
    let again = Killable::start(doomed.gone().await, false).await;
    let made = match latest(&guest, DeploymentKind::Create).await {
        // it never began: it was not accepted, and nothing happened
        None => client::infrastructures::create(&guest.client, &asked)
            .await
            .unwrap(),
        Some(made) => made,
    };
    let mut made = ended(&guest, made).await;
    if made.state == DeploymentState::NeedsAttention {
        let options = RunOptions::default();
        let resumed = client::infrastructures::resume(&guest.client, "noted", "1", &options);
        made = ended(&guest, resumed.await.unwrap()).await;
    }
    assert_eq!(
        made.state,
        DeploymentState::Succeeded,
        "killed at {place}: {made:?}"
    );
    is_whole_and_goes(&again.seen, &guest, place).await;
    let left = "made once, and goes";
    record(DeploymentKind::Create, place, Some(made.state), left);
    again.stop().await;
    true
}

/// Whether the deployment ends before the server does.
async fn ends_while_served(guest: &Guest, deployment: &Deployment) -> bool {
    loop {
        match client::deployments::log(&guest.client, deployment.id, 1_000_000, 1_000).await {
            Ok(page) if page.deployment.state.is_final() => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

/// Each resource is there once, was made at most twice, and goes.
async fn is_whole_and_goes(server: &TestServer, guest: &Guest, place: u64) {
    let detail = client::infrastructures::read(&guest.client, "noted", "1")
        .await
        .unwrap();
    let states: Vec<_> = detail
        .resources
        .iter()
        .map(|r| (r.name.as_str(), r.state))
        .collect();
    let ready = ResourceState::Ready;
    assert_eq!(
        states,
        [("first_01", ready), ("second_01", ready)],
        "killed at {place}"
    );
    let written = book(server, guest);
    let made = [
        count(&written, "create first"),
        count(&written, "create second"),
    ];
    assert!(
        matches!(made, [1, 1] | [2, 1] | [1, 2]),
        "killed at {place}: {written:?}"
    );
    let gone = client::infrastructures::destroy(&guest.client, "noted", "1")
        .await
        .unwrap();
    let gone = ended(guest, gone).await;
    assert_eq!(gone.state, DeploymentState::Succeeded, "killed at {place}");
}

#[tokio::test]
async fn a_version_is_made_wherever_the_server_is_killed_meanwhile() {
    let mut place = 1;
    while create_and_die(place).await {
        place += 1;
    }
    assert!(place > 20, "only {place} places were passed");
}

/// Destroys the version and lets the server end at a place; false when it did not come by there.
async fn destroy_and_die(place: u64) -> bool {
    let first = Killable::start(TestServer::unstarted().await, false).await;
    let guest = first.seen.guest().await;
    let asked = CreateInfrastructure {
        macfile: NOTED.into(),
        ..CreateInfrastructure::default()
    };
    let made = client::infrastructures::create(&guest.client, &asked)
        .await
        .unwrap();
    ended(&guest, made).await;
    let doomed = Killable::start_with(first.kill().await, false, &at(place)).await;
    let destroy = || client::infrastructures::destroy(&guest.client, "noted", "1");
    let has_died = match destroy().await {
        Ok(deployment) => !ends_while_served(&guest, &deployment).await,
        Err(_) => true,
    };
    if !has_died {
        // it may have died after its last write
        let again = Killable::start(doomed.kill().await, false).await;
        again.stop().await;
        return false;
    }
    let again = Killable::start(doomed.gone().await, false).await;
    let gone = match latest(&guest, DeploymentKind::Destroy).await {
        None => ended(&guest, destroy().await.unwrap()).await,
        Some(gone) => gone,
    };
    assert_eq!(
        gone.state,
        DeploymentState::Succeeded,
        "killed at {place}: {gone:?}"
    );
    let left = client::infrastructures::list(&guest.client)
        .await
        .unwrap()
        .items;
    assert!(
        left.iter()
            .all(|i| i.state == InfrastructureState::Destroyed),
        "{left:?}"
    );
    let written = book(&again.seen, &guest);
    let ends = [
        count(&written, "destroy first"),
        count(&written, "destroy second"),
    ];
    assert!(
        matches!(ends, [1, 1] | [2, 1] | [1, 2]),
        "killed at {place}: {written:?}"
    );
    record(
        DeploymentKind::Destroy,
        place,
        Some(gone.state),
        "nothing is left",
    );
    again.stop().await;
    true
}

#[tokio::test]
async fn a_version_is_destroyed_wherever_the_server_is_killed_meanwhile() {
    let mut place = 1;
    while destroy_and_die(place).await {
        place += 1;
    }
    assert!(place > 20, "only {place} places were passed");
}

const NAME: &str = "docker_tomcat";

async fn live(guest: &Guest) -> String {
    let detail = client::applications::read(&guest.client, NAME).await;
    detail.unwrap().application.live.unwrap()
}

async fn change(guest: &Guest, kind: DeploymentKind, to: &str) -> Result<Deployment, String> {
    let change = ChangeApplication {
        kind,
        version: to.into(),
        expected_live: Some(if to == "8" { "7" } else { "8" }.into()),
        reason: None,
    };
    let changed = client::applications::change(&guest.client, NAME, &change).await;
    changed.map_err(|problem| problem.to_string())
}

/// Adds a row to the table of the documentation, in the file that `MANAGEACLOUD_KILL_TABLE` names.
fn record(kind: DeploymentKind, place: u64, state: Option<DeploymentState>, left: &str) {
    use std::io::Write as _;
    let Some(file) = std::env::var_os("MANAGEACLOUD_KILL_TABLE") else {
        return;
    };
    let ended = state.map_or("never accepted".to_owned(), |state| format!("{state:?}"));
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(file)
        .unwrap();
    writeln!(file, "| {kind:?} | {place} | {ended} | {left} |").unwrap();
}

/// Moves the address, and lets the server end at a place; false when it did not come by there.
async fn move_and_die(
    server: TestServer,
    guest: &Guest,
    (kind, to): (DeploymentKind, &str),
    place: u64,
) -> (Killable, bool) {
    let doomed = Killable::start_with(server, true, &at(place)).await;
    let history = || client::deployments::list(&guest.client);
    let known = history().await.unwrap().items.len();
    let has_died = match change(guest, kind, to).await {
        Ok(deployment) => !ends_while_served(guest, &deployment).await,
        Err(_) => true,
    };
    let seen = if has_died {
        doomed.gone().await
    } else {
        doomed.kill().await
    };
    let again = Killable::start(seen, true).await;
    let was_accepted = history().await.unwrap().items.len() > known;
    let state = match latest(guest, kind).await {
        Some(latest) if was_accepted => Some(latest.state),
        _ => None,
    };
    // whatever came of it: one version is live, the one that is written, and it serves
    let live = live(guest).await;
    let from = if to == "8" { "7" } else { "8" };
    let wanted = if state == Some(DeploymentState::Succeeded) {
        to
    } else {
        from
    };
    assert_eq!(live, wanted, "{kind:?} killed at {place}: {state:?}");
    serves(&again.seen, &live).await;
    let is_known = matches!(
        state,
        None | Some(DeploymentState::Succeeded | DeploymentState::Failed)
    );
    assert!(is_known, "{kind:?} killed at {place}: {state:?}");
    if has_died {
        record(kind, place, state, &format!("{live} is live and serves"));
    }
    (again, has_died)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_moved_and_moved_back_wherever_the_server_is_killed_meanwhile() {
    let first = Killable::start(TestServer::unstarted().await, true).await;
    let guest = first.seen.guest().await;
    make(&guest, WELL, "7").await;
    until_live(&guest, "7").await;
    make(&guest, WELL, "8").await;
    let policy = Policy {
        approval: Approval::Automatic,
        bake_seconds: 1,
        drain_seconds: 1,
        ..Policy::default()
    };
    let set = client::applications::set_policy(&guest.client, NAME, policy).await;
    assert_eq!(set.unwrap().policy, policy);
    let mut server = first.kill().await;
    for (kind, to) in [
        (DeploymentKind::Promote, "8"),
        (DeploymentKind::RollBack, "7"),
    ] {
        let mut place = 1;
        loop {
            let (again, has_died) = move_and_die(server, &guest, (kind, to), place).await;
            let is_last = kind == DeploymentKind::Promote && !has_died;
            // back to where it began, unless the next kind begins where this one ended
            if live(&guest).await == to && !is_last {
                let from = if to == "8" { "7" } else { "8" };
                let back = change(&guest, DeploymentKind::Promote, from).await.unwrap();
                ended(&guest, back).await;
            }
            if !has_died {
                server = again.kill().await;
                break;
            }
            server = again.kill().await;
            place += 1;
        }
        assert!(place > 20, "{kind:?}: only {place} places were passed");
    }
    Killable::start(server, true).await.stop().await;
}
