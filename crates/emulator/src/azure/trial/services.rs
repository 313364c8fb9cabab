//! Changes, services, deployments and storage accounts.

use super::{MACHINE, SERVICES, Trial, WINDOWS, conflict, role, wrong};
use crate::azure::{Fault, book::Answer};

#[test]
fn a_change_is_in_progress_and_then_done() {
    let mut trial = Trial::new();
    assert_eq!(trial.network("n"), Ok(Answer::Accepted));
    let operation = format!("operations/{}", trial.id());
    assert!(
        trial
            .get(&operation)
            .contains("<Status>InProgress</Status>")
    );
    trial.now_ms += 250;
    assert!(trial.get(&operation).contains("<Status>Succeeded</Status>"));
    for _ in 0..100 {
        trial.network("n").unwrap();
    }
    assert!(matches!(
        trial.ask("GET", &operation, ""),
        Err(Fault::NotFound(_))
    ));
}

#[test]
fn what_is_refused_changes_nothing() {
    let mut trial = Trial::with_machine();
    let before = trial.book.clone();
    assert!(wrong(trial.network("other")).contains("in use by the deployment d"));
    assert!(conflict(trial.service("S", "East US")).contains("is taken"));
    assert!(wrong(trial.service("other", "The Moon")).contains("not valid"));
    assert!(conflict(trial.deploy("s", "n", 3389)).contains("in use by another"));
    assert!(
        conflict(trial.ask("DELETE", &format!("{SERVICES}/s"), "")).contains("has a deployment")
    );
    assert!(wrong(trial.ask("DELETE", MACHINE, "")).contains("one machine at least"));
    let roles = "services/hostedservices/s/deployments/d/roles";
    let same = role("PersistentVMRole", "VM", 4000, "");
    assert!(conflict(trial.ask("POST", roles, &same)).contains("already"));
    let port = role("PersistentVMRole", "vm-2", 3389, "");
    assert!(wrong(trial.ask("POST", roles, &port)).contains("port 3389 is in use"));
    let image = role("PersistentVMRole", "vm-2", 4000, "").replace(WINDOWS, "unknown");
    assert!(wrong(trial.ask("POST", roles, &image)).contains("was not found"));
    let linux =
        "b39f27a8b8c64d52b05eac6a62ebad85__Ubuntu-14_04_3-LTS-amd64-server-20150908-en-us-30GB";
    let image = role("PersistentVMRole", "vm-2", 4000, "").replace(WINDOWS, linux);
    assert!(wrong(trial.ask("POST", roles, &image)).contains("as Linux takes it"));
    for gone in [
        "services/hostedservices/x/deployments/d",
        "services/hostedservices/s/deployments/x",
    ] {
        assert!(
            matches!(trial.ask("DELETE", gone, ""), Err(Fault::NotFound(_))),
            "{gone}"
        );
    }
    assert_eq!(trial.book, before);
}

#[test]
fn a_deployment_is_where_its_network_is() {
    let mut trial = Trial::new();
    trial.network("n").unwrap();
    trial.service("west", "West US").unwrap();
    assert!(wrong(trial.deploy("west", "n", 1)).contains("n is in East US"));
    assert!(wrong(trial.deploy("west", "m", 1)).contains("m does not exist"));
    trial.deploy("west", "", 1).unwrap();
    let shown = trial.get("services/hostedservices/west/deployments/d");
    assert!(
        shown.contains("<IpAddress>100.64.0.4</IpAddress>"),
        "{shown}"
    );
    assert!(!shown.contains("VirtualNetworkName"), "{shown}");
}

#[test]
fn a_service_goes_with_its_deployment_or_after_it() {
    let mut trial = Trial::with_machine();
    let detail = trial.get("services/hostedservices/s?embed-detail=true");
    assert!(detail.contains("<Deployments><Deployment>"), "{detail}");
    trial
        .ask(
            "DELETE",
            "services/hostedservices/s/deployments/d?comp=media",
            "",
        )
        .unwrap();
    let detail = trial.get("services/hostedservices/s?embed-detail=true");
    assert!(detail.contains("<Deployments/>"), "{detail}");
    assert_eq!(
        trial.ask("DELETE", "services/hostedservices/s", ""),
        Ok(Answer::Done)
    );
    trial.service("s", "East US").unwrap();
    trial.deploy("s", "n", 1).unwrap();
    let all = "services/hostedservices/s?comp=media";
    assert_eq!(trial.ask("DELETE", all, ""), Ok(Answer::Accepted));
    assert!(trial.get(SERVICES).contains("<HostedServices xmlns"));
    assert!(!trial.get(SERVICES).contains("<ServiceName>"));
}

#[test]
fn names_that_are_taken_are_not_free() {
    let mut trial = Trial::with_machine();
    let free = "<Result>true</Result>";
    let asked = format!("{SERVICES}/operations/isavailable");
    assert!(!trial.get(&format!("{asked}/S")).contains(free));
    assert!(trial.get(&format!("{asked}/other")).contains(free));
    let asked = "services/storageservices/operations/isavailable";
    assert!(trial.get(&format!("{asked}/mine")).contains(free));
    let body = "<CreateStorageServiceInput><ServiceName>mine</ServiceName><Location>West US\
                </Location></CreateStorageServiceInput>";
    let accepted = trial.ask("POST", "services/storageservices", body);
    assert_eq!(accepted, Ok(Answer::Accepted));
    assert!(!trial.get(&format!("{asked}/mine")).contains(free));
    let one = "services/storageservices/mine";
    assert!(
        trial
            .get(one)
            .contains("https://mine.blob.core.windows.net/")
    );
    assert_eq!(trial.ask("DELETE", one, ""), Ok(Answer::Done));
    assert!(trial.get(&format!("{asked}/mine")).contains(free));
}
