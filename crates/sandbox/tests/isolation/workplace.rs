//! Commands that run in a sandbox that is there.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use sandbox::{Attached, Command, Job, Launcher, Outcome, Spec};
use tokio::io::AsyncReadExt as _;

use crate::launch::{Ground, processes_with, until};

async fn ended(mut command: Command) -> (String, String, Outcome) {
    let (mut stdout, mut stderr) = command.streams();
    let (mut out, mut err) = (String::new(), String::new());
    tokio::try_join!(
        stdout.read_to_string(&mut out),
        stderr.read_to_string(&mut err)
    )
    .unwrap();
    (out, err, command.wait().await.unwrap())
}

#[tokio::test]
async fn commands_share_a_sandbox_and_keep_their_streams_and_codes_apart() {
    let ground = Ground::new().await;
    let place = ground.launcher.workplace(ground.bash(1, "")).await.unwrap();
    let bash = async |script: &str| place.run(&["/bin/bash", "-c", script], "/tmp").await;
    let first = bash("echo kept > here; echo out; echo err >&2; exit 3");
    let (out, err, outcome) = ended(first.await.unwrap()).await;
    assert_eq!((out.as_str(), err.as_str()), ("out\n", "err\n"));
    assert_eq!(outcome, Outcome::Exited(3));
    // beside each other: the first waits for what the second makes
    let waiting = bash("until [ -e made ]; do read -t 0.01 <> <(:); done; cat here");
    let (waiting, making) = tokio::join!(waiting, bash("touch made"));
    let (waited, made) = tokio::join!(ended(waiting.unwrap()), ended(making.unwrap()));
    assert_eq!(waited.0, "kept\n");
    assert_eq!(made.2, Outcome::Exited(0));
    let (_, _, outcome) = ended(bash("kill -9 $$").await.unwrap()).await;
    assert_eq!(outcome, Outcome::Signalled(9));
}

#[tokio::test]
async fn a_command_that_cannot_start_says_why() {
    let ground = Ground::new().await;
    let place = ground.launcher.workplace(ground.bash(1, "")).await.unwrap();
    let command = place.run(&["/bin/true"], "/home/user/nowhere").await;
    let (_, _, outcome) = ended(command.unwrap()).await;
    let Outcome::NotStarted(why) = outcome else {
        panic!("{outcome:?}")
    };
    assert!(why.contains("No such file"), "{why}");
}

#[tokio::test]
async fn a_dropped_command_ends_with_its_children_and_the_others_go_on() {
    let ground = Ground::new().await;
    let place = ground.launcher.workplace(ground.bash(1, "")).await.unwrap();
    let doomed = ["/bin/bash", "-c", "sleep 7777001 & sleep 7777001; true"];
    let doomed = place.run(&doomed, "/tmp").await.unwrap();
    let other = place.run(&["sleep", "7777002"], "/tmp").await.unwrap();
    until("both", || {
        processes_with("7777001") == 2 && processes_with("7777002") == 1
    })
    .await;
    drop(doomed);
    until("the end", || processes_with("7777001") == 0).await;
    assert_eq!(processes_with("7777002"), 1);
    drop(other);
    drop(place);
    until("the end of all", || processes_with("7777002") == 0).await;
}

#[tokio::test]
async fn what_a_command_leaves_running_in_its_group_ends_with_it() {
    let ground = Ground::new().await;
    let place = ground.launcher.workplace(ground.bash(1, "")).await.unwrap();
    let leaves = ["/bin/bash", "-c", "sleep 7777003 & echo left"];
    let (out, _, outcome) = ended(place.run(&leaves, "/tmp").await.unwrap()).await;
    assert_eq!((out.as_str(), outcome), ("left\n", Outcome::Exited(0)));
    until("the end", || processes_with("7777003") == 0).await;
}

#[tokio::test]
async fn without_a_sandbox_a_workplace_runs_the_same() {
    let home = tempfile::tempdir().unwrap();
    let spec = Spec::new(["unused"], home.path(), 1);
    let place = Launcher::unconfined().workplace(spec).await.unwrap();
    let command = ["/bin/bash", "-c", "pwd; exit 4"];
    let (out, _, outcome) = ended(place.run(&command, "/home/user").await.unwrap()).await;
    assert_eq!(out.trim_end(), home.path().to_str().unwrap());
    assert_eq!(outcome, Outcome::Exited(4));
}

/// Reads a terminal until the words have come; none when its program has ended before.
fn read_until(terminal: &std::os::fd::OwnedFd, words: &str) -> Option<String> {
    let (mut text, mut chunk) = (String::new(), [0; 1024]);
    while !text.contains(words) {
        match rustix::io::read(terminal, &mut chunk) {
            Ok(0) | Err(_) => return None,
            Ok(count) => text += &String::from_utf8_lossy(&chunk[..count]),
        }
    }
    Some(text)
}

#[tokio::test]
async fn a_command_has_a_terminal_of_its_own_that_another_process_takes_over() {
    let ground = Ground::new().await;
    let nowhere = std::fs::File::options().write(true).open("/dev/null");
    let machine = ground
        .launcher
        .boot(ground.bash(1, "sleep 1000"), nowhere.unwrap())
        .await
        .unwrap();
    let job = |script: &str| Job {
        argv: ["/bin/bash", "-c", script].map(str::to_owned).to_vec(),
        env: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
        cwd: "/tmp".to_owned(),
    };
    let path = ground.folder.path().join("door.sock");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let giving = async {
        for script in ["tty; read -r word; echo got-$word; exit 7", "sleep 7777004"] {
            let (mut stream, _) = listener.accept().await.unwrap();
            // else whoever asks may find it closed
            let mut asked = [0; 4];
            stream.read_exact(&mut asked).await.unwrap();
            let attached = machine.attach(job(script)).await.unwrap();
            attached.hand_over(&stream).await.unwrap();
        }
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = [0; 6];
        stream.read_exact(&mut asked).await.unwrap();
        assert_eq!(&asked, b"three\n");
        Attached::refuse(stream, "nothing is left").await.unwrap();
    };
    let taking = async {
        let first = Attached::take_over(&path, "one").await.unwrap();
        let (terminal, mut line) = first.open().unwrap();
        let terminal = tokio::task::spawn_blocking(move || {
            let tty = read_until(&terminal, "/dev/pts/").unwrap();
            assert!(!tty.contains("not a tty"), "{tty}");
            rustix::io::write(&terminal, b"it\n").unwrap();
            read_until(&terminal, "got-it").unwrap();
            terminal
        });
        assert_eq!(line.wait().await.unwrap(), Outcome::Exited(7));
        drop(terminal.await.unwrap());
        let second = Attached::take_over(&path, "two").await.unwrap();
        until("it", || processes_with("7777004") == 1).await;
        drop(second);
        until("nothing", || processes_with("7777004") == 0).await;
        let third = Attached::take_over(&path, "three").await.unwrap_err();
        assert!(third.to_string().contains("nothing is left"), "{third}");
    };
    tokio::join!(giving, taking);
}
