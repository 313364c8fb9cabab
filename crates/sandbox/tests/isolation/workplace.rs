//! Commands that run in a sandbox that is there.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use sandbox::{Job, Launcher, Outcome, Screen, Spec, Task};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::launch::{Ground, ended, processes_with, until};

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
async fn read_until(screen: &Screen, words: &str) -> Option<String> {
    let (mut text, mut chunk) = (String::new(), [0; 1024]);
    while !text.contains(words) {
        match screen.read(&mut chunk).await.unwrap() {
            0 => return None,
            count => text += &String::from_utf8_lossy(&chunk[..count]),
        }
    }
    Some(text)
}

#[tokio::test]
async fn a_command_of_a_machine_has_a_terminal_of_its_own_or_reads_what_it_is_given() {
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
    let script = "tty; read -r word; echo got-$word; stty size; exit 7";
    let (screen, mut line) = machine.attach(job(script)).await.unwrap();
    screen.resize(77, 33).unwrap();
    let tty = read_until(&screen, "/dev/pts/").await.unwrap();
    assert!(!tty.contains("not a tty"), "{tty}");
    screen.write_all(b"it\n").await.unwrap();
    let seen = read_until(&screen, "33 77").await.unwrap();
    assert!(seen.contains("got-it"), "{seen}");
    assert_eq!(line.wait().await.unwrap(), Outcome::Exited(7));
    assert_eq!(read_until(&screen, "more").await, None);

    let (_screen, line) = machine.attach(job("sleep 7777004")).await.unwrap();
    until("it", || processes_with("7777004") == 1).await;
    drop(line);
    until("nothing", || processes_with("7777004") == 0).await;

    let mut task = machine.run_reading(job("wc -c; exit 3")).await.unwrap();
    let mut stdin = task.stdin.take().unwrap();
    stdin.write_all(&[7; 300_000]).await.unwrap();
    drop(stdin);
    assert_eq!(counted(task).await, ("300000".into(), Outcome::Exited(3)));
    let given_nothing = machine.run(job("wc -c")).await.unwrap();
    let counted = counted(given_nothing).await;
    assert_eq!(counted, ("0".into(), Outcome::Exited(0)));
}

/// What a command wrote, and how it ended.
async fn counted(mut task: Task) -> (String, Outcome) {
    let mut out = String::new();
    let mut stdout = task.stdout.take().unwrap();
    stdout.read_to_string(&mut out).await.unwrap();
    (out.trim().to_owned(), task.wait().await.unwrap())
}
