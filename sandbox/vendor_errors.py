"""How each vendor words the errors that can happen to any of its requests."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final

from starlette.responses import Response

STATUS: Final = {
    "error_500": 500,
    "error_502": 502,
    "error_503": 503,
    "conflict_409": 409,
    "rate_limit_429": 429,
    "rate_limit_unsaid_429": 429,
    "rate_limit_hour_429": 429,
    "rate_limit_date_429": 429,
    "moved_302": 302,
    "moved_307": 307,
    "out_of_credit_402": 402,
    "timeout_408": 408,
    "wrong_key_401": 401,
    "backend_error_503": 503,
    "quota_exceeded_403": 403,
    "too_fast_403": 403,
    "forbidden_403": 403,
    "key_invalid_400": 400,
}
# What stands before a vendor's own servers says these, and it speaks no JSON.
_BEFORE_THE_VENDOR: Final = {502: "Bad Gateway", 503: "Service Unavailable"}

_STRIPE: Final = {
    500: {"type": "api_error", "message": "An unknown error occurred"},
    409: {
        "type": "idempotency_error",
        "code": "idempotency_key_in_use",
        "message": "There is currently another in-progress request using this Idempotency-Key.",
    },
    429: {
        "type": "invalid_request_error",
        "code": "rate_limit",
        "message": "Too many requests hit the API too quickly.",
    },
    402: {"type": "card_error", "code": "card_declined", "message": "Your card was declined."},
}
_MOVED: Final = frozenset({302, 307})
# Several errors of one status: YouTube tells them apart by their reason.
_YOUTUBE_REASONS: Final = {
    "quota_exceeded_403": ("youtube.quota", "quotaExceeded", "You have exceeded your quota."),
    "too_fast_403": ("usageLimits", "rateLimitExceeded", "Rate limit exceeded."),
    "forbidden_403": ("youtube.CoreErrorDomain", "forbidden", "Permission denied."),
    "key_invalid_400": ("usageLimits", "keyInvalid", "Bad Request"),
    "backend_error_503": ("global", "backendError", "Backend error."),
}
_APIFY: Final = {
    400: ("invalid-request", "The request is not valid"),
    401: ("user-or-token-not-found", "User was not found or authentication token is not valid"),
    403: ("insufficient-permissions", "Insufficient permissions for this resource"),
    408: ("run-timeout-exceeded", "The run did not end within the time limit of this request"),
    503: ("service-unavailable", "The service is not available at the moment"),
    500: ("internal-server-error", "Internal server error"),
    409: ("concurrent-update-detected", "The resource was changed by another request at the same time."),
    429: ("rate-limit-exceeded", "You have exceeded the rate limit of 60 requests per second"),
    402: ("not-enough-usage-to-run-paid-actor", "Your account has not enough usage left to run this paid Actor."),
}
_YOUTUBE: Final = {
    500: ("backendError", "Internal error encountered.", "INTERNAL"),
    409: ("conflict", "The operation was aborted.", "ABORTED"),
    429: ("rateLimitExceeded", "Too many requests were sent in a given time span.", "RESOURCE_EXHAUSTED"),
    402: ("billingNotEnabled", "Billing is not enabled for the project.", "FAILED_PRECONDITION"),
}
_RESEND: Final = {
    500: ("application_error", "Something went wrong."),
    409: ("concurrent_idempotent_requests", "The same idempotency key is in use by a request that is still running."),
    429: ("rate_limit_exceeded", "Too many requests. You can only make 2 requests per second."),
    402: ("monthly_quota_exceeded", "You have reached your monthly e-mail quota."),
}
_S3: Final = {
    500: ("InternalError", "We encountered an internal error. Please try again."),
    409: ("OperationAborted", "A conflicting conditional operation is currently in progress."),
    429: ("SlowDown", "Please reduce your request rate."),
    402: ("AccountProblem", "There is a problem with your account."),
}


def error_answer(vendor: str, kind: str) -> Response:
    """The vendor's own answer for a kind of fault: one of those that STATUS names."""
    status = STATUS[kind]
    headers = _headers(kind, status)
    if status in _MOVED:
        return Response(status_code=status, headers=headers)
    if kind in _YOUTUBE_REASONS and vendor == "youtube":
        body = youtube_error(status, *_YOUTUBE_REASONS[kind])
        return Response(json.dumps(body), status, headers, media_type="application/json")
    if status in _BEFORE_THE_VENDOR and kind != "backend_error_503":
        return Response(f"<h1>{status} {_BEFORE_THE_VENDOR[status]}</h1>", status, headers, media_type="text/html")
    if vendor == "s3" and status in _S3:
        return s3_error(status, *_S3[status])
    return Response(json.dumps(_body(vendor, status)), status, headers, media_type="application/json")


def _headers(kind: str, status: int) -> dict[str, str]:
    if status in _MOVED:
        # Nobody listens there: whoever follows has no answer to take for the vendor's.
        return {"location": "http://127.0.0.1:9/elsewhere"}
    if status != 429 or kind == "rate_limit_unsaid_429":
        return {}
    in_an_hour = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    return {"retry-after": {"rate_limit_hour_429": "3600", "rate_limit_date_429": in_an_hour}.get(kind, "1")}


def apify_error(type_: str, message: str) -> dict[str, Any]:
    """The body of an Apify error."""
    return {"error": {"type": type_, "message": message}}


def youtube_error(code: int, domain: str, reason: str, message: str, status: str | None = None) -> dict[str, Any]:
    """The body of a YouTube Data API error."""
    error: dict[str, Any] = {
        "code": code,
        "message": message,
        "errors": [{"message": message, "domain": domain, "reason": reason}],
    }
    if status is not None:
        error["status"] = status
    return {"error": error}


def resend_error(status: int, name: str, message: str) -> dict[str, Any]:
    """The body of a Resend error."""
    return {"statusCode": status, "name": name, "message": message}


def s3_error(status: int, code: str, message: str) -> Response:
    """An S3 error answer (XML)."""
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(body, status, media_type="application/xml")


def _body(vendor: str, status: int) -> dict[str, Any]:
    if vendor == "stripe" and status in _STRIPE:
        return {"error": _STRIPE[status]}
    if vendor == "apify":
        return apify_error(*_APIFY[status])
    if vendor == "youtube" and status in _YOUTUBE:
        reason, message, word = _YOUTUBE[status]
        return youtube_error(status, "global", reason, message, word)
    if vendor == "resend" and status in _RESEND:
        return resend_error(status, *_RESEND[status])
    return {"error": f"{status}"}
