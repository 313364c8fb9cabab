//! What goes up comes down: bytes, owners, parts, archives, and nothing of what was cut.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    time::Duration,
};

use bytes::Bytes;
use futures_util::stream;
use http_body_util::StreamBody;
use hyper::body::Frame;
use reqwest::{Body, Method, StatusCode};
use shared::{FileKind, paths};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use super::{Desk, refused};
use crate::{
    crash::Killable,
    server::TestServer,
    shell::{PATIENCE, Shell},
};

#[tokio::test]
async fn a_file_goes_up_into_the_shell_and_comes_down_again() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let mut shell = Shell::open(&server, &guest).await;
    let desk = Desk::of(&server, &guest).await;
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    client::files::make_folder(&guest.client, "a/b")
        .await
        .unwrap();
    client::files::make_folder(&guest.client, "a/b")
        .await
        .unwrap();
    assert_eq!(desk.put("a/b/bytes", bytes.clone()).await.status(), 201);
    let seen = shell
        .run("wc -c < a/b/bytes; echo more >> a/b/bytes; touch a/b/mine; stat -c '%U %a' a/b/bytes")
        .await;
    assert!(seen.contains("100000") && seen.contains("end=0"), "{seen}");
    assert!(seen.contains("user 644"), "{seen}");
    let home = fs::metadata(desk.home()).unwrap();
    for path in ["a", "a/b", "a/b/bytes"] {
        let stat = fs::metadata(desk.home().join(path)).unwrap();
        assert_eq!((stat.uid(), stat.gid()), (home.uid(), home.gid()), "{path}");
    }
    let mode = fs::metadata(desk.home().join("a/b/bytes"))
        .unwrap()
        .permissions();
    assert_eq!(mode.mode() & 0o7777, 0o644);

    let answer = desk.get("a/b/bytes").await;
    let headers = answer.headers().clone();
    let header = |name: &str| headers.get(name).unwrap().to_str().unwrap();
    assert_eq!(header("content-type"), "application/octet-stream");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("content-length"), "100005");
    assert_eq!(header("cross-origin-resource-policy"), "same-origin");
    assert_eq!(
        header("content-disposition"),
        "attachment; filename=\"bytes\"; filename*=UTF-8''bytes"
    );
    let mut wanted = bytes;
    wanted.extend(b"more\n");
    assert!(answer.bytes().await.unwrap() == wanted);

    let listed = client::files::list(&guest.client, "a/b").await.unwrap();
    assert_eq!(
        (listed.path.as_str(), listed.home.as_str()),
        ("a/b", "/home/user")
    );
    let found: Vec<_> = listed
        .entries
        .iter()
        .map(|e| (e.name.as_str(), e.kind, e.size_bytes))
        .collect();
    assert_eq!(
        found,
        [
            ("bytes", FileKind::File, 100_005),
            ("mine", FileKind::File, 0)
        ]
    );

    refused(desk.put("a/b/bytes", "other").await, StatusCode::CONFLICT).await;
    refused(desk.put("a/b", "other").await, StatusCode::CONFLICT).await;
    refused(desk.put("nowhere/x", "other").await, StatusCode::NOT_FOUND).await;
    assert_eq!(desk.replace("a/b/bytes", "other").await.status(), 201);
    assert_eq!(desk.get("a/b/bytes").await.text().await.unwrap(), "other");
    client::files::remove(&guest.client, "a").await.unwrap();
    assert!(!desk.home().join("a").exists());
    refused(desk.get("a/b/bytes").await, StatusCode::NOT_FOUND).await;
}

#[tokio::test]
async fn a_part_of_a_file_comes_down_on_its_own() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let desk = Desk::of(&server, &guest).await;
    desk.put("digits", "0123456789").await;
    let ask = |range: &'static str| {
        let asked = desk.ask(Method::GET, &paths::file_content("digits"));
        asked.header("range", range)
    };
    let tag = desk.get("digits").await.headers()["etag"]
        .to_str()
        .unwrap()
        .to_owned();
    for (range, bytes, content) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
    ] {
        let answer = ask(range).header("if-range", &tag).send().await.unwrap();
        assert_eq!(answer.status(), 206);
        assert_eq!(answer.headers()["content-range"], content);
        assert_eq!(answer.text().await.unwrap(), bytes);
    }
    let past = ask("bytes=10-").send().await.unwrap();
    assert_eq!(past.headers()["content-range"], "bytes */10");
    refused(past, StatusCode::RANGE_NOT_SATISFIABLE).await;
    desk.replace("digits", "abcdefghij!").await;
    let another = ask("bytes=2-4")
        .header("if-range", &tag)
        .send()
        .await
        .unwrap();
    assert_eq!(another.status(), 200, "it is another file by now");
}

#[tokio::test]
async fn a_folder_comes_down_as_an_archive_that_unpacks_to_what_it_was() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let desk = Desk::of(&server, &guest).await;
    let at = |name: &str| desk.home().join("top").join(name);
    fs::create_dir_all(at("sub")).unwrap();
    let long = format!("sub/{}", "é".repeat(120));
    for (name, text) in [
        ("sub/a", "first"),
        (long.as_str(), "long"),
        ("run", "#!/bin/sh\n"),
    ] {
        fs::write(at(name), text).unwrap();
    }
    fs::set_permissions(at("run"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("/etc/passwd", at("out")).unwrap();
    symlink("../../../../etc", at("sub/up")).unwrap();
    give_all(&desk);
    let answer = desk.get("top").await;
    assert_eq!(
        answer.headers()["content-disposition"],
        "attachment; filename=\"top.tar\"; filename*=UTF-8''top.tar"
    );
    let packed = answer.bytes().await.unwrap();
    assert!(
        !packed.windows(5).any(|part| part == b"root:"),
        "a link was followed"
    );
    let mut archive = tar::Archive::new(&packed[..]);
    for entry in archive.entries().unwrap() {
        let path = entry.unwrap().path().unwrap().into_owned();
        let is_inside = path
            .components()
            .all(|part| matches!(part, std::path::Component::Normal(_)));
        assert!(is_inside && path.starts_with("top"), "{}", path.display());
    }
    let unpacked = tempfile::tempdir().unwrap();
    let file = unpacked.path().join("top.tar");
    fs::write(&file, &packed).unwrap();
    let tar = std::process::Command::new("tar")
        .arg("-xf")
        .arg(&file)
        .arg("-C")
        .arg(unpacked.path())
        .status();
    assert!(tar.unwrap().success());
    let there = |name: &str| unpacked.path().join("top").join(name);
    assert_eq!(fs::read_to_string(there("sub/a")).unwrap(), "first");
    assert_eq!(fs::read_to_string(there(&long)).unwrap(), "long");
    assert_eq!(
        fs::metadata(there("run")).unwrap().permissions().mode() & 0o777,
        0o755
    );
    assert_eq!(
        fs::read_link(there("out")).unwrap().to_str(),
        Some("/etc/passwd")
    );
}

/// What a test has written into a home, as if a shell had.
pub fn give_all(desk: &Desk<'_>) {
    let home = fs::metadata(desk.home()).unwrap();
    fn give(path: &std::path::Path, uid: u32, gid: u32) {
        std::os::unix::fs::lchown(path, Some(uid), Some(gid)).unwrap();
        if path.is_dir() && !path.is_symlink() {
            for entry in fs::read_dir(path).unwrap() {
                give(&entry.unwrap().path(), uid, gid);
            }
        }
    }
    give(&desk.home(), home.uid(), home.gid());
}

/// How many of this process's open files are in a folder; one without a name counts.
fn open_below(folder: &std::path::Path) -> usize {
    let open = fs::read_dir("/proc/self/fd").unwrap();
    let targets = open.filter_map(|fd| fs::read_link(fd.ok()?.path()).ok());
    targets
        .filter(|target| target.starts_with(folder) && !target.is_dir())
        .count()
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(
        tokio::time::timeout(PATIENCE, waiting).await.is_ok(),
        "{what}"
    );
}

#[tokio::test]
async fn of_an_upload_that_is_cut_nothing_is_left() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let desk = Desk::of(&server, &guest).await;
    let names = || {
        let mut names: Vec<_> = fs::read_dir(desk.home())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        names.sort();
        names
    };
    let (before, used) = (names(), desk.used().await);
    desk.put("kept", "old").await;
    for path in [paths::file_content("half"), paths::file_replaced("kept")] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let head = format!(
            "PUT {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\ncontent-length: 1000000\r\n\r\n",
            server.address,
            guest.client.token().unwrap()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&[b'x'; 500_000]).await.unwrap();
        until("the upload begins", || open_below(&desk.home()) > 0).await;
        drop(stream);
        until("the upload ends", || open_below(&desk.home()) == 0).await;
    }
    assert_eq!(desk.get("kept").await.text().await.unwrap(), "old");
    client::files::remove(&guest.client, "kept").await.unwrap();
    assert_eq!(names(), before);
    assert_eq!(desk.used().await, used);
}

/// So much that a server which kept it would be seen to.
const LARGE_BYTES: usize = 200 << 20;
/// By so much its memory may grow at most: a tenth.
const GROWTH_BYTES: u64 = 20 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_passes_through_the_server_without_staying_in_it() {
    let server = Killable::start(TestServer::unstarted().await, false).await;
    let guest = server.seen.guest().await;
    let desk = Desk::of(&server.seen, &guest).await;
    // what it takes for anything at all is not counted
    desk.put("small", vec![7; 1 << 20]).await;
    desk.get("small").await.bytes().await.unwrap();
    let peak = || {
        let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmHWM"))
            .unwrap();
        let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib << 10
    };
    let before = peak();
    let chunk = Bytes::from(vec![b'x'; 1 << 20]);
    let chunks =
        (0..LARGE_BYTES >> 20).map(move |_| Ok::<_, std::io::Error>(Frame::data(chunk.clone())));
    let body = Body::wrap(StreamBody::new(stream::iter(chunks)));
    assert_eq!(desk.put("large", body).await.status(), 201);
    let mut answer = desk.get("large").await;
    let mut count = 0;
    while let Some(chunk) = answer.chunk().await.unwrap() {
        assert!(chunk.iter().all(|byte| *byte == b'x'));
        count += chunk.len();
    }
    assert_eq!(count, LARGE_BYTES);
    let mut answer = desk.get("").await;
    let mut packed = 0;
    while let Some(chunk) = answer.chunk().await.unwrap() {
        packed += chunk.len();
    }
    assert!(packed > LARGE_BYTES);
    let grown = peak() - before;
    assert!(grown < GROWTH_BYTES, "the server grew by {grown} bytes");
}
