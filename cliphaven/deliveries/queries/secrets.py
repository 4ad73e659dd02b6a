"""Secrets of endpoints, opened for signing."""

from datetime import datetime

from django.conf import settings

from cliphaven.deliveries.models import Endpoint
from cliphaven.identity.rules import sealing


def sealing_subject(endpoint_id: object) -> str:
    """Whose the sealed secret is: in another row it does not open."""
    return f"endpoint:{endpoint_id}"


def newest(endpoint: Endpoint) -> str:
    """The secret that holds from now on. Raises sealing.NotOpened."""
    return _opened(endpoint, endpoint.sealed_secret)


def in_force(endpoint: Endpoint, *, now: datetime) -> list[str]:
    """The secrets under which a letter is signed at this moment of the wall, the newest first."""
    secrets = [newest(endpoint)]
    if endpoint.sealed_before is not None and endpoint.before_ends_at is not None and endpoint.before_ends_at > now:
        secrets.append(_opened(endpoint, endpoint.sealed_before))
    return secrets


def _opened(endpoint: Endpoint, kept: bytes | memoryview) -> str:
    return sealing.opened(bytes(kept), keys=settings.ENDPOINT_KEYS, about=sealing_subject(endpoint.id))
