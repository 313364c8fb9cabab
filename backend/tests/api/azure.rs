//! The emulated Azure as a terminal of a new home has it: in the same sandbox as macfiles' commands.

use crate::{server::TestServer, shell::Shell};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_home_speaks_to_azure_at_once_and_its_macfile_is_carried_out() {
    let server = TestServer::with_cloud().await;
    let (guest, stranger) = (server.guest().await, server.guest().await);
    let mut shell = Shell::open(&server, &guest).await;
    for (line, words) in [
        ("npm install -g azure-cli", "is installed already"),
        // nobody has signed in yet
        ("azure vm list", "No VMs found"),
        ("azure config mode asm && azure login", "Added subscription"),
        (
            "mac infrastructure macfile azure.macfile && azure vm list",
            "azure-demo-01.cloudapp.net",
        ),
    ] {
        let seen = shell.run(line).await;
        assert!(
            seen.contains("end=0") && seen.contains(words),
            "{line}: {seen}"
        );
    }
    let mut other = Shell::open(&server, &stranger).await;
    let seen = other.run("azure vm list").await;
    assert!(seen.contains("No VMs found"), "{seen}");
    let seen = shell
        .run(
            "mac infrastructure destroy azure_demo 1.1 && azure vm list && azure network vnet list",
        )
        .await;
    assert!(seen.contains("end=0"), "{seen}");
    assert!(seen.contains("No VMs found"), "{seen}");
    assert!(seen.contains("No virtual networks found"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn az_is_signed_in_at_once_and_has_a_folder_of_its_own() {
    let server = TestServer::with_cloud().await;
    let (guest, stranger) = (server.guest().await, server.guest().await);
    let mut shell = Shell::open(&server, &guest).await;
    let machine = "az vm create -g rg1 -n vm1 --image Win2022Datacenter --size Standard_B1s \
                   --admin-username me --admin-password MySafePassword01! --query powerState";
    for (line, words) in [
        ("az group create -n rg1 -l eastus --query name", "\"rg1\""),
        (machine, "VM running"),
        ("az vm list -d -o table", "vm1"),
        // the two command lines don't stumble over each other's files
        ("azure vm list", "No VMs found"),
        (
            "ls ~/.az/azureProfile.json ~/.azure/azureProfile.json",
            ".azure/azureProfile.json",
        ),
    ] {
        let seen = shell.run(line).await;
        assert!(
            seen.contains("end=0") && seen.contains(words),
            "{line}: {seen}"
        );
    }
    let mut other = Shell::open(&server, &stranger).await;
    let seen = other.run("az group list").await;
    assert!(seen.contains("[]") && seen.contains("end=0"), "{seen}");
}
