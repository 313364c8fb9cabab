//! What the language allows, and what it says to somebody who slipped.

use std::collections::BTreeMap;

use macfile::{FillError, InstanceFacts, Known, Template, Work};
use proptest::prelude::*;

const BEGIN: &str = "mac: 1\nname: demo\nversion: 1.10\ndescription: d\n";

fn told(rest: &str) -> Vec<String> {
    let read = macfile::parse(&format!("{BEGIN}{rest}"), &BTreeMap::new());
    let problems = read.expect_err("the text has a slip");
    problems.iter().map(ToString::to_string).collect()
}

/// The create command of the last step.
fn create(rest: &str) -> Template {
    let read = macfile::parse(&format!("{BEGIN}{rest}"), &BTreeMap::new());
    let plan = read.expect("the text is right");
    match &plan.steps.last().expect("it has steps").work {
        Work::Resource(resource) => resource.create.clone(),
        other => panic!("{other:?}"),
    }
}

fn two_resources(command: &str) -> String {
    format!(
        "infrastructures:\n  image:\n    resource: a\n  box:\n    resource: b\n    params: {{id: x7}}\n\
         resources:\n  a:\n    create bash: make\n  b:\n    create bash: {command}\n"
    )
}

fn printed(output: &str) -> Known {
    let outputs = BTreeMap::from([("image".to_owned(), output.to_owned())]);
    Known {
        outputs,
        ..Known::default()
    }
}

#[test]
fn a_version_keeps_its_source_text() {
    let text = format!("{BEGIN}{}", two_resources("run"));
    assert_eq!(
        macfile::parse(&text, &BTreeMap::new()).unwrap().version,
        "1.10"
    );
}

#[test]
fn a_part_of_json_and_a_match_of_a_pattern_are_filled_in() {
    let command = create(&two_resources("run resource.image.json.Images.0.Id now"));
    assert_eq!(
        command
            .fill(&printed(r#"{"Images":[{"Id":"ami-1"}]}"#))
            .unwrap(),
        "run ami-1 now"
    );
    let command = create(&two_resources(
        "'run resource.image.text.regex(id=(\\w+))[1] now'",
    ));
    assert_eq!(command.fill(&printed("id=a id=b")).unwrap(), "run b now");
}

#[test]
fn a_part_that_is_not_there_is_told_apart_from_one_that_is_not_there_yet() {
    let command = create(&two_resources("run resource.image.json.Id"));
    assert!(matches!(
        command.fill(&Known::default()),
        Err(FillError::NotYet(_))
    ));
    assert!(matches!(
        command.fill(&printed("{}")),
        Err(FillError::NoSuchPart { .. })
    ));
}

#[test]
fn parameters_of_a_step_and_keys_of_another_are_known_while_reading() {
    let command = create(&two_resources(
        "run infrastructure.param.id infrastructure.image.resource",
    ));
    assert_eq!(command.fill(&Known::default()).unwrap(), "run x7 a");
}

#[test]
fn an_address_of_every_instance_of_a_role_is_filled_in() {
    let text = "roles:\n  app:\n    instance create:\n      bootstrap bash: serve\n\
        infrastructures:\n  app_01:\n    role: app\n    name: app\n    amount: 1\n    provider: amazon\n    \
        location: l\n    hardware: h\n    release: r\n    deployment: testing\n    \
        environment:\n      - PEERS: app.PRIVATE_IP\n";
    let plan = macfile::parse(&format!("{BEGIN}{text}"), &BTreeMap::new()).unwrap();
    let Work::Instances(instances) = &plan.steps[0].work else {
        panic!()
    };
    let instance = |address: &str| InstanceFacts {
        role: "app".into(),
        private_address: Some(address.into()),
        ..InstanceFacts::default()
    };
    let instances_known = vec![instance("10.0.0.1"), instance("10.0.0.2")];
    let known = Known {
        instances: instances_known,
        ..Known::default()
    };
    assert_eq!(
        instances.environment[0].1.fill(&known).unwrap(),
        "10.0.0.1 10.0.0.2"
    );
}

#[test]
fn a_slip_is_told_with_its_place_and_the_nearest_right_word() {
    assert_eq!(
        told("infrastructures:\n  box:\n    resorce: a\nresources:\n  a:\n    create bash: x\n"),
        [
            "line 7, column 5: \"box\" under \"infrastructures\" needs one of \"role\", \"resource\", \"action\""
        ]
    );
    assert_eq!(
        told(
            "infrastructures:\n  box:\n    resource: bukket\nresources:\n  bucket:\n    create bash: x\n"
        ),
        ["line 7, column 15: there is no resource \"bukket\" (did you mean \"bucket\"?)"]
    );
    assert_eq!(
        told("infrastructures:\n  box:\n    resource: a\nresources:\n  a:\n    create bsh: x\n"),
        [
            "line 10, column 5: \"a\" under \"resources\" needs \"create bash\"",
            "line 10, column 5: \"a\" under \"resources\" has no \"create bsh\" (did you mean \"create bash\"?)",
            "line 7, column 15: there is no resource \"a\"",
        ]
    );
    assert_eq!(
        told(&two_resources("run resource.imge.json.Id")),
        [
            "line 15, column 18: resource.imge.json.Id: there is no infrastructure \"imge\" (did you mean \"image\"?)"
        ]
    );
}

#[test]
fn every_missing_key_is_told_at_once() {
    let problems = macfile::parse("mac: 1\nname: demo\n", &BTreeMap::new()).unwrap_err();
    assert_eq!(problems.len(), 3, "{problems:?}");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        macfile::parse(&text, &BTreeMap::new()).ok();
    }

    #[test]
    fn no_mutilated_macfile_makes_it_panic(
        at in 0usize..400,
        put in prop_oneof!["[\\[\\]{}:,&*|>'\"#%@-]{1,4}", "[ \n\t]{1,6}", any::<String>()],
    ) {
        let mut text = format!("{BEGIN}{}", two_resources("role.app.x resource.image.text.regex((.))"));
        let at = at.min(text.len());
        text.insert_str(at, &put);
        macfile::parse(&text, &BTreeMap::new()).ok();
    }
}
