"""Posting letters to addresses that strangers gave: https, to public addresses, without following anybody anywhere.

What is sent is told by the caller; what came back is a status, and no more of the answer than a log shows.
"""

import re
import ssl
import time
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

import httpcore2

from cliphaven.providers.fence import Fence, LeadsInside, LookUp, ask_resolver

MAX_SECONDS = 15.0
MAX_BYTES = 32 * 1024
"""Of an answer, headers included: whoever says more is not heard to the end."""
SHOWN_BYTES = 1_024
RETRY_AFTER_MAX = timedelta(days=1)
_SECONDS = re.compile(r"\d{1,9}")


class Silence(StrEnum):
    """Why no status came back."""

    LEADS_INSIDE = "leads_inside"
    NO_CONNECTION = "no_connection"
    NOT_TRUSTED = "not_trusted"
    TIMED_OUT = "timed_out"
    BROKEN = "broken"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What became of a letter: a status with the beginning of the answer, or why there is none.

    `took_ms` is by the machine's own clock; `retry_after` what the other side asked for, at most a day.
    """

    status: int | None = None
    silence: Silence | None = None
    answer: str = ""
    took_ms: int = 0
    retry_after: timedelta | None = None


def post(url: str, *, body: bytes, headers: dict[str, str], to_loopback: bool, look_up: LookUp = ask_resolver) -> Reply:
    """Post a body to an address that was checked (`endpoint` rules), and answer what came back. Never raises for it.

    Blocks for MAX_SECONDS at most. With `to_loopback` the address is one of this machine's own, which only the sandbox
    allows, and no name is looked up.
    """
    began = time.monotonic()
    fence = Fence(began + MAX_SECONDS, max_bytes=MAX_BYTES, look_up=None if to_loopback else look_up)
    try:
        reply = _posted(url, body=body, headers=headers, fence=fence)
    except LeadsInside:
        reply = Reply(silence=Silence.LEADS_INSIDE)
    except httpcore2.TimeoutException:
        reply = Reply(silence=Silence.TIMED_OUT)
    except httpcore2.ConnectError as error:
        not_trusted = isinstance(error.__cause__, ssl.SSLError) or isinstance(error.__context__, ssl.SSLError)
        reply = Reply(silence=Silence.NOT_TRUSTED if not_trusted else Silence.NO_CONNECTION)
    except ssl.SSLError:
        reply = Reply(silence=Silence.NOT_TRUSTED)
    except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError):
        reply = Reply(silence=Silence.BROKEN)
    took_ms = int((time.monotonic() - began) * 1000)
    return Reply(
        status=reply.status,
        silence=reply.silence,
        answer=reply.answer,
        took_ms=took_ms,
        retry_after=reply.retry_after,
    )


def _posted(url: str, *, body: bytes, headers: dict[str, str], fence: Fence) -> Reply:
    sent: list[tuple[bytes | str, bytes | str]] = [*headers.items(), ("Connection", "close")]
    with (
        httpcore2.ConnectionPool(network_backend=fence) as pool,
        pool.stream("POST", url, headers=sent, content=body, extensions={"timeout": fence.timeouts()}) as response,
    ):
        given = {name.lower(): value.decode("latin-1") for name, value in response.headers}
        return Reply(
            status=response.status,
            answer=_beginning(response),
            retry_after=_retry_after(given.get(b"retry-after", ""), date=given.get(b"date", "")),
        )


def _beginning(response: httpcore2.Response) -> str:
    """As much of the answer as the log shows. One that breaks off has said what it said: its status counts."""
    shown = b""
    try:
        for chunk in response.iter_stream():
            shown += chunk
            if len(shown) >= SHOWN_BYTES:
                break
    except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError, OSError):
        pass
    return shown[:SHOWN_BYTES].decode("utf-8", "replace").replace("\0", "\ufffd")


def _retry_after(said: str, *, date: str) -> timedelta | None:
    """What `Retry-After` asks for, in seconds or as a moment by the clock of whoever says it."""
    said = said.strip()
    if _SECONDS.fullmatch(said):
        return min(timedelta(seconds=int(said)), RETRY_AFTER_MAX)
    try:
        wait = parsedate_to_datetime(said) - parsedate_to_datetime(date)
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(wait, timedelta()), RETRY_AFTER_MAX)
