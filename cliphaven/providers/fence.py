"""The way out to addresses that strangers gave: looked up once, refused unless public, and connected to as looked up.

Who answers otherwise a moment later is not asked again, so that no name can lead inside by changing its mind. Time and
length of an answer have an end.
"""

import contextlib
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore2

LookUp = Callable[[str, int], Sequence[str]]

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


def is_public(address: str) -> bool:
    """Whether an IP address lies in the open Internet and cannot lead back inside by translation or tunnel."""
    ip = ipaddress.ip_address(address)
    if ip.version == 6 and ip not in _IPV6_GIVEN_OUT:
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _NEVER)


class LeadsInside(Exception):
    """The name leads to an address that is not in the open Internet: nobody was connected to."""


class Fence(httpcore2.NetworkBackend):
    """Connects to an address that was checked, and stops reading at the deadline or the size limit."""

    def __init__(self, deadline: float, *, max_bytes: int, look_up: LookUp | None) -> None:
        """`deadline` is a moment of `time.monotonic`; `max_bytes` of a connection's answer are read.

        Without `look_up` it connects to what it is told, which is a stand-in of our own settings.
        """
        self.max_bytes = max_bytes
        self._deadline = deadline
        self._look_up = look_up
        self._backend = httpcore2.SyncBackend()

    def remaining(self) -> float:
        """Seconds until the deadline; raises ReadTimeout when there are none left."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("the time for this answer is used up")
        return left

    def timeouts(self) -> dict[str, float]:
        """What the client is told to wait at most, for whatever it waits."""
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
        """Connect to one of the host's addresses. Raises LeadsInside."""
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
        return FencedStream(stream, self)

    def _checked(self, host: str, port: int) -> list[str]:
        """The addresses to connect to. One that is not public condemns the name with all its others.

        The name is looked up here and never again: who answers otherwise a moment later is not asked.
        """
        assert self._look_up is not None
        addresses = _looked_up(self._look_up, host, port, self.remaining())
        if not all(is_public(address) for address in addresses):
            raise LeadsInside(host)
        return addresses


class FencedStream(httpcore2.NetworkStream):
    """A connection that is read to the fence's deadline and size limit, and no further."""

    def __init__(self, stream: httpcore2.NetworkStream, fence: Fence) -> None:
        self._stream = stream
        self._fence = fence
        self._left = fence.max_bytes

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """What has come. Raises ReadError beyond the size limit."""
        if self._left <= 0:
            raise httpcore2.ReadError("the answer is too long")
        chunk = self._stream.read(min(max_bytes, self._left), timeout=self._fence.remaining())
        self._left -= len(chunk)
        return chunk

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Send it, before the deadline."""
        self._stream.write(buffer, timeout=self._fence.remaining())

    def close(self) -> None:
        """Let go."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        """The same connection, encrypted for the name that was asked for."""
        stream = self._stream.start_tls(ssl_context, server_hostname, timeout=self._fence.remaining())
        return FencedStream(stream, self._fence)

    def get_extra_info(self, info: str) -> Any:
        """What the socket says of itself."""
        return self._stream.get_extra_info(info)


def ask_resolver(host: str, port: int) -> list[str]:
    """The addresses that the machine's resolver knows for a host."""
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
