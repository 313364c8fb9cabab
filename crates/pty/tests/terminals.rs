//! A host with real shells, as a page and a server see it.

mod page;

use std::time::Duration;

use shared::terminal::PageFrame;

use page::{Ground, Seen};

#[tokio::test]
async fn what_is_typed_comes_back() {
    let ground = Ground::new().await;
    ground.bash("t", "read word; echo got-$word; exit 5").await;
    let mut page = ground.page("t").await;
    page.attach(0, 0).await;
    page.send(PageFrame::Input {
        number: 1,
        bytes: b"hello\r",
    })
    .await;
    page.read_until("got-hello").await;
    assert_eq!(page.exit().await, 5);
    assert_eq!(ground.host.list().await.unwrap()[0].exit, Some(5));
}

#[tokio::test]
async fn a_terminal_is_a_controlling_one_of_the_right_size() {
    let ground = Ground::new().await;
    // bash looks for a signal between two commands only, so the last one must not be a long one
    let script = "trap 'echo caught' INT; read _; stty size; while :; do sleep 0.05; done";
    ground.bash("t", script).await;
    let mut page = ground.page("t").await;
    page.attach(0, 0).await;
    page.send(PageFrame::Resize {
        cols: 101,
        rows: 33,
    })
    .await;
    page.send(PageFrame::Input {
        number: 1,
        bytes: b"\r",
    })
    .await;
    page.read_until("33 101").await;
    page.send(PageFrame::Input {
        number: 2,
        bytes: b"\x03",
    })
    .await;
    page.read_until("caught").await;
}

#[tokio::test]
async fn a_dropped_socket_resumes_without_loss_or_repeat() {
    let ground = Ground::new().await;
    ground
        .bash(
            "t",
            "for i in $(seq 1 3000); do echo line-$i; done; read _; echo the-end",
        )
        .await;
    let mut first = ground.page("t").await;
    first.attach(0, 0).await;
    first.read_until("line-700\r").await;
    let (epoch, have, mut text) = (first.epoch, first.have, first.text.clone());
    drop(first);
    let mut second = ground.page("t").await;
    second.attach(epoch, have).await;
    second.read_until("line-3000\r").await;
    second
        .send(PageFrame::Input {
            number: 1,
            bytes: b"\r",
        })
        .await;
    second.read_until("the-end").await;
    text.push_str(&second.text);
    let wanted: String = (1..=3000).map(|i| format!("line-{i}\r\n")).collect();
    assert!(text.starts_with(&wanted), "lost or repeated");
}

#[tokio::test]
async fn an_input_that_is_sent_again_is_not_typed_again() {
    let ground = Ground::new().await;
    ground.bash("t", "stty -echo; echo ready; cat").await;
    let mut page = ground.page("t").await;
    page.attach(0, 0).await;
    page.read_until("ready").await;
    for (number, bytes) in [(1, b"one\r"), (1, b"one\r"), (2, b"two\r"), (1, b"one\r")] {
        page.send(PageFrame::Input { number, bytes }).await;
    }
    page.read_until("two").await;
    page.send(PageFrame::Input {
        number: 3,
        bytes: b"end\r",
    })
    .await;
    page.read_until("end").await;
    assert_eq!(page.text.matches("one").count(), 1, "{}", page.text);
    let mut again = ground.page("t").await;
    assert_eq!(again.attach(page.epoch, page.have).await, 3);
}

#[tokio::test]
async fn a_stopped_reader_stops_the_program_and_not_the_memory() {
    let ground = Ground::new().await;
    ground.bash("t", "yes").await;
    let mut page = ground.page("t").await;
    page.attach(0, 0).await;
    // Reads all that is sent but acknowledges nothing: the stream must dry up by itself.
    while let Ok(seen) = tokio::time::timeout(Duration::from_secs(2), page.next()).await {
        assert!(matches!(seen, Seen::Output), "{seen:?}");
        assert!(page.have < 2 << 20, "{} bytes were sent", page.have);
    }
    assert!(page.have > 256 << 10, "only {} bytes were sent", page.have);
    let before = page.have;
    page.send(PageFrame::Ack { seq: before }).await;
    while page.have < before + 1024 {
        page.next().await;
    }
}

#[tokio::test]
async fn who_is_too_far_behind_gets_a_snapshot() {
    let ground = Ground::new().await;
    ground
        .bash("t", "yes | head -c 3000000; echo the-last-line; read _")
        .await;
    let early = ground.page("t").await;
    drop(early);
    ground.until_written("t", "the-last-line").await;
    let mut page = ground.page("t").await;
    page.attach(0, 0).await;
    page.read_until("the-last-line").await;
    assert!(page.text.starts_with("\x1bc"), "{:?}", &page.text[..20]);
    assert!(page.text.len() < 300 << 10);
}

#[tokio::test]
async fn ending_a_terminal_ends_its_program() {
    let ground = Ground::new().await;
    ground.bash("t", "sleep 1000").await;
    let mut page = ground.page("t").await;
    page.attach(0, 0).await;
    ground.host.end("t").await.unwrap();
    assert_ne!(page.exit().await, 0);
    assert_eq!(ground.host.list().await.unwrap(), []);
}

/// A socket that is closed on what it was just sent takes back what it wrote itself: `mac` was
/// told of a reset connection in place of an exit code, now and then.
#[tokio::test]
async fn a_page_that_acknowledges_late_still_reads_the_end() {
    let ground = Ground::new().await;
    ground.bash("t", "echo over; exit 5").await;
    let mut page = ground.page("t").await;
    page.attach(0, 0).await;
    assert_eq!(page.exit().await, 5);
    for _ in 0..100 {
        page.send(PageFrame::Ack { seq: page.have }).await;
        tokio::task::yield_now().await;
    }
    page.closes().await;
}

#[tokio::test]
async fn a_terminal_that_nobody_knows_is_refused() {
    let ground = Ground::new().await;
    assert!(ground.try_page("nobody").await.is_err());
}
