//! Instances on their own and of versions, configured, asked, ended: real ones, of the emulated
//! cloud.

use std::time::Duration;

use shared::{
    ChangeInstance, ConfigureInstance, CreateInfrastructure, CreateInstance, DeploymentState,
    Instance, InstanceId, InstanceKind, InstanceState, ProblemKind, RunCommand,
};

use crate::{
    crash::Killable,
    infrastructures::ended,
    server::{Guest, TestServer},
    shell::PATIENCE,
};

pub fn alone(bootstrap: &str) -> CreateInstance {
    CreateInstance {
        name: Some("box".into()),
        provider: "default".into(),
        location: None,
        hardware: None,
        release: Some("any".into()),
        kind: InstanceKind::Testing,
        lifespan_minutes: Some(30),
        bootstrap: bootstrap.into(),
        environment: [("WHO".to_owned(), "it's me".to_owned())].into(),
        disks: Vec::new(),
        ports: Vec::new(),
        net: None,
    }
}

pub async fn create(guest: &Guest, bootstrap: &str) -> Instance {
    client::instances::create(&guest.client, &alone(bootstrap))
        .await
        .unwrap()
}

/// The instance once it stands there; panics when it never will.
pub async fn until(guest: &Guest, id: InstanceId, state: InstanceState) -> Instance {
    let there = async {
        loop {
            let known = client::instances::read(&guest.client, id).await.unwrap();
            if known.state == state {
                return known;
            }
            let is_lost = matches!(
                known.state,
                InstanceState::CreateFailed | InstanceState::ConfigureFailed
            );
            assert!(!is_lost, "{known:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, there).await;
    match waited {
        Ok(known) => known,
        Err(_) => panic!("{:?}", client::instances::read(&guest.client, id).await),
    }
}

async fn run(guest: &Guest, id: InstanceId, command: &str) -> shared::CommandEnded {
    let run = RunCommand {
        command: command.into(),
    };
    client::instances::run(&guest.client, id, &run)
        .await
        .unwrap()
}

#[tokio::test]
async fn one_is_made_configured_asked_and_destroyed() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let made = create(&guest, "echo \"hello, $WHO\"; echo kept > ~/kept").await;
    assert_eq!(made.state, InstanceState::Creating);
    let ready = until(&guest, made.id, InstanceState::Ready).await;
    assert!(ready.provider_id.unwrap().starts_with("i-"));
    let left = ready.expires_at.unwrap().unix_ms() - ready.created_at.unix_ms();
    assert_eq!(left, 30 * 60_000);

    let log = client::instances::log(&guest.client, made.id, 0, 0)
        .await
        .unwrap();
    assert_eq!(log.configuration, "hello, it's me\n");
    assert!(log.console.contains("hello, it's me"), "{}", log.console);
    let rest = client::instances::log(&guest.client, made.id, log.next, 0)
        .await
        .unwrap();
    assert_eq!(rest.configuration, "");

    let facts = client::instances::facts(&guest.client, made.id)
        .await
        .unwrap();
    assert_eq!(facts["interfaces"], "eth0,lo");
    assert_eq!(facts["ipaddress_eth0"], ready.private_address.unwrap());
    assert!(facts["hostname"].starts_with("ip-"), "{facts:?}");
    assert!(facts["memorysize_mb"].parse::<u64>().unwrap() > 0);

    let ended = run(&guest, made.id, "cat ~/kept; echo oh >&2; exit 5").await;
    assert_eq!(
        (
            ended.exit_code,
            ended.stdout.as_str(),
            ended.stderr.as_str()
        ),
        (Some(5), "kept\n", "oh\n")
    );

    // its way to the server is for its agent alone
    let elsewhere = "curl -s -o /dev/null -w '%{http_code} ' http://127.0.0.1:4571/api/v1/health; \
                     curl -s -o /dev/null -w '%{http_code}' -X POST \
                     http://127.0.0.1:4571/api/v1/guests";
    let ended = run(&guest, made.id, elsewhere).await;
    assert_eq!(ended.stdout, "404 404");

    let stranger = server.guest().await;
    let client = &stranger.client;
    for refused in [
        client::instances::read(client, made.id).await.map(drop),
        client::instances::facts(client, made.id).await.map(drop),
        client::instances::log(client, made.id, 0, 0)
            .await
            .map(drop),
        client::instances::destroy(client, made.id).await.map(drop),
        client::instances::configure(client, made.id, &ConfigureInstance::default())
            .await
            .map(drop),
    ] {
        assert_eq!(refused.unwrap_err().kind, ProblemKind::NotFound);
    }

    client::instances::destroy(&guest.client, made.id)
        .await
        .unwrap();
    until(&guest, made.id, InstanceState::Destroyed).await;
    let left = client::instances::list(&guest.client).await.unwrap();
    assert_eq!(left.total, 0);
}

#[tokio::test]
async fn one_is_configured_again_and_says_when_that_failed() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    // it boots with nothing to do, and waits
    let made = create(&guest, "").await;
    until(&guest, made.id, InstanceState::Created).await;
    let first = ConfigureInstance {
        bootstrap: Some("echo first".into()),
        environment: Default::default(),
    };
    client::instances::configure(&guest.client, made.id, &first)
        .await
        .unwrap();
    until(&guest, made.id, InstanceState::Ready).await;

    let failing = ConfigureInstance {
        bootstrap: Some(
            "#!/bin/sh\necho going; until [ -e ~/go ]; do sleep 0.1; done; exit 9".into(),
        ),
        environment: Default::default(),
    };
    let log = client::instances::log(&guest.client, made.id, 0, 0)
        .await
        .unwrap();
    client::instances::configure(&guest.client, made.id, &failing)
        .await
        .unwrap();
    // what it writes comes while it runs
    let more = client::instances::log(&guest.client, made.id, log.next, 20_000)
        .await
        .unwrap();
    assert_eq!(
        (more.configuration.as_str(), more.state),
        ("going\n", InstanceState::Configuring)
    );
    let busy = client::instances::configure(&guest.client, made.id, &first).await;
    assert_eq!(busy.unwrap_err().kind, ProblemKind::Conflict);
    run(&guest, made.id, "touch ~/go").await;
    let failed = async {
        loop {
            let known = client::instances::read(&guest.client, made.id)
                .await
                .unwrap();
            if known.state == InstanceState::ConfigureFailed {
                return known;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let failed = tokio::time::timeout(PATIENCE, failed).await.unwrap();
    assert_eq!(failed.error.unwrap(), "its bootstrap script ended with 9");
    // and once more with the script that it has
    client::instances::configure(&guest.client, made.id, &first)
        .await
        .unwrap();
    until(&guest, made.id, InstanceState::Ready).await;
}

#[tokio::test]
async fn a_token_is_good_for_its_instance_and_phase_alone() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let made = create(&guest, "echo once").await;
    until(&guest, made.id, InstanceState::Ready).await;
    let found = run(&guest, made.id, "grep '^token=' /opt/instance/user-data").await;
    let token = found
        .stdout
        .trim()
        .trim_start_matches("token='")
        .trim_end_matches('\'');
    let tell = async |token: String| {
        let answer = reqwest::Client::new()
            .post(server.url("/api/v1/agent/ended"))
            .header("authorization", format!("Agent {token}"))
            .body("1")
            .send()
            .await
            .unwrap();
        answer.status().as_u16()
    };
    assert_eq!(
        tell(token.to_owned()).await,
        403,
        "the phase of the boot is over"
    );
    let other = token.replacen(&made.id.to_string(), &InstanceId::new().to_string(), 1);
    assert_eq!(tell(other).await, 401);
    assert_eq!(tell(token.replacen(".0.", ".1.", 1)).await, 401);
    assert_eq!(tell(String::new()).await, 401);
    let known = client::instances::read(&guest.client, made.id)
        .await
        .unwrap();
    assert_eq!(known.state, InstanceState::Ready);
}

#[tokio::test]
async fn one_that_reaches_nobody_tells_on_its_console() {
    let server = TestServer::with_cloud_and(|config| config.console_only = true).await;
    let guest = server.guest().await;
    let made = create(&guest, "echo \"hello, $WHO\"").await;
    until(&guest, made.id, InstanceState::Ready).await;
    let log = client::instances::log(&guest.client, made.id, 0, 0)
        .await
        .unwrap();
    assert!(log.console.contains("hello, it's me"), "{}", log.console);
    let facts = client::instances::facts(&guest.client, made.id).await;
    assert_eq!(facts.unwrap_err().kind, ProblemKind::Unavailable);
    let again =
        client::instances::configure(&guest.client, made.id, &ConfigureInstance::default()).await;
    let problem = again.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Unavailable);
    assert!(problem.title.contains("--public-url"), "{problem:?}");
}

#[tokio::test]
async fn a_script_that_was_lost_on_its_way_is_given_again() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let made = create(&guest, "").await;
    until(&guest, made.id, InstanceState::Created).await;
    let pool = server.pool().await;
    // as when the answer with the script never came: it has begun, and nobody runs it
    let lost = "update configuration set script = '#!/bin/sh\necho again >> ~/ran\n', \
                began_at = 9000000000000";
    sqlx::query(lost).execute(&pool).await.unwrap();
    sqlx::query("update instance set state = 'configuring'")
        .execute(&pool)
        .await
        .unwrap();
    // it looks once more when anything changes
    let longer = ChangeInstance {
        lifespan_minutes: 60,
    };
    client::instances::change(&guest.client, made.id, &longer)
        .await
        .unwrap();
    until(&guest, made.id, InstanceState::Ready).await;
    let ran = run(&guest, made.id, "cat ~/ran").await;
    assert_eq!(ran.stdout, "again\n");
}

#[tokio::test]
async fn one_that_is_destroyed_while_it_is_launched_leaves_nothing() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let made = create(&guest, "echo up").await;
    // before the cloud knows it, or while it is asked
    client::instances::destroy(&guest.client, made.id)
        .await
        .unwrap();
    until(&guest, made.id, InstanceState::Destroyed).await;
    // when a later one runs, the first one's launch is over as well
    let later = create(&guest, "echo up").await;
    until(&guest, later.id, InstanceState::Ready).await;
    until_running(&server, 1).await;
}

#[tokio::test]
async fn an_end_goes_on_after_a_kill() {
    let server = Killable::start(TestServer::unstarted().await, true).await;
    let guest = server.seen.guest().await;
    let made = create(&guest, "echo up").await;
    until(&guest, made.id, InstanceState::Ready).await;
    let seen = server.kill().await;
    // as when the kill came right after the end was begun
    let pool = seen.pool().await;
    sqlx::query("update instance set state = 'destroying'")
        .execute(&pool)
        .await
        .unwrap();
    let server = Killable::start(seen, true).await;
    until(&guest, made.id, InstanceState::Destroyed).await;
    until_running(&server.seen, 0).await;
    server.stop().await;
}

/// Waits until the emulated cloud runs so many.
async fn until_running(server: &TestServer, wanted: usize) {
    let folders = backend::config::Folders::of(server.data.path());
    let cloud = emulator::Emulator::new(folders.emulator_socket());
    let there = async {
        while cloud.health().await.unwrap().instances != wanted {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, there).await.unwrap();
}

/// A version with an instance and nothing else.
const VERSION: &str = "
mac: 1.0.8
name: launch
version: '1'
description: an instance alone
roles:
  app:
    instance create:
      bootstrap bash: BOOTSTRAP
infrastructures:
  app_01:
    name: app
    role: app
    provider: manageacloud
    location: anywhere
    release: any
    deployment: testing
    amount: 1
";

async fn version(guest: &Guest, bootstrap: &str) -> shared::Deployment {
    let asked = CreateInfrastructure {
        macfile: VERSION.replace("BOOTSTRAP", bootstrap),
        ..CreateInfrastructure::default()
    };
    let made = client::infrastructures::create(&guest.client, &asked)
        .await
        .unwrap();
    ended(guest, made).await
}

#[tokio::test]
async fn a_testing_one_ends_by_itself_but_never_while_it_is_live() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let made = version(&guest, "echo up").await;
    assert_eq!(made.state, DeploymentState::Succeeded, "{made:?}");
    let instance = client::instances::list(&guest.client)
        .await
        .unwrap()
        .items
        .remove(0);
    assert!(instance.expires_at.is_some());
    let pool = server.pool().await;
    let set = async |sql: &'static str| {
        sqlx::query(sql).execute(&pool).await.unwrap();
    };
    set("update application set live = '1'").await;
    set("update instance set expires_at = 1000").await;
    let prolonged = async {
        loop {
            let end: i64 = sqlx::query_scalar("select expires_at from instance")
                .fetch_one(&pool)
                .await
                .unwrap();
            if end > 1000 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, prolonged).await.unwrap();
    let live = client::instances::read(&guest.client, instance.id)
        .await
        .unwrap();
    assert_eq!((live.state, live.expires_at), (InstanceState::Ready, None));

    set("update application set live = null").await;
    let longer = ChangeInstance {
        lifespan_minutes: 5,
    };
    let changed = client::instances::change(&guest.client, instance.id, &longer)
        .await
        .unwrap();
    let left = changed.expires_at.unwrap().unix_ms() - shared::Instant::now().unix_ms();
    assert!((4 * 60_000..=5 * 60_000).contains(&left), "{left}");
    let warned = async {
        let asked = "select count(*) from instance where warned_at is not null";
        while sqlx::query_scalar::<_, i64>(asked)
            .fetch_one(&pool)
            .await
            .unwrap()
            == 0
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, warned).await.unwrap();
    set("update instance set expires_at = 1000").await;
    until(&guest, instance.id, InstanceState::Destroyed).await;
    let noted = async {
        loop {
            let log = client::deployments::log(&guest.client, made.id, 0, 0);
            let lines = log.await.unwrap().lines;
            if lines.iter().any(|line| line.text.contains("was over")) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, noted).await.unwrap();
    let said = client::deployments::log(&guest.client, made.id, 0, 0)
        .await
        .unwrap();
    let has = |words: &str| said.lines.iter().any(|line| line.text.contains(words));
    assert!(has("ends in 5 minutes"), "{said:?}");
    assert!(has("its lifespan was over"), "{said:?}");
    let never = ChangeInstance {
        lifespan_minutes: 0,
    };
    let refused = client::instances::change(&guest.client, instance.id, &never).await;
    assert_eq!(refused.unwrap_err().kind, ProblemKind::Invalid);
}

#[tokio::test]
async fn a_script_that_fails_fails_its_version_and_is_run_again_by_going_on() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let failed = version(&guest, "test -e ~/fixed || { echo it is broken; exit 3; }").await;
    assert_eq!(failed.state, DeploymentState::Failed);
    assert!(
        failed
            .error
            .unwrap()
            .contains("bootstrap script ended with 3")
    );
    let log = client::deployments::log(&guest.client, failed.id, 0, 0)
        .await
        .unwrap();
    assert!(
        log.lines
            .iter()
            .any(|line| line.text.contains("it is broken"))
    );
    let instance = client::instances::list(&guest.client)
        .await
        .unwrap()
        .items
        .remove(0);
    run(&guest, instance.id, "touch ~/fixed").await;
    let options = shared::RunOptions::default();
    let again = client::infrastructures::resume(&guest.client, "launch", "1", &options).await;
    let again = ended(&guest, again.unwrap()).await;
    assert_eq!(again.state, DeploymentState::Succeeded, "{again:?}");
    let now = client::instances::list(&guest.client).await.unwrap().items;
    assert_eq!(
        (now.len(), now[0].id),
        (1, instance.id),
        "no other one was launched"
    );
}

#[tokio::test]
async fn one_whose_launch_was_never_answered_is_ended_with_its_version() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    version(&guest, "echo up").await;
    let instance = client::instances::list(&guest.client)
        .await
        .unwrap()
        .items
        .remove(0);
    let pool = server.pool().await;
    // as after a kill between the launch and its answer
    sqlx::query("update instance set provider_id = null, state = 'creating'")
        .execute(&pool)
        .await
        .unwrap();
    let gone = client::infrastructures::destroy(&guest.client, "launch", "1")
        .await
        .unwrap();
    assert_eq!(ended(&guest, gone).await.state, DeploymentState::Succeeded);
    sqlx::query("update instance set provider_id = $1, state = 'ready'")
        .bind(instance.provider_id)
        .execute(&pool)
        .await
        .unwrap();
    let run = RunCommand {
        command: "true".into(),
    };
    let ran = client::instances::run(&guest.client, instance.id, &run).await;
    let problem = ran.unwrap_err();
    assert!(problem.title.contains("does not run"), "{problem:?}");
}

/// A step that asks each instance of a role, and what an instance told of itself.
const ASKED: &str = "
mac: 1.0.8
name: asked
version: '1'
description: instances that are asked
roles:
  app:
    instance create:
      bootstrap bash: echo my-$PART > ~/id
      environment:
        - PART: role
        - PART: own
actions:
  get_id:
    ssh: cat ~/id
resources:
  asked:
    create bash: echo ids role.app.get_id at infrastructure.app_01.location on role.app.FACT.kernel
infrastructures:
  app_01: {role: app, name: app, provider: local, location: local, release: any, deployment: testing, amount: 2}
  asked_01: {resource: asked, ready: role.app}
";

#[tokio::test]
async fn instances_are_asked_by_a_macfiles_actions_and_facts() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let asked = CreateInfrastructure {
        macfile: ASKED.into(),
        ..CreateInfrastructure::default()
    };
    let made = client::infrastructures::create(&guest.client, &asked)
        .await
        .unwrap();
    let made = ended(&guest, made).await;
    assert_eq!(made.state, DeploymentState::Succeeded, "{made:?}");
    let resource = client::infrastructures::resource(&guest.client, "asked", "1", "asked_01").await;
    assert_eq!(
        resource.unwrap().stdout,
        "ids my-own my-own at local on Linux Linux\n"
    );
}

#[tokio::test]
async fn many_who_make_instances_at_once_get_no_more_than_may_be() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let asked = alone("true");
    let all = [(); 25].map(|()| client::instances::create(&guest.client, &asked));
    let answers = futures_util::future::join_all(all).await;
    let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
    let kinds: Vec<_> = refused.map(|problem| problem.kind).collect();
    assert_eq!(kinds, [ProblemKind::LimitReached; 5]);
}

#[tokio::test]
async fn disks_ports_and_networks_reach_the_cloud() {
    let server = TestServer::with_cloud().await;
    let guest = server.guest().await;
    let mut shell = crate::shell::Shell::open(&server, &guest).await;
    let subnet = "aws ec2 describe-subnets --query 'Subnets[0].SubnetId' --output text";
    let said = shell.run(&format!("echo the-$({subnet})-one")).await;
    let subnet = said.split("the-subnet-").nth(1).unwrap();
    let subnet = format!("subnet-{}", subnet.split("-one").next().unwrap());
    let asked = CreateInstance {
        provider: "amazon".into(),
        location: None,
        hardware: Some("t2.small".into()),
        disks: vec![shared::Disk {
            device: "/dev/sdb".into(),
            size_gb: 20,
            kind: Some("gp2".into()),
            iops: None,
        }],
        ports: vec![8080, 22],
        ..alone("true")
    };
    let with_ports = client::instances::create(&guest.client, &asked)
        .await
        .unwrap();
    let in_a_net = CreateInstance {
        net: Some(subnet.clone()),
        ..asked
    };
    let in_a_net = client::instances::create(&guest.client, &in_a_net)
        .await
        .unwrap();
    let mut ids = Vec::new();
    for made in [with_ports, in_a_net] {
        let ready = until(&guest, made.id, InstanceState::Ready).await;
        ids.push(ready.provider_id.unwrap());
    }
    let ask = |id: &str, query: &str| {
        format!(
            "aws ec2 describe-instances --instance-ids {id} --output text --query 'Reservations[0].Instances[0].{query}'"
        )
    };
    let said = shell.run(&ask(&ids[0], "InstanceType")).await;
    assert!(said.contains("t2.small"), "{said}");
    let said = shell
        .run(&ask(&ids[0], "BlockDeviceMappings[].DeviceName"))
        .await;
    assert!(said.contains("/dev/sdb"), "{said}");
    let groups = ask(&ids[0], "SecurityGroups[0].GroupId");
    let ports = "SecurityGroups[0].IpPermissions[].FromPort";
    let said = shell
        .run(&format!(
            "aws ec2 describe-security-groups --group-ids $({groups}) --output text --query '{ports}'"
        ))
        .await;
    assert!(said.contains("8080") && said.contains("22"), "{said}");
    let said = shell.run(&ask(&ids[1], "SubnetId")).await;
    assert!(said.contains(&subnet), "{said}");
}
