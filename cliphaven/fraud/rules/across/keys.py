"""What two people may share, in one writing each: a mailbox, and an address of the network."""

from ipaddress import IPv6Address, ip_address, ip_network

_GMAIL = ("gmail.com", "googlemail.com")
_SUBSCRIBER_BITS = 64


def mailbox_of(email: str) -> str:
    """Where mail to an address ends up: without what follows a "+", and at Gmail without the dots it does not heed."""
    name, _, domain = email.strip().lower().rpartition("@")
    name = name.partition("+")[0] or name
    if domain in _GMAIL:
        name, domain = name.replace(".", ""), _GMAIL[0]
    return f"{name}@{domain}"


def network_of(address: str) -> str:
    """The address that a subscriber has: of IPv6 the first 64 bits, as devices change the others at will.

    "" for what is no public address: behind a proxy or in an office's own network everybody would share it.
    """
    try:
        found = ip_address(address.strip())
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    if not found.is_global:
        return ""
    if isinstance(found, IPv6Address):
        return str(ip_network((found, _SUBSCRIBER_BITS), strict=False))
    return str(found)
