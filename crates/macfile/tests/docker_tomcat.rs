//! The tutorials' own macfile reads as it is meant.

use std::collections::BTreeMap;

use macfile::{Known, Plan, Reference, Work};

const TEXT: &str = include_str!("../../../tutorials/samples/docker_tomcat.macfile");

fn plan() -> Plan {
    let parameters = BTreeMap::from([("TOMCAT_VERSION".to_owned(), "7-jre8".to_owned())]);
    macfile::parse(TEXT, &parameters).expect("the sample is right")
}

#[test]
fn the_steps_come_in_file_order() {
    let plan = plan();
    assert_eq!(
        (plan.name.as_str(), plan.version.as_str()),
        ("docker_tomcat", "7-jre8")
    );
    let keys: Vec<&str> = plan.steps.iter().map(|step| step.key.as_str()).collect();
    assert_eq!(keys, ["app_01", "load_balancer_01", "attach_01"]);
    assert_eq!(plan.steps[2].ready.as_deref(), Some("app"));
}

#[test]
fn the_instance_is_what_the_tutorial_says() {
    let plan = plan();
    let Work::Instances(instances) = &plan.steps[0].work else {
        panic!("{:?}", plan.steps[0])
    };
    let fill = |template: &macfile::Template| template.fill(&Known::default()).unwrap();
    assert_eq!(fill(&instances.hardware), "t2.micro");
    assert_eq!(fill(&instances.release), "ami-69631053");
    assert_eq!(instances.amount, 1);
    assert!(instances.user_data.starts_with("#!/bin/bash\n"));
    assert!(instances.user_data.contains("stands in for tomcat:7-jre8"));
}

#[test]
fn attaching_waits_for_the_action_and_uses_what_it_prints() {
    let plan = plan();
    let Work::Resource(attach) = &plan.steps[2].work else {
        panic!("{:?}", plan.steps[2])
    };
    let get_id = Reference::Action {
        role: "app".into(),
        action: "get_id".into(),
    };
    assert_eq!(attach.create.references(), [get_id]);
    assert!(attach.create.fill(&Known::default()).is_err());
    let actions = BTreeMap::from([("get_id".to_owned(), "i-0abc\n".to_owned())]);
    let command = attach
        .create
        .fill(&Known {
            actions,
            ..Known::default()
        })
        .unwrap();
    assert!(
        command.contains("--instances i-0abc --output text &&"),
        "{command}"
    );
}

/// The script is run as an instance runs it, beside a `docker` that writes down what it is asked.
#[test]
fn where_docker_is_at_hand_the_script_runs_the_image() {
    let plan = plan();
    let Work::Instances(instances) = &plan.steps[0].work else {
        panic!("{:?}", plan.steps[0])
    };
    let folder = std::env::temp_dir().join(format!("docker-at-hand-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let docker = folder.join("docker");
    std::fs::write(&docker, "#!/bin/sh\necho asked to: $*\n").unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.display());
    let script = format!("chmod +x {}\n{}", docker.display(), instances.user_data);
    let output = std::process::Command::new("/bin/bash")
        .args(["-c", &script])
        .env("PATH", path)
        .output()
        .unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, "asked to: run -d -p 8080:8080 tomcat:7-jre8\n");
}
