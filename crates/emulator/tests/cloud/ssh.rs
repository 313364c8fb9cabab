//! Instances entered by the genuine `ssh`, as on Amazon's: by the key pair of the launch.

use std::time::Duration;

use emulator::Credentials;
use tokio::time;

use crate::rig::Cloud;

const PATIENCE: Duration = Duration::from_secs(60);

/// A cloud with a key pair `mine`, and a group `open` that lets SSH in.
async fn ground() -> (Cloud, Credentials) {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let pair = "ec2 create-key-pair --key-name mine --query KeyMaterial";
    let pair = cloud.ok(&me, pair).await;
    let keep = format!("umask 077; cat >mine <<'END'\n{}\nEND", pair.trim());
    cloud.terminal(&me, &keep).await;
    for line in [
        "ec2 create-security-group --group-name open --description open",
        "ec2 authorize-security-group-ingress --group-name open --protocol tcp --port 22 \
         --cidr 0.0.0.0/0",
    ] {
        cloud.ok(&me, line).await;
    }
    (cloud, me)
}

/// Launches an instance with the key pair, and says its id and its public name.
async fn launch(cloud: &Cloud, me: &Credentials, user_data: &str) -> (String, String) {
    let line = cloud.run_instances(user_data);
    let line = line.replace(" default ", " open ") + " --key-name mine";
    let id = cloud.ok(me, &line).await;
    let name = public_name(cloud, me, &id).await;
    (id, name)
}

async fn public_name(cloud: &Cloud, me: &Credentials, id: &str) -> String {
    let line = format!(
        "ec2 describe-instances --instance-ids {id} --query \
         Reservations[0].Instances[0].PublicDnsName"
    );
    cloud.ok(me, &line).await
}

fn ssh(options: &str) -> String {
    format!("ssh -o BatchMode=yes -o StrictHostKeyChecking=accept-new -o LogLevel=ERROR {options}")
}

/// Asks in a terminal until the answer is as wanted.
async fn until(cloud: &Cloud, me: &Credentials, line: &str, wanted: impl Fn(&str) -> bool) {
    let mut said = String::new();
    let asked = async {
        loop {
            said = cloud.terminal(me, line).await;
            if wanted(&said) {
                return;
            }
        }
    };
    if time::timeout(PATIENCE, asked).await.is_err() {
        panic!("{line} says {said:?}");
    }
}

#[tokio::test]
async fn a_key_pair_lets_in_and_the_session_is_as_sshs() {
    let (cloud, me) = ground().await;
    let (id, name) = launch(&cloud, &me, "#!/bin/sh\necho up >up\n").await;
    let to = ssh(&format!("-i mine ubuntu@{name}"));
    until(&cloud, &me, &format!("{to} cat up"), |said| said == "up").await;
    let run = async |line: &str| cloud.terminal(&me, line).await;

    let both = run(&format!(
        "{to} 'echo out; echo err >&2; exit 7' 2>err; echo $?; cat err"
    ))
    .await;
    assert_eq!(both, "out\n7\nerr");
    let through = run(&format!(
        "seq 1 100000 | {to} 'md5sum; echo end'; seq 1 100000 | md5sum"
    ))
    .await;
    let lines: Vec<&str> = through.lines().collect();
    assert_eq!(lines[0], lines[2], "what is sent comes whole: {through}");
    let back = run(&format!(
        "{to} 'seq 1 500000' | md5sum; seq 1 500000 | md5sum"
    ))
    .await;
    let lines: Vec<&str> = back.lines().collect();
    assert_eq!(lines[0], lines[1], "what is written comes whole: {back}");
    let killed = run(&format!("{to} 'kill -9 $$'; echo $?")).await;
    assert_eq!(killed, "255", "as by a signal");

    // a terminal of its own, as large as ours
    let screen = format!(
        "script -qc \"stty rows 33 cols 77; {to} -tt 'tty; stty size; echo \\$TERM'\" /dev/null"
    );
    let screen = run(&format!("TERM=vt100 {screen}")).await;
    assert!(screen.contains("/dev/pts/"), "{screen}");
    assert!(screen.contains("33 77"), "{screen}");
    assert!(screen.contains("vt100"), "{screen}");
    let shell = run(&format!(
        "echo 'shopt -q login_shell && echo login; exit 3' | {to}; echo $?"
    ))
    .await;
    assert_eq!(shell, "login\n3");

    // what is left behind does not hold the session open, and a visitor who goes ends the command
    let left = run(&format!("{to} 'sleep 7777011 & echo left'")).await;
    assert_eq!(left, "left");
    run(&format!("timeout 1 {to} 'sleep 7777012'")).await;
    let gone = async {
        while !cloud.sandboxes("7777012").is_empty() {
            tokio::task::yield_now().await;
        }
    };
    time::timeout(PATIENCE, gone).await.expect("it is ended");

    // files, and ports of the instance
    run(&format!(
        "seq 1 20000 >sent; scp -q -o BatchMode=yes -i mine sent ubuntu@{name}:got"
    ))
    .await;
    let got = run(&format!("{to} 'cat got' | cmp - sent && echo same")).await;
    assert_eq!(got, "same");
    cloud
        .on(
            "me",
            &id,
            "(cd /tmp; exec setsid python3 -m http.server 8000 >/dev/null 2>&1) & sleep 0.1",
        )
        .await;
    let forward = format!(
        "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | {} | head -1",
        ssh(&format!("-W localhost:8000 -i mine ubuntu@{name}"))
    );
    until(&cloud, &me, &forward, |said| said.contains("200 OK")).await;

    // it is known by the key that its console tells of
    let console = format!("ec2 get-console-output --instance-id {id} --query Output");
    let console = cloud.ok(&me, &console).await;
    let known = run("ssh-keygen -lf .ssh/known_hosts").await;
    let fingerprint = known.split(' ').nth(1).unwrap();
    assert!(console.contains(fingerprint), "{known}: {console}");
    let shown = cloud
        .on("me", &id, "cat /etc/ssh/ssh_host_ed25519_key.pub")
        .await;
    let known = run("cat .ssh/known_hosts").await;
    assert!(
        known.contains(shown.split(' ').nth(1).unwrap()),
        "{known}: {shown}"
    );
}

#[tokio::test]
async fn nobody_else_is_let_in() {
    let (cloud, me) = ground().await;
    let (id, name) = launch(&cloud, &me, "#!/bin/sh\necho up >up\n").await;
    let mine = ssh(&format!("-i mine user@{name}"));
    until(&cloud, &me, &format!("{mine} cat up"), |said| said == "up").await;
    let run = async |line: &str| cloud.terminal(&me, line).await;
    run("ssh-keygen -q -t ed25519 -N '' -f other").await;
    let other = ssh(&format!("-i other user@{name}"));
    let refused = run(&format!("{other} true 2>&1")).await;
    assert!(
        refused.contains("Permission denied (publickey)"),
        "{refused}"
    );
    let without = ssh(&format!("-o PubkeyAuthentication=no user@{name}"));
    let refused = run(&format!("{without} true 2>&1")).await;
    assert!(
        refused.contains("Permission denied (publickey)"),
        "{refused}"
    );

    // a key that is bound to a command does nothing else
    let bind = format!(
        "{mine} 'mkdir -p .ssh; cat >>.ssh/authorized_keys' <<END\n\
         restrict,command=\"echo only \\$SSH_ORIGINAL_COMMAND\" $(cat other.pub)\nEND"
    );
    run(&bind).await;
    assert_eq!(run(&format!("{other} cat up")).await, "only cat up");
    let terminal = run(&format!("{other} -tt cat up 2>&1")).await;
    assert!(
        terminal.contains("PTY allocation request failed"),
        "{terminal}"
    );
    let forward = ssh(&format!("-W localhost:22 -i other user@{name}"));
    let forward = run(&format!("{forward} 2>&1 </dev/null")).await;
    assert!(forward.contains("forwarding failed"), "{forward}");
    // neither a link nor a pipe in the place of the keys leads to anything
    cloud
        .on(
            "me",
            &id,
            "rm .ssh/authorized_keys; mkfifo .ssh/authorized_keys",
        )
        .await;
    assert_eq!(run(&format!("{mine} cat up")).await, "up");

    // rubbish in place of SSH, and a visitor who says nothing, hurt nobody
    run(&format!(
        "exec 3<>/dev/tcp/{name}/22; head -c 100000 /dev/urandom >&3"
    ))
    .await;
    run(&format!("exec 3<>/dev/tcp/{name}/22; timeout 1 cat <&3")).await;
    assert_eq!(run(&format!("{mine} cat up")).await, "up");

    // what the group does not let in finds nothing
    let close = "ec2 revoke-security-group-ingress --group-name open --protocol tcp --port 22 \
                 --cidr 0.0.0.0/0";
    cloud.ok(&me, close).await;
    let closed = format!("{mine} -o ConnectTimeout=2 true 2>&1");
    until(&cloud, &me, &closed, |said| said.contains("Connection")).await;
}

#[tokio::test]
async fn keys_of_cloud_config_are_let_in_and_a_server_of_the_instances_own_comes_first() {
    let (cloud, me) = ground().await;
    cloud
        .terminal(&me, "ssh-keygen -q -t ed25519 -N '' -f second")
        .await;
    let second = cloud.terminal(&me, "cat second.pub").await;
    let config =
        format!("#cloud-config\nssh_authorized_keys:\n- {second}\nruncmd: [[touch, up]]\n");
    let (id, name) = launch(&cloud, &me, &config).await;
    let to = ssh(&format!("-i second ec2-user@{name}"));
    until(&cloud, &me, &format!("{to} echo in"), |said| said == "in").await;
    let stop = format!("ec2 stop-instances --instance-ids {id}");
    cloud.ok(&me, &stop).await;
    cloud.until_running(0).await;
    cloud.ok(&me, &stop.replace("stop", "start")).await;
    cloud.until_running(1).await;
    let name = public_name(&cloud, &me, &id).await;
    let to = ssh(&format!("-i second ec2-user@{name}"));
    let count = format!("{to} 'wc -l <.ssh/authorized_keys'");
    until(&cloud, &me, &count, |said| said == "1").await;

    let (_, name) = launch(&cloud, &me, "#!/bin/sh\nexec python3 -m http.server 22\n").await;
    let ask = format!("curl -s -o /dev/null -w '%{{http_code}}' http://{name}:22/");
    until(&cloud, &me, &ask, |said| said == "200").await;
}
