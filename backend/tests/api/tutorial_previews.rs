//! Tutorials that their authors look at while they write them.

use std::{collections::BTreeMap, fs, path::Path, process::Stdio};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use client::tutorials;
use rustix::process::{Pid, Signal};
use shared::{
    Event, ProblemKind, paths,
    tutorial::{Checked, PushPreview},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    time::timeout,
};

use crate::{
    events::{Socket, next, open},
    mac::Machine,
    server::{Guest, TestServer},
    shell::PATIENCE,
};

/// A tutorial that is called as one of the server's.
fn text(title: &str, words: &str) -> String {
    format!(
        "---\ntitle: {title}\nsetup: {{background: echo ready >>~/prepared}}\n\
         tasks: {{made: {{run: test -f ~/mine, solve: touch ~/mine}}}}\n---\n\
         ## A step\n\n{words} ![p](p.png)\n\n::task{{#made}}\n\n## Another\n\nEnd.\n"
    )
}

fn pushed(text: &str) -> PushPreview {
    PushPreview {
        texts: BTreeMap::from([("lesson.md".to_owned(), text.to_owned())]),
        images: BTreeMap::from([
            ("p.png".to_owned(), BASE64_STANDARD.encode("png")),
            ("unseen.png".to_owned(), BASE64_STANDARD.encode("png")),
        ]),
    }
}

async fn push(guest: &Guest, text: &str) -> shared::tutorial::Previewed {
    tutorials::preview(&guest.client, "hello", &pushed(text))
        .await
        .unwrap()
}

/// The next event about a preview.
async fn told(socket: &mut Socket) -> Event {
    let told = async {
        loop {
            let event = next(socket).await;
            let is_meant = matches!(
                event,
                Event::TutorialPreview { .. } | Event::TutorialPreviewGone { .. }
            );
            if is_meant {
                return event;
            }
        }
    };
    timeout(PATIENCE, told).await.unwrap()
}

fn changed(revision: u64) -> Event {
    Event::TutorialPreview {
        name: "~hello".to_owned(),
        revision,
    }
}

#[tokio::test]
async fn a_preview_is_its_accounts_alone_and_is_done_apart_from_the_tutorial_of_its_name() {
    let server = TestServer::new().await;
    let (guest, other) = (server.guest().await, server.guest().await);
    let mut socket = open(&server, Some(&guest), &server.origin()).await.unwrap();
    let previewed = push(&guest, &text("Mine", "One")).await;
    assert!(
        previewed.url.ends_with("/tutorials/~hello"),
        "{previewed:?}"
    );
    assert_eq!(previewed.tutorial.name, "~hello");
    assert_eq!(told(&mut socket).await, changed(1));
    let name = "~hello";
    let read = tutorials::read(&guest.client, name, "").await.unwrap();
    assert_eq!(read.tutorial.title, "Mine");
    let refused = tutorials::read(&other.client, name, "").await.unwrap_err();
    assert_eq!(refused.kind, ProblemKind::NotFound);
    for (path, status) in [("p.png", 200), ("unseen.png", 404), ("lesson.md", 404)] {
        let url = server.url(&paths::tutorial_image(name));
        let asked = reqwest::Client::new().get(url).query(&[("path", path)]);
        let answer = asked.header("cookie", &guest.cookie).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }

    // it is prepared, checked and solved as any other
    tutorials::turn_to(&guest.client, name, 1).await.unwrap();
    let check = async || tutorials::check(&guest.client, name, "made").await.unwrap();
    assert!(matches!(check().await, Checked::Waiting { .. }));
    tutorials::solve(&guest.client, name, "made").await.unwrap();
    assert_eq!(check().await, Checked::Passed);
    let of_the_shelf = tutorials::progress(&guest.client, "hello").await.unwrap();
    assert_eq!((of_the_shelf.begun_at, of_the_shelf.done), (None, vec![]));
    let listed = tutorials::list(&guest.client).await.unwrap().items;
    assert!(listed.iter().all(|it| it.name == "hello"), "{listed:?}");

    // a change is told of, and what is the same is not
    push(&guest, &text("Mine", "One")).await;
    push(&guest, &text("Mine", "Two")).await;
    assert_eq!(told(&mut socket).await, changed(2));
    let far = tutorials::progress(&guest.client, name).await.unwrap();
    assert_eq!((far.step, far.done.len()), (1, 1));

    tutorials::end_preview(&guest.client, "hello")
        .await
        .unwrap();
    let gone = Event::TutorialPreviewGone { name: name.into() };
    assert_eq!(told(&mut socket).await, gone);
    let again = tutorials::end_preview(&guest.client, "hello").await;
    assert_eq!(again.unwrap_err().kind, ProblemKind::NotFound);
    push(&guest, &text("Mine", "One")).await;
    let anew = tutorials::progress(&guest.client, name).await.unwrap();
    assert_eq!(anew.begun_at, None);
}

#[tokio::test]
async fn what_is_no_tutorial_or_too_much_is_refused_and_the_last_one_stays() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    push(&guest, &text("Mine", "One")).await;
    let send = async |folder: &str, pushed: &PushPreview| {
        let answer = tutorials::preview(&guest.client, folder, pushed).await;
        answer.unwrap_err()
    };
    let broken = send("hello", &pushed("---\ntitle: [\n---\n")).await;
    assert_eq!(broken.kind, ProblemKind::Invalid);
    assert!(broken.detail.unwrap().starts_with("lesson.md:"));
    let mut large = pushed(&text("Mine", "One"));
    large.texts.insert("a.txt".into(), "x".repeat(5 << 20));
    assert_eq!(send("hello", &large).await.kind, ProblemKind::LimitReached);
    let mut odd = pushed(&text("Mine", "One"));
    odd.images.insert("p.png".into(), "no base64!".into());
    assert_eq!(send("hello", &odd).await.kind, ProblemKind::Invalid);
    for name in ["a b", "~hello", &"x".repeat(65)] {
        let refused = send(name, &pushed(&text("Mine", "One"))).await;
        assert_eq!(refused.kind, ProblemKind::Invalid, "{name}");
    }
    for number in 1..4 {
        let folder = format!("other-{number}");
        let more = pushed(&text("Mine", "One"));
        tutorials::preview(&guest.client, &folder, &more)
            .await
            .unwrap();
    }
    let one_more = send("other-4", &pushed(&text("Mine", "One"))).await;
    assert_eq!(one_more.kind, ProblemKind::LimitReached);
    let read = tutorials::read(&guest.client, "~hello", "").await.unwrap();
    assert_eq!(read.tutorial.title, "Mine");
}

fn lay(folder: &Path, words: &str) {
    fs::write(folder.join("lesson.md"), text("Mine", words)).unwrap();
}

#[tokio::test]
async fn the_command_sends_each_change_of_the_folder_and_says_what_is_wrong_with_it() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let machine = Machine::signed_in(&server, &guest).await;
    let folder = machine.home.path().join("hello");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("p.png"), "png").unwrap();
    lay(&folder, "One");
    let mut socket = open(&server, Some(&guest), &server.origin()).await.unwrap();
    let mut command = machine.command(&["tutorial", "preview", "hello"]);
    let mut child = command.stdin(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut line = async || {
        let line = timeout(PATIENCE, lines.next_line()).await.unwrap();
        line.unwrap().unwrap()
    };
    assert!(line().await.ends_with("/tutorials/~hello"));
    assert_eq!(line().await, "shown, with 0 complaints");
    assert_eq!(told(&mut socket).await, changed(1));

    lay(&folder, "Changed `ls`{{exce}}");
    assert_eq!(told(&mut socket).await, changed(2));
    let complaint = line().await;
    assert!(
        complaint.starts_with("hello/lesson.md:8:13: warning: {{exce}}"),
        "{complaint}"
    );
    assert_eq!(line().await, "shown, with 1 complaints");
    let read = tutorials::read(&guest.client, "~hello", "").await.unwrap();
    assert!(format!("{:?}", read.steps[0]).contains("Changed"));

    fs::write(folder.join("p.png"), "other").unwrap();
    assert_eq!(told(&mut socket).await, changed(3));
    fs::write(folder.join("lesson.md"), "no tutorial").unwrap();
    let complaint = line().await;
    assert!(
        complaint.starts_with("hello/lesson.md:1:1: error: there is no front"),
        "{complaint}"
    );
    assert_eq!(line().await, "not shown: this is no tutorial yet");
    lay(&folder, "Well again");
    assert_eq!(line().await, "shown, with 0 complaints");
    assert_eq!(told(&mut socket).await, changed(4));

    let pid = Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap();
    rustix::process::kill_process(pid, Signal::INT).unwrap();
    let ended = timeout(PATIENCE, child.wait()).await.unwrap().unwrap();
    assert_eq!(ended.code(), Some(0));
    let gone = Event::TutorialPreviewGone {
        name: "~hello".into(),
    };
    assert_eq!(told(&mut socket).await, gone);
    let over = tutorials::read(&guest.client, "~hello", "")
        .await
        .unwrap_err();
    assert_eq!(over.kind, ProblemKind::NotFound);
}
