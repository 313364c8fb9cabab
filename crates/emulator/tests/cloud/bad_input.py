"""Requests that nobody should send, signed as they should be; TOLD is another account's number."""

import gzip
import http.client
import json
import os
import socket
from urllib.parse import urlsplit

import boto3
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

OTHER = os.environ["TOLD"]
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
AT = urlsplit(ENDPOINT)
REGION = "ap-southeast-2"
KEY = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
FORM = "application/x-www-form-urlencoded"
ME = boto3.client("sts").get_caller_identity()["Account"]


def signed(service, method="POST", path="/", body=b"", **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    request = AWSRequest(method, ENDPOINT + path, data=body, headers=headers)
    sign = S3SigV4Auth if service == "s3" else SigV4Auth
    request.context["payload_signing_enabled"] = True
    sign(KEY, service, REGION).add_auth(request)
    return request.prepare()


def send(service, method="POST", path="/", body=b"", more=(), **headers):
    """Status, headers and text of the answer to a signed request with unsigned headers added."""
    prepared = signed(service, method, path, body, **headers)
    connection = http.client.HTTPConnection(AT.hostname, AT.port, timeout=90)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in [*prepared.headers.items(), *more]:
        if name.lower() != "host" and name.lower() != "content-length":
            connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read().decode()


def form(service, text, **headers):
    return send(service, body=text.encode(), Content_Type=FORM, **headers)


def target(service, action, body, version="1.0"):
    kind = f"application/x-amz-json-{version}"
    return send(service, body=body, X_Amz_Target=action, Content_Type=kind)


def identity(**headers):
    status, _, text = form("sts", "Action=GetCallerIdentity&Version=2011-06-15", **headers)
    assert status == 200, text
    return text


def wrong_keys():
    """Each protocol says no in its own way, and boto3 reads it."""
    calls = {
        "ec2": ("describe_vpcs", "SignatureDoesNotMatch", "AuthFailure"),
        "sts": ("get_caller_identity", "SignatureDoesNotMatch", "InvalidClientTokenId"),
        "s3": ("list_buckets", "SignatureDoesNotMatch", "InvalidAccessKeyId"),
        "route53": ("list_hosted_zones", "SignatureDoesNotMatch", "InvalidClientTokenId"),
        "dynamodb": ("list_tables", "InvalidSignatureException", "UnrecognizedClientException"),
        "kms": ("list_keys", "InvalidSignatureException", "UnrecognizedClientException"),
        "lambda": ("list_functions", "InvalidSignatureException", "UnrecognizedClientException"),
    }
    for service, (call, for_secret, for_key) in calls.items():
        for key, secret, wanted in (
            (KEY.access_key, "wrong", for_secret),
            ("AKIAIOSFODNN7EXAMPLE", KEY.secret_key, for_key),
        ):
            client = boto3.client(service, aws_access_key_id=key, aws_secret_access_key=secret)
            try:
                getattr(client, call)()
                raise AssertionError(f"{service} let {key} in")
            except ClientError as error:
                assert error.response["Error"]["Code"] == wanted, (service, error)


def unknown():
    versions = {"ec2": "2016-11-15", "sts": "2011-06-15", "elasticloadbalancing": "2012-06-01"}
    for service, version in versions.items():
        status, _, text = form(service, f"Action=NoSuchThing&Version={version}")
        assert status == 400 and "<Code>InvalidAction<" in text, (service, text)
    for service, action in (("dynamodb", "DynamoDB_20120810.No"), ("kms", "TrentService.No")):
        status, _, text = target(service, action, b"{}")
        assert "UnknownOperationException" in text, (service, status, text)
    status, headers, text = send("lambda", "GET", "/no/such/path")
    assert status == 404 and headers["x-amzn-errortype"] == "UnknownOperationException", text
    status, _, text = form("nosuch", "Action=NoSuchThing")
    assert status == 404 and "<Code>UnknownService<" in text, text
    # two actions: moto would take one of them, and whoever counts launches the other
    status, _, text = form("ec2", "Action=DescribeVpcs&Action=RunInstances&Version=2016-11-15")
    assert status == 400, text


def too_large():
    """Said to be too large, a body is not waited for."""
    for service, path, kind, wanted in (
        ("s3", "/bucket/key", "binary/octet-stream", "EntityTooLarge"),
        ("ec2", "/", FORM, "RequestEntityTooLarge"),
    ):
        method = "PUT" if service == "s3" else "POST"
        prepared = signed(service, method, path, Content_Type=kind)
        with socket.create_connection((AT.hostname, AT.port), 30) as line:
            head = f"{method} {path} HTTP/1.1\r\nHost: {AT.netloc}\r\nExpect: 100-continue\r\n"
            for name, value in prepared.headers.items():
                if name.lower() not in ("host", "content-length"):
                    value = value.decode() if isinstance(value, bytes) else value
                    head += f"{name}: {value}\r\n"
            line.sendall(f"{head}Content-Length: {17 << 20}\r\n\r\n".encode())
            answer = line.recv(4096).decode()
            assert not answer.startswith("HTTP/1.1 100") and wanted in answer, answer
    status, _, text = form("ec2", "Action=DescribeVpcs&A=" + "x" * (3 << 20))
    assert status == 413 and "RequestEntityTooLarge" in text, text[:200]


def packed():
    bomb = gzip.compress(b"Action=ListMetrics&Version=2010-08-01&A=" + b"x" * (200 << 20), 9)
    status, _, text = send(
        "monitoring", body=bomb, Content_Type=FORM, Content_Encoding="gzip"
    )
    assert status == 413 and "RequestEntityTooLarge" in text, (status, text)
    status, _, text = send("monitoring", body=b"x", Content_Type=FORM, Content_Encoding="br")
    assert status == 400 and "MalformedInput" in text, text


def deep_and_many():
    many = "&".join(f"Filter.{number}.Name=a" for number in range(20_000))
    status, _, text = form("ec2", "Action=DescribeVpcs&Version=2016-11-15&" + many)
    assert status == 400 and "MalformedInput" in text, text
    for body in (b'{"A":' * 100_000, b"[" * 1_000_000, b"not json"):
        status, _, text = target("dynamodb", "DynamoDB_20120810.ListTables", body)
        assert status == 400 and "SerializationException" in text, text
    status, _, text = send("route53", "POST", "/2013-04-01/hostedzone", b"<a>" * 100_000)
    assert 400 <= status < 600, (status, text)
    laughs = "".join(
        f'<!ENTITY a{number} "{f"&a{number - 1};" * 10}">' for number in range(1, 12)
    )
    bomb = f'<!DOCTYPE x [<!ENTITY a0 "ha">{laughs}]><x>&a11;</x>'.encode()
    status, _, text = send("route53", "POST", "/2013-04-01/hostedzone", bomb)
    assert 400 <= status < 600, (status, text)


def templates():
    cloudformation = boto3.client("cloudformation")
    levels = "\n".join(
        f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 12)
    )
    laughs = f"a0: &a0 [x]\n{levels}\nResources: {{T: {{Type: 'AWS::SNS::Topic', Metadata: *a11}}}}"
    for call in (
        lambda body: cloudformation.create_stack(StackName="s", TemplateBody=body),
        lambda body: cloudformation.validate_template(TemplateBody=body),
        lambda body: cloudformation.get_template_summary(TemplateBody=body),
        lambda body: cloudformation.create_change_set(
            StackName="c", ChangeSetName="c", TemplateBody=body, ChangeSetType="CREATE"
        ),
    ):
        for body in (
            laughs,
            "Resources: " + "[" * 5000,
            "Resources: &a {T: *a}",
            "Resources: {T: {Type: 'AWS::SNS::Topic', P: !!python/object/apply:os._exit [7]}}",
            "Resources: !!python/object/apply:os._exit [7]",
            "Resources: !!python/object/new:os._exit [7]",
        ):
            try:
                call(body)
            except ClientError as error:
                assert error.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 500), error
        identity()


def heads():
    for head in (
        "".join(f"x-{number}: a\r\n" for number in range(500)),
        f"x-long: {'a' * 200_000}\r\n",
    ):
        with socket.create_connection((AT.hostname, AT.port), 30) as line:
            line.sendall(f"GET / HTTP/1.1\r\nHost: a\r\n{head}\r\n".encode())
            assert line.recv(100).startswith(b"HTTP/1.1 431 "), head[:50]
    identity()


def one_after_another():
    """Two requests on one connection before the first is answered."""
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    prepared = signed("sts", body=body, Content_Type=FORM)
    head = f"POST / HTTP/1.1\r\nHost: {AT.netloc}\r\nContent-Length: {len(body)}\r\n"
    for name, value in prepared.headers.items():
        if name.lower() not in ("host", "content-length"):
            head += f"{name}: {value.decode() if isinstance(value, bytes) else value}\r\n"
    request = f"{head}\r\n".encode() + body
    with socket.create_connection((AT.hostname, AT.port), 30) as line:
        line.sendall(request + request.replace(b"Version=2011", b"Version=2012") + request)
        answers = b""
        while answers.count(b"HTTP/1.1 ") < 3:
            answers += line.recv(4096)
    statuses = [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"403", b"200"], statuses


def speaking_for_others():
    for name in ("x-moto-account-id", "X_Moto_Account_Id", "x-moto_account-id", "X-MOTO-ACCOUNT_ID"):
        status, _, text = send(
            "sts",
            body=b"Action=GetCallerIdentity&Version=2011-06-15",
            more=[(name, OTHER)],
            Content_Type=FORM,
        )
        assert status == 200 and ME in text and OTHER not in text, (name, text)


CHECKS = (
    wrong_keys,
    unknown,
    too_large,
    packed,
    deep_and_many,
    templates,
    heads,
    one_after_another,
    speaking_for_others,
)
for check in CHECKS:
    check()
    assert ME in identity(), check
