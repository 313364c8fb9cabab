//! `az`, the command line of today, against the emulated Resource Manager.

use hyper::Method;
use serde_json::{Value, json};

use crate::{home::Home, rig::Cloud, wire};

const GROUP: &str = "group create -n rg1 -l eastus";
const NETWORK: &str = "network vnet create -g rg1 -n testnet --subnet-name default";
const WINDOWS: &str = "vm create -g rg1 -n vm1 -l eastus --image Win2022Datacenter \
    --size Standard_B1s --admin-username username --admin-password MySafePassword01! \
    --vnet-name testnet --subnet default --public-ip-address ''";
const SCRIPT: &str = "vm extension set -g rg1 --vm-name vm1 -n CustomScriptExtension \
    --publisher Microsoft.Compute --settings \
    '{\"commandToExecute\": \"powershell -ExecutionPolicy Unrestricted -file createFolder.ps1\"}'";

fn names(list: &Value) -> Vec<&str> {
    let all = list.as_array().unwrap().iter();
    all.map(|one| one["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_machine_is_made_listed_and_given_an_extension() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let home = Home::new(&me);
    // nobody has signed in: the first command does
    let said = home.az("account show").await;
    assert_eq!(said["id"], json!(me.azure_subscription));
    let said = home.az(GROUP).await;
    assert_eq!(said["properties"]["provisioningState"], "Succeeded");
    let said = home.az(NETWORK).await;
    assert_eq!(
        said["newVNet"]["subnets"][0]["addressPrefix"],
        "10.0.0.0/24"
    );
    let said = home.az(WINDOWS).await;
    assert_eq!(said["powerState"], "VM running", "{said}");
    assert_eq!(said["privateIpAddress"], "10.0.0.4");
    let said = home.az("vm list -d").await;
    assert_eq!(names(&said), ["vm1"]);
    assert_eq!(said[0]["powerState"], "VM running");
    assert_eq!(said[0]["privateIps"], "10.0.0.4");
    let said = home.az(SCRIPT).await;
    assert_eq!(said["provisioningState"], "Succeeded", "{said}");
    let said = home
        .az("vm extension show -g rg1 --vm-name vm1 -n CustomScriptExtension --instance-view")
        .await;
    let view = said["instanceView"].to_string();
    assert!(view.contains("no Windows runs here"), "{view}");
    assert!(view.contains("HelloWorld"), "{view}");
    let said = home.az("vm get-instance-view -g rg1 -n vm1").await;
    assert!(
        said["instanceView"]["vmAgent"]
            .to_string()
            .contains("emulated"),
        "{said}"
    );
    // both command lines in one home, each with what it keeps
    let said = home.ok("azure login").await;
    assert!(said.contains("login command OK"), "{said}");
    assert_eq!(names(&home.az("vm list").await), ["vm1"]);
}

#[tokio::test]
async fn a_machine_has_all_around_it_and_does_what_it_is_told() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let home = Home::new(&me);
    home.az(GROUP).await;
    // az makes a network, a security group, an address, an interface and a disk for it
    let said = home
        .az(
            "vm create -g rg1 -n web --image Ubuntu2204 --size Standard_B1s --admin-username me \
             --generate-ssh-keys --public-ip-address-dns-name emulated-web --tags tier=front",
        )
        .await;
    assert_eq!(said["fqdns"], "emulated-web.eastus.cloudapp.azure.com");
    let address = said["publicIpAddress"].as_str().unwrap().to_owned();
    assert!(address.starts_with("203.0.113."), "{said}");
    let said = home.az("vm list-ip-addresses -g rg1 -n web").await;
    assert_eq!(
        said[0]["virtualMachine"]["network"]["publicIpAddresses"][0]["ipAddress"],
        json!(address)
    );
    for (command, state) in [
        ("stop", "VM stopped"),
        ("start", "VM running"),
        ("restart", "VM running"),
        ("deallocate", "VM deallocated"),
        ("start", "VM running"),
    ] {
        home.ok(&format!("az vm {command} -g rg1 -n web")).await;
        let said = home.az("vm show -d -g rg1 -n web").await;
        assert_eq!(said["powerState"], state, "{command}");
    }
    let said = home.az("vm resize -g rg1 -n web --size Standard_B2s").await;
    assert_eq!(said["hardwareProfile"]["vmSize"], "Standard_B2s");
    let said = home.az("vm update -g rg1 -n web --set tags.more=yes").await;
    assert_eq!(said["tags"], json!({"tier": "front", "more": "yes"}));
    home.az("vm open-port -g rg1 -n web --port 80").await;
    let said = home
        .az("network nsg rule list -g rg1 --nsg-name webNSG")
        .await;
    assert_eq!(names(&said), ["default-allow-ssh", "open-port-80"]);
    let said = home
        .az("vm run-command invoke -g rg1 -n web --command-id RunShellScript --scripts 'echo hi'")
        .await;
    assert!(said.to_string().contains("was not executed"), "{said}");
    let said = home.az("resource list -g rg1 --query [].type").await;
    let said = said.to_string();
    for kind in [
        "disks",
        "virtualMachines",
        "networkInterfaces",
        "publicIPAddresses",
        "virtualNetworks",
    ] {
        assert!(said.contains(kind), "{said}");
    }
    // what is in use stays until what uses it is gone
    for (command, why) in [
        ("network nic delete -g rg1 -n webVMNic", "NicInUse"),
        (
            "network nsg delete -g rg1 -n webNSG",
            "InUseNetworkSecurityGroupCannotBeDeleted",
        ),
        (
            "network vnet delete -g rg1 -n webVNET",
            "InUseSubnetCannotBeDeleted",
        ),
    ] {
        let said = home.refused(&format!("az {command}")).await;
        assert!(said.contains(why), "{said}");
    }
    home.ok("az vm delete -g rg1 -n web --yes").await;
    assert_eq!(home.az("vm list").await, json!([]));
    let said = home.az("disk list -g rg1").await;
    assert_eq!(said[0]["diskState"], "Unattached");
    home.ok("az network nic delete -g rg1 -n webVMNic").await;
    home.ok("az group delete -n rg1 --yes").await;
    assert_eq!(home.ok("az group exists -n rg1").await.trim(), "false");
}

#[tokio::test]
async fn several_machines_and_a_template_of_one_s_own() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let home = Home::new(&me);
    home.az(GROUP).await;
    home.ok("az vm create -g rg1 -n many --image Debian12 --count 2 --admin-username me --generate-ssh-keys").await;
    let said = home
        .az("vm list -g rg1 -d --query '[].[name, privateIps, powerState]'")
        .await;
    assert_eq!(
        said,
        json!([
            ["many0", "10.0.0.4", "VM running"],
            ["many1", "10.0.0.5", "VM running"]
        ])
    );
    let template = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {
            "name": {"type": "string", "defaultValue": "own"},
            "secret": {"type": "securestring"},
        },
        "variables": {"subnet": "[concat(parameters('name'), 'Subnet')]"},
        "resources": [{
            "type": "Microsoft.Network/virtualNetworks",
            "apiVersion": "2024-05-01",
            "name": "[parameters('name')]",
            "location": "[resourceGroup().location]",
            "properties": {
                "addressSpace": {"addressPrefixes": ["10.1.0.0/16"]},
                "subnets": [{"name": "[variables('subnet')]", "properties": {"addressPrefix": "10.1.0.0/24"}}],
            },
        }],
        "outputs": {"id": {"type": "string", "value": "[resourceId('Microsoft.Network/virtualNetworks', parameters('name'))]"}},
    });
    home.write("own.json", &template.to_string());
    let line = "deployment group create -g rg1 -n first --template-file own.json --parameters secret=hidden";
    let said = home.az(line).await;
    let id = said["properties"]["outputs"]["id"]["value"]
        .as_str()
        .unwrap();
    assert!(id.ends_with("/virtualNetworks/own"), "{said}");
    assert!(!said.to_string().contains("hidden"), "{said}");
    let said = home
        .az("network vnet subnet list -g rg1 --vnet-name own")
        .await;
    assert_eq!(names(&said), ["ownSubnet"]);
    let said = home.az("deployment group list -g rg1").await;
    assert_eq!(said.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_az_asks_of_a_cloud_is_answered() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let home = Home::new(&me);
    let said = home.ok("az login").await;
    assert!(said.contains("signing in by AZURE_CLIENT_ID"), "{said}");
    assert!(said.contains("\"name\": \"Emulated\""), "{said}");
    assert!(names(&home.az("account list-locations").await).contains(&"eastus"));
    assert!(names(&home.az("vm list-sizes -l eastus").await).contains(&"Standard_B1s"));
    let said = home.az("vm image list").await.to_string();
    assert!(
        said.contains("Ubuntu2204") && said.contains("Win2022Datacenter"),
        "{said}"
    );
    let said = home.az("vm image list-publishers -l eastus").await;
    assert!(names(&said).contains(&"Canonical"));
    let said = home
        .az("vm image show -l eastus --urn Debian:debian-12:12-gen2:latest")
        .await;
    assert_eq!(said["osDiskImage"]["operatingSystem"], "Linux");
    let said = home
        .az("vm extension image list -l eastus --publisher Microsoft.Compute")
        .await;
    assert!(names(&said).contains(&"CustomScriptExtension"));
    let said = home
        .az("provider list --query [].namespace")
        .await
        .to_string();
    assert!(said.contains("Microsoft.Compute"), "{said}");
    home.ok("az provider register -n Microsoft.Network").await;
    assert_eq!(home.az("group list").await, json!([]));
    let said = home.az("account get-access-token").await;
    assert_eq!(said["subscription"], json!(me.azure_subscription));
}

#[tokio::test]
async fn nobody_is_somebody_else_and_no_other_server_is_believed() {
    let cloud = Cloud::new().await;
    let (me, other) = (
        cloud.account("me", 1).await,
        cloud.account("other", 2).await,
    );
    let home = Home::new(&me);
    home.az(GROUP).await;
    let others = Home::new(&other);
    assert_eq!(others.az("group list").await, json!([]));
    let id = &me.azure_subscription;
    let said = others
        .refused(&format!("az group list --subscription {id}"))
        .await;
    assert!(said.contains("not found"), "{said}");
    let path = format!("/subscriptions/{id}/resourcegroups?api-version=1");
    let (status, said, _) = wire::ask(&other, Method::GET, &path, "").await;
    assert_eq!(status, 403);
    assert!(said.contains("\"SubscriptionNotFound\""), "{said}");
    // with another's secret, or in another's directory
    let (mine, theirs) = (me.az.clone().unwrap(), other.az.clone().unwrap());
    for (name, value) in [
        ("AZURE_CLIENT_SECRET", theirs.secret.as_str()),
        ("AZURE_CLIENT_ID", &theirs.client),
        ("AZURE_TENANT_ID", &theirs.tenant),
        ("AZURE_CLIENT_SECRET", "nonsense"),
    ] {
        let said = Home::new(&me).with(name, value).refused("az login").await;
        assert!(said.contains("AADSTS7000215"), "{said}");
    }
    assert_ne!(mine.secret, theirs.secret);
    // a server whose certificate is of no authority that is believed
    let home = Home::new(&me).with(
        "AZ_EMULATED_AUTHORITY",
        "/etc/ssl/certs/ca-certificates.crt",
    );
    let said = home.refused("az login").await;
    assert!(said.contains("CERTIFICATE_VERIFY_FAILED"), "{said}");
}

#[tokio::test]
async fn what_azure_refuses_az_says_in_words() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let home = Home::new(&me);
    let said = home.refused("az vm list -g none").await;
    assert!(
        said.contains("Resource group 'none' could not be found"),
        "{said}"
    );
    home.az(GROUP).await;
    home.az("network public-ip create -g rg1 -n taken --dns-name taken")
        .await;
    let said = home
        .refused(
            "az vm create -g rg1 -n vm1 --image Debian12 --admin-username me \
                  --generate-ssh-keys --public-ip-address-dns-name taken",
        )
        .await;
    assert!(said.contains("already used by another public IP"), "{said}");
    assert_eq!(home.az("vm list").await, json!([]));
    let said = home
        .refused(
            "az vm create -g rg1 -n vm1 --image a:b:c:1.0 --admin-username me --generate-ssh-keys",
        )
        .await;
    assert!(said.contains("not found"), "{said}");
    let said = home.refused("az aks create -g rg1 -n k").await;
    assert!(!said.contains("Traceback"), "{said}");
}
