//! Instances that nobody launched by hand: those of autoscaling groups and of stacks.

use crate::rig::{Cloud, until};

const NAME: &str = "web.ap-southeast-2.elb.amazonaws.com";

/// Serves its own host name, on which the groups' instances differ.
const NAMES_ITSELF: &str = "#!/bin/bash\nmkdir -p www && cd www && hostname >index.html\n\
                            exec python3 -m http.server 8080\n";

const IDS: &str = "autoscaling describe-auto-scaling-groups --auto-scaling-group-names group \
                   --query AutoScalingGroups[0].Instances[].InstanceId";

/// What the instances answer, once there are so many.
async fn until_answered(me: &emulator::Credentials, count: usize) {
    let seen = std::cell::RefCell::new(std::collections::BTreeSet::new());
    until(me, NAME, |status, body| {
        if status == 200 {
            seen.borrow_mut().insert(body.to_owned());
        }
        seen.borrow().len() == count
    })
    .await;
}

#[tokio::test]
async fn an_autoscaling_group_runs_as_many_as_are_desired() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let create = "elb create-load-balancer --load-balancer-name web --listeners \
                  Protocol=HTTP,LoadBalancerPort=80,InstanceProtocol=HTTP,InstancePort=8080 \
                  --availability-zones ap-southeast-2a";
    cloud.ok(&me, create).await;
    let script = cloud.file("group-data", NAMES_ITSELF);
    let launch = format!(
        "autoscaling create-launch-configuration --launch-configuration-name launch \
         --image-id ami-69631053 --instance-type t2.micro --user-data file://{script}"
    );
    cloud.ok(&me, &launch).await;
    let group = "autoscaling create-auto-scaling-group --auto-scaling-group-name group \
                 --launch-configuration-name launch --min-size 1 --max-size 3 --desired-capacity 2 \
                 --availability-zones ap-southeast-2a --load-balancer-names web";
    cloud.ok(&me, group).await;
    cloud.until_running(2).await;
    until_answered(&me, 2).await;

    let desire = "autoscaling set-desired-capacity --auto-scaling-group-name group \
                  --desired-capacity 1";
    cloud.ok(&me, desire).await;
    cloud.until_running(1).await;

    // one that is terminated by hand is replaced
    let id = cloud.ok(&me, IDS).await;
    cloud
        .ok(&me, &format!("ec2 terminate-instances --instance-ids {id}"))
        .await;
    cloud
        .until_said(&me, IDS, |ids| !ids.contains(&id) && ids.starts_with("i-"))
        .await;
    cloud.until_running(1).await;
    until_answered(&me, 1).await;

    let delete = "autoscaling delete-auto-scaling-group --auto-scaling-group-name group \
                  --force-delete";
    cloud.ok(&me, delete).await;
    cloud.until_running(0).await;
}

#[tokio::test]
async fn a_group_of_a_launch_template_runs_its_user_data() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    // of a template's user data the command line encodes nothing
    let data = STANDARD.encode("#!/bin/sh\necho of the template\n");
    let create = format!(
        "ec2 create-launch-template --launch-template-name template --launch-template-data \
         {{\"ImageId\":\"ami-69631053\",\"InstanceType\":\"t2.micro\",\"UserData\":\"{data}\"}}"
    );
    cloud.ok(&me, &create).await;
    let group = "autoscaling create-auto-scaling-group --auto-scaling-group-name group \
                 --launch-template LaunchTemplateName=template --min-size 1 --max-size 1 \
                 --availability-zones ap-southeast-2a";
    cloud.ok(&me, group).await;
    cloud.until_running(1).await;
    let id = cloud.ok(&me, IDS).await;
    let console = format!("ec2 get-console-output --instance-id {id} --query Output");
    cloud
        .until_said(&me, &console, |said| said.contains("of the template"))
        .await;
}

const TEMPLATE: &str = r##"{"Resources": {"Web": {"Type": "AWS::EC2::Instance", "Properties": {
    "ImageId": "ami-69631053", "InstanceType": "t2.micro",
    "UserData": {"Fn::Base64": {"Fn::Join": ["\n", ["#!/bin/sh", "echo of the stack"]]}}}}},
    "Outputs": {"Id": {"Value": {"Ref": "Web"}}}}"##;

#[tokio::test]
async fn an_instance_of_a_stack_runs_and_ends_with_it() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let template = cloud.file("stack.json", TEMPLATE);
    let create =
        format!("cloudformation create-stack --stack-name stack --template-body file://{template}");
    cloud.ok(&me, &create).await;
    cloud.until_running(1).await;
    let id = "cloudformation describe-stacks --stack-name stack \
              --query Stacks[0].Outputs[0].OutputValue";
    let id = cloud.ok(&me, id).await;
    let console = format!("ec2 get-console-output --instance-id {id} --query Output");
    cloud
        .until_said(&me, &console, |said| said.contains("of the stack"))
        .await;
    cloud
        .ok(&me, "cloudformation delete-stack --stack-name stack")
        .await;
    cloud.until_running(0).await;
    assert!(!cloud.place(&me, &id).join("user-data").exists());
}
