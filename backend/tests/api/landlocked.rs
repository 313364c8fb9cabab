//! A machine without namespaces, as an unmodified container is: terminals at isolation level C.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use shared::IsolationLevel;

use crate::{crash::Killable, server::TestServer, shell::Shell};

/// Where Debian has it.
const BUBBLEWRAP: &str = "/usr/bin/bwrap";

/// Starts the server where bubblewrap fails; `isolation` is what it is asked for.
async fn start(isolation: &str) -> Killable {
    let seen = TestServer::unstarted().await;
    let folder = seen.data.path();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o711)).unwrap();
    let program = folder.join("bin/start");
    let real = Path::new(env!("CARGO_BIN_EXE_manageacloud"));
    let bin = program.parent().unwrap();
    fs::create_dir(bin).unwrap();
    // beside each other, where everybody may walk
    for name in ["manageacloud", "mac"] {
        fs::copy(real.with_file_name(name), bin.join(name)).unwrap();
    }
    let script = format!(
        "#!/bin/sh\nexec unshare -m sh -c 'mount --bind /bin/false {BUBBLEWRAP} && exec \"$0\" \"$@\"' {} \"$@\"\n",
        bin.join("manageacloud").display()
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let variables = [("MANAGEACLOUD_ISOLATION", isolation.to_owned())];
    Killable::start_program(&program, seen, true, &variables).await
}

#[tokio::test]
async fn without_namespaces_shells_are_kept_in_by_landlock_for_who_asks_for_it() {
    let running = start("c").await;
    let server = &running.seen;
    let client = client::Client::new(&server.url("/")).unwrap();
    let health = client::health(&client).await.unwrap();
    if sandbox::owner(0).is_none() {
        assert_eq!(health.isolation.level, IsolationLevel::D);
        return running.stop().await;
    }
    assert_eq!(health.isolation.level, IsolationLevel::C, "{health:?}");
    assert_eq!(health.terminals_off, None);
    assert!(health.emulator_off.unwrap().contains("level C"));
    let missing = health.isolation.missing.join("; ");
    assert!(
        missing.contains("no sandbox could be started") && missing.contains("emulated"),
        "{missing}"
    );

    let (me, other) = (server.guest().await, server.guest().await);
    let mut shell = Shell::open(server, &me).await;
    let mut beside = Shell::open(server, &me).await;
    // makes the other's home
    let _theirs = Shell::open(server, &other).await;
    let home = |guest: &crate::server::Guest| {
        let homes = server.data.path().join("homes");
        homes
            .join(guest.account.id.to_string())
            .display()
            .to_string()
    };
    let said = shell
        .run("echo mine > kept; cat kept; echo HOME=$HOME")
        .await;
    assert!(said.contains(&format!("HOME={}", home(&me))), "{said}");
    // the command line speaks to the server
    let said = shell.run("mac infrastructure list").await;
    assert!(said.contains("end=0"), "{said}");
    // and nothing leads to what is another's, or the machine's
    for path in [
        home(&other),
        server.data.path().join("secret.key").display().to_string(),
        "/etc/shadow".into(),
        "/tmp".into(),
    ] {
        let read = format!("ls {path}/ || cat {path}");
        let said = shell.run(&read).await;
        assert!(said.contains("denied") && !said.contains("end=0"), "{said}");
    }
    // nor to another sandbox of the same user
    shell.run("kill -9 -1").await;
    let said = beside.run("echo alive $((1 + 1))").await;
    assert!(said.contains("alive 2"), "{said}");
    running.stop().await;
}

#[tokio::test]
async fn who_did_not_ask_for_landlock_alone_gets_no_shells_and_is_told_why() {
    let running = start("b").await;
    let client = client::Client::new(&running.seen.url("/")).unwrap();
    let health = client::health(&client).await.unwrap();
    let off = health.terminals_off.unwrap();
    assert!(off.contains("they need isolation level B"), "{off}");
    // nobody else may walk to the sockets then
    let sockets = fs::metadata(running.seen.data.path().join("run")).unwrap();
    assert_eq!(sockets.permissions().mode() & 0o777, 0o700);
    let guest = running.seen.guest().await;
    let size = shared::OpenTerminal::sized(80, 24);
    let refused = client::terminals::open(&guest.client, &size)
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("isolation level B"),
        "{refused}"
    );
    running.stop().await;
}
