//! The same by command.

use std::fs;

use super::Desk;
use crate::{mac::Machine, server::TestServer};

#[tokio::test]
async fn mac_puts_gets_and_lists_files() {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let desk = Desk::of(&server, &guest).await;
    let machine = Machine::signed_in(&server, &guest).await;
    let well = async |line: &str| {
        let ran = machine.run(line).await;
        assert_eq!(ran.code, Some(0), "{line}: {ran:?}");
        ran.out
    };
    let text = "text\n".repeat(100_000);
    machine.write("file", &text);
    client::files::make_folder(&guest.client, "sub")
        .await
        .unwrap();
    assert_eq!(
        well("mac files put file sub/").await,
        "sub/file is in the home\n"
    );
    assert_eq!(desk.get("sub/file").await.text().await.unwrap(), text);
    let again = machine.run("mac files put file sub/file").await;
    assert!(
        again.code != Some(0) && again.err.contains("is there already"),
        "{again:?}"
    );
    machine.write("file", "other");
    well("mac files put --overwrite file ~/sub/file").await;
    well("mac files get sub/file copy").await;
    assert_eq!(
        fs::read_to_string(machine.home.path().join("copy")).unwrap(),
        "other"
    );
    assert_eq!(well("mac files get sub/file -").await, "other");
    well("mac files get sub").await;
    let packed = fs::read(machine.home.path().join("sub.tar")).unwrap();
    let mut archive = tar::Archive::new(&packed[..]);
    assert_eq!(archive.entries().unwrap().count(), 2);
    let listed = well("mac files ls sub").await;
    assert!(listed.contains("| file | file | 5 "), "{listed}");
    let nothing = machine.run("mac files get nowhere").await;
    assert!(nothing.code != Some(0), "{nothing:?}");
    let left = fs::read_dir(machine.home.path()).unwrap();
    let halves = left.filter(|entry| {
        entry
            .as_ref()
            .unwrap()
            .path()
            .to_string_lossy()
            .contains("part")
    });
    assert_eq!(halves.count(), 0);
}
