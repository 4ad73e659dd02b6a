"""One JSON call to a vendor over a connection that stays open, with every way to fail put into our words."""

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2

from cliphaven.foundation import deadlines
from cliphaven.foundation.errors import Outcome, ProviderFailed

Params = Mapping[str, str | int]

_AT_ONCE = timedelta()
_WAITED_MOST = timedelta(seconds=2)

MAX_ANSWER_BYTES = 32 * 1024 * 1024
"""Of an answer, unpacked; one that is longer is not read to its end."""
MAX_DEPTH = 100
"""Lists and objects within each other; real answers come to six. More would end whoever walks through them."""
ANSWER_SECONDS = 30
"""So long the rest of an answer may take once it has begun, however steadily it drips."""
IDLE_S = 60
"""So long a connection on which nothing is asked stays open."""
_PAUSES_BEFORE_READING_AGAIN = (0.2, 0.8)


@dataclass(frozen=True, slots=True)
class Answer:
    """A vendor's good answer, read as JSON; `content` is what it was read from, as it came."""

    body: object
    content: bytes = b""

    def field(self, name: str) -> object:
        """One field of a JSON object; None when it, or the object, is not there."""
        return self.body.get(name) if isinstance(self.body, dict) else None


class VendorCalls:
    """Calls to one vendor at one base address."""

    def __init__(self, vendor: str, base: str, headers: Mapping[str, str]) -> None:
        """`vendor` is its name for people; `headers` carry the key, so that no key ever stands in an address."""
        self._vendor = vendor
        self._client = httpx2.Client(
            base_url=base,
            headers={"User-Agent": "ClipHaven", **headers},
            limits=httpx2.Limits(max_connections=20, max_keepalive_connections=20, keepalive_expiry=IDLE_S),
            # Whatever a vendor would have us remember, and send back with every call: we do not.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            # A proxy of the machine is for the open Internet; the sandbox on loopback is not behind it.
            trust_env=not base.startswith("http://127.0.0.1"),
        )

    def read(self, path: str, params: Params, *, timeout: float = 30) -> Answer:
        """GET, tried three times when the vendor stumbles. Raises ProviderFailed; asking again later is harmless."""
        request = self._client.build_request("GET", path, params=dict(params), timeout=timeout)
        for pause in _PAUSES_BEFORE_READING_AGAIN:
            try:
                return self._answer(request)
            except ProviderFailed as failure:
                wanted = failure.retry_after or _AT_ONCE
                if failure.outcome is Outcome.DEFINITE or wanted > _WAITED_MOST:
                    raise
                time.sleep(max(pause, wanted.total_seconds()))
        return self._answer(request)

    def send(
        self, path: str, content: object, *, params: Params, headers: Mapping[str, str], timeout: float = 30
    ) -> Answer:
        """POST, once. Raises ProviderFailed, with the outcome `unknown` whenever the vendor may have carried it out."""
        return self._answer(
            self._client.build_request(
                "POST",
                path,
                params=dict(params),
                content=json.dumps(content).encode(),
                headers={"Content-Type": "application/json", **headers},
                timeout=timeout,
            )
        )

    def _answer(self, request: httpx2.Request) -> Answer:
        request.extensions["trace"] = _look_at_the_clock
        try:
            response = self._client.send(request, stream=True)
            try:
                content = bounded(response)
            finally:
                response.close()
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise self._failure("could not be reached", Outcome.NOT_EXECUTED, type(error).__name__) from error
        except httpx2.HTTPError as error:
            raise self._failure("did not answer", Outcome.UNKNOWN, type(error).__name__) from error
        body, status = parsed(content), response.status_code
        if not response.is_success:
            failure = self._failure("answered with an error", _outcome(status), error_code(body), status)
            failure.retry_after = _retry_after(response.headers)
            raise failure
        if body is None:
            raise self._failure("answered with something unreadable", Outcome.UNKNOWN, "unreadable", status)
        return Answer(body, content)

    def _failure(self, what: str, outcome: Outcome, code: str, status: int | None = None) -> ProviderFailed:
        return ProviderFailed(f"{self._vendor} {what}.", outcome=outcome, code=code, status=status)


def error_code(body: object) -> str:
    """The vendor's word for an error, from the shapes in use by Apify, YouTube and Resend; "" if there is none."""
    if not isinstance(body, dict):
        return ""
    error = body.get("error")
    if not isinstance(error, dict):
        return _word(body.get("name"))
    reasons = error.get("errors")
    first = reasons[0] if isinstance(reasons, list) and reasons else None
    return _word(first.get("reason")) if isinstance(first, dict) else _word(error.get("type"))


def _word(value: object) -> str:
    return value[:100] if isinstance(value, str) else ""


def _retry_after(headers: httpx2.Headers) -> timedelta | None:
    """How long the vendor wants to be left alone: seconds, or a date. That one is held against the vendor's own clock,
    which it names as well; ours may differ."""
    said = headers.get("retry-after", "").strip()
    try:
        if said.isdecimal():
            return timedelta(seconds=int(said[:9]))
        return max(_AT_ONCE, parsedate_to_datetime(said) - parsedate_to_datetime(headers.get("date", "")))
    except (ValueError, TypeError):
        return None


def bounded(response: httpx2.Response) -> bytes:
    """The answer's bytes, unpacked; none of an answer that is too long, or drips without end: its rest is not waited
    for."""
    parts, length, until = [], 0, time.monotonic() + ANSWER_SECONDS
    for part in response.iter_bytes():
        parts.append(part)
        length += len(part)
        if length > MAX_ANSWER_BYTES or time.monotonic() > until:
            return b""
    return b"".join(parts)


def parsed(content: bytes) -> object:
    """The JSON, with nothing in it that a column of PostgreSQL refuses to hold. None: it cannot be read."""
    try:
        # As text: of bytes, Python would also take other encodings, and halves of characters.
        text = content.decode()
        body: object = json.loads(text, parse_constant=lambda _: None, parse_float=_finite)
        if _is_deep(body):
            return None
        return _storable(body) if "\\u0000" in text or "\\ud" in text.lower() else body
    except (ValueError, RecursionError):
        return None


def _is_deep(body: object) -> bool:
    level = [body]
    for _ in range(MAX_DEPTH):
        inner = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = [value for values in inner for value in values if type(value) is dict or type(value) is list]
        if not level:
            return False
    return True


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _storable(value: object) -> object:
    match value:
        case str():
            # Replaced, not left out: "1\0002" must not come to be a count, or another clip's id.
            return value.replace("\0", "?").encode("utf-8", "replace").decode()
        case list():
            return [_storable(one) for one in value]
        case dict():
            return {_storable(name): _storable(one) for name, one in value.items()}
    return value


def _outcome(status: int) -> Outcome:
    if status == httpx2.codes.TOO_MANY_REQUESTS:
        return Outcome.NOT_EXECUTED
    return Outcome.UNKNOWN if status >= httpx2.codes.INTERNAL_SERVER_ERROR else Outcome.DEFINITE


def _look_at_the_clock(event: str, facts: object) -> None:  # noqa: ARG001  # the shape that httpcore calls
    """What the connection tells of itself: a request that must not be late is stopped before its first byte."""
    if event.endswith("send_request_headers.started"):
        deadlines.look()
