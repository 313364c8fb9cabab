//! What a home may hold, to the byte; and what follows when it holds more.

use std::{fs, os::unix::fs::MetadataExt as _, path::Path, time::Duration};

use bytes::Bytes;
use futures_util::stream;
use http_body_util::StreamBody;
use hyper::body::Frame;
use reqwest::{Body, StatusCode};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use shared::{HomeState, TerminalState};

use super::{Desk, refused};
use crate::{
    server::TestServer,
    shell::{PATIENCE, Shell},
};

const QUOTA_BYTES: u64 = 1 << 20;

/// What `du` would say.
fn on_disk(path: &Path) -> u64 {
    let mut bytes = fs::symlink_metadata(path).unwrap().blocks() * 512;
    if path.is_dir() && !path.is_symlink() {
        for entry in fs::read_dir(path).unwrap() {
            bytes += on_disk(&entry.unwrap().path());
        }
    }
    bytes
}

#[tokio::test]
async fn an_upload_fits_to_the_byte_or_is_refused() {
    let server = TestServer::with(|config| config.home_mib = 1).await;
    let guest = server.guest().await;
    let desk = Desk::of(&server, &guest).await;
    let listed = client::files::list(&guest.client, "").await.unwrap();
    assert_eq!(listed.usage.quota_bytes, Some(QUOTA_BYTES));
    assert_eq!(listed.usage.used_bytes, on_disk(&desk.home()));
    let room = usize::try_from(QUOTA_BYTES - listed.usage.used_bytes).unwrap();
    let bytes = |count: usize| vec![b'x'; count];

    let large = refused(
        desk.put("large", bytes(room + 1)).await,
        StatusCode::PAYLOAD_TOO_LARGE,
    )
    .await;
    assert_eq!(
        large.title,
        format!("the home has room for {room} bytes more, and this is larger")
    );
    // and so does one that does not say how large it is
    let chunks = vec![Bytes::from(bytes(room)), Bytes::from_static(b"x")];
    let frames = chunks
        .into_iter()
        .map(|chunk| Ok::<_, std::io::Error>(Frame::data(chunk)));
    let unknown = Body::wrap(StreamBody::new(stream::iter(frames)));
    refused(
        desk.put("large", unknown).await,
        StatusCode::PAYLOAD_TOO_LARGE,
    )
    .await;
    assert!(!desk.home().join("large").exists());
    assert_eq!(desk.used().await, listed.usage.used_bytes);

    assert_eq!(desk.put("fits", bytes(room)).await.status(), 201);
    assert_eq!(desk.used().await, on_disk(&desk.home()));
    let full = refused(desk.put("more", "x").await, StatusCode::PAYLOAD_TOO_LARGE).await;
    assert_eq!(full.title, "the home is full: remove something first");
    let made = client::files::make_folder(&guest.client, "more").await;
    assert_eq!(made.unwrap_err().status, 413);
    let usage = client::files::list(&guest.client, "").await.unwrap().usage;
    assert_eq!(usage.state, HomeState::Full);

    client::files::remove(&guest.client, "fits").await.unwrap();
    assert_eq!(desk.used().await, on_disk(&desk.home()));
    assert_eq!(desk.put("more", "x").await.status(), 201);
}

#[tokio::test]
async fn a_full_home_lets_new_shells_write_little_and_ends_older_ones_at_twice_its_quota() {
    let server = TestServer::with(|config| config.home_mib = 1).await;
    let guest = server.guest().await;
    let mut older = Shell::open(&server, &guest).await;
    let seen = older.run("head -c 2500000 /dev/zero > big").await;
    assert!(seen.contains("end=0"), "{seen}");
    let ended = async {
        loop {
            let all = client::terminals::list(&guest.client).await.unwrap().items;
            if let Some(one) = all
                .into_iter()
                .find(|one| one.state == TerminalState::Ended)
            {
                break one;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let ended = tokio::time::timeout(PATIENCE, ended).await.unwrap();
    assert!(ended.reason.unwrap().contains("twice what it may"));
    // what is opened from now on may look and remove, and writes nothing
    let mut newer = Shell::open(&server, &guest).await;
    let seen = newer.run("head -c 4096 /dev/zero > more").await;
    assert!(!seen.contains("end=0"), "{seen}");
    let seen = newer.run("truncate -s 0 big; rm -f big more").await;
    assert!(seen.contains("end=0"), "{seen}");
}

/// A small disk in the place of a folder; it is taken away when dropped.
struct Disk<'a>(&'a Path);

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        unmount(self.0, UnmountFlags::DETACH).unwrap();
    }
}

#[tokio::test]
async fn on_a_full_disk_an_upload_is_refused_and_nothing_of_it_is_left() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let homes = server.data.path().join("homes");
    fs::create_dir_all(&homes).unwrap();
    if let Err(error) = mount(
        c"tmpfs",
        &homes,
        c"tmpfs",
        MountFlags::empty(),
        Some(c"size=4m"),
    ) {
        eprintln!("SKIPPED: no disk can be mounted here: {error}");
        return;
    }
    let disk = Disk(&homes);
    let desk = Desk::of(&server, &guest).await;
    let before = on_disk(&desk.home());
    let answer = desk.put("large", vec![b'x'; 8 << 20]).await;
    let told = refused(answer, StatusCode::SERVICE_UNAVAILABLE).await;
    assert!(told.title.contains("disk is full"), "{told:?}");
    assert_eq!(on_disk(&desk.home()), before);
    assert_eq!(desk.put("small", vec![b'x'; 1 << 20]).await.status(), 201);
    drop(disk);
}
