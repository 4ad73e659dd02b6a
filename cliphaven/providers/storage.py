"""S3-compatible storage in our words: what people bring goes there by a form of their browser, and is read back by us.

The only place with its SDK. Nobody but us can read what is in the bucket; what pages show of it, they get from us.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings

from cliphaven.foundation.errors import UNREADABLE, Outcome, ProviderFailed

if TYPE_CHECKING:
    from botocore.exceptions import ClientError  # type: ignore[import-untyped]

CONNECT_SECONDS, READ_SECONDS = 3, 15
LISTED_AT_ONCE = 1_000
REMOVED_AT_ONCE = 1_000
INCOMING, KEPT = "incoming/", "kept/"
"""How keys begin: of what browsers send, and of what we made of it."""
_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})


@dataclass(frozen=True, kw_only=True)
class PresignedForm:
    """Where a browser sends a file, and the fields that go before it, in their order."""

    url: str
    fields: dict[str, str]


class NothingThere(Exception):
    """No object has this key."""


class TooLong(Exception):
    """The object is longer than it may be; nothing of it was kept."""


def is_set_up() -> bool:
    """Whether this installation has a bucket."""
    return bool(settings.STORAGE["bucket"])


def presigned_form(
    *, key: str, content_type: str, most_bytes: int, expires_at: datetime, back_to: str = "", now: datetime
) -> PresignedForm:
    """Leave for one object under one key, of one type and at most so many bytes, until a moment (by the wall).

    The vendor sends the browser to `back_to` afterwards, or answers 201. Nothing is asked of it here. Raises ValueError
    when that moment is over.
    """
    left = expires_at - now
    if left <= timedelta():
        raise ValueError("Nobody can be given leave for the past")
    afterwards = {"success_action_redirect": back_to} if back_to else {"success_action_status": "201"}
    fixed = {"Content-Type": content_type, **afterwards}
    made = _client().generate_presigned_post(
        settings.STORAGE["bucket"],
        key,
        Fields=dict(fixed),
        Conditions=[*({name: value} for name, value in fixed.items()), ["content-length-range", 1, most_bytes]],
        ExpiresIn=int(left.total_seconds()) or 1,
    )
    return PresignedForm(url=made["url"], fields={name: str(value) for name, value in made["fields"].items()})


def read(*, key: str, most_bytes: int) -> bytes:
    """An object's bytes. Raises NothingThere, TooLong, and ProviderFailed when the vendor does not answer."""
    with _told_as_outcome():
        answer = _client().get_object(Bucket=settings.STORAGE["bucket"], Key=key)
        with answer["Body"] as body:
            content: bytes = body.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise TooLong
    return content


def is_there(*, key: str) -> bool:
    """Whether an object has this key. Raises ProviderFailed."""
    try:
        with _told_as_outcome():
            _client().head_object(Bucket=settings.STORAGE["bucket"], Key=key)
    except NothingThere:
        return False
    return True


def keep(*, key: str, content: bytes, content_type: str) -> None:
    """Put an object, for us alone; the same again changes nothing. Raises ProviderFailed."""
    with _told_as_outcome():
        _client().put_object(Bucket=settings.STORAGE["bucket"], Key=key, Body=content, ContentType=content_type)


def remove(*, keys: Sequence[str]) -> None:
    """Delete objects; those that are gone already are no trouble. Raises ProviderFailed."""
    for key in keys:
        with _told_as_outcome():
            _client().delete_object(Bucket=settings.STORAGE["bucket"], Key=key)


def keys(*, prefix: str) -> Iterator[list[str]]:
    """The keys that begin so, by the page. Raises ProviderFailed."""
    with _told_as_outcome():
        pages = (
            _client()
            .get_paginator("list_objects_v2")
            .paginate(Bucket=settings.STORAGE["bucket"], Prefix=prefix, PaginationConfig={"PageSize": LISTED_AT_ONCE})
        )
        for page in pages:
            yield [item["Key"] for item in page.get("Contents", [])]


def origin() -> str:
    """The address of the vendor that browsers send files to, without a path: `https://bucket.fra1.example.com`.

    Nothing is asked of the vendor; its own client says where a form for this bucket goes.
    """
    made = _client().generate_presigned_post(settings.STORAGE["bucket"], INCOMING, ExpiresIn=1)
    place = urlsplit(made["url"])
    return f"{place.scheme}://{place.netloc}"


@contextmanager
def _told_as_outcome() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  # the SDK takes its time to import
    from botocore.exceptions import ConnectionError as NoConnection  # noqa: PLC0415

    try:
        yield
    except ClientError as error:
        raise _failure(error) from error
    except NoConnection as error:
        raise ProviderFailed("The storage could not be reached", outcome=Outcome.UNKNOWN) from error
    except BotoCoreError as error:
        raise ProviderFailed("The storage did not answer", outcome=Outcome.UNKNOWN, code=UNREADABLE) from error
    except OSError as error:  # a stream that broke in the middle
        raise ProviderFailed("The storage stopped answering", outcome=Outcome.UNKNOWN) from error


def _failure(error: "ClientError") -> Exception:
    said = error.response
    code = str(said.get("Error", {}).get("Code", ""))
    status = int(said.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)) or None
    if code in _MISSING:
        return NothingThere()
    is_no = status is not None and status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.TOO_MANY_REQUESTS
    outcome = Outcome.DEFINITE if is_no else Outcome.UNKNOWN
    return ProviderFailed("The storage answered with an error", outcome=outcome, code=code, status=status)


def _client() -> Any:
    chosen = settings.STORAGE
    return _client_for(
        chosen["endpoint"], chosen["region"], chosen["access_key_id"], chosen["secret"], chosen["is_path_style"]
    )


@lru_cache(maxsize=4)
def _client_for(endpoint: str, region: str, access_key_id: str, secret: str, is_path_style: bool) -> Any:
    import boto3  # type: ignore[import-untyped]  # noqa: PLC0415
    from botocore.config import Config  # type: ignore[import-untyped]  # noqa: PLC0415

    # Several S3-compatible stores refuse the checksums that newer clients send unasked.
    wires = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path" if is_path_style else "virtual"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "max_attempts": 2},
        proxies={} if endpoint.startswith("http://127.0.0.1") else None,
    )
    return boto3.client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=region,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret,
        config=wires,
    )
