"""How often a creator may have links looked at. Each may be followed, and platforms shut out who asks too much.

Asked for at the doors: what the house does by itself is limited elsewhere.
"""

from datetime import datetime, timedelta

from cliphaven.clips.queries import submissions
from cliphaven.foundation.transactions import no_transaction
from cliphaven.identity import operations as identity

CHECKS_AN_HOUR_MAX = 30
SUBMISSIONS_AN_HOUR_MAX = 30
"""Of fifty links each."""
CHANNELS_A_DAY_MAX = 40
_HOUR = timedelta(hours=1)


@no_transaction
def use_check(*, creator_id: int, now: datetime) -> None:
    """Note that a creator has links checked. Raises TooOften."""
    identity.use_allowance(
        user_id=creator_id, purpose="clips.check", what="check links", most=CHECKS_AN_HOUR_MAX, window=_HOUR, now=now
    )


@no_transaction
def use_channel(*, creator_id: int, now: datetime) -> None:
    """Note that a creator adds a channel, whose profile may be read ten times before it is removed. Raises TooOften."""
    identity.use_allowance(
        user_id=creator_id,
        purpose="clips.channel",
        what="add channels",
        most=CHANNELS_A_DAY_MAX,
        window=24 * _HOUR,
        now=now,
    )


@no_transaction
def use_submission(*, creator_id: int, request_key: str, now: datetime) -> None:
    """Note that a creator submits links; the same request sent once more counts once. Raises TooOften."""
    if request_key and submissions.progress(creator_id=creator_id, request_key=request_key) is not None:
        return
    identity.use_allowance(
        user_id=creator_id,
        purpose="clips.submit",
        what="submit links",
        most=SUBMISSIONS_AN_HOUR_MAX,
        window=_HOUR,
        now=now,
    )
