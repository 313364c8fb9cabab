//! The emulated Azure as the genuine `azure` command line and strangers see it.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod az;
mod home;
mod machines;
mod polls;
#[path = "../cloud/rig.rs"]
#[expect(dead_code, reason = "what AWS alone needs of it")]
mod rig;
mod sample;
mod wire;

use crate::{
    home::{Home, additions},
    rig::Cloud,
};

/// The image of the tutorial.
const IMAGE: &str = "ad072bd3082149369c449ba5832401ae__Windows-Server-Remote-Desktop-Session-Host-on-Windows-Server-2012-R2-20150828-0350";
const NETWORK: &str = "azure network vnet create --location \"East US\" testnet";
const LIST: &str = "azure vm list";
const EXTENSION: &str = "azure vm extension set macdemotest CustomScriptExtension Microsoft.Compute 1.4 -i '{\"fileUris\":[\"\"], \"commandToExecute\": \"powershell -ExecutionPolicy Unrestricted -file createFolder.ps1\" }'";

fn machine() -> String {
    format!(
        "azure vm create --vm-name macdemotest --location \"East US\" --virtual-network-name testnet --rdp 3389  macdemotest   {IMAGE} username MySafePassword01!"
    )
}

#[tokio::test]
async fn the_tutorial_runs_letter_by_letter() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let home = Home::new(&me);
    let said = home.ok("npm install -g azure-cli").await;
    assert!(said.contains("is installed already"), "{said}");
    let package = std::fs::read_to_string(additions().join("package.json")).unwrap();
    assert!(
        package.contains("0.10.20") && said.contains("0.10.20"),
        "{package}"
    );
    let said = home.ok("azure config mode asm").await;
    assert!(said.contains("New mode is asm"), "{said}");
    let said = home.ok("azure login").await;
    assert!(said.contains("login command OK"), "{said}");
    assert!(said.contains("Added subscription Emulated"), "{said}");
    let said = home.ok(NETWORK).await;
    assert!(said.contains("network vnet create command OK"), "{said}");
    let said = home.ok(&machine()).await;
    assert!(said.contains("vm create command OK"), "{said}");
    let said = home.until(LIST, "ReadyRole").await;
    let row = said
        .lines()
        .find(|line| line.contains("macdemotest"))
        .unwrap();
    let cells: Vec<&str> = row
        .split("  ")
        .map(str::trim)
        .filter(|cell| !cell.is_empty())
        .collect();
    assert_eq!(
        cells,
        [
            "data:",
            "macdemotest",
            "ReadyRole",
            "East US",
            "macdemotest.cloudapp.net",
            "10.0.0.4"
        ]
    );
    let said = home.ok(EXTENSION).await;
    assert!(said.contains("vm extension set command OK"), "{said}");
}

#[tokio::test]
async fn the_neighbours_of_the_tutorial_s_commands_answer() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let home = Home::signed_in(&me);
    let said = home.ok("azure account list").await;
    assert!(
        said.contains("Emulated") && said.contains(&me.azure_subscription),
        "{said}"
    );
    let said = home.ok("azure account show").await;
    assert!(
        said.contains(&format!("{}@emulated.local", me.account_number)),
        "{said}"
    );
    let said = home.ok("azure vm location list").await;
    assert!(
        said.contains("East US") && said.contains("Australia East"),
        "{said}"
    );
    let said = home.ok("azure vm image list").await;
    assert!(
        said.contains(IMAGE) && said.contains("Ubuntu-14_04"),
        "{said}"
    );
    let said = home.ok(&format!("azure vm image show {IMAGE}")).await;
    assert!(
        said.contains("Windows") && said.contains("emulated"),
        "{said}"
    );
    let said = home.ok("azure vm extension list").await;
    assert!(said.contains("CustomScriptExtension"), "{said}");
    let said = home.ok("azure storage account list").await;
    assert!(said.contains("portalvhds"), "{said}");
    home.ok("azure service create --location \"West US\" mine")
        .await;
    let said = home.ok("azure service list").await;
    assert!(said.contains("mine") && said.contains("West US"), "{said}");
    home.ok("azure service delete -q mine").await;
    home.ok(NETWORK).await;
    let said = home.ok("azure network vnet show testnet").await;
    assert!(
        said.contains("10.0.0.0/8") && said.contains("Subnet-1"),
        "{said}"
    );
    let said = home.ok("azure network vnet list").await;
    assert!(
        said.contains("testnet") && said.contains("Created"),
        "{said}"
    );
}

#[tokio::test]
async fn what_is_refused_is_said_in_words_and_leaves_nothing() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let home = Home::signed_in(&me);
    home.ok(NETWORK).await;
    let said = home.refused(NETWORK).await;
    assert!(said.contains("already exists"), "{said}");
    let said = home
        .refused(&machine().replace(IMAGE, "no-such-image"))
        .await;
    assert!(said.contains("Image \"no-such-image\" not found"), "{said}");
    let said = home
        .refused(&machine().replace("MySafePassword01!", "short"))
        .await;
    assert!(
        said.contains("password") || said.contains("Password"),
        "{said}"
    );
    // the command line looks at neither, so it is the server that refuses, and it cleans up
    let said = home
        .refused(&machine().replace("--rdp 3389", "--rdp 3389 --subnet-names nowhere"))
        .await;
    assert!(said.contains("The subnet nowhere was not found"), "{said}");
    assert!(
        home.ok("azure service list")
            .await
            .contains("No Cloud Services exist")
    );
    for at in 0..20 {
        wire::create_service(&me, &format!("name{at}")).await;
    }
    let said = home
        .refused("azure service create --location \"West US\" another")
        .await;
    assert!(said.contains("Quota exceeded"), "{said}");
}
