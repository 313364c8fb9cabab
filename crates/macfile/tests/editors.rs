//! What editors and people get: a schema, warnings, a form, and a plan in words.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

const SAMPLE: &str = include_str!("../../../tutorials/samples/docker_tomcat.macfile");

fn parameters() -> BTreeMap<String, String> {
    [("TOMCAT_VERSION".to_owned(), "7-jre8".to_owned())].into()
}

fn schema() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(macfile::SCHEMA).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

fn good() -> Value {
    json!({
        "mac": "1.0.8", "name": "demo", "version": "1", "description": "d",
        "parents": {"aws": "./aws.macfile"},
        "roles": {"app": {"instance create": {"bootstrap bash": "serve", "hd": [{"/dev/sdb": "20"}]}}},
        "actions": {"check": {"bash": "true"}},
        "resources": {"a": {"create bash": "make", "destroy bash": "unmake"}},
        "infrastructures": {
            "a_01": {"resource": "a", "params": {"x": "1"}},
            "app_01": {
                "role": "app", "name": "app", "amount": 1, "provider": "amazon", "location": "l",
                "hardware": "h", "release": "r", "deployment": "testing", "ready": "role.app"
            },
            "aws.*": null
        }
    })
}

#[test]
fn the_schema_takes_what_the_language_takes_and_refuses_slips() {
    let schema = schema();
    assert!(
        schema.is_valid(&good()),
        "{:?}",
        schema.iter_errors(&good()).collect::<Vec<_>>()
    );
    for (pointer, slip) in [
        ("/infrastructures/a_01", json!({"resorce": "a"})),
        ("/infrastructures/app_01/deployment", json!("staging")),
        ("/infrastructures/a_01/ready", json!("app")),
        (
            "/roles/app/instance create",
            json!({"bootstrap bash": "x", "configuration": "y"}),
        ),
        ("/actions/check", json!({"bash": "x", "ssh": "y"})),
        ("/resources/a", json!({"destroy bash": "x"})),
        ("/parents", json!({"a.b": "x"})),
        ("/infrastructures", json!({})),
    ] {
        let mut bad = good();
        match bad.pointer_mut(pointer) {
            Some(place) => *place = slip,
            None => bad["infrastructures"]["a_01"]["ready"] = slip,
        }
        assert!(!schema.is_valid(&bad), "{pointer}");
    }
}

#[test]
fn the_good_example_of_the_schema_is_a_macfile() {
    let parents = [("aws".to_owned(), "defaults: {}".to_owned())].into();
    let mut text = good();
    text["infrastructures"]["app_01"]
        .as_object_mut()
        .unwrap()
        .remove("ready");
    macfile::parse_with(&text.to_string(), &BTreeMap::new(), &parents).unwrap();
}

#[test]
fn what_is_probably_not_meant_is_told_apart_from_what_is_wrong() {
    let text = "\
mac: 1
name: demo
version: 1.10
description: d
roles:
  idle:
    instance create: {bootstrap bash: x}
actions:
  never: {bash: x}
  check: {bash: x}
resources:
  a: {create bash: make}
infrastructures:
  a_01: {resource: a}
";
    let lint = macfile::lint(text, &BTreeMap::new(), &BTreeMap::new());
    assert!(lint.problems.is_empty(), "{lint:?}");
    let told: Vec<String> = lint.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "line 6, column 3: the role \"idle\" is never used",
            "line 9, column 3: the action \"never\" is never used",
            "line 12, column 3: the resource \"a\" has no \"destroy bash\": what it makes stays",
            "line 3, column 10: mac 1.0.8 reads this version as 1.1 (write '1.10', in quotes)",
        ]
    );
    let sample = macfile::lint(SAMPLE, &parameters(), &BTreeMap::new());
    assert!(sample.problems.is_empty());
    let told: Vec<String> = sample.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 1, "{told:?}"); // attaching has nothing to undo
}

#[test]
fn a_plan_says_what_would_happen_and_what_waits_for_what() {
    let plan = macfile::parse(SAMPLE, &parameters()).unwrap();
    let told = plan.describe();
    assert!(told.starts_with("docker_tomcat 7-jre8: Tomcat"), "{told}");
    let lines: Vec<&str> = told
        .lines()
        .filter(|line| line.contains("attach_01"))
        .collect();
    assert!(
        lines[0]
            .trim_start()
            .starts_with("3. attach_01: aws elb register"),
        "{told}"
    );
    assert!(lines[0].ends_with("(after 1, 2)"), "{told}");
    assert!(
        lines[1].trim_start().starts_with("1. attach_01: nothing"),
        "{told}"
    );
}

#[test]
fn the_hooks_are_actions_that_have_a_time_of_their_own() {
    let plan = macfile::parse(
        "mac: 1\nname: d\nversion: 1\ndescription: d\nactions: {data: {bash: echo one-way}}\n\
         resources: {a: {create bash: x}}\ninfrastructures: {a: {resource: a}}\n",
        &BTreeMap::new(),
    )
    .unwrap();
    let data = plan.hook(macfile::Hook::Data).unwrap().to_string();
    assert_eq!(data, "echo one-way");
    assert!(plan.hook(macfile::Hook::Check).is_none());
    let change = macfile::data_change("one-way\n").unwrap();
    assert!(!change.keeps_the_way_back());
    assert!(macfile::data_change("expand").unwrap().keeps_the_way_back());
    assert!(macfile::data_change("sideways").is_err());
}

#[test]
fn steps_that_wait_for_each_other_in_a_circle_are_refused() {
    let text = "mac: 1\nname: d\nversion: 1\ndescription: d\n\
        resources:\n  a: {create bash: x resource.b_01.text}\n  b: {create bash: y}\n\
        infrastructures:\n  a_01: {resource: a}\n  b_01: {resource: b}\n";
    let problems = macfile::parse(text, &BTreeMap::new()).unwrap_err();
    assert_eq!(
        problems[0].to_string(),
        "line 9, column 9: a_01 waits for a step that waits for it, or stands below it"
    );
}

#[test]
fn keys_that_refer_to_keys_and_to_other_steps_are_followed() {
    let text = "mac: 1\nname: d\nversion: 1\ndescription: d\n\
        roles: {app: {instance create: {bootstrap bash: x}}}\n\
        resources:\n  a: {create bash: where}\n  b: {create bash: at infrastructure.app_01.location}\n\
        infrastructures:\n  a_01: {resource: a}\n  \
        app_01: {role: app, name: n, amount: 1, provider: local, location: resource.a_01.text, release: r, deployment: testing}\n  \
        b_01: {resource: b}\n";
    let plan = macfile::parse(text, &BTreeMap::new()).unwrap();
    assert_eq!(plan.needs(), [vec![], vec![0], vec![0]]);
    // keys that refer to each other end
    let circle = text.replace(
        "location: resource.a_01.text",
        "location: infrastructure.app_01.location",
    );
    macfile::parse(&circle, &BTreeMap::new()).ok();
}

#[test]
fn what_is_too_large_is_refused_before_it_costs() {
    let large = "x".repeat((1 << 20) + 1);
    let problems = macfile::parse(&large, &BTreeMap::new()).unwrap_err();
    assert!(
        problems[0].message.contains("up to 1024 KiB"),
        "{problems:?}"
    );
}

proptest! {
    #[test]
    fn a_form_keeps_the_meaning_and_is_its_own_form(
        order in Just(["mac: 1\n", "name: demo\n", "# about it\nversion: 1.10\n", "description: d\n",
            "resources:\n  a: # why\n    create bash: |\n      one\n\n      two\n",
            "\n# steps\n\ninfrastructures:\n  a_01: {resource: a}\n"]).prop_shuffle(),
        noise in prop_oneof!["", "\n\n", "# end\n", "\n# end\n\n"],
    ) {
        let text = format!("{}{noise}", order.concat());
        let formatted = macfile::format(&text).unwrap();
        prop_assert_eq!(macfile::format(&formatted).unwrap(), formatted.clone());
        let none = BTreeMap::new();
        prop_assert_eq!(macfile::parse(&formatted, &none), macfile::parse(&text, &none));
        for comment in ["# about it", "# why", "# steps"] {
            prop_assert!(formatted.contains(comment));
        }
    }

    #[test]
    fn no_text_makes_the_form_or_the_lint_panic(text in any::<String>()) {
        macfile::format(&text).ok();
        macfile::lint(&text, &BTreeMap::new(), &BTreeMap::new());
    }

    #[test]
    fn what_is_waited_for_comes_first_in_some_order(count in 1usize..40, seed in any::<u64>()) {
        let mut text = "mac: 1\nname: d\nversion: 1\ndescription: d\nresources:\n".to_owned();
        for at in 0..count {
            let earlier = if at == 0 { String::new() } else {
                format!(" resource.s{}.text", seed as usize % at)
            };
            text.push_str(&format!("  r{at}: {{create bash: x{earlier}}}\n"));
        }
        text.push_str("infrastructures:\n");
        for at in 0..count {
            text.push_str(&format!("  s{at}: {{resource: r{at}}}\n"));
        }
        let plan = macfile::parse(&text, &BTreeMap::new()).unwrap();
        for needs in [plan.needs(), plan.needs_parallel()] {
            for (place, needed) in needs.iter().enumerate() {
                prop_assert!(needed.iter().all(|earlier| *earlier < place));
            }
            if count > 1 {
                let last = count - 1;
                prop_assert!(needs[last].contains(&(seed as usize % last)));
            }
        }
    }
}
