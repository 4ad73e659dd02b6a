"""How often people may ask for what is dear."""

from datetime import datetime, timedelta
from typing import Self

from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import own_transaction
from cliphaven.identity.models import Allowance
from cliphaven.identity.rules.limits import Standing


class TooOften(Refused):
    """A person asked for something dear more often than they may; `wait` is how long until they may again."""

    code = "too_often"

    def __init__(self, sentence: str, *, wait: timedelta) -> None:
        """`sentence` says what, how often, and when it goes on."""
        super().__init__(sentence)
        self.wait = wait

    @classmethod
    def beyond(cls, standing: Standing, *, now: datetime) -> Self:
        """The refusal of somebody who is over a limit."""
        seconds = int(standing.limit.window.total_seconds())
        sentence = f"You can ask {standing.limit.most} times within {seconds} seconds. Go on when Retry-After is over."
        return cls(sentence, wait=standing.resets_at - now)


@own_transaction
def use_allowance(*, user_id: int, purpose: str, what: str, most: int, window: timedelta, now: datetime) -> None:
    """Note that a person does `what` for the `purpose`. Raises TooOften beyond `most` times within the `window`.

    The window begins with the first time after the last one was over. Two at once are counted one after the other.
    """
    fresh = Allowance(user_id=user_id, purpose=purpose, window_ends_at=now + window)
    Allowance.objects.bulk_create([fresh], ignore_conflicts=True)
    kept = Allowance.objects.select_for_update().get(user_id=user_id, purpose=purpose)
    if kept.window_ends_at <= now:
        kept.window_ends_at, kept.used = now + window, 0
    if kept.used >= most:
        sentence = f"You can {what} {most} times within {_hours(window)}. Go on after {kept.window_ends_at:%H:%M} UTC."
        raise TooOften(sentence, wait=kept.window_ends_at - now)
    kept.used += 1
    kept.save(update_fields=["used", "window_ends_at"])


def _hours(window: timedelta) -> str:
    hours = window // timedelta(hours=1)
    return "an hour" if hours == 1 else f"{hours} hours"
