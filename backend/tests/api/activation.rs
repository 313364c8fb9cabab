//! Addresses that something else than our router leads: a load balancer of the cloud's, a name of its
//! DNS, by the actions of macfiles; and versions that are kept for a while once they are not live.

use std::time::Duration;

use shared::{
    Approval, Deployment, DeploymentKind, DeploymentState, Difference, InfrastructureState,
    KeepVersion, Policy, ProblemKind, RollBackReadiness,
};

use crate::{
    applications::{WELL, make, serves},
    checks::until_log,
    crash::Killable,
    infrastructures::ended,
    main_job::until_live,
    policies::{change, live, two_versions},
    server::{Guest, TestServer},
    shell::{PATIENCE, Shell},
};

const NAME: &str = "docker_tomcat";
const ELB: &str = include_str!("../../../tutorials/samples/shop_elb.macfile");
const DNS: &str = include_str!("../../../tutorials/samples/shop_dns.macfile");
/// What is done first when a version of the load balancer's sample is activated.
const HELD: &str = "  activate:\n    bash: >-\n      . ~/before-{TOMCAT_VERSION};\n";

/// A sample, as a version of the application that the other tests move as well.
fn sample(text: &str) -> String {
    let renamed = text.replace("shop_elb", NAME).replace("shop_dns", NAME);
    renamed.replace("{VERSION}", "{TOMCAT_VERSION}")
}

/// Ten visits of what `name` prints, in a terminal: every answer once.
async fn visits(shell: &mut Shell, name: &str) -> String {
    let line = format!(
        "n=$({name}); for i in 1 2 3 4 5 6 7 8 9 10; do curl -s http://$n/ | grep -o 'Version [^<]*' \
         || echo no''ne; done | sort -u"
    );
    shell.run(&line).await
}

const BALANCER: &str = "aws elb describe-load-balancers --load-balancer-names shop \
    --query 'LoadBalancerDescriptions[0].DNSName' --output text";

async fn moves(guest: &Guest, kind: DeploymentKind, to: &str, from: &str) -> Deployment {
    let moved = change(guest, kind, to, from).await;
    ended(guest, moved).await
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_take_turns_behind_one_load_balancer() {
    let server = Killable::start(TestServer::unstarted().await, true).await;
    let guest = server.seen.guest().await;
    let mut shell = Shell::open(&server.seen, &guest).await;
    let macfile = sample(ELB).replacen("  activate:\n    bash: >-\n", HELD, 1);
    let said = shell.run("touch before-1 before-2 before-3").await;
    assert!(said.contains("end=0"), "{said}");

    make(&guest, &macfile, "1").await;
    until_live(&guest, "1").await;
    let seen = visits(&mut shell, BALANCER).await;
    assert!(seen.contains("Version 1"), "{seen}");
    let policy = Policy {
        drain_seconds: 1,
        switch_seconds: 60,
        ..Policy::default()
    };
    let set = client::applications::set_policy(&guest.client, NAME, policy).await;
    assert_eq!(set.unwrap().policy, policy);
    make(&guest, &macfile, "2").await;

    let only = |seen: String, version: &str, other: &str| {
        let (version, other) = (format!("Version {version}"), format!("Version {other}"));
        let is_one = seen.contains(&version) && !seen.contains(&other) && !seen.contains("none");
        assert!(is_one, "{seen}");
    };
    let promoted = moves(&guest, DeploymentKind::Promote, "2", "1").await;
    assert_eq!(promoted.state, DeploymentState::Succeeded, "{promoted:?}");
    only(visits(&mut shell, BALANCER).await, "2", "1");
    let back = moves(&guest, DeploymentKind::RollBack, "1", "2").await;
    assert_eq!(back.state, DeploymentState::Succeeded, "{back:?}");
    only(visits(&mut shell, BALANCER).await, "1", "2");

    // a version that can't be activated leaves the live one where it is, and goes out again
    let said = shell.run("echo 'echo no room >&2; exit 3' >before-2").await;
    assert!(said.contains("end=0"), "{said}");
    let failed = moves(&guest, DeploymentKind::Promote, "2", "1").await;
    assert_eq!(failed.state, DeploymentState::Failed, "{failed:?}");
    let why = failed.error.clone().unwrap();
    assert_eq!(why, "2: its action activate ended with 3: no room");
    assert_eq!(live(&guest).await.as_deref(), Some("1"));
    only(visits(&mut shell, BALANCER).await, "1", "2");

    // one that takes long can be ended by a person, and the address stays where it was
    let said = shell
        .run("echo 'echo slower; sleep 7777030' >before-2")
        .await;
    assert!(said.contains("end=0"), "{said}");
    let slow = change(&guest, DeploymentKind::Promote, "2", "1").await;
    until_log(&guest, &slow, "slower").await;
    let asked = client::deployments::cancel(&guest.client, slow.id).await;
    assert_eq!(asked.unwrap().id, slow.id);
    let said = shell.run(": >before-2").await;
    assert!(said.contains("end=0"), "{said}");
    let slow = ended(&guest, slow).await;
    assert_eq!(slow.state, DeploymentState::Failed, "{slow:?}");
    let why = slow.error.unwrap();
    assert!(why.contains("ended it"), "{why}");
    assert_eq!(live(&guest).await.as_deref(), Some("1"));
    only(visits(&mut shell, BALANCER).await, "1", "2");

    // killed between the two, it finds out where the address leads, and goes on
    let said = shell
        .run("echo 'echo slowly; sleep 7777031' >before-2")
        .await;
    assert!(said.contains("end=0"), "{said}");
    let slow = change(&guest, DeploymentKind::Promote, "2", "1").await;
    until_log(&guest, &slow, "slowly").await;
    let server = Killable::start(server.kill().await, true).await;
    until_log(&guest, &slow, "the server was started again").await;
    let mut shell = Shell::open(&server.seen, &guest).await;
    let said = shell.run(": >before-2; pkill -f 'sleep 777703[1]'").await;
    assert!(said.contains("end="), "{said}");
    let slow = ended(&guest, slow).await;
    let is_live = live(&guest).await.unwrap();
    match slow.state {
        DeploymentState::Succeeded => assert_eq!(is_live, "2"),
        DeploymentState::Failed => assert_eq!(is_live, "1"),
        other => panic!("{other:?}: {slow:?}"),
    }
    let other = if is_live == "1" { "2" } else { "1" };
    only(visits(&mut shell, BALANCER).await, &is_live, other);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_only_asleep_moves_no_address_any_more() {
    let server = Killable::start(TestServer::unstarted().await, true).await;
    let guest = server.seen.guest().await;
    let mut shell = Shell::open(&server.seen, &guest).await;
    // where the address leads is what stands in a file
    let macfile = WELL.replacen(
        "actions:\n",
        "actions:\n  activate:\n    bash: . ~/before-{TOMCAT_VERSION}; \
         echo {TOMCAT_VERSION} >~/leads\n  observe:\n    bash: cat ~/leads\n",
        1,
    );
    let said = shell.run("touch before-7-jre8 before-8-jre8").await;
    assert!(said.contains("end=0"), "{said}");
    make(&guest, &macfile, "7-jre8").await;
    until_live(&guest, "7-jre8").await;
    make(&guest, &macfile, "8-jre8").await;
    let said = shell
        .run("echo 'echo asleep; until [ -e go ]; do sleep 0.1; done' >before-8-jre8")
        .await;
    assert!(said.contains("end=0"), "{said}");
    let promoted = change(&guest, DeploymentKind::Promote, "8-jre8", "7-jre8").await;
    until_log(&guest, &promoted, "asleep").await;
    let said = shell.run("echo 'exit 4' >before-8-jre8").await;
    assert!(said.contains("end=0"), "{said}");

    // its command would go on without it
    let (sleeper, server) = server.replace().await;
    let guest = guest.at(&server.seen).await;
    let failed = ended(&guest, promoted).await;
    assert_eq!(failed.state, DeploymentState::Failed, "{failed:?}");
    assert!(!sleeper.gone().await, "it was killed");
    let mut shell = Shell::open(&server.seen, &guest).await;
    let said = shell.run("touch go; sleep 1; cat leads").await;
    assert!(
        said.contains("7-jre8") && !said.contains("8-jre8"),
        "{said}"
    );
    assert_eq!(live(&guest).await.as_deref(), Some("7-jre8"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_take_turns_under_one_name() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let macfile = sample(DNS);
    make(&guest, &macfile, "1").await;
    until_live(&guest, "1").await;
    make(&guest, &macfile, "2").await;
    let name = "echo shop.example.com";
    let seen = visits(&mut shell, name).await;
    assert!(seen.contains("Version 1"), "{seen}");
    for (kind, to, from) in [
        (DeploymentKind::Promote, "2", "1"),
        (DeploymentKind::RollBack, "1", "2"),
    ] {
        let moved = moves(&guest, kind, to, from).await;
        assert_eq!(moved.state, DeploymentState::Succeeded, "{moved:?}");
        let seen = visits(&mut shell, name).await;
        assert!(seen.contains(&format!("Version {to}")), "{seen}");
        assert!(!seen.contains(&format!("Version {from}")), "{seen}");
    }

    // somebody leads the name elsewhere by hand: the version that has the visitors is not destroyed
    let steal = "zone=$(aws route53 list-hosted-zones-by-name --dns-name example.com \
                 --query 'HostedZones[0].Id' --output text); to=$(aws ec2 describe-instances \
                 --filters Name=tag:mac:version,Values=2 --query \
                 'Reservations[0].Instances[0].PublicDnsName' --output text); \
                 aws route53 change-resource-record-sets --hosted-zone-id $zone --change-batch \
                 \"{\\\"Changes\\\":[{\\\"Action\\\":\\\"UPSERT\\\",\\\"ResourceRecordSet\\\":\
                 {\\\"Name\\\":\\\"shop.example.com\\\",\\\"Type\\\":\\\"CNAME\\\",\\\"TTL\\\":5,\
                 \\\"ResourceRecords\\\":[{\\\"Value\\\":\\\"$to\\\"}]}}]}\"";
    let said = shell.run(steal).await;
    assert!(said.contains("end=0"), "{said}");
    let seen = visits(&mut shell, name).await;
    assert!(seen.contains("Version 2"), "{seen}");
    let refused = client::infrastructures::destroy(&guest.client, NAME, "2").await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.kind, ProblemKind::Conflict);
    assert!(refused.title.contains("leads to 2"), "{refused:?}");
    let kept = client::infrastructures::read(&guest.client, NAME, "2").await;
    assert_eq!(
        kept.unwrap().infrastructure.state,
        InfrastructureState::Ready
    );
    let seen = visits(&mut shell, name).await;
    assert!(seen.contains("Version 2"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_version_is_a_warm_way_back_for_a_while_and_then_destroyed() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let (old, new) = ("7-jre8", "8-jre8");
    two_versions(&guest).await;
    let set = async |retain_seconds| {
        let policy = Policy {
            approval: Approval::Automatic,
            drain_seconds: 1,
            retain_seconds,
            ..Policy::default()
        };
        let set = client::applications::set_policy(&guest.client, NAME, policy).await;
        set.map(|set| assert_eq!(set.policy, policy))
    };
    let refused = set(Policy::LONGEST_RETAIN_SECONDS + 1).await.unwrap_err();
    assert_eq!(refused.kind, ProblemKind::Invalid);
    set(600).await.unwrap();
    let retires = async |version: &str| {
        let detail = client::infrastructures::read(&guest.client, NAME, version).await;
        detail.unwrap().infrastructure.retires_at
    };

    // what will happen is said before
    let plan = client::applications::plan(&guest.client, NAME, new, DeploymentKind::Promote).await;
    let plan = plan.unwrap();
    let steps = [
        "ask whether 8-jre8 is well",
        "move the address to 8-jre8",
        "finish the requests of 7-jre8",
        "keep 7-jre8 as a way back for 10 min, then destroy it",
    ];
    assert_eq!(plan.steps, steps);
    let version = Difference {
        name: "TOMCAT_VERSION".into(),
        before: Some(old.into()),
        after: Some(new.into()),
    };
    assert_eq!(plan.parameters, [version]);
    let printed: Vec<_> = plan.outputs.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(printed, ["attach_01", "load_balancer_01"]);
    let name = |value: &Option<String>| value.clone().unwrap();
    let balancer = &plan.outputs[1];
    assert!(
        name(&balancer.before).contains(old) && name(&balancer.after).contains(new),
        "{balancer:?}"
    );
    assert_eq!(
        (plan.macfile.as_str(), plan.live.as_deref()),
        ("", Some(old))
    );
    assert_eq!(plan.command, "mac app promote docker_tomcat 8-jre8");
    let mut shell = Shell::open(&server, &guest).await;
    let said = shell.run(&format!("{} --plan", plan.command)).await;
    assert!(
        said.contains("4. keep 7-jre8 as a way back for 10 min"),
        "{said}"
    );
    assert!(said.contains("TOMCAT_VERSION: 7-jre8 -> 8-jre8"), "{said}");
    let destruction = async |version: &str| {
        let kind = DeploymentKind::Destroy;
        let plan = client::applications::plan(&guest.client, NAME, version, kind).await;
        plan.map(|plan| plan.steps)
    };
    let ends = [
        "forget attach_01, which has no destroy command: what it made stays",
        "run the destroy command of load_balancer_01",
        "end the instance app of app_01",
    ];
    assert_eq!(destruction(new).await.unwrap(), ends);
    // what is live is not destroyed beside another one
    let refused = destruction(old).await.unwrap_err();
    assert_eq!(refused.kind, ProblemKind::Conflict);
    let said = shell
        .run("mac infrastructure destroy docker_tomcat 8-jre8 --plan")
        .await;
    assert!(said.contains("3. end the instance app of app_01"), "{said}");
    let stranger = server.guest().await;
    let refused =
        client::applications::plan(&stranger.client, NAME, new, DeploymentKind::Promote).await;
    assert_eq!(refused.unwrap_err().kind, ProblemKind::NotFound);
    assert_eq!(live(&guest).await.as_deref(), Some(old));

    let promoted = moves(&guest, DeploymentKind::Promote, new, old).await;
    assert_eq!(promoted.state, DeploymentState::Succeeded);
    let last = destruction(old).await.unwrap().pop().unwrap();
    assert!(
        last.starts_with("going back to 7-jre8 takes as long as making it again"),
        "{last}"
    );
    let until = retires(old).await.unwrap();
    assert_eq!(retires(new).await, None);
    let detail = client::applications::read(&guest.client, NAME)
        .await
        .unwrap();
    let instant = RollBackReadiness::Instant {
        version: old.into(),
        until: Some(until),
    };
    assert_eq!(detail.roll_back, instant);

    // back by a button of its own is another thing than promoting what was before
    for (kind, last) in [
        (
            DeploymentKind::RollBack,
            "keep 8-jre8 as a way back, until somebody destroys it",
        ),
        (
            DeploymentKind::Promote,
            "keep 8-jre8 as a way back for 10 min, then destroy it",
        ),
    ] {
        let plan = client::applications::plan(&guest.client, NAME, old, kind).await;
        assert_eq!(plan.unwrap().steps.last().unwrap(), last);
    }

    // for longer; then it is live again, and what is live has no end, nor what was gone back from
    let keep = async |version: &str, seconds| {
        let keep = KeepVersion { seconds };
        client::infrastructures::keep(&guest.client, NAME, version, keep).await
    };
    let longer = keep(old, Some(60)).await.unwrap().retires_at.unwrap();
    assert_eq!(longer.unix_ms(), until.unix_ms() + 60_000);
    let back = moves(&guest, DeploymentKind::RollBack, old, new).await;
    assert_eq!(back.state, DeploymentState::Succeeded);
    assert_eq!((retires(old).await, retires(new).await), (None, None));
    let refused = keep(old, None).await.unwrap_err();
    assert_eq!(refused.kind, ProblemKind::Conflict);

    // for good
    moves(&guest, DeploymentKind::Promote, new, old).await;
    assert!(retires(old).await.is_some());
    assert_eq!(keep(old, None).await.unwrap().retires_at, None);
    moves(&guest, DeploymentKind::RollBack, old, new).await;

    // not while nobody knows where the address leads
    set(2).await.unwrap();
    let promoted = moves(&guest, DeploymentKind::Promote, new, old).await;
    let pool = server.pool().await;
    let say = async |state: &'static str| {
        let said = sqlx::query("update deployment set state = $2 where deployment_id = $1")
            .bind(promoted.id.to_string())
            .bind(state)
            .execute(&pool);
        assert_eq!(said.await.unwrap().rows_affected(), 1);
    };
    say("needs_attention").await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(retires(old).await.is_some());
    say("succeeded").await;

    // by itself, once its time is over; a stranger has no say in it
    let keep_it = KeepVersion { seconds: None };
    let refused = client::infrastructures::keep(&stranger.client, NAME, old, keep_it).await;
    assert_eq!(refused.unwrap_err().kind, ProblemKind::NotFound);
    let gone = async {
        loop {
            let detail = client::applications::read(&guest.client, NAME).await;
            let detail = detail.unwrap();
            if detail.versions.len() == 1 && detail.active.is_none() {
                return detail;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let detail = tokio::time::timeout(PATIENCE, gone).await.unwrap();
    let retired = &detail.deployments[0];
    assert_eq!(retired.kind, DeploymentKind::Destroy);
    assert_eq!(retired.version, old);
    let why = retired.reason.as_deref();
    assert_eq!(why, Some("it was kept for as long as the policy says"));
    assert_eq!(detail.application.live.as_deref(), Some(new));
    let again = match detail.roll_back {
        RollBackReadiness::Recreate { version, seconds } => (version, seconds.is_some()),
        other => panic!("{other:?}"),
    };
    assert_eq!(again, (old.to_owned(), true));
    assert_eq!(promoted.state, DeploymentState::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_whose_macfile_cannot_be_read_is_promoted_from_and_gone_back_to() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let (old, new) = ("7-jre8", "8-jre8");
    two_versions(&guest).await;
    // as the original client tells of its commands, with references to what it does not tell of
    let told = "update infrastructure set macfile = 'not: [a macfile' where version = $1";
    let pool = server.pool().await;
    sqlx::query(told).bind(old).execute(&pool).await.unwrap();
    let plan = client::applications::plan(&guest.client, NAME, new, DeploymentKind::Promote).await;
    assert!(plan.unwrap().macfile.contains("-not: [a macfile"));
    for (kind, to, from) in [
        (DeploymentKind::Promote, new, old),
        (DeploymentKind::RollBack, old, new),
    ] {
        let moved = moves(&guest, kind, to, from).await;
        assert_eq!(moved.state, DeploymentState::Succeeded, "{moved:?}");
        serves(&server, to).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_restart_begins_again_ends_with_its_deployment() {
    let server = Killable::start(TestServer::unstarted().await, true).await;
    let guest = server.seen.guest().await;
    let macfile = WELL.replacen(
        "actions:\n",
        "actions:\n  drain:\n    bash: while sleep 0.1; do echo beat >>~/beats; done\n",
        1,
    );
    make(&guest, &macfile, "7-jre8").await;
    until_live(&guest, "7-jre8").await;
    make(&guest, &macfile, "8-jre8").await;
    let policy = Policy {
        drain_seconds: 20,
        ..Policy::default()
    };
    let set = client::applications::set_policy(&guest.client, NAME, policy).await;
    assert_eq!(set.unwrap().policy, policy);
    let promoted = change(&guest, DeploymentKind::Promote, "8-jre8", "7-jre8").await;
    until_log(&guest, &promoted, "while sleep").await;
    let server = Killable::start(server.kill().await, true).await;
    until_log(&guest, &promoted, "the server was started again").await;
    let promoted = ended(&guest, promoted).await;
    assert_eq!(promoted.state, DeploymentState::Succeeded, "{promoted:?}");
    let mut shell = Shell::open(&server.seen, &guest).await;
    let said = shell
        .run("sleep 1; a=$(wc -l <beats); sleep 2; test $a -gt 0 -a $a = $(wc -l <beats)")
        .await;
    assert!(said.contains("end=0"), "{said}");
    server.stop().await;
}
