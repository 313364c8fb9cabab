//! The books outlive moto, the emulated cloud and the machine.

use std::{fs, process::Command, time::Duration};

use emulator::Credentials;
use rustix::process::{Pid, Signal, kill_process};

use crate::rig::{Cloud, toolbox, until};

const PATIENCE: Duration = Duration::from_secs(60);

/// Counts its boots on its disk, and serves the count.
const COUNTS: &str = "#!/bin/bash\nmkdir -p www && cd www && echo boot >>index.html\n\
                      exec python3 -m http.server 8080\n";

async fn page_of(cloud: &Cloud, me: &Credentials) -> String {
    let line = "elb describe-load-balancers --query LoadBalancerDescriptions[0].DNSName";
    cloud.ok(me, line).await
}

const STATES: &str = "ec2 describe-instances \
                      --query Reservations[].Instances[].[InstanceId,State.Name]";
const ONCE: &str = "ec2 run-instances --image-id ami-69631053 --instance-type t2.micro \
                    --client-token once --query Instances[0].InstanceId";

#[tokio::test]
async fn a_machine_that_comes_back_has_all_that_was_answered() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let web = cloud.launch_script(&me, COUNTS).await;
    cloud.balance(&me, &web).await;
    let page = page_of(&cloud, &me).await;
    until(&me, &page, |status, body| status == 200 && body == "boot\n").await;
    let once = cloud.ok(&me, ONCE).await;
    cloud
        .ok(&me, &format!("ec2 stop-instances --instance-ids {once}"))
        .await;
    cloud.ok(&me, "s3api create-bucket --bucket kept-things --create-bucket-configuration LocationConstraint=ap-southeast-2").await;
    let before = cloud.ok(&me, STATES).await;
    assert!(before.contains("stopped"), "{before}");

    let cloud = cloud.again().await;
    let me = cloud.account("me", 1).await;
    until(&me, &page, |status, body| {
        status == 200 && body == "boot\nboot\n"
    })
    .await;
    assert_eq!(cloud.ok(&me, STATES).await, before);
    assert_eq!(cloud.ok(&me, ONCE).await, once, "a token launches once");
    assert_eq!(cloud.ok(&me, STATES).await, before);
    let buckets = cloud
        .ok(&me, "s3api list-buckets --query Buckets[].Name")
        .await;
    assert_eq!(buckets, "kept-things");
}

#[tokio::test]
async fn moto_killed_comes_back_with_its_books_and_nothing_that_runs_notices() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let web = cloud.launch_script(&me, COUNTS).await;
    cloud.balance(&me, &web).await;
    let page = page_of(&cloud, &me).await;
    until(&me, &page, |status, body| status == 200 && body == "boot\n").await;
    let before = cloud.ok(&me, STATES).await;
    kill_moto(&cloud);
    let down = async {
        loop {
            let output = cloud.aws(&me, STATES).await;
            if !output.status.success() {
                break String::from_utf8_lossy(&output.stderr).into_owned();
            }
        }
    };
    let down = tokio::time::timeout(PATIENCE, down).await.unwrap();
    assert!(down.contains("(Unavailable)"), "{down}");
    let up = async { while !cloud.aws(&me, STATES).await.status.success() {} };
    tokio::time::timeout(PATIENCE, up).await.unwrap();
    assert_eq!(cloud.ok(&me, STATES).await, before);
    until(&me, &page, |status, body| status == 200 && body == "boot\n").await;
}

#[tokio::test]
async fn half_a_file_is_put_aside_and_the_one_before_it_is_read() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let first = cloud.ok(&me, ONCE).await;
    cloud
        .ok(
            &me,
            "ec2 create-security-group --group-name last --description last",
        )
        .await;
    cloud.stop().await;
    let file = cloud.books().join(format!("{}.books", me.account_number));
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();

    let cloud = cloud.again().await;
    let me = cloud.account("me", 1).await;
    assert!(cloud.ok(&me, STATES).await.contains(&first));
    let groups = cloud
        .ok(
            &me,
            "ec2 describe-security-groups --query SecurityGroups[].GroupName",
        )
        .await;
    assert!(!groups.contains("last"), "{groups}");
    let names = fs::read_dir(cloud.books()).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    let is_aside = |name: &std::ffi::OsString| name.to_string_lossy().ends_with(".unread");
    assert!(names.iter().any(is_aside), "{names:?}");
}

#[tokio::test]
async fn an_account_that_is_removed_leaves_no_books() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    cloud.ok(&me, ONCE).await;
    assert_eq!(fs::read_dir(cloud.books()).unwrap().count(), 1);
    cloud.emulator.remove("me").await.unwrap();
    assert_eq!(fs::read_dir(cloud.books()).unwrap().count(), 0);
}

#[test]
fn every_service_s_books_can_be_kept() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/moto");
    let output = Command::new(toolbox().join("moto/bin/python"))
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cloud/books.py"))
        .env("PYTHONPATH", folder)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("MOTO_AMIS_PATH", format!("{folder}/images.json"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
}

#[tokio::test]
async fn moto_that_runs_and_does_not_answer_is_started_again() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    cloud.ok(&me, ONCE).await;
    let before = cloud.ok(&me, STATES).await;
    for id in cloud.sandboxes("keeper.py") {
        kill_process(Pid::from_raw(id).unwrap(), Signal::STOP).unwrap();
    }
    // answered when it is given up on
    let asked = tokio::time::timeout(PATIENCE, cloud.refused(&me, STATES)).await;
    let asked = asked.unwrap();
    assert!(asked.contains("(Unavailable)"), "{asked}");
    let up = async { while !cloud.aws(&me, STATES).await.status.success() {} };
    tokio::time::timeout(PATIENCE, up).await.unwrap();
    assert_eq!(cloud.ok(&me, STATES).await, before);
}

fn kill_moto(cloud: &Cloud) {
    let processes = cloud.sandboxes("keeper.py");
    assert!(!processes.is_empty(), "moto does not run");
    for id in processes {
        // one may have ended with another
        kill_process(Pid::from_raw(id).unwrap(), Signal::KILL).ok();
    }
}
