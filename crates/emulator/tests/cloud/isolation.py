"""Every operation of many services, asked by strangers about what another account has.

The owner makes things, each with a secret in it. Then botocore's own models say what operations
there are and what they take: wherever something is named, it is the owner's. No answer may have the
secret in it, and what the owner sees afterwards is what it saw before.
"""

import importlib
import json
import os
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

ACCOUNTS = json.loads(os.environ["TOLD"])
REGION = "ap-southeast-2"
SECRET = "what-only-its-owner-knows"
CONFIG = Config(
    parameter_validation=False,
    retries={"total_max_attempts": 1},
    read_timeout=60,
    s3={"addressing_style": "path"},
    max_pool_connections=4,
)
# What would start machines, or wait for what does not come.
NOT_ASKED = {
    "RunInstances",
    "StartInstances",
    "RequestSpotInstances",
    "RequestSpotFleet",
    "CreateFleet",
    "RunScheduledInstances",
    "SelectObjectContent",
    "SubscribeToShard",
    "WriteGetObjectResponse",
}
# Where moto has the operations of a service, if not where botocore has them.
MODULES = {"lambda": "awslambda"}


def client(account, service):
    key, secret, _ = ACCOUNTS[account]
    session = boto3.Session(key, secret, region_name=REGION)
    return session.client(service, config=CONFIG)


def owner(service):
    return client(0, service)


def made():
    """The owner's things, by the words that names of parameters have in them."""
    tags = [{"Key": "Name", "Value": SECRET}]
    ec2 = owner("ec2")
    tagged = lambda kind: [{"ResourceType": kind, "Tags": tags}]
    instance = ec2.run_instances(
        ImageId="ami-69631053",
        InstanceType="t2.micro",
        MinCount=1,
        MaxCount=1,
        TagSpecifications=tagged("instance"),
    )["Instances"][0]
    vpc, subnet = instance["VpcId"], instance["SubnetId"]
    group = ec2.create_security_group(GroupName="g", Description=SECRET)["GroupId"]
    ec2.create_key_pair(KeyName="owners-pair")
    volume = ec2.create_volume(Size=1, AvailabilityZone=REGION + "a", TagSpecifications=tagged("volume"))
    snapshot = ec2.create_snapshot(VolumeId=volume["VolumeId"], Description=SECRET)
    image = ec2.create_image(InstanceId=instance["InstanceId"], Name=SECRET)
    address = ec2.allocate_address(Domain="vpc")
    template = ec2.create_launch_template(
        LaunchTemplateName="owners-template", LaunchTemplateData={"ImageId": SECRET}
    )["LaunchTemplate"]
    elb = owner("elb")
    elb.create_load_balancer(
        LoadBalancerName="owners-elb",
        Listeners=[{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}],
        AvailabilityZones=[REGION + "a"],
        Tags=tags,
    )
    elbv2 = owner("elbv2")
    subnets = [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]][:2]
    balancer = elbv2.create_load_balancer(Name="owners-alb", Subnets=subnets, Tags=tags)
    balancer = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    targets = elbv2.create_target_group(Name="owners-tg", Protocol="HTTP", Port=80, VpcId=vpc)
    targets = targets["TargetGroups"][0]["TargetGroupArn"]
    forward = {"Type": "forward", "TargetGroupArn": targets}
    listener = elbv2.create_listener(
        LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[forward]
    )["Listeners"][0]["ListenerArn"]
    autoscaling = owner("autoscaling")
    autoscaling.create_launch_configuration(
        LaunchConfigurationName="owners-lc", ImageId="ami-69631053", InstanceType="t2.micro"
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="owners-asg",
        LaunchConfigurationName="owners-lc",
        MinSize=0,
        MaxSize=0,
        AvailabilityZones=[REGION + "a"],
        Tags=[{"Key": "Name", "Value": SECRET}],
    )
    s3 = owner("s3")
    where = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket="owners-bucket", CreateBucketConfiguration=where)
    s3.put_object(Bucket="owners-bucket", Key="key", Body=SECRET.encode(), ACL="public-read-write")
    s3.put_bucket_acl(Bucket="owners-bucket", ACL="public-read-write")
    upload = s3.create_multipart_upload(Bucket="owners-bucket", Key=SECRET)["UploadId"]
    queue = owner("sqs").create_queue(QueueName="owners-queue")["QueueUrl"]
    owner("sqs").send_message(QueueUrl=queue, MessageBody=SECRET)
    topic = owner("sns").create_topic(Name="owners-topic", Attributes={"DisplayName": SECRET})
    topic = topic["TopicArn"]
    iam = owner("iam")
    user = iam.create_user(UserName="owners-user", Tags=tags)["User"]
    key = iam.create_access_key(UserName="owners-user")["AccessKey"]["AccessKeyId"]
    document = '{"Version": "2012-10-17", "Statement": []}'
    role = iam.create_role(RoleName="owners-role", AssumeRolePolicyDocument=document, Description=SECRET)
    allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    policy = iam.create_policy(
        PolicyName="owners-policy",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
        Description=SECRET,
    )
    zone = owner("route53").create_hosted_zone(
        Name="owners.example", CallerReference="c", HostedZoneConfig={"Comment": SECRET}
    )["HostedZone"]["Id"]
    stack = owner("cloudformation").create_stack(
        StackName="owners-stack",
        TemplateBody=json.dumps(
            {"Description": SECRET, "Resources": {"T": {"Type": "AWS::SNS::Topic"}}}
        ),
    )["StackId"]
    dynamodb = owner("dynamodb")
    table = dynamodb.create_table(
        TableName="owners-table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]["TableArn"]
    dynamodb.put_item(TableName="owners-table", Item={"id": {"S": SECRET}})
    rds = owner("rds").create_db_instance(
        DBInstanceIdentifier="owners-db",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername=SECRET,
        MasterUserPassword="passw0rd1",
    )["DBInstance"]["DBInstanceArn"]
    owner("ssm").put_parameter(Name="owners-parameter", Value=SECRET, Type="String")
    kms = owner("kms").create_key(Description=SECRET)["KeyMetadata"]["Arn"]
    cipher = owner("kms").encrypt(KeyId=kms, Plaintext=SECRET.encode())["CiphertextBlob"]
    secret = owner("secretsmanager").create_secret(Name="owners-secret", SecretString=SECRET)["ARN"]
    owner("logs").create_log_group(logGroupName="owners-group", tags={"Name": SECRET})
    return {
        "ec2": {
            "instance": instance["InstanceId"],
            "vpc": vpc,
            "subnet": subnet,
            "group": group,
            "keyname": "owners-pair",
            "volume": volume["VolumeId"],
            "snapshot": snapshot["SnapshotId"],
            "image": image["ImageId"],
            "allocation": address["AllocationId"],
            "publicip": address["PublicIp"],
            "templateid": template["LaunchTemplateId"],
            "templatename": "owners-template",
            "owner": ACCOUNTS[0][2],
            "account": ACCOUNTS[0][2],
            "arn": f"arn:aws:ec2:{REGION}:{ACCOUNTS[0][2]}:vpc/{vpc}",
            "": instance["InstanceId"],
        },
        "elb": {"instance": instance["InstanceId"], "": "owners-elb"},
        "elbv2": {
            "targetgrouparn": targets,
            "listener": listener,
            "name": "owners-alb",
            "subnet": subnet,
            "vpc": vpc,
            "": balancer,
        },
        "autoscaling": {"launchconfiguration": "owners-lc", "instance": instance["InstanceId"], "": "owners-asg"},
        "s3": {"bucket": "owners-bucket", "uploadid": upload, "copysource": "owners-bucket/key", "": "key"},
        "sqs": {"arn": f"arn:aws:sqs:{REGION}:{ACCOUNTS[0][2]}:owners-queue", "name": "owners-queue", "": queue},
        "sns": {"": topic},
        "iam": {
            "rolename": "owners-role",
            "policyarn": policy["Policy"]["Arn"],
            "accesskey": key,
            "arn": role["Role"]["Arn"],
            "": user["UserName"],
        },
        "sts": {"accesskey": key, "": role["Role"]["Arn"]},
        "route53": {"": zone},
        "cloudformation": {"stackname": "owners-stack", "": stack},
        "dynamodb": {"arn": table, "": "owners-table"},
        "rds": {"arn": rds, "": "owners-db"},
        "ssm": {"": "owners-parameter"},
        "kms": {"ciphertext": cipher, "": kms},
        "secretsmanager": {"": secret},
        "logs": {"": "owners-group"},
    }


SEEN = {
    "ec2": "instances vpcs subnets security_groups key_pairs volumes snapshots addresses launch_templates tags route_tables vpc_peering_connections network_interfaces",
    "elb": "load_balancers",
    "elbv2": "load_balancers target_groups",
    "autoscaling": "auto_scaling_groups launch_configurations",
    "cloudformation": "stacks",
    "rds": "db_instances",
    "ssm": "parameters",
    "logs": "log_groups",
}


# What each answer has anew.
PASSING = (
    r'"ResponseMetadata": \{.*?"RetryAttempts": \d+\}'
    r'|"RoleLastUsed": \{[^}]*\}|"(LatestRestorableTime|LastAccessedDate)": "[^"]*"'
)


def seen(things):
    """What the owner sees."""
    answers = {}
    for service, kinds in SEEN.items():
        for kind in kinds.split():
            own = {"OwnerIds": ["self"]} if kind == "snapshots" else {}
            answers[kind] = getattr(owner(service), f"describe_{kind}")(**own)
    answers["images"] = owner("ec2").describe_images(Owners=["self"])
    s3, sqs, sns, iam = (owner(service) for service in ("s3", "sqs", "sns", "iam"))
    answers["buckets"] = s3.list_buckets()["Buckets"]
    answers["objects"] = s3.list_objects_v2(Bucket="owners-bucket")
    answers["uploads"] = s3.list_multipart_uploads(Bucket="owners-bucket")
    answers["object"] = s3.get_object(Bucket="owners-bucket", Key="key")["Body"].read()
    for what in ("acl", "versioning", "tagging", "policy", "cors", "encryption"):
        try:
            answers[f"bucket {what}"] = getattr(s3, f"get_bucket_{what}")(Bucket="owners-bucket")
        except ClientError as error:
            answers[f"bucket {what}"] = error.response["Error"]["Code"]
    queue = things["sqs"][""]
    answers["queues"] = sqs.list_queues()["QueueUrls"]
    answers["queue"] = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    topic = things["sns"][""]
    answers["topics"] = sns.list_topics()["Topics"]
    answers["topic"] = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    answers["subscriptions"] = sns.list_subscriptions()["Subscriptions"]
    answers["account"] = iam.get_account_authorization_details()
    answers["access keys"] = iam.list_access_keys(UserName="owners-user")
    route53 = owner("route53")
    answers["zones"] = route53.list_hosted_zones()["HostedZones"]
    answers["records"] = route53.list_resource_record_sets(HostedZoneId=things["route53"][""])
    answers["table"] = owner("dynamodb").describe_table(TableName="owners-table")
    answers["items"] = owner("dynamodb").scan(TableName="owners-table")["Items"]
    answers["parameter"] = owner("ssm").get_parameter(Name="owners-parameter")
    answers["key"] = owner("kms").describe_key(KeyId=things["kms"][""])
    answers["secret"] = owner("secretsmanager").list_secrets()["SecretList"]
    text = json.dumps(answers, default=str, sort_keys=True)
    return re.sub(PASSING, "", text)


def difference(before, after):
    """Where two texts begin to differ; none if they do not."""
    if before == after:
        return None
    at = len(os.path.commonprefix([before, after]))
    return f"{before[max(0, at - 300) : at + 200]}\n{after[max(0, at - 300) : at + 200]}"


def filled(shape, things, name="", depth=0):
    """What an operation takes, with the owner's things wherever something is named."""
    kind = shape.type_name
    if kind == "structure":
        if depth > 4:
            return {}
        named = lambda member: re.search(
            r"(Ids?|Names?|Arns?|ARN|Urls?|Bucket|Key|Identifiers?|Owners?|Account)$", member
        )
        first = [member for member in shape.members if member in shape.required_members]
        chosen = first + [one for one in shape.members if one not in first and named(one)]
        return {
            one: filled(shape.members[one], things, one, depth + 1)
            for one in chosen
            if one not in ("DryRun", "ClientToken", "ClientRequestToken", "NextToken")
        }
    if kind == "list":
        return [filled(shape.member, things, name or shape.name, depth + 1)]
    if kind == "map":
        return {"key": filled(shape.value, things, name, depth + 1)}
    if kind in ("integer", "long"):
        return max(0, int((shape.metadata or {}).get("min", 0) or 0))
    if kind in ("float", "double"):
        return 1.0
    if kind == "boolean":
        return False
    if kind == "timestamp":
        return 0
    if kind == "string" and shape.enum:
        return shape.enum[0]
    low = name.lower()
    found = next((value for word, value in things.items() if word and word in low), things[""])
    if kind == "blob":
        return found if isinstance(found, bytes) else b"x"
    return found if isinstance(found, str) else "x"


def operations(service):
    """Those that moto has."""
    model = botocore.session.get_session().get_service_model(service)
    names = [name for name in model.operation_names if name not in NOT_ASKED]
    if service != "s3":
        module = importlib.import_module(f"moto.{MODULES.get(service, service)}.responses")
        known = set()
        for thing in vars(module).values():
            if isinstance(thing, type):
                known |= {one for one in dir(thing) if not one.startswith("_")}
        names = [name for name in names if xform_name(name) in known]
    return model, names


def ask(stranger, service, model, name, things):
    """Asks, and says what was wrong with the answer."""
    shape = model.operation_model(name).input_shape
    arguments = filled(shape, things) if shape else {}
    try:
        answer = getattr(stranger, xform_name(name))(**arguments)
        body = answer.get("Body")
        if hasattr(body, "read"):
            answer["Body"] = body.read()
        text, done = repr(answer), True
    except ClientError as error:
        text, done = repr(error.response), False
    except (BotoCoreError, TypeError, ValueError, AttributeError, KeyError, UnicodeError):
        return name, None, False  # never sent
    if SECRET in text:
        return name, f"{service} {name} shows it: {text[:600]}", done
    return name, None, done


def put_together():
    """Names that no request shows, as a template puts them together."""
    arn = {"Fn::Join": [":", [f"arn:aws:sns:{REGION}", ACCOUNTS[0][2], "owners-topic"]]}
    bucket = {"Fn::Join": ["-", ["owners", "bucket"]]}
    queue = {"Fn::Join": ["/", ["http://127.0.0.1", ACCOUNTS[0][2], "owners-queue"]]}
    nobody = {"Version": "2012-10-17", "Statement": []}
    stranger = client(2, "cloudformation")
    wrong = []
    for kind, properties in (
        ("SNS::TopicPolicy", {"Topics": [arn], "PolicyDocument": nobody}),
        ("SNS::Subscription", {"TopicArn": arn, "Protocol": "sqs", "Endpoint": "x"}),
        ("S3::BucketPolicy", {"Bucket": bucket, "PolicyDocument": nobody}),
        ("SQS::QueuePolicy", {"Queues": [queue], "PolicyDocument": nobody}),
        ("S3::Bucket", {"BucketName": bucket}),
    ):
        template = {"Resources": {"R": {"Type": f"AWS::{kind}", "Properties": properties}}}
        name = kind.replace("::", "-")
        try:
            stranger.create_stack(StackName=name, TemplateBody=json.dumps(template))
            text = repr(stranger.describe_stack_events(StackName=name))
        except ClientError as error:
            text = repr(error)
        if SECRET in text:
            wrong.append(f"a stack shows it: {text[:600]}")
    return wrong


def main():
    began = time.monotonic()
    things = made()
    seen(things)  # states settle by being looked at
    before = seen(things)
    if changed := difference(before, seen(things)):
        sys.exit(f"what the owner sees is not the same twice: {changed}")
    assert SECRET in before
    wrong, asked, done, failed = [], 0, 0, []
    with ThreadPoolExecutor(6) as pool:
        jobs, number = [], 0
        for service, own in things.items():
            model, names = operations(service)
            strangers = []
            for _ in range(4):
                number = number % (len(ACCOUNTS) - 1) + 1
                strangers.append(client(number, service))
            for turn, name in enumerate(names):
                stranger = strangers[turn % len(strangers)]
                jobs.append(pool.submit(ask, stranger, service, model, name, own))
        for job in jobs:
            _, problem, was_done = job.result()
            asked += 1
            done += was_done
            if problem:
                wrong.append(problem)
    wrong += put_together()
    if changed := difference(before, seen(things)):
        wrong.append(f"the owner's changed: {changed}")
    # each of the many sees its own, and nothing else
    with ThreadPoolExecutor(6) as pool:

        def own_bucket(number):
            s3 = client(number, "s3")
            where = {"LocationConstraint": REGION}
            s3.create_bucket(Bucket=f"own-{number}", CreateBucketConfiguration=where)
            names = {one["Name"] for one in s3.list_buckets()["Buckets"]}
            others = {name for name in names if name.startswith("own") and name != f"own-{number}"}
            for name in (f"own-{(number + 1) % len(ACCOUNTS)}", "owners-bucket"):
                try:
                    s3.list_objects_v2(Bucket=name)
                    others.add(name)
                except ClientError as error:
                    code = error.response["Error"]["Code"]
                    if code not in ("AccessDenied", "NoSuchBucket"):
                        others.add(f"{name}: {code}")
            return number, others

        for number, others in pool.map(own_bucket, range(1, len(ACCOUNTS))):
            if others:
                wrong.append(f"{number} sees {others}")
    try:
        client(1, "s3").get_object(Bucket="owners-bucket", Key="key")
        wrong.append("a public object of another account is read")
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            wrong.append(f"another's bucket: {error}")
    print(f"{asked} asked, {done} done, {time.monotonic() - began:.0f} s")
    if wrong:
        sys.exit("\n".join(wrong))
    assert asked > 900 and done > 100, (asked, done)


main()
