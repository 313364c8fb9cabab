"""The keys that STS makes: they let in with their token, and into the account that made them."""

import os
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

OTHER = os.environ["TOLD"]
sts = boto3.client("sts")
me = sts.get_caller_identity()["Account"]
boto3.client("ec2").create_key_pair(KeyName="mine")


def session(credentials, token="SessionToken"):
    return boto3.Session(
        credentials["AccessKeyId"],
        credentials["SecretAccessKey"],
        token and credentials[token],
        region_name="ap-southeast-2",
    )


def code_of(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    raise AssertionError(f"{call} was not refused")


role = f"arn:aws:iam::{me}:role/r"
made = {
    "assumed-role/r/ss": sts.assume_role(RoleArn=role, RoleSessionName="ss"),
    "root": sts.get_session_token(),
    "federated-user/bob": sts.get_federation_token(Name="bob"),
}
keys = {answer["Credentials"]["AccessKeyId"] for answer in made.values()}
assert len(keys) == 3 and all(key.startswith("ASIA") for key in keys), keys
for name, answer in made.items():
    credentials = answer["Credentials"]
    known = session(credentials)
    identity = known.client("sts").get_caller_identity()
    assert identity["Account"] == me and identity["Arn"].endswith(f":{name}"), identity
    pairs = known.client("ec2").describe_key_pairs()["KeyPairs"]
    assert [pair["KeyName"] for pair in pairs] == ["mine"]
    assert known.client("s3").list_buckets()["Buckets"] == []
    for version in ("s3v4", None):  # a link of a session has its token in it
        s3 = known.client("s3", config=Config(signature_version=version))
        link = s3.generate_presigned_url("list_buckets")
        assert b"ListAllMyBucketsResult" in urllib.request.urlopen(link).read()
    for wrong in (session(credentials, None), session(credentials, "SecretAccessKey")):
        assert code_of(wrong.client("sts").get_caller_identity) == "InvalidClientTokenId"
        assert code_of(wrong.client("ec2").describe_vpcs) == "AuthFailure"
        assert code_of(wrong.client("s3").list_buckets) == "InvalidToken"
        assert code_of(wrong.client("dynamodb").list_tables) == "UnrecognizedClientException"

again = sts.get_session_token()["Credentials"]
assert again["AccessKeyId"] not in keys
