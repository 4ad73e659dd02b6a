"""Who may do what: signed requests everything, presigned links until they expire, others only public objects."""

import time
from datetime import UTC, datetime, timedelta
from typing import Final

from starlette.datastructures import QueryParams
from starlette.requests import Request

_V4: Final = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Signature")
_V2: Final = ("AWSAccessKeyId", "Signature", "Expires")


def refusal(request: Request, *, public: bool) -> str | None:
    """Why the request may not be served, or None. Signatures must be there; whether they are right is not looked at.

    Expiry is measured on the wall's clock, because that is what clients sign with.
    """
    if request.headers.get("authorization", "").startswith(("AWS4-HMAC-SHA256 ", "AWS ")):
        return None
    query = request.query_params
    if all(name in query for name in _V4):
        return None if _v4_valid(query) else "Request has expired"
    if all(name in query for name in _V2):
        return None if query["Expires"].isdigit() and int(query["Expires"]) > time.time() else "Request has expired"
    return None if public and request.method in ("GET", "HEAD") else "Access Denied"


def _v4_valid(query: QueryParams) -> bool:
    try:
        signed_at = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        lifetime = timedelta(seconds=int(query["X-Amz-Expires"]))
    except (ValueError, OverflowError):
        return False
    return signed_at <= datetime.now(UTC) + timedelta(minutes=15) and datetime.now(UTC) < signed_at + lifetime
