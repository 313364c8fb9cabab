//! What instances do when they boot, and what becomes of them, by the genuine command line.

use std::io::Write as _;

use emulator::Credentials;
use flate2::{Compression, write::GzEncoder};

use crate::rig::{Cloud, until};

const NAME: &str = "web.ap-southeast-2.elb.amazonaws.com";

/// Counts its boots on its disk, and serves the count.
const COUNTS: &str = "#!/bin/bash\nmkdir -p www && cd www && echo boot >>index.html\n\
                      exec python3 -m http.server 8080\n";

fn console_of(id: &str) -> String {
    format!("ec2 get-console-output --latest --instance-id {id} --query Output")
}

fn status_of(id: &str) -> String {
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
async fn said(cloud: &Cloud, id: &str, line: &str) -> String {
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

const CONFIG: &str = "#cloud-config
hostname: named
packages: [nginx]
write_files:
- path: /home/user/www/index.html
  content: |
    written
- path: /etc/motd
  content: hello
- path: /tmp/each-time
  content: again
  permissions: '0600'
bootcmd:
- echo early $INSTANCE_ID
runcmd:
- cd www
- [python3, -m, http.server, 8080]
";

#[tokio::test]
async fn cloud_config_is_carried_out_and_what_is_not_is_said() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let web = cloud.launch_script(&me, CONFIG).await;
    cloud.balance(&me, &web).await;
    until(&me, NAME, |status, body| {
        status == 200 && body == "written\n"
    })
    .await;
    assert_eq!(
        said(&cloud, &web, "hostname; stat -c %a /tmp/each-time").await,
        "named\n600"
    );
    let console = cloud.ok(&me, &console_of(&web)).await;
    for line in [
        "packages is not carried out: programs are",
        "write_files: /etc/motd is not written (",
        "Read-only file system): only /home/user, /tmp and /var/tmp can be written here",
        &format!("early {web}"),
    ] {
        assert!(console.contains(line), "{line}: {console}");
    }
    // the disk is the user's own after the first boot, and memory is new each time
    said(&cloud, &web, "echo changed >www/index.html").await;
    cloud
        .ok(&me, &format!("ec2 reboot-instances --instance-ids {web}"))
        .await;
    until(&me, NAME, |status, body| {
        status == 200 && body == "changed\n"
    })
    .await;
    assert_eq!(said(&cloud, &web, "cat /tmp/each-time").await, "again");
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
async fn user_data_that_is_changed_while_an_instance_is_stopped_is_run_at_its_start() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let id = cloud.launch_script(&me, "#!/bin/sh\necho of old\n").await;
    let console = console_of(&id);
    cloud
        .until_said(&me, &console, |said| said.contains("of old"))
        .await;
    cloud
        .ok(&me, &format!("ec2 stop-instances --instance-ids {id}"))
        .await;
    let new = STANDARD.encode("#!/bin/sh\necho of new\n");
    let modify = format!(
        "ec2 modify-instance-attribute --instance-id {id} --attribute userData --value {new}"
    );
    cloud.ok(&me, &modify).await;
    cloud
        .ok(&me, &format!("ec2 start-instances --instance-ids {id}"))
        .await;
    cloud
        .until_said(&me, &console, |said| said.contains("of new"))
        .await;
}

const PARTS: &str = "Content-Type: multipart/mixed; boundary=\"//\"
MIME-Version: 1.0

--//
Content-Type: text/cloud-config

#cloud-config
runcmd: [echo part-3]

--//
Content-Type: text/x-shellscript

#!/bin/sh
echo part-2
exit 7

--//
Content-Type: text/cloud-boothook

#!/bin/sh
echo part-1
--//--
";

#[tokio::test]
async fn packed_parts_are_run_in_the_order_of_cloud_init() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(PARTS.as_bytes()).unwrap();
    let line = cloud.run_instances(packed.finish().unwrap());
    let id = cloud.ok(&me, &line).await;
    let console = console_of(&id);
    let is_over = |said: &str| said.contains("user-data ended with 7");
    cloud.until_said(&me, &console, is_over).await;
    let console = cloud.ok(&me, &console).await;
    let lines = console.lines().skip_while(|line| *line != "part-1");
    let lines: Vec<&str> = lines.take(5).collect();
    let failed = "[boot] user-data ended with 7"; // and the rest goes on
    let wanted = [
        "part-1",
        "part-2",
        failed,
        "part-3",
        "user-data ended with 7",
    ];
    assert_eq!(lines, wanted, "{console}");
}

#[tokio::test]
async fn user_data_is_limited_as_with_aws() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let script = |size: usize| format!("#!/bin/sh\n{}", "#".repeat(size - 10));
    let refusal = cloud
        .refused(&me, &cloud.run_instances(&script(16385)))
        .await;
    let wanted = "(InvalidParameterValue) when calling the RunInstances operation: \
                  User data is limited to 16384 bytes";
    assert!(refusal.contains(wanted), "{refusal}");
    let id = cloud.launch_script(&me, &script(16384)).await;
    cloud
        .until_said(&me, &status_of(&id), |status| status == "ok\tpassed\tok")
        .await;
}

#[tokio::test]
#[ignore = "instances have no network yet that leads to 169.254.169.254"]
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
