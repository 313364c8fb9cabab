//! Whatever a name says, and whatever lies in the home under it: nothing leads out.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt as _, symlink},
        net::UnixListener,
    },
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use reqwest::{Method, StatusCode};
use rustix::fs::{CWD, FileType, Mode, RenameFlags, makedev, mkfifoat, mknodat, renameat_with};
use shared::{FileKind, paths};

use super::{Desk, content::give_all, refused};
use crate::server::TestServer;

/// What is not the account's, and must neither be seen nor changed.
const SECRET: &str = "somebody else's";

#[tokio::test]
async fn no_name_leads_out_of_the_home() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let desk = Desk::of(&server, &guest).await;
    let outside = server.data.path().join("homes/outside");
    fs::write(&outside, SECRET).unwrap();
    let (long, deep) = ("x".repeat(256), "x/".repeat(3000));
    let absolute = outside.display().to_string();
    let corpus = [
        "..",
        "../outside",
        "./../outside",
        "a/../../outside",
        ".",
        "./.bashrc",
        "/",
        "//",
        "/etc/passwd",
        &absolute,
        "a//b",
        "\0",
        "a\0b",
        "a\nb",
        "\u{1b}]7717;x",
        "\u{7f}",
        "\u{9b}1m",
        &long,
        &deep,
        "../outside\0",
        "..\u{0}/outside",
    ];
    for path in corpus {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        for (method, at) in [
            (Method::GET, paths::file(path)),
            (Method::GET, paths::file_content(path)),
            (Method::PUT, paths::file_content(path)),
            (Method::PUT, paths::file_replaced(path)),
            (Method::DELETE, paths::file(path)),
        ] {
            let answer = desk.ask(method.clone(), &at).body("x").send().await;
            let answer = answer.unwrap();
            assert_eq!(answer.status(), status, "{method} {path:?}");
            refused(answer, status).await;
        }
        let made = client::files::make_folder(&guest.client, path).await;
        assert_eq!(made.unwrap_err().status, 422, "{path:?}");
    }
    // as it may be written on the wire; what is encoded twice is a name like any other
    for (written, status) in [
        ("%2e%2e%2foutside", 422),
        ("%2E%2E/outside", 422),
        ("..%5coutside", 404),
        ("%252e%252e%252foutside", 404),
        ("%c0%ae%c0%ae/outside", 404),
        ("%ff", 404),
    ] {
        let at = format!("{}?path={written}", paths::FILE_CONTENT);
        let answer = desk.ask(Method::GET, &at).send().await.unwrap();
        assert_eq!(answer.status(), status, "{written}");
    }
    for nothing in ["", "?path", "?path="] {
        let at = format!("{}{nothing}", paths::FILE_CONTENT);
        let answer = desk.ask(Method::PUT, &at).body("x").send().await.unwrap();
        assert!(answer.status().is_client_error(), "{nothing}");
    }
    let whole = client::files::remove(&guest.client, "").await;
    assert_eq!(whole.unwrap_err().status, 409);
    assert_eq!(fs::read_to_string(&outside).unwrap(), SECRET);
    assert_eq!(
        fs::read_dir(server.data.path().join("homes"))
            .unwrap()
            .count(),
        2
    );
}

#[tokio::test]
async fn names_of_all_languages_go_up_and_come_down() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let desk = Desk::of(&server, &guest).await;
    let longest = "x".repeat(255);
    let names = [
        "a b",
        "été",
        "e\u{301}te\u{301}",
        "日本",
        "🎉",
        "%2e%2e",
        "a\\b",
        "a;b&c=d#e?f",
        "\"'`$(x)",
        "-rf",
        "~",
        "...",
        "\u{202e}txt.exe",
        " ",
        &longest,
    ];
    for name in names {
        assert_eq!(
            desk.put(name, name.to_owned()).await.status(),
            201,
            "{name:?}"
        );
    }
    for name in names {
        let answer = desk.get(name).await;
        assert_eq!(answer.status(), 200, "{name:?}");
        assert_eq!(answer.text().await.unwrap(), name);
    }
    let listed = client::files::list(&guest.client, "").await.unwrap();
    for name in names {
        let entry = listed.entries.iter().find(|entry| entry.name == name);
        assert!(entry.unwrap().has_plain_name, "{name:?}");
    }
}

#[tokio::test]
async fn a_link_is_followed_as_long_as_it_stays_in_the_home() {
    let server = TestServer::new().await;
    let (guest, other) = (server.guest().await, server.guest().await);
    let (desk, others) = (
        Desk::of(&server, &guest).await,
        Desk::of(&server, &other).await,
    );
    fs::write(others.home().join("secret"), SECRET).unwrap();
    let at = |name: &str| desk.home().join(name);
    fs::create_dir(at("inner")).unwrap();
    fs::write(at("inner/file"), "mine").unwrap();
    symlink("inner", at("in")).unwrap();
    symlink("../inner/file", at("inner/again")).unwrap();
    give_all(&desk);
    give_all(&others);
    for path in ["in/file", "in/again", "inner/again"] {
        assert_eq!(desk.get(path).await.text().await.unwrap(), "mine", "{path}");
    }
    assert_eq!(desk.put("in/new", "new").await.status(), 201);
    assert_eq!(fs::read(at("inner/new")).unwrap(), b"new");

    for (name, target) in [
        ("passwd", Path::new("/etc/passwd").to_owned()),
        ("etc", "/etc".into()),
        ("absolute", at("inner")),
        ("theirs", others.home()),
        ("up", format!("../{}", other.account.id).into()),
        ("root", "/proc/self/root".into()),
        ("cwd", "/proc/self/cwd".into()),
        ("descriptor", "/proc/self/fd/0".into()),
        ("circle", "circle".into()),
    ] {
        symlink(target, at(name)).unwrap();
        for path in [
            name.to_owned(),
            format!("{name}/secret"),
            format!("{name}/passwd"),
        ] {
            let answer = desk.get(&path).await;
            refused(answer, StatusCode::UNPROCESSABLE_ENTITY).await;
            let listed = client::files::list(&guest.client, &path).await;
            assert_eq!(listed.unwrap_err().status, 422, "{path}");
        }
        let put = desk.replace(&format!("{name}/planted"), "x").await;
        refused(put, StatusCode::UNPROCESSABLE_ENTITY).await;
        let removed = client::files::remove(&guest.client, &format!("{name}/secret")).await;
        assert_eq!(removed.unwrap_err().status, 422, "{name}");
        let made = client::files::make_folder(&guest.client, &format!("{name}/a/b")).await;
        assert_eq!(made.unwrap_err().status, 422, "{name}");
    }
    let listed = client::files::list(&guest.client, "").await.unwrap();
    let kind = |name: &str| {
        let entry = listed.entries.iter().find(|entry| entry.name == name);
        entry.map(|entry| (entry.kind, entry.is_link)).unwrap()
    };
    assert_eq!(kind("in"), (FileKind::Folder, true));
    assert_eq!(kind("passwd"), (FileKind::Other, true));
    assert_eq!(kind("theirs"), (FileKind::Other, true));

    // in the place of a link comes a file; what it led to stays
    assert_eq!(desk.put("theirs", "x").await.status(), 409);
    assert_eq!(desk.replace("theirs", "mine").await.status(), 201);
    assert!(!at("theirs").is_symlink());
    // and a link is removed, not what it leads to
    client::files::remove(&guest.client, "up").await.unwrap();
    client::files::remove(&guest.client, "in").await.unwrap();
    assert!(at("inner/file").exists());
    assert_eq!(
        fs::read_to_string(others.home().join("secret")).unwrap(),
        SECRET
    );
    assert!(!others.home().join("planted").exists());
    assert!(!Path::new("/etc/planted").exists());
}

#[tokio::test]
async fn what_is_no_file_blocks_nobody_and_gives_nothing() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let desk = Desk::of(&server, &guest).await;
    let at = |name: &str| desk.home().join(name);
    mkfifoat(CWD, at("pipe"), Mode::RWXU).unwrap();
    let _socket = UnixListener::bind(at("socket")).unwrap();
    symlink("pipe", at("link")).unwrap();
    // a link is replaced, and what it leads to stays for the next
    let mut odd = vec!["link", "pipe", "socket"];
    // an ordinary user makes no devices, so a shell in a sandbox makes none either
    let null = mknodat(
        CWD,
        at("device"),
        FileType::CharacterDevice,
        Mode::RWXU,
        makedev(1, 3),
    );
    if null.is_ok() {
        odd.push("device");
    }
    for name in odd {
        let answer = tokio::time::timeout(Duration::from_secs(60), desk.get(name)).await;
        refused(answer.unwrap(), StatusCode::UNPROCESSABLE_ENTITY).await;
        assert_eq!(desk.put(name, "x").await.status(), 409);
        let replaced = tokio::time::timeout(Duration::from_secs(60), desk.replace(name, "x"));
        assert_eq!(replaced.await.unwrap().status(), 201, "{name}");
        assert_eq!(fs::read(at(name)).unwrap(), b"x");
    }
    assert_eq!(desk.replace(".ssh", "x").await.status(), 409);
    assert_eq!(desk.put(".bashrc/x", "x").await.status(), 422);
}

#[tokio::test]
async fn a_file_of_somebody_else_under_another_name_is_not_given() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let desk = Desk::of(&server, &guest).await;
    let ours = server.data.path().join("secret.key");
    if fs::metadata(desk.home()).unwrap().uid() == fs::metadata(&ours).unwrap().uid() {
        eprintln!("SKIPPED: accounts have no user ids of their own here");
        return;
    }
    fs::hard_link(&ours, desk.home().join("key")).unwrap();
    refused(desk.get("key").await, StatusCode::FORBIDDEN).await;
    let packed = desk.get("").await.bytes().await.unwrap();
    let key = fs::read(&ours).unwrap();
    assert!(!packed.windows(key.len()).any(|part| part == key));
}

/// Says that something is over when it is dropped.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_swapped_for_a_link_meanwhile_leads_nowhere_else() {
    const TRIES: usize = 400;
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let desk = Desk::of(&server, &guest).await;
    let outside = server.data.path().join("homes/outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("file"), SECRET).unwrap();
    let at = |name: &str| desk.home().join(name);
    fs::create_dir(at("folder")).unwrap();
    fs::write(at("folder/file"), "mine").unwrap();
    symlink("../outside", at("link")).unwrap();
    give_all(&desk);
    let is_over = AtomicBool::default();
    let (folder, link) = (at("folder"), at("link"));
    let (mut given, mut refused) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                renameat_with(CWD, &folder, CWD, &link, RenameFlags::EXCHANGE).unwrap();
            }
        });
        // even when what follows fails: the other thread is waited for
        let _over = SetOnDrop(&is_over);
        let asking = async {
            for _ in 0..TRIES {
                let answer = desk.get("folder/file").await;
                match answer.status().as_u16() {
                    200 => {
                        assert_eq!(answer.text().await.unwrap(), "mine");
                        given += 1;
                    }
                    // it led out, or was moved about
                    409 | 422 => refused += 1,
                    other => panic!("{other}"),
                }
                desk.replace("folder/planted", "x").await;
                client::files::make_folder(&guest.client, "folder/made")
                    .await
                    .ok();
                client::files::remove(&guest.client, "folder/file2")
                    .await
                    .ok();
            }
        };
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(asking));
    });
    assert!(given > 0 && refused > 0, "{given} {refused}");
    let left: Vec<_> = fs::read_dir(&outside).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(fs::read_to_string(outside.join("file")).unwrap(), SECRET);
}

#[tokio::test]
async fn files_are_for_their_account_alone_and_for_pages_of_ours() {
    let server = TestServer::new().await;
    let (guest, other) = (server.guest().await, server.guest().await);
    let desk = Desk::of(&server, &guest).await;
    assert_eq!(desk.put("mine", "mine").await.status(), 201);
    let others = Desk::of(&server, &other).await;
    assert_eq!(others.get("mine").await.status(), 404);

    let http = reqwest::Client::new();
    let at = server.url(&paths::file_content("mine"));
    let nobody = |method: Method| {
        let request = http.request(method, &at).body("x");
        request.header("origin", server.origin()).send()
    };
    for method in [Method::GET, Method::PUT] {
        assert_eq!(nobody(method).await.unwrap().status(), 401);
    }
    let replaced = server.url(&paths::file_replaced("mine"));
    let page = |origin: Option<&str>| {
        let request = http
            .put(&replaced)
            .header("cookie", &guest.cookie)
            .body("page");
        match origin {
            Some(origin) => request.header("origin", origin).send(),
            None => request.send(),
        }
    };
    let application = server.origin().replace("127.0.0.1", "evil.localhost");
    for origin in [
        None,
        Some("null"),
        Some("http://evil.example"),
        Some(&application),
    ] {
        assert_eq!(page(origin).await.unwrap().status(), 403, "{origin:?}");
    }
    assert_eq!(desk.get("mine").await.text().await.unwrap(), "mine");
    assert_eq!(page(Some(&server.origin())).await.unwrap().status(), 201);
    assert_eq!(desk.get("mine").await.text().await.unwrap(), "page");
}
