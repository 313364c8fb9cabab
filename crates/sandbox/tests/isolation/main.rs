//! What a sandbox keeps in, and what it keeps out.

mod attempts;
mod contained;
mod escapes;
mod groups;
mod landlock;
mod launch;
mod leftovers;
mod levels;
mod outside;
mod workplace;

use std::{fs, net::TcpListener, time::Duration};

use sandbox::{Inlet, InletTarget, Level, Spec};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UnixListener,
};

use launch::Ground;

#[tokio::test]
async fn this_machine_isolates_and_says_what_it_lacks() {
    let ground = Ground::new().await;
    let found = ground.launcher.level();
    if groups::are_writable() {
        assert_eq!((found.level, found.missing.as_slice()), (Level::A, &[][..]));
    } else {
        assert!(matches!(found.level, Level::A | Level::B), "{found:?}");
        assert_eq!(found.level == Level::A, found.missing.is_empty());
    }
}

#[tokio::test]
async fn a_program_gets_its_arguments_its_environment_and_its_home() {
    let ground = Ground::new().await;
    let mut spec = ground.bash(1, "echo $WORD; pwd; id -u; hostname; echo x > kept; exit 7");
    spec.env.push(("WORD".to_owned(), "a secret".to_owned()));
    let ended = ground.run(spec).await;
    assert_eq!(
        ended.stdout, "a secret\n/home/user\n1000\nsandbox\n",
        "{}",
        ended.stderr
    );
    assert_eq!(ended.code, Some(7));
    assert_eq!(
        fs::read_to_string(ground.home(1).join("kept")).unwrap(),
        "x\n"
    );
}

#[tokio::test]
async fn a_file_of_the_host_is_out_of_sight() {
    let ground = Ground::new().await;
    let secret = ground.folder.path().join("secret");
    fs::write(&secret, "x").unwrap();
    let script = format!("cat {} || cat /etc/shadow || ls /root", secret.display());
    assert_ne!(ground.run(ground.bash(1, &script)).await.code, Some(0));
}

#[tokio::test]
async fn tenants_cannot_read_each_others_homes() {
    let ground = Ground::new().await;
    let wrote = ground
        .run(ground.bash(1, "umask 077; echo mine > diary; cat diary"))
        .await;
    assert_eq!(wrote.stdout, "mine\n", "{}", wrote.stderr);
    let path = ground.home(1).join("diary");
    let other = ground
        .run(ground.bash(2, &format!("cat {} ; cat diary", path.display())))
        .await;
    assert_eq!(other.stdout, "");
    // Even with the folder mounted, a root server's user ids keep it closed.
    if sandbox::owner(1).is_some() {
        let mut spec = ground.bash(2, "cat /other/diary");
        spec.mounts.push(sandbox::Mount {
            source: ground.home(1),
            target: "/other".into(),
        });
        assert_eq!(ground.run(spec).await.stdout, "");
    }
}

#[tokio::test]
async fn the_metadata_address_and_the_hosts_loopback_are_out_of_reach() {
    let ground = Ground::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let script = format!("echo > /dev/tcp/169.254.169.254/80 || echo > /dev/tcp/127.0.0.1/{port}");
    let ended = ground.run(ground.bash(1, &script)).await;
    assert!(ended.stderr.contains("unreachable") && ended.stderr.contains("refused"));
    assert_ne!(ended.code, Some(0));
}

#[tokio::test]
async fn a_socket_to_the_hypervisor_and_new_namespaces_are_refused() {
    let ground = Ground::new().await;
    let python = "import socket,os\n\
        for family in (40, 17, 38):\n\
        \ttry: socket.socket(family, socket.SOCK_STREAM); print('open', family)\n\
        \texcept OSError as e: print(e.errno)\n";
    let mut spec = ground.bash(1, "");
    spec.argv = vec![
        "/usr/bin/python3".to_owned(),
        "-c".to_owned(),
        python.to_owned(),
    ];
    assert_eq!(ground.run(spec).await.stdout, "97\n97\n97\n");
    assert_ne!(
        ground.run(ground.bash(1, "unshare -U true")).await.code,
        Some(0)
    );
}

#[tokio::test]
async fn processes_are_limited_in_each_sandbox() {
    let ground = Ground::new().await;
    let script = "for i in $(seq 1 60); do sleep 60 & done; jobs -r | wc -l; kill $(jobs -p)";
    let mut spec = ground.bash(1, script);
    spec.limits.processes = 24;
    let ended = ground.run(spec).await;
    assert!(
        ended.stderr.contains("Resource temporarily unavailable"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn an_inlet_on_port_80_reaches_its_unix_socket() {
    let ground = Ground::new().await;
    let path = ground.folder.path().join("web");
    let listener = UnixListener::bind(&path).unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut word = [0; 4];
        stream.read_exact(&mut word).await.unwrap();
        stream.write_all(b"pong\n").await.unwrap();
    });
    let script = "exec 3<>/dev/tcp/127.0.0.1/80; printf ping >&3; cat <&3";
    let mut spec = ground.bash(1, script);
    spec.inlets.push(Inlet {
        listen: "127.0.0.1:80".parse().unwrap(),
        target: InletTarget::Unix(path),
    });
    let ended = ground.run(spec).await;
    assert_eq!(ended.stdout, "pong\n", "{}", ended.stderr);
}

#[tokio::test]
async fn only_names_below_a_suffix_resolve() {
    let ground = Ground::new().await;
    let script = "getent hosts web.elb.amazonaws.com; getent hosts example.com";
    let mut spec: Spec = ground.bash(1, script);
    spec.names = vec!["elb.amazonaws.com".to_owned()];
    let ended = ground.run(spec).await;
    assert!(
        ended.stdout.starts_with("127.0.0.1 "),
        "{} {}",
        ended.stdout,
        ended.stderr
    );
    assert!(!ended.stdout.contains("example.com"));
    assert_eq!(ended.code, Some(2));
}

#[tokio::test]
async fn killing_it_ends_all_that_it_started() {
    let ground = Ground::new().await;
    let marker = format!("1234567.{}", std::process::id());
    let script = format!("setsid sleep {marker} & sleep {marker}");
    let mut running = ground
        .launcher
        .spawn(ground.bash(1, &script))
        .await
        .unwrap();
    launch::until("it runs", || launch::processes_with(&marker) >= 2).await;
    running.kill().await.unwrap();
    launch::until("it is gone", || launch::processes_with(&marker) == 0).await;
}

#[tokio::test]
async fn a_machine_is_dialled_inside_and_ends_when_killed() {
    let ground = Ground::new().await;
    let console = fs::File::create(ground.folder.path().join("console")).unwrap();
    let script = "cd /tmp; echo hello > index; exec python3 -m http.server 8000 --bind 127.0.0.1";
    let machine = ground
        .launcher
        .boot(ground.bash(1, script), console)
        .await
        .unwrap();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    let mut stream = loop {
        match machine.dial(8000).await {
            Ok(stream) => break stream,
            Err(error) => assert!(tokio::time::Instant::now() < deadline, "{error}"),
        }
        tokio::task::yield_now().await;
    };
    stream
        .write_all(b"GET /index HTTP/1.0\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("hello\n"), "{answer}");
    assert!(matches!(
        machine.dial(9).await,
        Err(sandbox::Error::Refused(9))
    ));
    machine.kill();
    assert!(!machine.wait().await.unwrap().success());
}

#[tokio::test]
async fn killing_the_launcher_leaves_no_process() {
    let ground = Ground::new().await;
    ground.home(1);
    std::fs::rename(ground.home(1), ground.folder.path().join("home")).unwrap();
    let marker = format!("7654321.{}", std::process::id());
    let mut launcher = std::process::Command::new(env!("CARGO_BIN_EXE_sandbox-helper"))
        .arg("launch")
        .arg(ground.folder.path())
        .arg(format!("setsid sleep {marker} & sleep {marker}"))
        .spawn()
        .unwrap();
    launch::until("it runs", || launch::processes_with(&marker) >= 2).await;
    launcher.kill().unwrap();
    launcher.wait().unwrap();
    launch::until("it is gone", || launch::processes_with(&marker) == 0).await;
}

#[tokio::test]
async fn folders_of_its_own_stay_and_hide_nothing_that_a_sandbox_sees() {
    let ground = Ground::new().await;
    let folder = |name: &str| {
        let source = ground.folder.path().join("system").join(name);
        fs::create_dir_all(&source).unwrap();
        let target = std::path::Path::new("/").join(name);
        sandbox::Mount { source, target }
    };
    let with = |script: &str| {
        let mut spec = ground.bash(1, script);
        spec.folders = vec![folder("etc"), folder("var")];
        spec
    };
    let write = "mkdir -p /var/www && echo kept >/var/www/page && echo mine >/etc/mine.conf";
    let ended = ground.run(with(write)).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let read = "cat /var/www/page /etc/mine.conf; id -un; echo x >/var/tmp/x && echo temporary; \
                echo x >/etc/passwd || echo closed";
    let ended = ground.run(with(read)).await;
    assert_eq!(
        ended.stdout, "kept\nmine\nuser\ntemporary\nclosed\n",
        "{}",
        ended.stderr
    );
}
