//! What people do with the genuine `aws` command line, from the first command of the tutorials on.

use std::collections::HashMap;

use crate::rig::Cloud;

/// A command with `{names}` of what commands before it said, and what must be in its output.
struct Step {
    line: &'static str,
    wanted: &'static str,
    /// Under which name the output is kept.
    kept: &'static str,
}

const fn step(line: &'static str, wanted: &'static str) -> Step {
    Step {
        line,
        wanted,
        kept: "",
    }
}

const fn keep(kept: &'static str, line: &'static str, wanted: &'static str) -> Step {
    Step { line, wanted, kept }
}

#[rustfmt::skip]
const INSTANCES: &[Step] = &[
    step("sts get-caller-identity --query Account", "{me}"),
    keep("one", "ec2 run-instances --image-id ami-69631053 --count 1 --instance-type t2.micro --security-groups default --region ap-southeast-2 --query Instances[0].InstanceId", "i-"),
    step("ec2 describe-instances --region ap-southeast-2 --query Reservations[].Instances[].[InstanceId,State.Name]", "{one}\trunning"),
    keep("two", "ec2 run-instances --image-id ami-69631053 --count 2 --instance-type t2.micro --user-data file://{folder}/hello.txt --tag-specifications ResourceType=instance,Tags=[{Key=Name,Value=blue}] --region ap-southeast-2 --query Instances[0].InstanceId", "i-"),
    step("ec2 describe-instance-attribute --instance-id {two} --attribute userData --query UserData.Value", "aGVsbG8K"),
    step("ec2 create-tags --resources {one} --tags Key=Name,Value=green", ""),
    step("ec2 describe-instances --filters Name=tag:Name,Values=green Name=instance-state-name,Values=running --query Reservations[].Instances[].InstanceId", "{one}"),
    step("ec2 stop-instances --instance-ids {one} --region ap-southeast-2 --query StoppingInstances[0].CurrentState.Name", "stopping"),
    step("ec2 describe-instances --instance-ids {one} --query Reservations[0].Instances[0].State.Name", "stopped"),
    step("ec2 start-instances --instance-ids {one} --query StartingInstances[0].CurrentState.Name", "pending"),
    step("ec2 describe-instance-status --instance-ids {one} --query InstanceStatuses[].InstanceState.Name", "running"),
    step("ec2 describe-images --image-ids ami-69631053 --query Images[0].[ImageId,OwnerId]", "ami-69631053\t099720109477"),
    step("ec2 wait instance-running --instance-ids {one}", ""),
    step("ec2 create-key-pair --key-name k1 --query KeyMaterial", "PRIVATE KEY"),
    step("ec2 create-security-group --group-name web --description web --query GroupId", "sg-"),
    step("ec2 authorize-security-group-ingress --group-name web --protocol tcp --port 80 --cidr 0.0.0.0/0", "True"),
    keep("subnets", "ec2 describe-subnets --query Subnets[0:2].SubnetId", "subnet-"),
    keep("vpc", "ec2 describe-vpcs --query Vpcs[0].VpcId", "vpc-"),
];

#[rustfmt::skip]
const BALANCERS: &[Step] = &[
    step("elb create-load-balancer --load-balancer-name blue-lb --listeners Protocol=HTTP,LoadBalancerPort=80,InstanceProtocol=HTTP,InstancePort=80 --availability-zones ap-southeast-2a", "blue-lb.ap-southeast-2.elb.amazonaws.com"),
    step("elb configure-health-check --load-balancer-name blue-lb --health-check Target=HTTP:80/,Interval=10,UnhealthyThreshold=2,HealthyThreshold=2,Timeout=3 --query HealthCheck.Target", "HTTP:80/"),
    step("elb register-instances-with-load-balancer --load-balancer-name blue-lb --instances {one} {two} --query Instances[].InstanceId", "{two}"),
    step("elb describe-load-balancers --load-balancer-names blue-lb --query LoadBalancerDescriptions[0].[DNSName,HealthCheck.Target]", "blue-lb.ap-southeast-2.elb.amazonaws.com\tHTTP:80/"),
    step("elb describe-instance-health --load-balancer-name blue-lb --query InstanceStates[].[InstanceId,State]", "{two}\tOutOfService"),
    step("elb deregister-instances-from-load-balancer --load-balancer-name blue-lb --instances {two} --query Instances[].InstanceId", "{one}"),
    step("elb delete-load-balancer --load-balancer-name blue-lb", ""),
    keep("blue", "elbv2 create-target-group --name tgb --protocol HTTP --port 80 --vpc-id {vpc} --query TargetGroups[0].TargetGroupArn", "targetgroup/tgb/"),
    keep("green", "elbv2 create-target-group --name tgg --protocol HTTP --port 80 --vpc-id {vpc} --query TargetGroups[0].TargetGroupArn", "targetgroup/tgg/"),
    keep("alb", "elbv2 create-load-balancer --name alb --subnets {subnets} --query LoadBalancers[0].LoadBalancerArn", "loadbalancer/app/alb/"),
    step("elbv2 describe-load-balancers --names alb --query LoadBalancers[0].DNSName", ".ap-southeast-2.elb.amazonaws.com"),
    keep("listener", "elbv2 create-listener --load-balancer-arn {alb} --protocol HTTP --port 80 --default-actions [{\"Type\":\"forward\",\"ForwardConfig\":{\"TargetGroups\":[{\"TargetGroupArn\":\"{blue}\",\"Weight\":90},{\"TargetGroupArn\":\"{green}\",\"Weight\":10}]}}] --query Listeners[0].ListenerArn", "listener/app/alb/"),
    step("elbv2 modify-listener --listener-arn {listener} --default-actions [{\"Type\":\"forward\",\"ForwardConfig\":{\"TargetGroups\":[{\"TargetGroupArn\":\"{blue}\",\"Weight\":0},{\"TargetGroupArn\":\"{green}\",\"Weight\":100}]}}]", ""),
    step("elbv2 describe-listeners --listener-arns {listener} --query Listeners[0].DefaultActions[0].ForwardConfig.TargetGroups[].Weight", "0\t100"),
    step("elbv2 register-targets --target-group-arn {blue} --targets Id={two}", ""),
    step("elbv2 describe-target-health --target-group-arn {blue} --query TargetHealthDescriptions[].Target.Id", "{two}"),
    keep("zone", "route53 create-hosted-zone --name example.com --caller-reference once --query HostedZone.Id", "/hostedzone/"),
    step("route53 change-resource-record-sets --hosted-zone-id {zone} --change-batch {\"Changes\":[{\"Action\":\"UPSERT\",\"ResourceRecordSet\":{\"Name\":\"w.example.com\",\"Type\":\"CNAME\",\"SetIdentifier\":\"blue\",\"Weight\":90,\"TTL\":5,\"ResourceRecords\":[{\"Value\":\"blue.example.com\"}]}},{\"Action\":\"UPSERT\",\"ResourceRecordSet\":{\"Name\":\"w.example.com\",\"Type\":\"CNAME\",\"SetIdentifier\":\"green\",\"Weight\":10,\"TTL\":5,\"ResourceRecords\":[{\"Value\":\"green.example.com\"}]}}]}", "INSYNC"),
    step("route53 change-resource-record-sets --hosted-zone-id {zone} --change-batch {\"Changes\":[{\"Action\":\"UPSERT\",\"ResourceRecordSet\":{\"Name\":\"a.example.com\",\"Type\":\"A\",\"AliasTarget\":{\"HostedZoneId\":\"Z1GM3OXH4ZPM65\",\"DNSName\":\"alb.ap-southeast-2.elb.amazonaws.com\",\"EvaluateTargetHealth\":false}}}]}", "INSYNC"),
    step("route53 list-resource-record-sets --hosted-zone-id {zone} --query ResourceRecordSets[].[Name,Weight]", "w.example.com.\t90"),
];

#[rustfmt::skip]
const OTHERS: &[Step] = &[
    step("autoscaling create-launch-configuration --launch-configuration-name lc1 --image-id ami-69631053 --instance-type t2.micro", ""),
    step("autoscaling create-auto-scaling-group --auto-scaling-group-name asg1 --launch-configuration-name lc1 --min-size 1 --max-size 3 --desired-capacity 2 --availability-zones ap-southeast-2a", ""),
    step("autoscaling describe-auto-scaling-groups --query AutoScalingGroups[].[AutoScalingGroupName,DesiredCapacity,length(Instances)]", "asg1\t2\t2"),
    step("ec2 create-launch-template --launch-template-name lt1 --launch-template-data {\"ImageId\":\"ami-69631053\",\"InstanceType\":\"t2.micro\"} --query LaunchTemplate.LaunchTemplateName", "lt1"),
    step("autoscaling create-auto-scaling-group --auto-scaling-group-name asg2 --launch-template LaunchTemplateName=lt1,Version=$Latest --min-size 1 --max-size 3 --availability-zones ap-southeast-2a", ""),
    step("autoscaling set-desired-capacity --auto-scaling-group-name asg1 --desired-capacity 3", ""),
    step("autoscaling attach-load-balancer-target-groups --auto-scaling-group-name asg1 --target-group-arns {green}", ""),
    step("autoscaling delete-auto-scaling-group --auto-scaling-group-name asg1 --force-delete", ""),
    step("autoscaling delete-auto-scaling-group --auto-scaling-group-name asg2 --force-delete", ""),
    step("rds create-db-instance --db-instance-identifier db1 --db-instance-class db.t3.micro --engine postgres --allocated-storage 20 --master-username u --master-user-password passw0rd1 --query DBInstance.DBInstanceIdentifier", "db1"),
    step("rds describe-db-instances --query DBInstances[].Endpoint.Address", ".ap-southeast-2.rds.amazonaws.com"),
    step("s3 mb s3://suite-bucket", "make_bucket: suite-bucket"),
    step("s3 cp {folder}/hello.txt s3://suite-bucket/hello.txt", "upload"),
    step("s3 ls s3://suite-bucket/", "hello.txt"),
    step("s3 cp s3://suite-bucket/hello.txt {folder}/back.txt", "download"),
    step("iam create-user --user-name bob --query User.Arn", "arn:aws:iam::{me}:user/bob"),
    step("iam create-access-key --user-name bob --query AccessKey.Status", "Active"),
    step("iam create-role --role-name r1 --assume-role-policy-document {\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]} --query Role.Arn", "arn:aws:iam::{me}:role/r1"),
    step("iam list-users --query Users[].UserName", "bob"),
    step("sts assume-role --role-arn arn:aws:iam::{me}:role/r1 --role-session-name sess --query AssumedRoleUser.Arn", "arn:aws:sts::{me}:assumed-role/r1/sess"),
    step("cloudformation create-stack --stack-name st1 --template-body {\"Resources\":{\"I\":{\"Type\":\"AWS::EC2::Instance\",\"Properties\":{\"ImageId\":\"ami-69631053\",\"InstanceType\":\"t2.micro\"}},\"B\":{\"Type\":\"AWS::S3::Bucket\"}}}", "stack/st1/"),
    step("cloudformation describe-stacks --stack-name st1 --query Stacks[0].StackStatus", "CREATE_COMPLETE"),
    step("cloudformation list-stack-resources --stack-name st1 --query StackResourceSummaries[].ResourceType", "AWS::EC2::Instance"),
    step("cloudformation delete-stack --stack-name st1", ""),
    step("cloudwatch list-metrics", ""),
    step("ec2 terminate-instances --instance-ids {one} {two} --query TerminatingInstances[].CurrentState.Name", "shutting-down"),
    step("ec2 describe-instances --instance-ids {one} --query Reservations[0].Instances[0].State.Name", "terminated"),
];

/// Says what the command line is, and needs no cloud.
const TOOL: &[Step] = &[
    step("--version", "aws-cli/"),
    step("configure list", "access_key"),
    step("ec2 help", "run-instances"),
];

#[tokio::test]
async fn every_command_of_the_tutorials_does_what_it_says() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let folder = cloud.folder().display().to_string();
    std::fs::write(cloud.folder().join("hello.txt"), "hello\n").unwrap();
    let mut known = HashMap::from([("me", me.account_number.clone()), ("folder", folder)]);
    for step in INSTANCES.iter().chain(BALANCERS).chain(OTHERS) {
        let said = cloud.ok(&me, &filled(step.line, &known)).await;
        let wanted = filled(step.wanted, &known);
        assert!(said.contains(&wanted), "{}: {said}", step.line);
        if !step.kept.is_empty() {
            known.insert(step.kept, said.replace('\t', " "));
        }
    }
    let back = std::fs::read_to_string(cloud.folder().join("back.txt")).unwrap();
    assert_eq!(back, "hello\n");
    let link = cloud
        .ok(&me, "s3 presign s3://suite-bucket/hello.txt")
        .await;
    let page = reqwest::get(&link).await.unwrap();
    assert_eq!(
        (page.status().as_u16(), page.text().await.unwrap().as_str()),
        (200, "hello\n")
    );
    let unknown = "ec2 describe-instances --instance-ids i-0123456789abcdef0";
    let refusal = cloud.refused(&me, unknown).await;
    assert!(refusal.contains("InvalidInstanceID.NotFound"), "{refusal}");
}

#[tokio::test]
async fn the_command_line_tells_of_itself() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    for step in TOOL {
        let said = cloud.ok(&me, step.line).await;
        assert!(said.contains(step.wanted), "{}: {said}", step.line);
    }
}

fn filled(text: &str, known: &HashMap<&str, String>) -> String {
    known.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}
