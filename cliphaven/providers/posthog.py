"""PostHog in our words: product analytics. Takes what a room has checked, and nothing that its SDK would add to it."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings

from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.providers.vendor_calls import VendorCalls

if TYPE_CHECKING:
    from posthog import Posthog

SECONDS = 5
ERASED_AT_ONCE_MAX = 1_000
_OWN_PROPERTIES = frozenset({"$geoip_disable"})


@dataclass(frozen=True, kw_only=True)
class Event:
    """What somebody did. `subject` stands for them; the same `uuid` is the same event."""

    name: str
    subject: UUID
    properties: Mapping[str, int | str]
    happened_at: datetime
    uuid: UUID


def is_set_up() -> bool:
    """Whether this installation has a project there."""
    return bool(settings.POSTHOG["key"])


def capture(event: Event) -> None:
    """Tell of one event. Raises ProviderFailed; the same event may be told again."""
    known = settings.POSTHOG
    told = _client(known["key"], known["host"]).capture(
        event.name,
        distinct_id=str(event.subject),
        properties=dict(event.properties),
        timestamp=event.happened_at,
        uuid=str(event.uuid),
    )
    if told is None:  # the SDK swallows what went wrong, and answers with nothing
        raise ProviderFailed("PostHog did not take an event", outcome=Outcome.UNKNOWN)


def erase(*, subjects: Sequence[UUID]) -> None:
    """Have subjects deleted with all their events, at most ERASED_AT_ONCE_MAX of them. Raises ProviderFailed."""
    known = settings.POSTHOG
    order = {"distinct_ids": [str(subject) for subject in subjects[:ERASED_AT_ONCE_MAX]], "delete_events": True}
    path = f"api/environments/{known['project_id']}/persons/bulk_delete/"
    _calls(known["api_base"], known["personal_key"]).send(path, order, params={}, headers={}, timeout=SECONDS)


@lru_cache(maxsize=2)
def _calls(base: str, personal_key: str) -> VendorCalls:
    return VendorCalls("PostHog", f"{base.rstrip('/')}/", {"Authorization": f"Bearer {personal_key}"})


@lru_cache(maxsize=2)
def _client(key: str, host: str) -> "Posthog":
    from posthog import Posthog  # noqa: PLC0415  # the SDK takes a second to import

    # It tells its troubles at length, with what it was to send; ours say enough.
    logging.getLogger("posthog").setLevel(logging.CRITICAL)
    return Posthog(
        key, host=host, sync_mode=True, max_retries=0, timeout=SECONDS, disable_geoip=True, before_send=_what_we_said
    )


def _what_we_said(event: Any) -> Any:
    """The event without what the SDK knows of this machine."""
    told = event["properties"]
    event["properties"] = {
        name: value for name, value in told.items() if not name.startswith("$") or name in _OWN_PROPERTIES
    }
    return event
