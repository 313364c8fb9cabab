//! A host with real shells, as a page and a server see it.

mod page;
mod recording;

use std::time::Duration;

use futures_util::FutureExt as _;
use pty::{Token, Visitor, Way, client, host};
use shared::terminal::{PageFrame, Role};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

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
async fn what_cannot_be_started_says_so_on_its_terminal_and_has_ended() {
    let ground = Ground::new().await;
    // where the sandboxes' sockets would be
    let folder = ground.socket().ancestors().nth(2).unwrap().join("run");
    std::fs::remove_dir_all(folder).unwrap();
    ground.bash("t", "echo never").await;
    let mut page = ground.page("t").await;
    page.attach(0, 0).await;
    page.read_until("could not be started").await;
    assert_ne!(page.exit().await, 0);
    assert!(ground.host.list().await.unwrap()[0].exit.is_some());
}

#[tokio::test]
async fn a_page_that_is_faster_than_its_shell_types_and_ends_it() {
    let ground = Ground::new().await;
    for name in ["a", "b", "c", "d"] {
        ground.bash(name, "read word; echo got-$word; read _").await;
        let mut page = ground.page(name).await;
        page.attach(0, 0).await;
        page.type_(1, "early\r").await;
        page.read_until("got-early").await;
    }
    for name in ["e", "f", "g", "h"] {
        ground.bash(name, "sleep 7777005").await;
        ground.host.end(name).await.unwrap();
    }
    let gone = async {
        while !running("7777005").is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(60), gone).await.unwrap();
}

/// The processes of this machine with a word on their command lines.
fn running(word: &str) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let lines = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).into_owned());
    lines.filter(|line| line.contains(word)).collect()
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
    assert!(page.text.matches("y\r\n").count() > 400, "{:?}", page.text);
    assert!(page.text.len() < 100 << 10);
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

#[tokio::test]
async fn two_tabs_see_the_same_and_both_type_in_order() {
    let ground = Ground::new().await;
    ground.bash("t", "stty -echo; echo ready; cat").await;
    let (mut first, mut second) = (ground.page("t").await, ground.page("t").await);
    second.client = 2;
    first.attach(0, 0).await;
    first.read_until("ready").await;
    assert_eq!(second.attach(0, 0).await, 0);
    for (number, word) in [(1, "one"), (2, "two"), (3, "three")] {
        first.type_(number, &format!("{word}-a\r")).await;
        for page in [&mut first, &mut second] {
            page.read_until(&format!("{word}-a")).await;
        }
        second.type_(number, &format!("{word}-b\r")).await;
        for page in [&mut first, &mut second] {
            page.read_until(&format!("{word}-b")).await;
        }
    }
    assert_eq!(first.text, second.text);
}

#[tokio::test]
async fn the_size_follows_the_last_tab_that_typed() {
    let ground = Ground::new().await;
    let script = "stty -echo; while read _; do stty size; done";
    ground.bash("t", script).await;
    let (mut first, mut second) = (ground.page("t").await, ground.page("t").await);
    second.client = 2;
    first.attach(0, 0).await;
    second.attach(0, 0).await;
    let (cols, rows) = (120, 40);
    second.send(PageFrame::Resize { cols, rows }).await;
    first.type_(1, "\r").await;
    first.read_until("24 80").await;
    second.type_(1, "\r").await;
    first.until_size(120, 40).await;
    second.read_until("40 120").await;
    // who typed last has gone: the other's room is what there is
    drop(second);
    first.until_size(80, 24).await;
}

#[tokio::test]
async fn who_watches_neither_types_nor_ends_nor_slows_nor_sizes() {
    let ground = Ground::new().await;
    ground
        .bash(
            "t",
            "stty -echo; read _; yes | head -c 9000000; echo over; cat",
        )
        .await;
    let mut watching = ground.watching("t").await;
    watching.client = 2;
    watching.attach(0, 0).await;
    let (cols, rows) = (33, 9);
    watching.send(PageFrame::Resize { cols, rows }).await;
    for frame in [
        PageFrame::Input {
            number: 1,
            bytes: b"typed\r",
        },
        PageFrame::End,
    ] {
        watching.send(frame).await;
        watching.until_notice("You watch").await;
    }
    let mut page = ground.page("t").await;
    page.attach(0, 0).await;
    page.type_(1, "\r").await;
    // one reads and the other does not
    page.read_until("over").await;
    assert!(!page.text.contains("typed"));
    watching.read_until("over").await;
    assert!(watching.skipped, "it was sent all 9 MB");
    page.type_(2, "echoes\r").await;
    page.read_until("echoes").await;
}

#[tokio::test]
async fn who_does_not_attach_is_not_kept() {
    let ground = Ground::new().await;
    ground.bash("t", "sleep 1000").await;
    ground.page("t").await.drops().await;
}

#[tokio::test]
async fn a_message_that_no_page_sends_ends_its_connection_and_not_the_terminal() {
    let ground = Ground::new().await;
    ground.bash("t", "echo ready; cat").await;
    let large = vec![0; 300 << 10];
    for wrong in [
        b"\x09".to_vec(),
        b"\x00\x01".to_vec(),
        b"\x03\0\0\0\0\0\0\0\0".to_vec(),
        large,
    ] {
        let mut page = ground.page("t").await;
        page.send_raw(wrong).await;
        page.drops().await;
    }
    let mut page = ground.page("t").await;
    page.attach(0, 0).await;
    page.read_until("ready").await;
}

/// The stream of a page that is cut off again and again, while it types and while a flood comes, is
/// what the program wrote: nothing is lost, repeated or out of order.
#[tokio::test]
async fn a_thousand_cuts_under_output_and_typing_change_nothing() {
    let ground = Ground::new().await;
    let script = "stty raw -echo; echo ready; seq 1 inf & exec cat > ~/typed";
    ground.bash("t", script).await;
    let mut page = ground.page("t").await;
    page.attach(0, 0).await;
    page.read_until("ready\n1\n").await;
    let mut text = String::new();
    let typed = |number: u32| format!("typed-{number}\n");
    for number in 1..=1000 {
        page.type_(number, &typed(number)).await;
        for _ in 0..number % 4 {
            page.next().await;
            page.send(PageFrame::Ack { seq: page.have }).await;
        }
        text.push_str(&page.text);
        let (epoch, have) = (page.epoch, page.have);
        page = ground.page("t").await;
        // what the cut has taken is typed again, as a page does
        for again in page.attach(epoch, have).await + 1..=number {
            page.type_(again, &typed(again)).await;
        }
    }
    let from = text.find("\n1\n").unwrap() + 1;
    let (whole, _) = text[from..].rsplit_once('\n').unwrap();
    for (seen, wanted) in whole.lines().zip(1..) {
        assert_eq!(seen, wanted.to_string(), "lost, repeated or out of order");
    }
    let typed: String = (1..=1000).map(typed).collect();
    ground.until_file("typed", &typed).await;
    assert!(whole.len() > 10 << 20, "only {} bytes came", whole.len());
}

fn visitor(login: &str, role: Role) -> Visitor {
    let login = login.to_owned();
    Visitor { role, login }
}

#[tokio::test]
async fn a_connection_that_was_handed_over_is_a_page_like_others() {
    let ground = Ground::new().await;
    ground.bash("t", "stty -echo; echo ready; cat").await;
    let mut page = ground.handed("t", visitor("a", Role::Write)).await;
    page.attach(0, 0).await;
    page.type_(1, "typed\r").await;
    page.read_until("typed").await;
    let listed = ground.host.list().await.unwrap();
    let shown_to: Vec<_> = listed[0].viewers.iter().map(|v| &v.visitor).collect();
    assert_eq!(shown_to, [&visitor("a", Role::Write)]);
    assert_eq!(listed[0].alone_s, None);
    page.send(PageFrame::End).await;
    page.exit().await;
}

#[tokio::test]
async fn there_is_no_place_at_a_terminal_that_nobody_knows() {
    let ground = Ground::new().await;
    let seat = client::Seat::take(ground.socket(), "nobody", visitor("a", Role::Write)).await;
    assert!(matches!(seat, Err(client::Error::Refused(_))), "{seat:?}");
}

#[tokio::test]
async fn the_pages_of_a_login_that_counts_no_longer_are_closed_and_others_stay() {
    let ground = Ground::new().await;
    ground.bash("t", "stty -echo; echo ready; cat").await;
    let mut mine = ground.handed("t", visitor("mine", Role::Write)).await;
    let mut theirs = ground.handed("t", visitor("theirs", Role::Write)).await;
    theirs.client = 2;
    for page in [&mut mine, &mut theirs] {
        page.attach(0, 0).await;
        page.read_until("ready").await;
    }
    ground.host.dismiss("theirs").await.unwrap();
    theirs.type_(1, "too late\r").await;
    assert_eq!(theirs.why_closed().await, "You are signed out.");
    mine.type_(1, "in time\r").await;
    mine.read_until("in time").await;
    assert!(!mine.text.contains("late"), "{}", mine.text);
}

/// It could attach again and again for as long as it did not read that it was dismissed.
#[tokio::test]
async fn a_page_that_does_not_read_is_closed_with_its_login_and_can_do_nothing_more() {
    let ground = Ground::new().await;
    ground.bash("t", "yes").await;
    let mut page = ground.handed("t", visitor("theirs", Role::Write)).await;
    page.attach(0, 0).await;
    ground.host.dismiss("theirs").await.unwrap();
    page.try_send(PageFrame::End).await;
    let attach = PageFrame::Attach {
        epoch: 0,
        have: 0,
        client: 9,
        cols: 80,
        rows: 24,
    };
    page.try_send(attach).await;
    page.try_send(PageFrame::End).await;
    ground.until_unwatched("t").await;
    assert_eq!(ground.host.list().await.unwrap()[0].exit, None);
}

/// Whose answer nobody waited for would else be taken for the next one's.
#[tokio::test]
async fn a_request_that_nobody_waits_for_breaks_the_connection_and_nothing_else() {
    let ground = Ground::new().await;
    ground.bash("t", "sleep 600").await;
    let asked = ground.host.list();
    // it is sent, and dropped before its answer is there
    assert!(asked.now_or_never().is_none());
    assert!(ground.host.is_broken());
    let error = ground.host.list().await.unwrap_err();
    assert!(matches!(error, client::Error::Unreachable(_)), "{error:?}");
    let way = Way::Socket(ground.socket().to_owned());
    let again = client::Host::connect(&way).await.unwrap();
    assert_eq!(again.list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_host_for_other_machines_lets_in_who_shows_its_token() {
    let folder = tempfile::tempdir().unwrap();
    let token = |name: &str, letter: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, letter.repeat(40)).unwrap();
        Token::read(&file).unwrap()
    };
    let (right, wrong) = (token("right", "a"), token("wrong", "b"));
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let config = host::Config {
        listen: host::Listen::Network {
            address,
            token: right.clone(),
        },
        run_dir: folder.path().join("run"),
        helper: env!("CARGO_BIN_EXE_pty-helper").into(),
        is_unconfined: false,
        alone_for: Duration::from_secs(60),
        ping_every: Duration::from_secs(20),
    };
    let shutdown = CancellationToken::new();
    let _end = shutdown.clone().drop_guard();
    tokio::spawn(host::run(config, shutdown));
    let way = |token: &Token| Way::Machine {
        address: address.to_string(),
        token: token.clone(),
    };
    let connected = async {
        loop {
            match client::Host::connect(&way(&right)).await {
                Ok(host) => break host,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    };
    let host = timeout(Duration::from_secs(60), connected).await.unwrap();
    assert!(host.list().await.unwrap().is_empty());
    assert!(client::Host::connect(&way(&wrong)).await.is_err());
}
