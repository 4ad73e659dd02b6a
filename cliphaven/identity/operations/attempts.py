"""Tries at the door, counted for each address, whoever lives there."""

from datetime import datetime, timedelta

from cliphaven.foundation.transactions import joined_transaction
from cliphaven.identity.models import SignInAttempt
from cliphaven.identity.operations.refusals import TooManyAttempts
from cliphaven.identity.rules.digests import digest

ATTEMPTS_WINDOW = timedelta(minutes=15)


@joined_transaction
def count_attempt(*, address: str, kind: str, most: int, now: datetime) -> None:
    """Note a try of a kind on an address. Raises TooManyAttempts beyond `most` of them within ATTEMPTS_WINDOW."""
    counter, _ = SignInAttempt.objects.get_or_create(
        address_sha256=digest(address), kind=kind, defaults={"window_ends_at": now + ATTEMPTS_WINDOW}
    )
    counter = SignInAttempt.objects.select_for_update().get(id=counter.id)
    if counter.window_ends_at <= now:
        counter.window_ends_at, counter.attempts = now + ATTEMPTS_WINDOW, 0
    counter.attempts += 1
    counter.save()
    if counter.attempts > most:
        raise TooManyAttempts("Too many tries: wait a quarter of an hour, then try again")
