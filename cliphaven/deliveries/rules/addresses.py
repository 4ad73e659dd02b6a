"""Where an endpoint may be: https, under a name of the open Internet, at a port that serves the web."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from cliphaven.foundation.errors import Refused

LENGTH_MAX = 500
PORTS = (443, *range(1024, 65_536))
# Whatever some resolver might take for a number (0x7f.1, 127.1) is no name: its last part begins with a letter.
_NAME = re.compile(r"(?=.{1,253}$)(?:(?!-)[a-z0-9-]{1,63}(?<!-)\.)+(?:xn--[a-z0-9-]{1,59}|[a-z][a-z0-9-]{0,61}[a-z])")
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class AddressRefused(Refused):
    """No letters go there: the sentence says what is wrong with the address."""

    code = "endpoint_address_refused"


@dataclass(frozen=True, kw_only=True)
class Address:
    """An address to which letters may be posted; whether it is this machine's own."""

    url: str
    is_loopback: bool


def checked(url: str, *, loopback_allowed: bool) -> Address:
    """The address, if letters may go there. Raises AddressRefused.

    What its name leads to is looked at when it is connected to, each time: see `providers.fence`. `loopback_allowed` is
    for the sandbox, where programs that are tried out listen on the same machine, and over http.
    """
    if not _PRINTABLE.fullmatch(url) or "\\" in url or len(url) > LENGTH_MAX:
        raise AddressRefused(f"An address is one line of at most {LENGTH_MAX} plain characters, without spaces")
    parts, port = _parts(url)
    host = (parts.hostname or "").lower()
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise AddressRefused("Leave name and password out of the address: check the signature of each letter instead")
    if parts.fragment or "#" in url:
        raise AddressRefused("Leave out what follows #: it is never sent")
    if loopback_allowed and host in _LOOPBACK and parts.scheme in ("http", "https"):
        return Address(url=url, is_loopback=True)
    if parts.scheme != "https":
        raise AddressRefused("The address begins with https://")
    if not _NAME.fullmatch(host):
        raise AddressRefused("Give a full name as it stands in the public DNS, such as https://hooks.example.com/…")
    if port is not None and port not in PORTS:
        raise AddressRefused("Use port 443, or one from 1024 on")
    return Address(url=url, is_loopback=False)


def _parts(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError as error:
        raise AddressRefused("This is not an address: it looks like https://hooks.example.com/clips") from error
