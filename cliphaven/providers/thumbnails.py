"""Thumbnails of clips: fetched once from the platforms' own hosts of pictures, looked at, and never kept.

The address is what a vendor says of a stranger's post, so it is fenced like a stranger's: https only, a closed list of
hosts, a connection to the one public address that was looked up and checked, no redirects, five seconds, two
megabytes, pictures alone.
"""

import re
import time
from http import HTTPStatus

import httpcore2
from django.conf import settings

from cliphaven.providers import pictures
from cliphaven.providers.fence import Fence, LeadsInside, LookUp, ask_resolver

HOSTS = ("tiktokcdn.com", "tiktokcdn-us.com", "tiktokcdn-eu.com", "cdninstagram.com", "fbcdn.net", "ytimg.com")
"""Where the platforms keep pictures: these hosts, and all below them."""
MAX_SECONDS = 5.0
MAX_BYTES = 2_000_000
_HEAD_BYTES = 16 * 1024
# Content comes as it is stored, so that what is counted is what is decoded.
_HEADERS: list[tuple[bytes | str, bytes | str]] = [
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"),
    ("Accept", ",".join(pictures.FORMATS)),
    ("Accept-Encoding", "identity"),
    ("Connection", "close"),
]
_ADDRESS = re.compile(r"https://((?:[a-z0-9-]{1,63}\.)+[a-z]{2,10})(/[\x21-\x7e]*)?", re.IGNORECASE)


class NoThumbnail(Exception):
    """There is no picture to be had: the text is a word that says why, for programs."""


class Thumbnails:
    """Looks at pictures on the platforms' hosts."""

    def __init__(self, *, base: str = "", look_up: LookUp | None = None) -> None:
        """`base` stands in for all hosts, with the host as the first part of the path; if given, none is visited.

        `look_up` answers a host's addresses; without it the machine's resolver is asked.
        """
        self._base = base.rstrip("/")
        self._look_up = look_up or ask_resolver

    def brightness(self, url: str, *, wide: int, high: int) -> list[list[int]] | None:
        """How bright the picture at `url` is at so many places, as `pictures.brightness` says it.

        Blocks for five seconds at most. Raises NoThumbnail, whatever the reason: nobody waits for a picture.
        """
        content = self._fetched(url)
        try:
            return pictures.brightness(content, wide=wide, high=high)
        except pictures.PictureRefused as refused:
            raise NoThumbnail(refused.why.value) from refused

    def _fetched(self, url: str) -> bytes:
        fence = Fence(
            time.monotonic() + MAX_SECONDS,
            max_bytes=MAX_BYTES + _HEAD_BYTES,
            look_up=None if self._base else self._look_up,
        )
        try:
            with (
                httpcore2.ConnectionPool(network_backend=fence) as pool,
                pool.stream(
                    "GET", self._target(url), headers=_HEADERS, extensions={"timeout": fence.timeouts()}
                ) as answer,
            ):
                _check_head(answer)
                return _body(answer)
        except LeadsInside as error:
            raise NoThumbnail("leads_inside") from error
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError, OSError) as error:
            raise NoThumbnail("no_answer") from error

    def _target(self, url: str) -> str:
        """The address to ask. Raises NoThumbnail for one that may not be visited."""
        parts = _ADDRESS.fullmatch(url)
        host = parts[1].lower() if parts else ""
        if parts is None or "\\" in url or not any(f".{host}".endswith(f".{known}") for known in HOSTS):
            raise NoThumbnail("other_host")
        path = (parts[2] or "/").partition("#")[0]
        return f"{self._base}/{host}{path}" if self._base else f"https://{host}{path}"


def _check_head(answer: httpcore2.Response) -> None:
    """Refuse what its first lines tell to be no picture, or too long a one. A redirect is no picture either."""
    said = {name.lower(): value for name, value in answer.headers}
    if answer.status != HTTPStatus.OK:
        raise NoThumbnail(f"status_{answer.status}")
    if said.get(b"content-type", b"").partition(b";")[0].strip().lower().decode("latin-1") not in pictures.FORMATS:
        raise NoThumbnail("other_type")
    length = said.get(b"content-length", b"0")
    if not length.isdigit() or len(length) > len(str(MAX_BYTES)) or int(length) > MAX_BYTES:
        raise NoThumbnail("too_long")


def _body(answer: httpcore2.Response) -> bytes:
    content = bytearray()
    for part in answer.iter_stream():
        content += part
        if len(content) > MAX_BYTES:
            raise NoThumbnail("too_long")
    return bytes(content)


def from_settings() -> Thumbnails:
    """Whoever looks at pictures for this process's settings (THUMBNAIL_BASE)."""
    return Thumbnails(base=settings.THUMBNAIL_BASE)
