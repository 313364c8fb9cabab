//! Machines through the genuine command line.

use crate::{EXTENSION, LIST, NETWORK, home::Home, machine, rig::Cloud};

#[tokio::test]
async fn a_script_on_windows_is_told_as_emulated() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let home = Home::signed_in(&me);
    home.ok(NETWORK).await;
    home.ok(&machine()).await;
    home.ok(EXTENSION).await;
    let said = home.ok("azure vm extension get macdemotest").await;
    assert!(
        said.contains("CustomScriptExtensi") && said.contains("Enable"),
        "{said}"
    );
    let done = home
        .until(
            "azure service show macdemotest --json",
            "Command Execution Finished",
        )
        .await;
    assert!(
        done.contains("makes the folder C:\\\\HelloWorld; here it is described"),
        "{done}"
    );
    assert!(
        done.contains("no Windows runs here, so this was not executed"),
        "{done}"
    );
    let said = home.ok("azure vm show macdemotest").await;
    assert!(said.contains("emulated: this machine has states"), "{said}");
    assert!(!said.contains("MySafePassword01!"), "{said}");
    // taken away again
    home.ok("azure vm extension set macdemotest CustomScriptExtension Microsoft.Compute 1.4 -u")
        .await;
    let said = home.ok("azure vm extension get macdemotest").await;
    assert!(said.contains("No extensions found"), "{said}");
}

#[tokio::test]
async fn a_machine_is_stopped_and_started_as_it_is_told() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let home = Home::signed_in(&me);
    home.ok(NETWORK).await;
    home.ok(&machine()).await;
    home.until(LIST, "ReadyRole").await;
    home.ok("azure vm shutdown macdemotest").await;
    let said = home.until(LIST, "StoppedDeallocated").await;
    assert!(!said.contains("10.0.0.4"), "{said}");
    let said = home.refused("azure vm restart macdemotest").await;
    assert!(
        said.contains("does not run, so it cannot be restarted"),
        "{said}"
    );
    home.ok("azure vm start macdemotest").await;
    home.until(LIST, "ReadyRole").await;
    home.ok("azure vm restart macdemotest").await;
    home.until(LIST, "ReadyRole").await;
    home.ok("azure vm shutdown --stay-provisioned macdemotest")
        .await;
    home.until(LIST, "StoppedVM").await;
}

#[tokio::test]
async fn a_machine_has_endpoints_and_is_deleted_with_all_that_it_had() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let home = Home::signed_in(&me);
    home.ok(NETWORK).await;
    home.ok(&machine()).await;
    let said = home.ok("azure vm endpoint list macdemotest").await;
    assert!(said.contains("rdp") && said.contains("3389"), "{said}");
    home.ok("azure vm endpoint create -n web macdemotest 80 8080")
        .await;
    let said = home.ok("azure vm endpoint list macdemotest").await;
    assert!(
        said.contains("web") && said.contains("8080") && said.contains("rdp"),
        "{said}"
    );
    home.ok("azure vm endpoint delete macdemotest web").await;
    let said = home.ok("azure vm endpoint list macdemotest").await;
    assert!(!said.contains("8080"), "{said}");

    let said = home.refused("azure service delete -q macdemotest").await;
    assert!(said.contains("has a deployment"), "{said}");
    let said = home.refused("azure network vnet delete -q testnet").await;
    assert!(
        said.contains("is in use by the deployment macdemotest"),
        "{said}"
    );
    home.ok("azure vm delete -q macdemotest").await;
    assert!(home.ok(LIST).await.contains("No VMs found"));
    assert!(
        home.ok("azure service list")
            .await
            .contains("No Cloud Services exist")
    );
    home.ok("azure network vnet delete -q testnet").await;
    assert!(
        home.ok("azure network vnet list")
            .await
            .contains("No virtual networks found")
    );
}

#[tokio::test]
async fn a_machine_under_linux_is_made_beside_another_one() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let home = Home::signed_in(&me);
    let image =
        "b39f27a8b8c64d52b05eac6a62ebad85__Ubuntu-14_04_3-LTS-amd64-server-20150908-en-us-30GB";
    let create =
        format!("azure vm create --ssh --location \"West US\" lin {image} somebody Long-Enough1@");
    home.ok(&create).await;
    let said = home.refused(&create).await;
    assert!(said.contains("already exists"), "{said}");
    home.ok(&create
        .replace("--ssh --", "--ssh 2222 --connect --")
        .replace("--location \"West US\"", ""))
        .await;
    let said = home.until(LIST, "ReadyRole").await;
    assert!(
        said.contains("100.64.0.4") && said.contains("100.64.0.5"),
        "{said}"
    );
    home.ok("azure vm delete -q lin-2").await;
    let said = home.ok(LIST).await;
    assert!(
        said.contains("100.64.0.4") && !said.contains("100.64.0.5"),
        "{said}"
    );
}
