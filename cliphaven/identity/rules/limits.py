"""How much may be asked for within a window of time, and where one stands."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address


@dataclass(frozen=True, kw_only=True)
class Limit:
    """At most so many of a kind within a window. Windows begin at the same moments for everybody."""

    kind: str
    most: int
    window: timedelta

    def window_ends_at(self, now: datetime) -> datetime:
        """When the window that is running at this moment is over."""
        length_s = int(self.window.total_seconds())
        return datetime.fromtimestamp((int(now.timestamp()) // length_s + 1) * length_s, UTC)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How much of a limit is used up."""

    limit: Limit
    used: int
    resets_at: datetime

    @property
    def is_over(self) -> bool:
        """Whether more was asked for than may be."""
        return self.used > self.limit.most

    def headers(self, now: datetime) -> dict[str, str]:
        """What an answer tells of it: how much there is, how much is left, and in how many seconds it begins anew."""
        return {
            "RateLimit-Limit": str(self.limit.most),
            "RateLimit-Remaining": str(max(self.limit.most - self.used, 0)),
            "RateLimit-Reset": str(max(math.ceil((self.resets_at - now).total_seconds()), 1)),
        }


def client_address(*, remote: str, forwarded: str, proxies: int) -> str:
    """The address of whoever asks, as far as it can be believed: with proxies of ours in front, the one they saw.

    Each proxy adds the address it saw at the right end of `forwarded`; what stands left of ours anybody can write. Of
    IPv6 the first 64 bits count, which is what one household has.
    """
    said = [part.strip() for part in forwarded.split(",")]
    found = said[-proxies] if 0 < proxies <= len(said) and said[-proxies] else remote
    try:
        address = ip_address(found)
    except ValueError:
        return remote
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64))
    return str(address)
