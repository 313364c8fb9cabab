//! The tutorial's macfile for Azure reads as it is meant.

use std::collections::BTreeMap;

use macfile::{Known, Plan, Template, Work};

const TEXT: &str = include_str!("../../../tutorials/samples/azure.macfile");

fn plan() -> Plan {
    macfile::parse(TEXT, &BTreeMap::new()).expect("the sample is right")
}

fn filled(template: &Template) -> String {
    template
        .fill(&Known::default())
        .expect("it refers to nothing")
}

/// The commands of a step: what makes its resource, and what takes it away.
fn commands(plan: &Plan, key: &str) -> (String, String) {
    let step = plan.steps.iter().find(|step| step.key == key);
    let Work::Resource(resource) = &step.expect("there is such a step").work else {
        panic!("{key} is no resource")
    };
    let destroy = resource.destroy.as_ref().expect("it can be destroyed");
    (filled(&resource.create), filled(destroy))
}

#[test]
fn it_is_what_the_tutorial_destroys_by_name_and_version() {
    let plan = plan();
    let named = (plan.name.as_str(), plan.version.as_str());
    assert_eq!(named, ("azure_demo", "1.1"));
    let keys: Vec<&str> = plan.steps.iter().map(|step| step.key.as_str()).collect();
    assert_eq!(keys, ["network_01", "server_01", "provisioning_01"]);
}

#[test]
fn what_is_made_is_taken_away_by_the_same_name() {
    let plan = plan();
    let (create, destroy) = commands(&plan, "network_01");
    assert!(
        create.starts_with("azure network vnet create ") && create.ends_with(" azure-demo-net")
    );
    assert_eq!(destroy, "azure network vnet delete --quiet azure-demo-net");
    let (create, destroy) = commands(&plan, "server_01");
    assert!(
        create.contains("--virtual-network-name azure-demo-net --rdp 3389 azure-demo-01 ad072bd3")
    );
    assert_eq!(destroy, "azure vm delete --quiet azure-demo-01");
}

#[test]
fn the_configuration_s_braces_are_no_places_for_parameters() {
    let (create, destroy) = commands(&plan(), "provisioning_01");
    let json = "-i '{\"fileUris\": [\"\"], \"commandToExecute\": \"powershell -ExecutionPolicy \
                Unrestricted -file createFolder.ps1\"}'";
    assert!(create.ends_with(json), "{create}");
    assert!(destroy.starts_with("azure vm extension set --uninstall azure-demo-01 "));
}

#[test]
fn there_is_nothing_to_warn_of() {
    let lint = macfile::lint(TEXT, &BTreeMap::new(), &BTreeMap::new());
    assert_eq!(lint, macfile::Lint::default());
}
