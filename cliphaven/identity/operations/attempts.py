"""Tries at the door, counted for each address or person, whoever lives there."""

from datetime import datetime, timedelta

from cliphaven.foundation.transactions import joined_transaction
from cliphaven.identity.models import SignInAttempt
from cliphaven.identity.operations.refusals import TooManyAttempts
from cliphaven.identity.rules.digests import digest

ATTEMPTS_WINDOW = timedelta(minutes=15)
FAILURES_IN_A_ROW_MAX = 100
"""After so many wrong ones, however slowly they came, a secret that can be guessed is closed until it is renewed."""


@joined_transaction
def count_attempt(*, address: str, kind: str, most: int, now: datetime, most_in_a_row: int | None = None) -> None:
    """Note a try of a kind on an address. Raises TooManyAttempts beyond `most` of them within ATTEMPTS_WINDOW.

    The same beyond `most_in_a_row` since one was right.
    """
    counter, _ = SignInAttempt.objects.get_or_create(
        address_sha256=digest(address), kind=kind, defaults={"window_ends_at": now + ATTEMPTS_WINDOW}
    )
    counter = SignInAttempt.objects.select_for_update().get(id=counter.id)
    if counter.window_ends_at <= now:
        counter.window_ends_at, counter.attempts = now + ATTEMPTS_WINDOW, 0
    counter.attempts += 1
    counter.in_a_row += 1
    counter.save()
    if most_in_a_row is not None and counter.in_a_row > most_in_a_row:
        raise TooManyAttempts("It was tried wrongly too often, and is closed: come in another way and renew it")
    if counter.attempts > most:
        raise TooManyAttempts("Too many tries: wait a quarter of an hour, then try again")


@joined_transaction
def forget_attempts(*, address: str, kind: str) -> None:
    """Begin anew: one was right."""
    # The row stays: somebody else may be about to count on it.
    SignInAttempt.objects.filter(address_sha256=digest(address), kind=kind).update(attempts=0, in_a_row=0)
