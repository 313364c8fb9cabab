"""Fills an account's books until no more is taken, and empties them again."""

import boto3
from botocore.exceptions import ClientError

s3 = boto3.client("s3")
where = {"LocationConstraint": "ap-southeast-2"}
s3.create_bucket(Bucket="full", CreateBucketConfiguration=where)
put = []
for number in range(6):
    try:
        s3.put_object(Bucket="full", Key=str(number), Body=b"x" * (15 << 20))
        put.append(str(number))
    except ClientError as error:
        assert error.response["Error"]["Code"] == "QuotaExceeded", error
        break
assert len(put) == 4, put
# elsewhere, too, and whatever it is
try:
    boto3.client("sqs").create_queue(QueueName="q" * 80, tags={"t": "x" * (8 << 20)})
    raise AssertionError("a full account takes more")
except ClientError as error:
    assert error.response["Error"]["Code"] == "LimitExceededException", error
assert s3.head_object(Bucket="full", Key="0")["ContentLength"] == 15 << 20
gone = s3.delete_objects(Bucket="full", Delete={"Objects": [{"Key": key} for key in put]})
assert len(gone["Deleted"]) == 4, gone
s3.put_object(Bucket="full", Key="again", Body=b"x" * (15 << 20))
