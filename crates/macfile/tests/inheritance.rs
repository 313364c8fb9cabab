//! What a macfile takes from its parents.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeMap;

use macfile::{Plan, Problem, Work};

const AWS: &str = "
mac: 1.0.8
name: templates
version: 1
description: what others build on
defaults:
  app_01:
    name: app
    role: app
    provider: amazon
    location: us-east-1
    hardware: '{SIZE}'
    release: ubuntu
    deployment: testing
    amount: 1
    environment:
      - FROM: parent
  balancer_01:
    resource: balancer
    params: {port: '80', name: main}
  alarm_01:
    resource: alarm
actions:
  get_id:
    bash: parent id
resources:
  balancer:
    create bash: balance infrastructure.param.name infrastructure.param.port
  alarm:
    create bash: parent alarm
";

const BEGIN: &str = "
mac: 1.0.8
name: demo
version: '1.10'
description: a child
parents:
  aws: ./aws.macfile
roles:
  app:
    instance create:
      bootstrap bash: serve
resources:
  alarm:
    create bash: own alarm
infrastructures:
";

fn read(infrastructures: &str) -> Result<Plan, Vec<Problem>> {
    let parameters = [("SIZE".to_owned(), "t1.micro".to_owned())].into();
    let parents = [("aws".to_owned(), AWS.to_owned())].into();
    macfile::parse_with(&format!("{BEGIN}{infrastructures}"), &parameters, &parents)
}

fn keys(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.key.as_str()).collect()
}

fn create(plan: &Plan, key: &str) -> String {
    let step = plan.steps.iter().find(|step| step.key == key).unwrap();
    match &step.work {
        Work::Resource(resource) => resource.create.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_parents_to_be_fetched_are_named_with_their_places() {
    let text = format!("{BEGIN}  aws.*:\n");
    let parents = macfile::parents(&text, &BTreeMap::new()).unwrap();
    assert_eq!(
        (
            parents[0].name.as_str(),
            parents[0].location.as_str(),
            parents[0].line
        ),
        ("aws", "./aws.macfile", 7)
    );
    assert!(
        macfile::parents("a: 1", &BTreeMap::new())
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_single_section_is_taken_as_it_is() {
    let plan = read("  aws.balancer_01:\n  aws.app_01:\n").unwrap();
    assert_eq!(keys(&plan), ["balancer_01", "app_01"]);
    assert_eq!(create(&plan, "balancer_01"), "balance main 80");
    let Work::Instances(instances) = &plan.steps[1].work else {
        panic!()
    };
    assert_eq!(instances.hardware.to_string(), "t1.micro");
}

#[test]
fn what_is_written_here_stands_over_what_is_inherited_and_maps_are_merged() {
    let plan =
        read("  aws.balancer_01:\n    params: {port: '8080'}\n  aws.app_01:\n    amount: 3\n")
            .unwrap();
    assert_eq!(create(&plan, "balancer_01"), "balance main 8080");
    let Work::Instances(instances) = &plan.steps[1].work else {
        panic!()
    };
    assert_eq!(
        (instances.amount, instances.release.to_string().as_str()),
        (3, "ubuntu")
    );
}

#[test]
fn a_wildcard_takes_what_is_not_named() {
    let plan = read("  first:\n    resource: alarm\n  aws.*:\n  aws.balancer_01:\n").unwrap();
    assert_eq!(keys(&plan), ["first", "app_01", "alarm_01", "balancer_01"]);
    // a resource that is defined here is not the parent's
    assert_eq!(create(&plan, "alarm_01"), "own alarm");
    assert!(plan.actions.contains_key("get_id"));
}

#[test]
fn what_is_not_there_is_told_with_the_nearest_word() {
    let told = |text: &str| {
        let problems = read(text).unwrap_err();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        told("  aws.ap_01:\n"),
        ["line 16, column 3: the parent has no default \"ap_01\" (did you mean \"app_01\"?)"]
    );
    assert_eq!(
        told("  awss.app_01:\n"),
        ["line 16, column 3: there is no parent \"awss\" (did you mean \"aws\"?)"]
    );
}

#[test]
fn a_parent_that_was_not_given_and_one_that_has_parents_are_told() {
    let text = format!("{BEGIN}  aws.alarm_01:\n");
    let problems = macfile::parse(&text, &BTreeMap::new()).unwrap_err();
    assert_eq!(
        problems[0].to_string(),
        "line 7, column 3: the parent aws (./aws.macfile) was not given"
    );
    let parents = [(
        "aws".to_owned(),
        "parents: {a: b}\ndefaults: {alarm_01: {resource: alarm}}".to_owned(),
    )];
    let problems = macfile::parse_with(&text, &BTreeMap::new(), &parents.into()).unwrap_err();
    assert!(
        problems[0]
            .to_string()
            .starts_with("parent aws, line 1, column 10:"),
        "{problems:?}"
    );
}

#[test]
fn a_slip_in_a_parent_is_told_as_the_parents() {
    let parents = [("aws".to_owned(), AWS.replace("{SIZE}", "{SIZ}"))].into();
    let parameters = [("SIZE".to_owned(), "x".to_owned())].into();
    let text = format!("{BEGIN}  aws.alarm_01:\n");
    let problems = macfile::parse_with(&text, &parameters, &parents).unwrap_err();
    let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "parent aws, line 12, column 16: the parameter SIZ has no value (did you mean \"SIZE\"?)",
            "line 1, column 1: the macfile has no parameter SIZE (did you mean \"SIZ\"?)",
        ]
    );
}
