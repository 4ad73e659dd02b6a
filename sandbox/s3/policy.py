"""Policies of browsers' uploads: whether who signed one may, and whether the form does what it allows and no more.

Signatures are worked out anew here, by AWS Signature Version 4, with the one key that this world knows. Everything is
measured on the wall's clock, because that is what clients sign with.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

# What no condition has to speak of.
_UNCONDITIONED: Final = frozenset({"file", "policy", "x-amz-signature", "awsaccesskeyid", "signature"})
_NEEDED: Final = ("key", "policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature")
_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_WRONG_SIGNATURE: Final = (
    "The request signature we calculated does not match the signature you provided. Check your key and signing method."
)


class PostRefusedError(Exception):
    """S3 says no: with this status, its code and its sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True)
class KeyPair:
    """The one access key that is known, and its secret."""

    id: str
    secret: str


def check(fields: Mapping[str, str], *, bucket: str, size: int, keys: KeyPair, now: datetime) -> None:
    """Let the upload pass, or raise PostRefusedError. `fields` by names in small letters, `size` in bytes."""
    missing = [name for name in _NEEDED if name not in fields]
    if missing:
        raise PostRefusedError(403 if missing == list(_NEEDED[1:]) else 400, *_incomplete(missing))
    _check_signature(fields, keys=keys)
    policy = _policy(fields["policy"])
    if _moment(policy["expiration"]) <= now:
        raise PostRefusedError(403, "AccessDenied", "Invalid according to Policy: Policy expired.")
    given = {**fields, "bucket": bucket}
    spoken_of = {"bucket"}
    for condition in policy["conditions"]:
        spoken_of.add(_check_condition(condition, given, size=size))
    extra = [name for name in fields if name not in spoken_of | _UNCONDITIONED and not name.startswith("x-ignore-")]
    if extra:
        raise PostRefusedError(
            403, "AccessDenied", f"Invalid according to Policy: Extra input fields: {', '.join(sorted(extra))}"
        )


def _incomplete(missing: list[str]) -> tuple[str, str]:
    if "policy" in missing:
        return "AccessDenied", "Access Denied"
    return "InvalidArgument", f"Bucket POST must contain a field named '{missing[0]}'."


def _check_signature(fields: Mapping[str, str], *, keys: KeyPair) -> None:
    if fields["x-amz-algorithm"] != _ALGORITHM:
        raise PostRefusedError(400, "InvalidArgument", "X-Amz-Algorithm only supports AWS4-HMAC-SHA256")
    scope = fields["x-amz-credential"].split("/")
    if len(scope) != 5 or scope[3:] != ["s3", "aws4_request"] or not fields["x-amz-date"].startswith(scope[1]):
        raise PostRefusedError(400, "InvalidArgument", "The Credential is malformed.")
    if scope[0] != keys.id:
        raise PostRefusedError(
            403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."
        )
    key = f"AWS4{keys.secret}".encode()
    for part in scope[1:]:
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    expected = hmac.new(key, fields["policy"].encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, fields["x-amz-signature"]):
        raise PostRefusedError(403, "SignatureDoesNotMatch", _WRONG_SIGNATURE)


def _policy(encoded: str) -> dict[str, Any]:
    try:
        policy = json.loads(base64.b64decode(encoded, validate=True))
        if isinstance(policy["expiration"], str) and isinstance(policy["conditions"], list):
            return dict(policy)
    except (ValueError, binascii.Error, KeyError, TypeError):
        pass
    raise PostRefusedError(400, "InvalidPolicyDocument", "Invalid Policy: Invalid JSON.")


def _moment(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise PostRefusedError(400, "InvalidPolicyDocument", "Invalid Policy: Invalid 'expiration' value") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _check_condition(condition: Any, given: Mapping[str, str], *, size: int) -> str:
    """The field that the condition speaks of, in small letters; "" for the size."""
    match condition:
        case dict() if len(condition) == 1:
            [(name, value)] = condition.items()
            return _check_one("eq", str(name), str(value), given)
        case ["content-length-range", int(least), int(most)]:
            _check_size(size, least=least, most=most)
            return ""
        case [("eq" | "starts-with") as how, str(name), str(value)] if name.startswith("$"):
            return _check_one(how, name.removeprefix("$"), value, given)
    raise PostRefusedError(400, "InvalidPolicyDocument", "Invalid Policy: Invalid Condition.")


def _check_one(how: str, name: str, value: str, given: Mapping[str, str]) -> str:
    found = given.get(name.lower(), "")
    if not (found == value if how == "eq" else found.startswith(value)):
        said = json.dumps([how, f"${name}", value])
        raise PostRefusedError(403, "AccessDenied", f"Invalid according to Policy: Policy Condition failed: {said}")
    return name.lower()


def _check_size(size: int, *, least: int, most: int) -> None:
    if size > most:
        raise PostRefusedError(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
    if size < least:
        raise PostRefusedError(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
