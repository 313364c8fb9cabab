//! The macfile that homes have: its commands make what they say, and take it away again.

use crate::{home::Home, rig::Cloud};

const SAMPLE: &str = include_str!("../../../../tutorials/samples/azure.macfile");

/// The commands of its resources under a key, in order. How a macfile is read is tested where it is
/// read; this knows as much of YAML as the sample has.
fn commands(key: &str) -> Vec<String> {
    let mut lines = SAMPLE.lines().peekable();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        let Some(first) = line.trim_start().strip_prefix(key) else {
            continue;
        };
        let mut words = vec![first.trim()];
        if words == [">-"] {
            words.clear();
            let is_inside = |line: &&str| line.starts_with("      ");
            while let Some(line) = lines.next_if(is_inside) {
                words.push(line.trim());
            }
        }
        found.push(words.join(" "));
    }
    found
}

#[tokio::test]
async fn the_sample_makes_a_server_and_leaves_nothing_when_it_is_destroyed() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let home = Home::signed_in(&me);
    let (makes, takes) = (commands("create bash:"), commands("destroy bash:"));
    assert_eq!((makes.len(), takes.len()), (3, 3));
    for command in &makes {
        home.ok(command).await;
    }
    let said = home.until("azure vm list", "ReadyRole").await;
    assert!(said.contains("azure-demo-01"), "{said}");
    let done = "Command Execution Finished";
    let said = home
        .until("azure service show azure-demo-01 --json", done)
        .await;
    assert!(said.contains("makes the folder C:\\\\HelloWorld"), "{said}");
    for command in takes.iter().rev() {
        home.ok(command).await;
    }
    let said = home
        .ok("azure service list && azure network vnet list")
        .await;
    assert!(said.contains("No Cloud Services exist"), "{said}");
    assert!(said.contains("No virtual networks found"), "{said}");
}
