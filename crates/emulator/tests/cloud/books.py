"""Each of moto's services, empty and where it matters with something in it, is kept and read."""

import os
import tempfile
from pathlib import Path

import boto3
import files
import keeper
from moto import backend_index, mock_aws
from moto.backends import get_backend

ACCOUNT = "123456789012"
# lambda holds a docker client, and functions do not run here anyway
NOT_KEPT = {"moto.awslambda.models:LambdaBackend"}

os.environ |= {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
mock_aws().start()


def client(service):
    return boto3.client(service, "us-east-1")


client("ec2").run_instances(ImageId="ami-69631053", MinCount=1, MaxCount=1)
client("s3").create_bucket(Bucket="bucket")
client("s3").put_object(Bucket="bucket", Key="key", Body=b"x" * 100_000)
client("sqs").create_queue(QueueName="queue")
client("ssm").put_parameter(Name="name", Value="value", Type="String")
for spec in ("RSA_2048", "ECC_NIST_P256"):
    client("kms").create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")
template = '{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}'
client("cloudformation").create_stack(StackName="stack", TemplateBody=template)

for service in dict.fromkeys(name for name, _ in backend_index.backend_url_patterns):
    if service not in ("moto_api", "moto_api._internal", "instance_metadata"):
        backends = get_backend(service)
        assert keeper.backends_of(keeper.name_of(backends)) is backends, service
        regions = backends[ACCOUNT]
        regions["aws" if "aws" in regions.regions else "us-east-1"]

with tempfile.TemporaryDirectory() as folder:
    kept = keeper.Keeper(None, Path(folder))
    before = kept.books(ACCOUNT)
    kept.keep(ACCOUNT)
    assert files.left_out == NOT_KEPT, files.left_out
    books, _ = files.read(kept.path(ACCOUNT))
    assert books.keys() == before.keys() - NOT_KEPT
    for service, regions in books.items():
        assert regions.keys() == before[service].keys(), service
    s3 = books["moto.s3.models:S3Backend"]["aws"]
    assert s3.buckets["bucket"].keys["key"].value == b"x" * 100_000
    ssm = books["moto.ssm.models:SimpleSystemManagerBackend"]["us-east-1"]
    assert ssm.get_parameter("name").value == "value"
