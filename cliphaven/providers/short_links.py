"""Following short and share links to the clip behind them, without ever going anywhere else.

The address comes from a stranger, so every step is fenced: https only, a closed list of hosts at every hop, a
connection to the one public address that was looked up and checked, five hops, five seconds, sixteen kilobytes, and
no body read.
"""

import contextlib
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import httpcore2
from django.conf import settings

from cliphaven.foundation.errors import Outcome, ProviderFailed, Refused

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
# `is_global` calls these reachable, yet each of them can lead back inside, or is nobody's.
_NEVER = [
    ipaddress.ip_network(network)
    for network in (
        *("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "::ffff:0:0/96", "fec0::/10", "3fff::/20"),
        *("192.0.0.0/24", "192.88.99.0/24"),
    )
]
# All that IPv6 has given out so far. What lies outside is inside, or is IPv4 in disguise.
_IPV6_GIVEN_OUT = ipaddress.ip_network("2000::/3")

LookUp = Callable[[str, int], Sequence[str]]


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
        self._look_up = look_up or _ask_resolver

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
        fence = _Fence(deadline, look_up=self._look_up if stand_in is None else None)
        target = f"{stand_in or f'https://{host}'}{path}"
        try:
            with (
                httpcore2.ConnectionPool(network_backend=fence) as pool,
                pool.stream(method, target, headers=_HEADERS, extensions={"timeout": fence.timeouts()}) as response,
            ):
                status, headers = response.status, response.headers
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


def is_public(address: str) -> bool:
    """Whether an IP address lies in the open Internet and cannot lead back inside by translation or tunnel."""
    ip = ipaddress.ip_address(address)
    if ip.version == 6 and ip not in _IPV6_GIVEN_OUT:
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _NEVER)


class _Fence(httpcore2.NetworkBackend):
    """Connects to an address that was checked, and stops reading at the deadline or the size limit.

    Without `look_up` it connects to what it is told, which is a stand-in of our own settings.
    """

    def __init__(self, deadline: float, *, look_up: LookUp | None) -> None:
        self._deadline = deadline
        self._look_up = look_up
        self._backend = httpcore2.SyncBackend()

    def remaining(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("the time for this link is used up")
        return left

    def timeouts(self) -> dict[str, float]:
        left = self.remaining()
        return {"connect": left, "read": left, "write": left, "pool": left}

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  # here and below the fence's own deadline rules
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        *others, last = self._checked(host, port) if self._look_up is not None else [host]
        for address in others:
            # Where IPv6 leads nowhere, its addresses are refused at once, and the next one is as good.
            with contextlib.suppress(httpcore2.ConnectError):
                return self._connected(address, port, socket_options)
        return self._connected(last, port, socket_options)

    def _connected(
        self, address: str, port: int, socket_options: Iterable[httpcore2.SOCKET_OPTION] | None
    ) -> httpcore2.NetworkStream:
        stream = self._backend.connect_tcp(address, port, timeout=self.remaining(), socket_options=socket_options)
        return _FencedStream(stream, self)

    def _checked(self, host: str, port: int) -> list[str]:
        """The addresses to connect to. One that is not public condemns the name with all its others.

        The name is looked up here and never again: who answers otherwise a moment later is not asked.
        """
        assert self._look_up is not None
        addresses = _looked_up(self._look_up, host, port, self.remaining())
        if not all(is_public(address) for address in addresses):
            raise LinkLeadsElsewhere("This link leads to an address that is not public. Copy the clip's full address.")
        return addresses


class _FencedStream(httpcore2.NetworkStream):
    def __init__(self, stream: httpcore2.NetworkStream, fence: _Fence) -> None:
        self._stream = stream
        self._fence = fence
        self._left = MAX_BYTES

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        if self._left <= 0:
            raise httpcore2.ReadError("the answer's headers are too long")
        chunk = self._stream.read(min(max_bytes, self._left), timeout=self._fence.remaining())
        self._left -= len(chunk)
        return chunk

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, timeout=self._fence.remaining())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, timeout=self._fence.remaining())
        return _FencedStream(stream, self._fence)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _ask_resolver(host: str, port: int) -> list[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _looked_up(look_up: LookUp, host: str, port: int, seconds: float) -> list[str]:
    """The addresses of a host. Resolvers know no time limit, hence a thread that may be left behind."""
    found: list[str] = []

    def ask() -> None:
        with contextlib.suppress(OSError):
            found.extend(look_up(host, port))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    if not found:
        raise httpcore2.ConnectError(f"{host} could not be looked up")
    return list(found)
