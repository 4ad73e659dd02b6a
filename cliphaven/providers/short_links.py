"""Following short and share links to the clip behind them, without ever going anywhere else.

The address comes from a stranger, so every step is fenced: https only, a closed list of hosts at every hop, a
connection to the one public address that was looked up and checked, five hops, five seconds, sixteen kilobytes, and
no body read.
"""

import contextlib
import re
import time
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus

import httpcore2
from django.conf import settings

from cliphaven.foundation.errors import Outcome, ProviderFailed, Refused
from cliphaven.providers.fence import Fence, LeadsInside, LookUp, ask_resolver

ALLOWED_HOSTS = frozenset(
    {
        *("tiktok.com", "www.tiktok.com", "m.tiktok.com", "lite.tiktok.com", "vm.tiktok.com", "vt.tiktok.com"),
        *("instagram.com", "www.instagram.com", "m.instagram.com", "instagr.am", "www.instagr.am"),
    }
)
MAX_HOPS = 5
MAX_SECONDS = 5.0
MAX_BYTES = 16 * 1024
MAX_ADDRESS = 8192

# Some of these hosts send no Location to anything that does not look like a browser.
_HEADERS: list[tuple[bytes | str, bytes | str]] = [
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"),
    ("Accept", "text/html,application/xhtml+xml"),
    ("Accept-Language", "en"),
    ("Sec-Fetch-Dest", "document"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Site", "none"),
    ("Connection", "close"),
]
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What a platform answers to those it does not want to see, or not now: nothing about the link.
_NOT_FOR_US = frozenset({401, 403, 408, 425, 429})
_SIGN_IN_PAGE = re.compile(r"/(?:accounts/)?login(?:[/?#]|$)")
_ADDRESS = re.compile(r"https://([a-z0-9.-]+)(/[\x21-\x7e]*)?", re.IGNORECASE)


class LinkIsDead(Refused):
    """The link leads to no clip: it has expired, or never was one."""

    code = "dead_link"


class LinkLeadsElsewhere(Refused):
    """The link leads off the platforms' own hosts, off https, or to an address that is not public."""

    code = "link_leads_elsewhere"


class LinkTakesTooManyTurns(Refused):
    """More than five redirects."""

    code = "too_many_redirects"


class ShortLinks:
    """Follows links on the allowed hosts."""

    def __init__(
        self,
        *,
        bases: Mapping[str, str],
        allowed_hosts: Iterable[str] = ALLOWED_HOSTS,
        look_up: LookUp | None = None,
    ) -> None:
        """`bases` maps hosts to base URLs that stand in for them; if there are any, no other host is visited.

        `look_up` answers a host's addresses; without it the machine's resolver is asked.
        """
        self._bases = {host: base.rstrip("/") for host, base in bases.items()}
        self._allowed_hosts = frozenset(allowed_hosts)
        self._look_up = look_up or ask_resolver

    def resolve(self, url: str, *, arrived: Callable[[str], bool]) -> str:
        """The address behind `url`, without its query: the first one on the way for which `arrived` says yes.

        Blocks for five seconds at most. Raises LinkIsDead, LinkLeadsElsewhere, LinkTakesTooManyTurns, and
        ProviderFailed when the host did not answer properly, in which case trying again later is right.
        """
        deadline = time.monotonic() + MAX_SECONDS
        address = url
        for _ in range(MAX_HOPS + 1):
            _, path = self._checked(address)
            plain = re.split(r"[?#]", address, maxsplit=1)[0]
            if arrived(plain):
                return plain
            if not re.split(r"[?#]", path, maxsplit=1)[0].strip("/"):
                raise _dead()  # platforms send expired links to their home page
            if _SIGN_IN_PAGE.match(path):
                raise _silent("The platform shows this link to its own users only. Paste the clip's full address.")
            address = self._next(address, deadline)
        raise LinkTakesTooManyTurns("This link is redirected too often. Open the clip and copy its full address.")

    def _checked(self, address: str) -> tuple[str, str]:
        """Host and path of an address that may be visited."""
        parts = _ADDRESS.fullmatch(address)
        host = parts[1].lower() if parts else ""
        if parts is None or len(address) > MAX_ADDRESS or "\\" in address or host not in self._allowed_hosts:
            raise LinkLeadsElsewhere("This link leads away from the clip's platform. Copy the clip's full address.")
        return host, parts[2] or "/"

    def _next(self, address: str, deadline: float) -> str:
        location = ""
        with contextlib.suppress(ProviderFailed):  # some hosts refuse HEAD, or hang up on it
            location = self._location("HEAD", address, deadline)
        location = location or self._location("GET", address, deadline)
        if not location:
            raise _dead()
        if location.startswith("//"):
            return f"https:{location}"
        if location.startswith("/"):
            return f"https://{self._checked(address)[0]}{location}"
        return location

    def _location(self, method: str, address: str, deadline: float) -> str:
        """Where the host sends us on to, "" if nowhere."""
        host, path = self._checked(address)
        path = path.partition("#")[0]
        stand_in = self._bases.get(host)
        if self._bases and stand_in is None:
            raise LinkLeadsElsewhere(
                "This link leads to a host that is not reachable here. Copy the clip's full address."
            )
        fence = Fence(deadline, max_bytes=MAX_BYTES, look_up=self._look_up if stand_in is None else None)
        target = f"{stand_in or f'https://{host}'}{path}"
        try:
            with (
                httpcore2.ConnectionPool(network_backend=fence) as pool,
                pool.stream(method, target, headers=_HEADERS, extensions={"timeout": fence.timeouts()}) as response,
            ):
                status, headers = response.status, response.headers
        except LeadsInside as error:
            raise LinkLeadsElsewhere(
                "This link leads to an address that is not public. Copy the clip's full address."
            ) from error
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError, OSError) as error:
            sentence = "The platform did not answer. Try again in a minute, or paste the clip's full address."
            raise _silent(sentence, code=type(error).__name__) from error
        if status in _NOT_FOR_US or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            sentence = "The platform does not let us follow this link now. Try again later, or paste the full address."
            raise _silent(sentence, status=status)
        if status not in _REDIRECTS:
            return ""
        # Bytes outside ASCII become characters that no allowed address contains.
        return next((value.decode("latin-1") for name, value in headers if name.lower() == b"location"), "")


def _dead() -> LinkIsDead:
    return LinkIsDead("This link leads to no clip any more. Open the clip and copy its full address.")


def _silent(sentence: str, *, code: str = "", status: int | None = None) -> ProviderFailed:
    """Nothing was told about the link: it may be as good as any."""
    return ProviderFailed(sentence, outcome=Outcome.NOT_EXECUTED, code=code, status=status)


def from_settings() -> ShortLinks:
    """The resolver for this process's settings (SHORT_LINK_BASES)."""
    return ShortLinks(bases=settings.SHORT_LINK_BASES)
