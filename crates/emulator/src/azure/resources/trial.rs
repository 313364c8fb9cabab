//! An estate from end to end, without HTTP, disk or clock.

use serde_json::{Value, json};

use super::{Answer, Ask, Estate, Moment};
use crate::azure::Fault;

const SUBSCRIPTION: &str = "11111111-1111-8111-8111-111111111111";
const COMPUTE: &str = "/resourcegroups/rg/providers/Microsoft.Compute";
const NETWORK: &str = "/resourcegroups/rg/providers/Microsoft.Network";

/// An estate, and the time there.
struct Trial {
    estate: Estate,
    now_ms: u64,
}

fn id(path: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}{path}")
}

impl Trial {
    /// With a group, and a network with a subnet in it.
    fn new() -> Self {
        let mut trial = Self {
            estate: Estate::default(),
            now_ms: 1_000_000,
        };
        trial.ok("PUT", "/resourcegroups/rg", &json!({"location": "East US"}));
        let network = json!({"properties": {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
            "subnets": [{"name": "s", "properties": {"addressPrefix": "10.0.0.0/29"}}],
        }});
        trial.ok("PUT", &format!("{NETWORK}/virtualNetworks/net"), &network);
        trial
    }

    fn ask(&mut self, method: &str, path: &str, body: &Value) -> Result<Answer, Fault> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let query = format!("api-version=2024-11-01&{query}");
        let ask = Ask::read(method, path, &query, &body.to_string())?;
        let moment = Moment {
            subscription: SUBSCRIPTION,
            now_ms: self.now_ms,
        };
        self.estate.answer(&ask, moment)
    }

    fn ok(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.ask(method, path, body);
        let answer = answer.unwrap_or_else(|fault| panic!("{method} {path}: {fault:?}"));
        answer.body.unwrap_or_default()
    }

    fn get(&mut self, path: &str) -> Value {
        self.ok("GET", path, &json!({}))
    }

    fn refused(&mut self, method: &str, path: &str, body: &Value) -> &'static str {
        let before = self.estate.clone();
        match self.ask(method, path, body) {
            Err(Fault::Refused { code, .. }) => {
                let is_put = method == "PUT";
                assert!(
                    is_put || self.estate == before,
                    "{method} {path} left something"
                );
                self.estate = before; // as the desk does
                code
            }
            other => panic!("{method} {path}: {other:?}"),
        }
    }

    fn interface(&mut self, name: &str) -> String {
        let path = format!("{NETWORK}/networkInterfaces/{name}");
        self.ok("PUT", &path, &interface(&json!({})));
        id(&path)
    }

    fn machine(&mut self, name: &str) -> String {
        let interface = self.interface(&format!("{name}Nic"));
        let path = format!("{COMPUTE}/virtualMachines/{name}");
        self.ok("PUT", &path, &machine(&interface));
        path
    }
}

fn interface(more: &Value) -> Value {
    let mut properties = json!({
        "subnet": {"id": id(&format!("{NETWORK}/virtualNetworks/net/subnets/s"))},
    });
    super::shape::merge(&mut properties, more);
    json!({"properties": {"ipConfigurations": [{"name": "one", "properties": properties}]}})
}

fn machine(interface: &str) -> Value {
    json!({"properties": {
        "hardwareProfile": {"vmSize": "standard_b1s"},
        "networkProfile": {"networkInterfaces": [{"id": interface}]},
        "storageProfile": {"imageReference": {
            "publisher": "MicrosoftWindowsServer",
            "offer": "WindowsServer",
            "sku": "2022-datacenter-g2",
            "version": "latest",
        }},
        "osProfile": {
            "adminUsername": "me",
            "adminPassword": "Very-Secret-1",
            "customData": "c2VjcmV0IHRvbw==",
        },
    }})
}

#[test]
fn a_machine_becomes_ready_by_the_time_alone() {
    let mut trial = Trial::new();
    let path = trial.machine("vm");
    let view = format!("{path}?$expand=instanceView");
    let said = trial.get(&view);
    let properties = &said["properties"];
    assert_eq!(properties["provisioningState"], "Creating");
    assert_eq!(
        properties["instanceView"]["statuses"][1]["code"],
        "PowerState/creating"
    );
    assert_eq!(properties["hardwareProfile"]["vmSize"], "Standard_B1s");
    assert_eq!(properties["storageProfile"]["osDisk"]["osType"], "Windows");
    trial.now_ms += 2500;
    let said = trial.get(&view);
    let statuses = &said["properties"]["instanceView"]["statuses"];
    assert_eq!(statuses[1]["code"], "PowerState/running");
    assert_eq!(said["properties"]["provisioningState"], "Succeeded");
    let said = trial
        .ask("POST", &format!("{path}/deallocate"), &json!({}))
        .unwrap();
    assert_eq!((said.status, said.done_ms), (202, Some(trial.now_ms + 800)));
    trial.now_ms += 800;
    let said = trial.get(&view).to_string();
    assert!(said.contains("PowerState/deallocated"), "{said}");
    assert_eq!(
        trial.refused("POST", &format!("{path}/restart"), &json!({})),
        "OperationNotAllowed"
    );
}

#[test]
fn an_extension_is_done_once_its_machine_is_ready_and_says_that_nothing_ran() {
    let mut trial = Trial::new();
    let path = trial.machine("vm");
    let extension = |settings: Value| {
        json!({"properties": {
            "publisher": "Microsoft.Compute",
            "type": "CustomScriptExtension",
            "typeHandlerVersion": "1.10",
            "settings": settings,
            "protectedSettings": {"storageAccountKey": "very-private"},
        }})
    };
    let at = format!("{path}/extensions/script");
    trial.ok(
        "PUT",
        &at,
        &extension(json!({"commandToExecute": "createFolder.ps1"})),
    );
    assert_eq!(
        trial.get(&at)["properties"]["provisioningState"],
        "Creating"
    );
    trial.now_ms += 3300;
    let mut without_command = extension(json!({}));
    without_command["properties"]["protectedSettings"] = Value::Null;
    let said = trial.get(&at);
    assert_eq!(said["properties"]["provisioningState"], "Succeeded");
    let view = said["properties"]["instanceView"].to_string();
    assert!(
        view.contains("was not executed") && view.contains("HelloWorld"),
        "{view}"
    );
    trial.ok("PUT", &format!("{path}/extensions/empty"), &without_command);
    trial.now_ms += 800;
    let said = trial.get(&format!("{path}/extensions/empty"));
    assert_eq!(said["properties"]["provisioningState"], "Failed");
    let without = json!({"properties": {"publisher": "p"}});
    assert_eq!(trial.refused("PUT", &at, &without), "InvalidParameter");
    assert_eq!(
        trial.get(&format!("{path}/extensions"))["value"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    trial.ok("DELETE", &at, &json!({}));
    assert_eq!(trial.refused("GET", &at, &json!({})), "ResourceNotFound");
}

#[test]
fn what_is_secret_is_checked_and_not_kept() {
    let mut trial = Trial::new();
    let path = trial.machine("vm");
    let extension = json!({"properties": {
        "publisher": "p", "type": "t", "typeHandlerVersion": "1",
        "protectedSettings": {"key": "very-private"},
    }});
    trial.ok("PUT", &format!("{path}/extensions/e"), &extension);
    let template = json!({"properties": {
        "mode": "Incremental",
        "template": {"parameters": {"p": {"type": "secureString"}}, "resources": []},
        "parameters": {"p": {"value": "Hidden-Value-1"}},
    }});
    let at = "/resourcegroups/rg/providers/Microsoft.Resources/deployments/d";
    trial.ok("PUT", at, &template);
    let kept = serde_json::to_string(&trial.estate).unwrap();
    for secret in [
        "Very-Secret-1",
        "c2VjcmV0IHRvbw==",
        "very-private",
        "Hidden-Value-1",
    ] {
        assert!(!kept.contains(secret), "{secret} in {kept}");
    }
    let interface = trial.interface("weak");
    for weak in ["short1A", "alllowercase", "", &"Aa1".repeat(50)] {
        let mut body = machine(&interface);
        body["properties"]["osProfile"]["adminPassword"] = json!(weak);
        let at = format!("{COMPUTE}/virtualMachines/weak");
        assert_eq!(trial.refused("PUT", &at, &body), "InvalidParameter");
    }
}

#[test]
fn addresses_are_given_once_and_end_with_the_subnet() {
    let mut trial = Trial::new();
    let address = |trial: &mut Trial, name: &str| {
        let said = trial.get(&format!("{NETWORK}/networkInterfaces/{name}"));
        let one = &said["properties"]["ipConfigurations"][0]["properties"];
        one["privateIPAddress"].as_str().unwrap().to_owned()
    };
    trial.interface("a");
    let wanted = json!({"privateIPAllocationMethod": "Static", "privateIPAddress": "10.0.0.6"});
    let at = |name: &str| format!("{NETWORK}/networkInterfaces/{name}");
    trial.ok("PUT", &at("b"), &interface(&wanted));
    assert_eq!(
        trial.refused("PUT", &at("c"), &interface(&wanted)),
        "PrivateIPAddressInUse"
    );
    trial.interface("c");
    assert_eq!(
        ["a", "b", "c"].map(|name| address(&mut trial, name)),
        ["10.0.0.4", "10.0.0.6", "10.0.0.5"]
    );
    // sent again it keeps what it has
    trial.interface("a");
    assert_eq!(address(&mut trial, "a"), "10.0.0.4");
    assert_eq!(
        trial.refused("PUT", &at("d"), &interface(&json!({}))),
        "SubnetIsFull"
    );
    let outside = json!({"privateIPAllocationMethod": "Static", "privateIPAddress": "10.0.1.4"});
    assert_eq!(
        trial.refused("PUT", &at("d"), &interface(&outside)),
        "PrivateIPAddressNotInSubnet"
    );
}

#[test]
fn what_makes_no_sense_is_refused_by_azure_s_own_codes() {
    let mut trial = Trial::new();
    let interface_id = trial.interface("nic");
    let vm = format!("{COMPUTE}/virtualMachines/vm");
    let with = |path: &[&str], value: Value| {
        let mut body = machine(&interface_id);
        let (last, before) = path.split_last().unwrap();
        let at = before.iter().fold(&mut body, |at, name| &mut at[*name]);
        at[*last] = value;
        body
    };
    let foreign = interface_id.replace(SUBSCRIPTION, "22222222-2222-8222-8222-222222222222");
    let net = format!("{NETWORK}/virtualNetworks/other");
    let subnets = |prefixes: &[&str]| {
        let subnets = prefixes.iter().enumerate().map(|(at, prefix)| {
            json!({"name": format!("s{at}"), "properties": {"addressPrefix": prefix}})
        });
        json!({"properties": {
            "addressSpace": {"addressPrefixes": ["10.5.0.0/16"]},
            "subnets": subnets.collect::<Vec<_>>(),
        }})
    };
    let image = ["properties", "storageProfile", "imageReference", "sku"];
    let nics = ["properties", "networkProfile", "networkInterfaces"];
    let size = ["properties", "hardwareProfile", "vmSize"];
    for (path, body, code) in [
        (
            vm.as_str(),
            with(&image, json!("none")),
            "PlatformImageNotFound",
        ),
        (&vm, with(&size, json!("Huge")), "InvalidParameter"),
        (&vm, with(&nics, json!([])), "InvalidParameter"),
        (
            &vm,
            with(&nics, json!([{"id": foreign}])),
            "InvalidParameter",
        ),
        (
            &vm,
            with(&["location"], json!("moon")),
            "LocationNotAvailableForResourceType",
        ),
        (
            &net,
            subnets(&["10.5.0.0/24", "10.5.0.128/25"]),
            "NetcfgSubnetRangesOverlap",
        ),
        (&net, subnets(&["10.6.0.0/24"]), "NetcfgInvalidSubnet"),
        (&net, subnets(&["10.5.0.1/24"]), "InvalidCIDRNotation"),
        (&net, json!({}), "InvalidRequestFormat"),
        ("/resourcegroups/other", json!({}), "LocationRequired"),
        (
            "/resourcegroups/rg",
            json!({"location": "westus"}),
            "InvalidResourceGroupLocation",
        ),
        (
            "/resourcegroups/a%2Fb",
            json!({"location": "westus"}),
            "InvalidResourceName",
        ),
        (
            &vm.replace("/rg/", "/none/"),
            machine(&interface_id),
            "ResourceGroupNotFound",
        ),
        (
            &vm.replace("/vm", "/a b"),
            machine(&interface_id),
            "InvalidResourceName",
        ),
    ] {
        assert_eq!(trial.refused("PUT", path, &body), code, "{path} {body}");
    }
    let rules = json!({"properties": {"securityRules": [
        {"name": "a", "properties": {"access": "Allow", "direction": "Inbound", "priority": 100}},
        {"name": "b", "properties": {"access": "Deny", "direction": "inbound", "priority": 100}},
    ]}});
    let nsg = format!("{NETWORK}/networkSecurityGroups/nsg");
    assert_eq!(trial.refused("PUT", &nsg, &rules), "SecurityRuleConflict");
    let missing = json!({"networkSecurityGroup": {"id": id(&nsg)}});
    let at = format!("{NETWORK}/networkInterfaces/other");
    assert_eq!(
        trial.refused("PUT", &at, &interface(&missing)),
        "InvalidResourceReference"
    );
    // another machine may not have the interface, and there may not be many
    trial.ok("PUT", &vm, &machine(&interface_id));
    let second = vm.replace("/vm", "/second");
    assert_eq!(
        trial.refused("PUT", &second, &machine(&interface_id)),
        "NicInUse"
    );
    let mut changed = machine(&interface_id);
    changed["properties"]["storageProfile"]["imageReference"]["sku"] =
        json!("2019-datacenter-gensecond");
    assert_eq!(
        trial.refused("PUT", &vm, &changed),
        "PropertyChangeNotAllowed"
    );
    // and what is not a verb of its target
    for (method, path) in [
        ("DELETE", "/locations"),
        ("POST", "/resourcegroups/rg"),
        ("PUT", "/providers"),
    ] {
        assert_eq!(
            trial.refused(method, path, &json!({})),
            "MethodNotAllowed",
            "{method} {path}"
        );
    }
}

#[test]
fn a_deployment_makes_all_of_it_or_nothing_and_says_why() {
    let mut trial = Trial::new();
    let at = "/resourcegroups/rg/providers/Microsoft.Resources/deployments/d";
    let template = |prefix: &str| {
        json!({"properties": {"mode": "Incremental", "template": {"resources": [
            {"type": "Microsoft.Network/networkSecurityGroups", "name": "first", "properties": {}},
            {
                "type": "Microsoft.Network/virtualNetworks",
                "name": "second",
                "properties": {"addressSpace": {"addressPrefixes": [prefix]}},
            },
        ]}}})
    };
    let before = trial.estate.resources.clone();
    let said = trial.ask("PUT", at, &template("nonsense")).unwrap();
    assert!(said.failure.is_some() && said.done_ms.is_some(), "{said:?}");
    assert_eq!(trial.estate.resources, before);
    let said = trial.get(at);
    assert_eq!(said["properties"]["provisioningState"], "Failed");
    assert_eq!(
        said["properties"]["error"]["details"][0]["code"],
        "InvalidCIDRNotation"
    );
    let said = trial.ok("POST", &format!("{at}/validate"), &template("10.9.0.0/16"));
    assert_eq!(said["properties"]["provisioningState"], "Succeeded");
    assert_eq!(trial.estate.resources, before);
    trial.ok("PUT", at, &template("10.9.0.0/16"));
    assert_eq!(trial.estate.resources.len(), before.len() + 2);
    assert_eq!(
        trial.get(&format!("{at}/operations"))["value"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    for (change, code) in [
        (
            json!({"template": {"resources": [{"type": "Microsoft.Web/sites", "name": "x"}]}}),
            "InvalidTemplate",
        ),
        (json!({"template": {"resources": 1}}), "InvalidTemplate"),
        (
            json!({"templateLink": {"uri": "http://169.254.169.254/"}}),
            "InvalidTemplate",
        ),
        (json!({"mode": "Complete"}), "InvalidDeploymentMode"),
        (
            json!({"parameters": {"none": {"value": 1}}}),
            "InvalidTemplate",
        ),
    ] {
        let mut body = template("10.9.0.0/16");
        super::shape::merge(&mut body["properties"], &change);
        assert_eq!(trial.refused("PUT", at, &body), code, "{change}");
    }
}

#[test]
fn what_something_needs_stays_until_that_is_gone() {
    let mut trial = Trial::new();
    let vm = trial.machine("vm");
    let (nic, net) = (
        format!("{NETWORK}/networkInterfaces/vmNic"),
        format!("{NETWORK}/virtualNetworks/net"),
    );
    assert_eq!(trial.refused("DELETE", &nic, &json!({})), "NicInUse");
    assert_eq!(
        trial.refused("DELETE", &net, &json!({})),
        "InUseSubnetCannotBeDeleted"
    );
    let subnet = format!("{net}/subnets/s");
    assert_eq!(
        trial.refused("DELETE", &subnet, &json!({})),
        "InUseSubnetCannotBeDeleted"
    );
    let without = json!({"properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": []}});
    assert_eq!(
        trial.refused("PUT", &net, &without),
        "InUseSubnetCannotBeDeleted"
    );
    // a tag changes neither what it has nor what others have of it
    let said = trial.ok("PATCH", &net, &json!({"tags": {"a": "b"}}));
    assert_eq!(
        said["properties"]["subnets"][0]["properties"]["ipConfigurations"][0]["id"],
        json!(format!(
            "{}/ipConfigurations/one",
            id(&nic).replace("resourcegroups", "resourceGroups")
        ))
    );
    assert_eq!(
        trial.get(&nic)["properties"]["virtualMachine"]["id"]
            .as_str()
            .map(str::to_lowercase),
        Some(id(&vm).to_lowercase())
    );
    for path in [&vm, &nic, &subnet, &net] {
        trial.ok("DELETE", path, &json!({}));
    }
    let said = trial.ask("DELETE", &net, &json!({})).unwrap();
    assert_eq!(said.status, 204);
    // the disk is left, as it is at Azure
    let said = trial.get("/resources?$filter=resourceType eq 'Microsoft.Compute/disks'");
    assert_eq!(said["value"].as_array().unwrap().len(), 1);
    trial.ok("DELETE", "/resourcegroups/rg", &json!({}));
    assert_eq!(trial.estate, Estate::default());
    assert_eq!(
        trial.refused("GET", "/resources?$filter=tagName eq 'a'", &json!({})),
        "InvalidFilterInQueryString"
    );
}
