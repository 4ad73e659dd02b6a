"""S3 storage as boto3 meets it."""

import io
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

KEY = "runs/2026/a b+ü.json"


def client(world: Any, checksums: str = "when_supported") -> Any:
    return boto3.client(
        "s3",
        endpoint_url=f"{world.url}/s3",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        region_name="us-east-1",
        config=Config(
            s3={"addressing_style": "path"},
            signature_version="s3v4",
            request_checksum_calculation=checksums,
            response_checksum_validation=checksums,
            retries={"max_attempts": 1},
        ),
    )


@pytest.mark.parametrize("checksums", ["when_supported", "when_required"])
def test_an_object_comes_back_as_it_was_put(world: Any, checksums: str) -> None:
    s3 = client(world, checksums)
    s3.put_object(Bucket="evidence", Key=KEY, Body=b"{}", ContentType="application/json", Metadata={"run": "7"})
    got = s3.get_object(Bucket="evidence", Key=KEY)
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (b"{}", "application/json", {"run": "7"})


def test_a_stream_is_taken_too(world: Any) -> None:
    s3 = client(world)
    s3.upload_fileobj(io.BytesIO(b"x" * 200_000), "evidence", "big")
    assert s3.head_object(Bucket="evidence", Key="big")["ContentLength"] == 200_000


def test_aws_chunked_bodies_are_unpacked(world: Any) -> None:
    body = b"5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n"
    headers = {
        "authorization": "AWS4-HMAC-SHA256 Credential=key",
        "content-encoding": "aws-chunked",
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    }
    assert world.http.put("/s3/evidence/chunks", content=body, headers=headers).status_code == 200
    assert client(world).get_object(Bucket="evidence", Key="chunks")["Body"].read() == b"hello world"


def test_a_wrong_checksum_is_refused(world: Any) -> None:
    headers = {"authorization": "AWS4-HMAC-SHA256 Credential=key", "x-amz-checksum-crc32": "AAAAAA=="}
    answer = world.http.put("/s3/evidence/broken", content=b"hello", headers=headers)
    assert (answer.status_code, "BadDigest" in answer.text) == (400, True)


def test_an_unknown_key_is_no_such_key(world: Any) -> None:
    s3 = client(world)
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket="evidence", Key="nothing")


def test_a_deleted_object_is_gone(world: Any) -> None:
    s3 = client(world)
    s3.put_object(Bucket="evidence", Key=KEY, Body=b"x")
    s3.delete_object(Bucket="evidence", Key=KEY)
    with pytest.raises(ClientError) as refused:
        s3.head_object(Bucket="evidence", Key=KEY)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_lists_are_paged_and_folded(world: Any) -> None:
    s3 = client(world)
    for name in ("a/1", "a/2", "b", KEY):
        s3.put_object(Bucket="evidence", Key=name, Body=b"x")
    s3.put_object(Bucket="elsewhere", Key="other", Body=b"x")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="evidence", PaginationConfig={"PageSize": 2})
    assert [item["Key"] for page in pages for item in page["Contents"]] == ["a/1", "a/2", "b", KEY]
    folded = s3.list_objects_v2(Bucket="evidence", Delimiter="/")
    assert [folder["Prefix"] for folder in folded["CommonPrefixes"]] == ["a/", "runs/"]


def test_a_presigned_link_opens_until_it_expires(world: Any) -> None:
    s3 = client(world)
    s3.put_object(Bucket="evidence", Key=KEY, Body=b"hello")
    links = [
        s3.generate_presigned_url("get_object", Params={"Bucket": "evidence", "Key": KEY}, ExpiresIn=seconds)
        for seconds in (60, -1)
    ]
    assert [world.http.get(link).status_code for link in links] == [200, 403]


def test_without_a_signature_only_public_objects_open(world: Any) -> None:
    s3 = client(world)
    s3.put_object(Bucket="evidence", Key="private", Body=b"x")
    s3.put_object(Bucket="evidence", Key="public", Body=b"x", ACL="public-read")
    answers = [world.http.get(f"/s3/evidence/{name}").status_code for name in ("private", "public", "nothing")]
    assert answers == [403, 200, 403]
