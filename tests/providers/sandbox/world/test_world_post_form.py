"""Uploads by form to S3, as S3 looks at them: signature, policy and size are checked for real."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config  # type: ignore[import-untyped]

from sandbox.config import Config as Sandbox

KEY = "incoming/organisation-1/abc"


def client(world: Any, *, secret: str = "") -> Any:
    return boto3.client(
        "s3",
        endpoint_url=f"{world.url}/s3",
        aws_access_key_id=Sandbox.s3_access_key_id,
        aws_secret_access_key=secret or Sandbox.s3_secret_access_key,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, signature_version="s3v4"),
    )


def leave(world: Any, *, seconds: int = 60, secret: str = "", **fields: str) -> Any:
    fixed = {"Content-Type": "image/png", **fields}
    return client(world, secret=secret).generate_presigned_post(
        "pictures",
        KEY,
        Fields=dict(fixed),
        Conditions=[*({name: value} for name, value in fixed.items()), ["content-length-range", 1, 10]],
        ExpiresIn=seconds,
    )


def send(world: Any, made: Any, content: bytes = b"123", **changed: str | None) -> Any:
    fields = {name: value for name, value in {**made["fields"], **changed}.items() if value is not None}
    return world.http.post(made["url"], data=fields, files={"file": ("a.png", content, "image/png")})


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.text.partition("<Code>")[2].partition("</Code>")[0]


def kept(world: Any) -> list[str]:
    return [one["Key"] for one in client(world).list_objects_v2(Bucket="pictures").get("Contents", [])]


def test_what_the_policy_allows_is_kept(world: Any) -> None:
    assert send(world, leave(world)).status_code == 204
    got = client(world).get_object(Bucket="pictures", Key=KEY)
    assert (got["Body"].read(), got["ContentType"]) == (b"123", "image/png")


def test_the_answer_is_what_the_form_asks_for(world: Any) -> None:
    told = send(world, leave(world, success_action_status="201"))
    sent_back = send(world, leave(world, success_action_redirect="http://127.0.0.1:1/back/?a=1"))
    assert (told.status_code, "<PostResponse>" in told.text) == (201, True)
    assert sent_back.status_code == 303
    assert sent_back.headers["location"].startswith("http://127.0.0.1:1/back/?a=1&bucket=pictures&key=incoming")


@pytest.mark.parametrize(
    ("content", "expected"), [(b"", "EntityTooSmall"), (b"1", ""), (b"1" * 10, ""), (b"1" * 11, "EntityTooLarge")]
)
def test_a_size_out_of_its_range_is_refused(world: Any, content: bytes, expected: str) -> None:
    assert code(send(world, leave(world), content)) == (400 if expected else 204, expected)
    assert kept(world) == ([] if expected else [KEY])


@pytest.mark.parametrize(
    "changed",
    [
        {"key": "kept/organisation-2/theirs"},
        {"Content-Type": "text/html"},
        {"Content-Type": None},
        {"acl": "public-read"},
        {"x-amz-meta-note": "extra"},
        {"success_action_redirect": "https://elsewhere.example"},
    ],
)
def test_a_form_that_does_other_than_its_policy_is_refused(world: Any, changed: dict[str, str | None]) -> None:
    assert code(send(world, leave(world), **changed)) == (403, "AccessDenied")
    assert kept(world) == []


def test_a_leave_ends(world: Any) -> None:
    answer = send(world, leave(world, seconds=-1))
    assert (code(answer), "Policy expired" in answer.text) == ((403, "AccessDenied"), True)


def test_a_policy_that_was_written_anew_does_not_fit_its_signature(world: Any) -> None:
    made = leave(world)
    policy = json.loads(base64.b64decode(made["fields"]["policy"]))
    policy["expiration"] = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    forged = base64.b64encode(json.dumps(policy).encode()).decode()
    assert code(send(world, made, policy=forged)) == (403, "SignatureDoesNotMatch")


def test_another_secret_or_key_opens_nothing(world: Any) -> None:
    credential = leave(world)["fields"]["x-amz-credential"].partition("/")[2]
    assert code(send(world, leave(world, secret="another"))) == (403, "SignatureDoesNotMatch")
    assert code(send(world, leave(world), **{"x-amz-credential": f"nobody/{credential}"})) == (
        403,
        "InvalidAccessKeyId",
    )
    assert code(send(world, leave(world), **{"x-amz-signature": "0" * 64})) == (403, "SignatureDoesNotMatch")


def test_without_a_policy_nothing_is_taken(world: Any) -> None:
    answer = world.http.post(f"{world.url}/s3/pictures", data={"key": KEY}, files={"file": ("a", b"1")})
    assert code(answer) == (403, "AccessDenied")
    assert code(world.http.post(f"{world.url}/s3/pictures", json={})) == (400, "MalformedPOSTRequest")


def test_pages_of_the_site_may_read_the_answer_and_no_others(start_world: Callable[..., Any], tmp_path: Path) -> None:
    with start_world(tmp_path, webhook_url="http://site.example/webhooks/stripe/") as world:
        made = leave(world)
        answers = [
            world.http.post(
                made["url"], data=made["fields"], files={"file": ("a.png", b"1")}, headers={"Origin": origin}
            ).headers.get("access-control-allow-origin")
            for origin in ("http://site.example", "https://elsewhere.example")
        ]
    assert answers == ["http://site.example", None]
