//! Machines: their lives, extensions, addresses and number.

use super::{MACHINE, TOLD, Trial, conflict, extensions, role};
use crate::azure::Book;

#[test]
fn a_machine_lives_as_it_is_told() {
    let mut trial = Trial::with_machine();
    assert_eq!(trial.status(), "CreatingVM");
    trial.now_ms += 1000;
    assert_eq!(trial.status(), "StartingVM");
    trial.now_ms += 1500;
    assert_eq!(trial.status(), "ReadyRole");
    assert!(trial.slot().contains("<IpAddress>10.0.0.4</IpAddress>"));
    let stop = "<ShutdownRoleOperation><PostShutdownAction>StoppedDeallocated\
                </PostShutdownAction></ShutdownRoleOperation>";
    trial.ask("POST", TOLD, stop).unwrap();
    assert_eq!(trial.status(), "StoppingVM");
    trial.now_ms += 800;
    assert_eq!(trial.status(), "StoppedDeallocated");
    assert!(!trial.slot().contains("<IpAddress>"));
    let said = conflict(trial.ask("POST", TOLD, "<RestartRoleOperation/>"));
    assert!(said.contains("does not run"), "{said}");
    trial.ask("POST", TOLD, "<StartRoleOperation/>").unwrap();
    assert_eq!(trial.status(), "StartingVM");
    trial.now_ms += 1500;
    // one that runs is not started again
    trial.ask("POST", TOLD, "<StartRoleOperation/>").unwrap();
    assert_eq!(trial.status(), "ReadyRole");
}

#[test]
fn extensions_are_told_of_by_a_machine_that_is_ready_and_stay_with_other_changes() {
    let mut trial = Trial::with_machine();
    let set = role(
        "PersistentVMRole",
        "vm",
        3389,
        &extensions("createFolder.ps1"),
    );
    trial.ask("PUT", MACHINE, &set).unwrap();
    assert!(!trial.slot().contains("ResourceExtensionStatusList"));
    trial.now_ms += 3300;
    let done = trial.slot();
    assert!(done.contains("makes the folder C:\\HelloWorld"), "{done}");
    // sent without them, as changes of endpoints are
    let other = role("PersistentVMRole", "vm", 4000, "");
    trial.ask("PUT", MACHINE, &other).unwrap();
    let shown = trial.get(MACHINE);
    assert!(
        shown.contains("<Name>CustomScriptExtension</Name>"),
        "{shown}"
    );
    assert!(shown.contains("<Port>4000</Port>") && shown.contains("<Vip>203.0.113.10</Vip>"));
    assert!(trial.slot().contains("makes the folder"));
    let none = role(
        "PersistentVMRole",
        "vm",
        4000,
        "<ResourceExtensionReferences/>",
    );
    trial.ask("PUT", MACHINE, &none).unwrap();
    assert!(!trial.get(MACHINE).contains("CustomScriptExtension"));
}

#[test]
fn no_password_is_in_the_book() {
    let trial = Trial::with_machine();
    let kept = serde_json::to_string(&trial.book).unwrap();
    assert!(
        kept.contains("ConfigurationSet") && !kept.contains("Very-Hidden-1"),
        "{kept}"
    );
    let again: Book = serde_json::from_str(&kept).unwrap();
    assert_eq!(again, trial.book);
}

#[test]
fn machines_have_addresses_of_their_own_and_there_may_be_only_so_many() {
    let mut trial = Trial::with_machine();
    let roles = "services/hostedservices/s/deployments/d/roles";
    let mut add = |at: u16| {
        let role = role("PersistentVMRole", &format!("vm-{at}"), 4000 + at, "");
        trial.ask("POST", roles, &role)
    };
    for at in 1..20 {
        add(at).unwrap();
    }
    assert!(conflict(add(20)).contains("Quota exceeded"));
    let shown = trial.slot();
    for last in 4..24 {
        assert!(
            shown.contains(&format!("<IpAddress>10.0.0.{last}</IpAddress>")),
            "{last}"
        );
    }
    // the address and the place of one that goes are free again
    trial.ask("DELETE", &format!("{roles}/vm-3"), "").unwrap();
    let another = role("PersistentVMRole", "vm-x", 4100, "");
    trial.ask("POST", roles, &another).unwrap();
    assert!(trial.slot().contains("<IpAddress>10.0.0.7</IpAddress>"));
}
