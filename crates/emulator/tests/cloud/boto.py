"""boto3 against an emulated cloud: services, resources, waiters, paginators, links, streams.

What it needs comes from the environment, as with AWS. It ends at the first thing that is not so.
"""

import gzip
import io
import json
import os
import re
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import botocore
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = "ap-southeast-2"
IMAGE = "ami-69631053"
ME = os.environ["TOLD"]


def code_of(call, **arguments):
    """The code with which a call is refused."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    raise AssertionError(f"{call} was not refused")


def ec2():
    cloud = boto3.resource("ec2")
    [instance] = cloud.create_instances(
        ImageId=IMAGE, InstanceType="t2.micro", MinCount=1, MaxCount=1
    )
    instance.wait_until_running()
    instance.create_tags(Tags=[{"Key": "Name", "Value": "one"}])
    wanted = [{"Name": "tag:Name", "Values": ["one"]}]
    assert [one.id for one in cloud.instances.filter(Filters=wanted)] == [instance.id]
    client = boto3.client("ec2")
    pages = client.get_paginator("describe_instance_types").paginate(
        PaginationConfig={"PageSize": 100}
    )
    assert sum(len(page["InstanceTypes"]) for page in pages) > 100
    vpc = cloud.create_vpc(CidrBlock="10.1.0.0/16")
    vpc.wait_until_available()
    subnet = vpc.create_subnet(CidrBlock="10.1.1.0/24")
    group = vpc.create_security_group(GroupName="web", Description="web")
    group.authorize_ingress(IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="0.0.0.0/0")
    group.reload()
    assert group.ip_permissions[0]["FromPort"] == 80 and subnet.vpc_id == vpc.id
    assert code_of(client.describe_instances, InstanceIds=["i-0123456789abcdef0"]) == (
        "InvalidInstanceID.NotFound"
    )
    elsewhere = boto3.client("ec2", region_name="eu-west-1")
    assert elsewhere.describe_instances()["Reservations"] == []
    return instance, vpc


def balancers(instance):
    elb = boto3.client("elb")
    listener = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}
    zones = [REGION + "a"]
    made = elb.create_load_balancer(
        LoadBalancerName="classic", Listeners=[listener], AvailabilityZones=zones
    )
    assert made["DNSName"].endswith(f".{REGION}.elb.amazonaws.com"), made
    elb.register_instances_with_load_balancer(
        LoadBalancerName="classic", Instances=[{"InstanceId": instance.id}]
    )
    pages = elb.get_paginator("describe_load_balancers").paginate()
    [found] = [one for page in pages for one in page["LoadBalancerDescriptions"]]
    assert found["Instances"] == [{"InstanceId": instance.id}]

    client = boto3.client("ec2")
    subnets = [one["SubnetId"] for one in client.describe_subnets()["Subnets"]][:2]
    elbv2 = boto3.client("elbv2")
    [balancer] = elbv2.create_load_balancer(Name="newer", Subnets=subnets)["LoadBalancers"]
    assert balancer["DNSName"].endswith(f".{REGION}.elb.amazonaws.com"), balancer
    arn = balancer["LoadBalancerArn"]
    assert f":{REGION}:{ME}:" in arn, arn
    elbv2.get_waiter("load_balancer_available").wait(LoadBalancerArns=[arn])
    [group] = elbv2.create_target_group(
        Name="group", Protocol="HTTP", Port=80, VpcId=balancer["VpcId"]
    )["TargetGroups"]
    action = {"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}
    elbv2.create_listener(
        LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[action]
    )
    pages = elbv2.get_paginator("describe_listeners").paginate(LoadBalancerArn=arn)
    assert len([one for page in pages for one in page["Listeners"]]) == 1


def open_link(link, method="GET", data=None, headers={}):
    request = urllib.request.Request(link, data=data, method=method, headers=headers)
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def s3():
    s3 = boto3.resource("s3")
    bucket = s3.create_bucket(
        Bucket="boto-bucket", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    bucket.wait_until_exists()
    bucket.put_object(Key="a b+c/é.txt", Body=b"text", Metadata={"some_thing": "said"})
    found = bucket.Object("a b+c/é.txt").get()
    assert found["Body"].read() == b"text" and found["Metadata"] == {"some_thing": "said"}
    # a stream whose length is not known beforehand, and one that goes in parts
    bucket.upload_fileobj(io.BytesIO(b"x" * 100_000), "stream")
    config = boto3.s3.transfer.TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
    large = os.urandom(1 << 20) * 12
    bucket.upload_fileobj(io.BytesIO(large), "parts", Config=config)
    client = s3.meta.client
    assert client.head_object(Bucket=bucket.name, Key="parts")["ContentLength"] == 12 << 20
    back = io.BytesIO()
    bucket.download_fileobj("parts", back)
    assert back.getvalue() == large
    packed = gzip.compress(b"packed")
    bucket.put_object(Key="packed", Body=packed, ContentEncoding="gzip")
    assert bucket.Object("packed").get()["Body"].read() == packed
    for checksum in ("CRC32", "SHA256"):
        bucket.put_object(Key=checksum, Body=b"sum", ChecksumAlgorithm=checksum)
    for number in range(12):
        bucket.put_object(Key=f"many/{number:02}", Body=b"")
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket.name, Prefix="many/", PaginationConfig={"PageSize": 5}
    )
    assert [len(page["Contents"]) for page in pages] == [5, 5, 2]

    where = {"Bucket": bucket.name, "Key": "linked"}
    # the second is what `aws s3 presign` makes, as the first is not chosen here without asking
    for version in ("s3v4", None):
        signer = boto3.client("s3", config=Config(signature_version=version))
        put = signer.generate_presigned_url("put_object", Params=where, ExpiresIn=60)
        open_link(put, "PUT", b"by a link", {"content-type": ""})
        get = signer.generate_presigned_url("get_object", Params=where, ExpiresIn=60)
        assert open_link(get) == b"by a link"
        assert ("X-Amz-Signature" in get) == (version is not None), get
        for wrong in (get.replace("linked", "packed"), re.sub("Signature=..", "Signature=00", get)):
            try:
                open_link(wrong)
                raise AssertionError("a link that was changed is good")
            except urllib.error.HTTPError as error:
                text = error.read().decode()
                assert error.code == 403 and "<Code>SignatureDoesNotMatch<" in text, text
    bucket.objects.all().delete()
    bucket.delete()
    bucket.wait_until_not_exists()


def messages():
    sqs = boto3.resource("sqs")
    queue = sqs.create_queue(QueueName="queue")
    assert queue.url.split("/")[-2:] == [ME, "queue"], queue.url
    queue.send_message(MessageBody="hello")
    [message] = queue.receive_messages(WaitTimeSeconds=1)
    assert message.body == "hello"
    message.delete()
    sns = boto3.resource("sns")
    topic = sns.create_topic(Name="topic")
    topic.subscribe(Protocol="sqs", Endpoint=queue.attributes["QueueArn"])
    topic.publish(Message="from the topic")
    [message] = queue.receive_messages(WaitTimeSeconds=2)
    assert json.loads(message.body)["Message"] == "from the topic"


def dynamodb():
    table = boto3.resource("dynamodb").create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    with table.batch_writer() as batch:
        for number in range(30):
            batch.put_item(Item={"id": str(number), "number": number})
    assert table.get_item(Key={"id": "7"})["Item"]["number"] == 7
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName="table")
    assert sum(page["Count"] for page in pages) == 30
    assert code_of(boto3.client("dynamodb").describe_table, TableName="none") == (
        "ResourceNotFoundException"
    )


TEMPLATE = """
Parameters: {Name: {Type: String}}
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: !Sub '${Name}-topic'}}
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: !Join ['-', [!Ref Name, bucket]]}}
  Copies: &copied {Type: AWS::SQS::Queue}
  Again: *copied
Outputs: {Topic: {Value: !Ref Topic}}
"""


def stacks():
    cloudformation = boto3.client("cloudformation")
    parameters = [{"ParameterKey": "Name", "ParameterValue": "of-a-stack"}]
    cloudformation.create_stack(
        StackName="stack", TemplateBody=TEMPLATE, Parameters=parameters
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName="stack")
    [stack] = cloudformation.describe_stacks(StackName="stack")["Stacks"]
    assert stack["Outputs"][0]["OutputValue"].endswith(f":{ME}:of-a-stack-topic")
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName="stack")
    assert sum(len(page["StackResourceSummaries"]) for page in pages) == 4
    cloudformation.delete_stack(StackName="stack")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="stack")


def groups():
    autoscaling = boto3.client("autoscaling")
    autoscaling.create_launch_configuration(
        LaunchConfigurationName="launch", ImageId=IMAGE, InstanceType="t2.micro"
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="group",
        LaunchConfigurationName="launch",
        MinSize=0,
        MaxSize=1,
        DesiredCapacity=1,
        AvailabilityZones=[REGION + "a"],
    )
    pages = autoscaling.get_paginator("describe_auto_scaling_groups").paginate()
    [group] = [one for page in pages for one in page["AutoScalingGroups"]]
    assert len(group["Instances"]) == 1
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName="group", ForceDelete=True)


def identities():
    iam = boto3.resource("iam")
    user = iam.create_user(UserName="alice")
    boto3.client("iam").get_waiter("user_exists").wait(UserName="alice")
    user.attach_policy(PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    identity = boto3.client("sts").get_caller_identity()
    assert identity["Account"] == ME and identity["Arn"] == f"arn:aws:iam::{ME}:root"
    pages = boto3.client("iam").get_paginator("list_users").paginate()
    assert [one["UserName"] for page in pages for one in page["Users"]] == ["alice"]


def names():
    route53 = boto3.client("route53")
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="once")
    change = {
        "Action": "UPSERT",
        "ResourceRecordSet": {
            "Name": "a.example.com",
            "Type": "A",
            "TTL": 5,
            "ResourceRecords": [{"Value": "10.0.0.1"}],
        },
    }
    number = zone["HostedZone"]["Id"]
    changed = route53.change_resource_record_sets(
        HostedZoneId=number, ChangeBatch={"Changes": [change]}
    )
    waiter = route53.get_waiter("resource_record_sets_changed")
    waiter.wait(Id=changed["ChangeInfo"]["Id"])
    pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=number)
    listed = [one["Name"] for page in pages for one in page["ResourceRecordSets"]]
    assert "a.example.com." in listed, listed


def packed():
    """botocore packs this one, as it is large."""
    cloudwatch = boto3.client("cloudwatch")
    metric = {"MetricName": "n" * 200, "Value": 1.0}
    cloudwatch.put_metric_data(Namespace="space", MetricData=[metric] * 100)
    found = cloudwatch.list_metrics(Namespace="space")["Metrics"]
    assert {one["MetricName"] for one in found} == {metric["MetricName"]}


PREFERRED = ("json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor", "query", "ec2")
FIRST = ("ec2", "query", "rest-xml", "json-1.1", "json-1.0", "rest-json")


def protocols():
    """The front's lists of services are those of botocore's models."""
    text = Path(__file__).parents[2].joinpath("src/protocol.rs").read_text()
    lists = {
        name: set(names.replace("\\", "").split())
        for name, names in re.findall(r'const ([A-Z0-9_]+): &str = "([^"]*)"', text)
    }
    lists["EC2"] = {"ec2"}
    wanted = {}
    session = botocore.session.Session()
    for service in session.get_available_services():
        data = session.get_service_model(service).metadata
        offered = data.get("protocols") or [data["protocol"]]
        protocol = next(one for one in PREFERRED if one in offered)
        if protocol == "json":
            protocol = f"json-{data.get('jsonVersion', '1.0')}"
        name = (data.get("signingName") or data["endpointPrefix"]).lower()
        wanted.setdefault(name, set()).add(protocol)
    for name, offered in wanted.items():
        if name == "s3" or not offered & set(FIRST):
            continue
        first = next(one for one in FIRST if one in offered)
        key = first.upper().replace("-", "_").replace(".", "_")
        assert name in lists[key], f"{name} speaks {first}"


def main():
    protocols()
    instance, _ = ec2()
    balancers(instance)
    for check in (s3, messages, dynamodb, stacks, groups, identities, names, packed):
        check()
    instance.terminate()
    instance.wait_until_terminated()


main()
