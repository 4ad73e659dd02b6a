"""As whom the house asks passkeys: by a name, never by a number (WebAuthn, "effective domain")."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

NAME = "ClipHaven"


@dataclass(frozen=True, kw_only=True)
class RelyingParty:
    """The domain that passkeys are bound to, and the one origin from which they are asked."""

    id: str
    origin: str


def relying_party(site_url: str) -> RelyingParty | None:
    """Who asks at this address; None where browsers allow no passkeys: at a bare IP address.

    The machine itself has a name even so: whoever opens it as `localhost` may use them.
    """
    parts = urlsplit(site_url)
    host = parts.hostname or ""
    try:
        number = ip_address(host)
    except ValueError:
        return RelyingParty(id=host, origin=site_url.rstrip("/")) if host else None
    if not number.is_loopback:
        return None
    port = f":{parts.port}" if parts.port else ""
    return RelyingParty(id="localhost", origin=f"{parts.scheme}://localhost{port}")
