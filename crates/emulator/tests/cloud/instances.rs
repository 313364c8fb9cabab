//! What instances do when they boot, and what becomes of them, by the genuine command line.

use emulator::Credentials;

use crate::rig::{Cloud, until};

const NAME: &str = "web.ap-southeast-2.elb.amazonaws.com";

/// Counts its boots on its disk, and serves the count.
const COUNTS: &str = "#!/bin/bash\nmkdir -p www && cd www && echo boot >>index.html\n\
                      exec python3 -m http.server 8080\n";

pub fn console_of(id: &str) -> String {
    format!("ec2 get-console-output --latest --instance-id {id} --query Output")
}

pub fn status_of(id: &str) -> String {
    format!(
        "ec2 describe-instance-status --instance-ids {id} --query \
         InstanceStatuses[0].[InstanceStatus.Status,InstanceStatus.Details[0].Status,SystemStatus.Status]"
    )
}

async fn address_of(cloud: &Cloud, me: &Credentials, id: &str) -> String {
    let line = format!(
        "ec2 describe-instances --instance-ids {id} \
         --query Reservations[].Instances[].PrivateIpAddress"
    );
    cloud.ok(me, &line).await
}

/// What a command on an instance writes.
pub async fn said(cloud: &Cloud, id: &str, line: &str) -> String {
    let ran = cloud.emulator.command("me", id, line).await.unwrap();
    assert_eq!(ran.exit_code, Some(0), "{line}: {}", ran.stderr);
    ran.stdout.trim().to_owned()
}

#[tokio::test]
async fn a_reboot_boots_the_same_disk_at_the_same_address() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let web = cloud.launch_script(&me, COUNTS).await;
    cloud.balance(&me, &web).await;
    until(&me, NAME, |status, body| status == 200 && body == "boot\n").await;
    let address = address_of(&cloud, &me, &web).await;
    assert_eq!(
        said(&cloud, &web, "touch kept; hostname").await,
        format!("ip-{}", address.replace('.', "-"))
    );
    cloud
        .ok(&me, &format!("ec2 reboot-instances --instance-ids {web}"))
        .await;
    until(&me, NAME, |status, body| {
        status == 200 && body == "boot\nboot\n"
    })
    .await;
    assert_eq!(address_of(&cloud, &me, &web).await, address);
    said(&cloud, &web, "test -e kept").await;
    let console = cloud.ok(&me, &console_of(&web)).await;
    let places: Vec<_> = ["boots for time 1 at", "reboots at", "boots for time 2 at"]
        .map(|line| console.find(line))
        .to_vec();
    assert!(places.is_sorted() && places[0].is_some(), "{console}");
    let unknown = "ec2 reboot-instances --instance-ids i-0123456789abcdef0";
    assert!(
        cloud
            .refused(&me, unknown)
            .await
            .contains("InvalidInstanceID.NotFound")
    );
}

#[tokio::test]
async fn a_stop_keeps_the_disk_and_a_termination_keeps_nothing_but_the_console() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let web = cloud.launch_script(&me, COUNTS).await;
    let address = address_of(&cloud, &me, &web).await;
    cloud.until_running(1).await;
    let act = |action: &str| format!("ec2 {action}-instances --instance-ids {web}");
    cloud.ok(&me, &act("stop")).await;
    cloud.until_running(0).await;
    assert!(cloud.place(&me, &web).join("disk/www/index.html").exists());
    let refusal = cloud.refused(&me, &act("reboot")).await;
    assert!(refusal.contains("(IncorrectInstanceState)"), "{refusal}");
    cloud.ok(&me, &act("start")).await;
    cloud.until_running(1).await;
    assert_eq!(address_of(&cloud, &me, &web).await, address);
    cloud.ok(&me, &act("terminate")).await;
    cloud.until_running(0).await;
    let place = cloud.place(&me, &web);
    let gone = async {
        while place.join("disk").exists() || place.join("boot").exists() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), gone)
        .await
        .unwrap();
    let console = cloud.ok(&me, &console_of(&web)).await;
    assert!(
        console.contains("boots for time 2") && console.contains("is terminated"),
        "{console}"
    );
    // moto would let it come back
    let refusal = cloud.refused(&me, &act("start")).await;
    assert!(refusal.contains("(IncorrectInstanceState)"), "{refusal}");
    cloud.ok(&me, &act("reboot")).await;
    let state = format!(
        "ec2 describe-instances --instance-ids {web} --query Reservations[].Instances[].State.Name"
    );
    assert_eq!(cloud.ok(&me, &state).await, "terminated");
    assert_eq!(cloud.emulator.health().await.unwrap().instances, 0);
}

#[tokio::test]
async fn a_boot_that_fails_is_seen_on_the_console_and_in_the_status() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let serves = cloud.launch_script(&me, COUNTS).await;
    let fails = cloud
        .launch_script(&me, "#!/bin/sh\necho about to fail\nexit 3\n")
        .await;
    let cannot = cloud.launch_script(&me, "#!/bin/nobody\n").await;
    let leaves = cloud
        .launch_script(&me, "#!/bin/sh\nsleep 1000 &\necho left\n")
        .await;
    for (id, code) in [(&fails, "3"), (&cannot, "127")] {
        cloud
            .until_said(&me, &status_of(id), |status| {
                status == "impaired\tfailed\tok"
            })
            .await;
        let console = cloud.ok(&me, &console_of(id)).await;
        assert!(
            console.contains(&format!("user-data ended with {code}")),
            "{console}"
        );
    }
    cloud
        .until_said(&me, &status_of(&leaves), |status| {
            status == "ok\tpassed\tok"
        })
        .await;
    // what a script leaves running goes on when it has ended
    assert_eq!(said(&cloud, &leaves, "pgrep -c sleep").await, "2");
    // a server in the foreground is well once it is no longer young
    cloud
        .until_said(&me, &status_of(&serves), |status| {
            status == "ok\tpassed\tok"
        })
        .await;
    let impaired = "ec2 describe-instance-status --filters Name=instance-status.status,Values=impaired \
                    --query length(InstanceStatuses)";
    assert_eq!(cloud.ok(&me, impaired).await, "2");
    cloud
        .ok(&me, &format!("ec2 stop-instances --instance-ids {fails}"))
        .await;
    cloud.until_running(3).await;
    let all = status_of(&fails).replace("status --", "status --include-all-instances --");
    assert!(cloud.ok(&me, &all).await.starts_with("not-applicable"));
}

#[tokio::test]
async fn an_instance_whose_sandbox_dies_is_impaired_and_comes_back() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let id = cloud.launch_script(&me, "#!/bin/sh\necho up\n").await;
    cloud
        .until_said(&me, &status_of(&id), |status| status == "ok\tpassed\tok")
        .await;
    // who kills everything kills its own agent, and hears no end
    cloud.emulator.command("me", &id, "kill -9 -1").await.ok();
    cloud
        .until_said(&me, &status_of(&id), |status| {
            status == "impaired\tfailed\tok"
        })
        .await;
    cloud
        .until_said(&me, &status_of(&id), |status| status == "ok\tpassed\tok")
        .await;
    let console = cloud.ok(&me, &console_of(&id)).await;
    assert!(console.contains("boots for time 2"), "{console}");
}

#[tokio::test]
async fn an_instance_asks_what_it_is() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    cloud
        .ok(&me, "ec2 create-key-pair --key-name mine --query KeyName")
        .await;
    let script = "#!/bin/sh\necho told\n";
    let line = cloud.run_instances(script)
        + " --key-name mine --metadata-options HttpTokens=required,InstanceMetadataTags=enabled \
           --tag-specifications ResourceType=instance,Tags=[{Key=Name,Value=web}]";
    let id = cloud.ok(&me, &line).await;
    cloud.until_running(1).await;
    let token = "curl -sf -X PUT -H X-aws-ec2-metadata-token-ttl-seconds:60 \
                 http://169.254.169.254/latest/api/token";
    let asked = |path: &str| {
        format!(
            "curl -sf -H X-aws-ec2-metadata-token:$({token}) http://169.254.169.254/latest/{path}"
        )
    };
    let refused = "curl -s -o /dev/null -w %{http_code} http://169.254.169.254/latest/meta-data/";
    assert_eq!(said(&cloud, &id, refused).await, "401");
    for (path, wanted) in [
        ("meta-data/instance-id", id.as_str()),
        ("meta-data/tags/instance/Name", "web"),
        ("meta-data/public-keys/", "0=mine"),
        ("meta-data/placement/region", "ap-southeast-2"),
        ("user-data", script.trim()),
    ] {
        assert_eq!(said(&cloud, &id, &asked(path)).await, wanted, "{path}");
    }
    let key = said(&cloud, &id, &asked("meta-data/public-keys/0/openssh-key")).await;
    assert!(key.starts_with("ssh-rsa "), "{key}");
}
