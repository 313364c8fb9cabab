//! What user data may be, by the genuine command line.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};

use crate::{
    instances::{console_of, said, status_of},
    rig::{Cloud, until},
};

const NAME: &str = "web.ap-southeast-2.elb.amazonaws.com";

const CONFIG: &str = "#cloud-config
hostname: named
packages: [nginx]
write_files:
- path: /var/www/html/index.html
  content: |
    written
- path: /usr/motd
  content: hello
- path: /tmp/each-time
  content: again
  permissions: '0600'
bootcmd:
- echo early $INSTANCE_ID
runcmd:
- cd /var/www/html
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
        "write_files: /usr/motd is not written (",
        "Read-only file system): only /home/user, /etc, /opt, /srv, /tmp and /var can be written",
        &format!("early {web}"),
    ] {
        assert!(console.contains(line), "{line}: {console}");
    }
    // the disk is the user's own after the first boot, and memory is new each time
    said(&cloud, &web, "echo changed >/var/www/html/index.html").await;
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
        .refused(&me, &cloud.run_instances(script(16385)))
        .await;
    let wanted = "(InvalidParameterValue) when calling the RunInstances operation: \
                  User data is limited to 16384 bytes";
    assert!(refusal.contains(wanted), "{refusal}");
    let id = cloud.launch_script(&me, &script(16384)).await;
    cloud
        .until_said(&me, &status_of(&id), |status| status == "ok\tpassed\tok")
        .await;
}
