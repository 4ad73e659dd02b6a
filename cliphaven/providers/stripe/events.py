"""Letters from Stripe: believed to be from it only when the signature says so."""

import json
import re
import time
from typing import Any

from django.conf import settings

from cliphaven.foundation.errors import Refused
from cliphaven.providers.stripe.facts import EventFacts

TOLERANCE_SECONDS = 300

# Ids and types are short and plain; nothing else is let through to where they are kept.
_WORD = re.compile(r"[\x21-\x7e]{1,120}")


class EventRefused(Refused):
    """The letter is not from Stripe, is too old, or cannot be read."""

    code = "event_refused"


def verified_event(payload: bytes, signature: str, *, connect: bool) -> EventFacts:
    """What a webhook says, if it is genuine; `connect` tells which endpoint it came to. Raises EventRefused."""
    from stripe import SignatureVerificationError, WebhookSignature  # noqa: PLC0415  # the SDK is slow to import

    secret = settings.STRIPE_CONNECT_WEBHOOK_SECRET if connect else settings.STRIPE_WEBHOOK_SECRET
    if not signature.isascii():
        raise EventRefused("The signature is not readable")
    try:
        WebhookSignature.verify_header(payload, signature, secret, TOLERANCE_SECONDS)
    except (SignatureVerificationError, ValueError) as error:
        raise EventRefused("The signature does not fit the letter") from error
    # The SDK refuses the past only. Signatures carry the wall's time, whatever clock the product runs on.
    if _signed_at(signature) > time.time() + TOLERANCE_SECONDS:
        raise EventRefused("The letter is dated in the future")
    try:
        return _event_facts(json.loads(payload))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise EventRefused("The letter is not an event that can be read") from error


def _signed_at(signature: str) -> int:
    return int(next(part[2:] for part in signature.split(",") if part.startswith("t=")))


def _event_facts(event: dict[str, Any]) -> EventFacts:
    if event["object"] != "event":
        raise ValueError(f"{event['object']!r} is another kind of letter")
    facts = EventFacts(
        event_id=event["id"],
        event_type=event["type"],
        object_id=event["data"]["object"].get("id") or "",
        connected_account=event.get("account") or "",
        livemode=event["livemode"],
    )
    words = (facts.event_id, facts.event_type, facts.object_id or "-", facts.connected_account or "-")
    if not all(_WORD.fullmatch(word) for word in words) or not isinstance(facts.livemode, bool):
        raise ValueError("A part of the letter is of another shape than it should be")
    return facts
