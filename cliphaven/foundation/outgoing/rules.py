"""What to do with an item that a vendor is told once, decided purely from its row, the clock and the vendor's answers.

An *item* is one row for one wish: so much, to there. Its key follows from the row, so it can always be told again:

    ready → sending → done | back to ready (not executed) | given back (a definite no) | unknown
    unknown → the same key while the vendor remembers it; then looked up, twice, apart → adopted | for a person |
              absent: ready again, under a new attempt number, and so a new key
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zlib import crc32

from cliphaven.foundation.errors import Outcome

UNAUTHORIZED, FORBIDDEN = 401, 403

# Vendors forget a key after 24 hours and would then execute it anew.
KEY_TRUSTED_FOR = timedelta(hours=20)
# Whoever holds a claim longer than this must not send any more: somebody else may have gone on.
FENCE = timedelta(hours=1)
# Between the last look at the fence and the moment at which the vendor has the call: a worker that was put to sleep
# there, its turn in the pace, the time limits of the connection.
LONGEST_CALL = timedelta(minutes=30)
# A claim older than this was left behind by a crash and may be taken over: the key is the same.
CLAIM_LEASE = timedelta(minutes=10)
BETWEEN_LOOK_UPS = timedelta(minutes=10)
PAUSE_MIN = timedelta(seconds=30)
PAUSE_MAX = timedelta(hours=1)


class Step(StrEnum):
    """What is to be done with an item now."""

    NOTHING = "nothing"
    SEND = "send"
    LOOK_UP = "look_up"


class Action(StrEnum):
    """What an answer that was not a yes asks us to do."""

    SEND_AGAIN = "send_again"  # the same key, later
    WAIT = "wait"  # a no that time heals: the same wish, a new attempt number, later
    GIVE_BACK = "give_back"  # a definite no
    FIND_OUT = "find_out"  # nobody knows: the same key while it is trusted, then look it up
    STOP = "stop"  # our fault, and so everybody's: the same key, once somebody has mended it
    REVIEW = "review"


class Verdict(StrEnum):
    """What a look-up says."""

    ADOPT = "adopt"
    TOO_EARLY = "too_early"  # nothing there, but somebody who claimed it may still send it
    ABSENT_ONCE = "absent_once"
    ABSENT = "absent"
    REVIEW = "review"


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found at the vendor under an item's name, or what is looked for."""

    amount_minor: int
    currency: str
    destination: str


def next_step(
    *, is_open: bool, is_claimed: bool, claimed_at: datetime | None, first_sent_at: datetime | None, due_at: datetime,
    now: datetime,
) -> Step:  # fmt: skip
    """What to do with an item that is `is_open` (not final, not in review).

    An item that somebody claimed lately is left alone. What was first sent less than 20 hours ago may be sent again
    under its key; later it must be looked up first.
    """
    if not is_open or due_at > now:
        return Step.NOTHING
    if is_claimed and claimed_at is not None and now - claimed_at < CLAIM_LEASE:
        return Step.NOTHING
    return Step.LOOK_UP if must_be_looked_up(first_sent_at=first_sent_at, now=now) else Step.SEND


def must_be_looked_up(*, first_sent_at: datetime | None, now: datetime) -> bool:
    """Whether an item's key was first used so long ago that it must not be used again before a look-up."""
    return first_sent_at is not None and now - first_sent_at >= KEY_TRUSTED_FOR


def fence_is_shut(*, claimed_at: datetime, now: datetime) -> bool:
    """Whether a claim is too old to act upon."""
    return now - claimed_at >= FENCE


def sending_is_over_at(last_claimed_to_send_at: datetime) -> datetime:
    """From when on nobody who claimed an item to send it, however long asleep, can bring it to the vendor any more."""
    return last_claimed_to_send_at + FENCE + LONGEST_CALL


def others_may_send(*, last_claimed_to_send_at: datetime | None, now: datetime) -> bool:
    """Whether an earlier claim may still bring an item to the vendor, so that what is not there proves nothing."""
    return last_claimed_to_send_at is not None and now < sending_is_over_at(last_claimed_to_send_at)


def action_after(
    *,
    outcome: Outcome,
    code: str,
    status: int | None,
    after_unknown: bool,
    others_may_send: bool,
    waits_out: frozenset[str] = frozenset(),
) -> Action:
    """What an answer that was not a yes means (the table of docs/money.md).

    `waits_out` are the codes of a definite no that time heals. `after_unknown` says that an earlier answer under this
    key was lost. Then a no from the door (403) proves nothing: it is given before the key is looked at. While
    `others_may_send`, no no proves anything: theirs may be a yes.
    """
    if others_may_send and outcome is Outcome.DEFINITE:
        return Action.FIND_OUT
    if after_unknown and status == FORBIDDEN and outcome is Outcome.DEFINITE:
        return Action.FIND_OUT
    if outcome is Outcome.DEFINITE:
        return Action.WAIT if code in waits_out else Action.GIVE_BACK
    if outcome is Outcome.NOT_EXECUTED:
        return Action.STOP if is_our_fault(outcome=outcome, status=status) else Action.SEND_AGAIN
    # The key was used with other parameters, which this code never does: somebody must look at it.
    return Action.REVIEW if code == "idempotency_error" else Action.FIND_OUT


def is_our_fault(*, outcome: Outcome, status: int | None) -> bool:
    """Whether the vendor does not let us in at all, so that going on with anything makes no sense."""
    return outcome is Outcome.NOT_EXECUTED and status in (UNAUTHORIZED, FORBIDDEN)


def verdict(
    found: Sequence[Found],
    *,
    sought: Found,
    is_known: bool = False,
    last_claimed_to_send_at: datetime | None,
    looked_up_at: datetime | None,
    now: datetime,
) -> Verdict:
    """What the things found under an item's name mean.

    Nothing counts as absent until it was absent twice, apart, and both times when nobody could send it any more.
    What `is_known` to have been there is never absent: whatever hides it, it must not be sent anew.
    """
    if len(found) == 1:
        return Verdict.ADOPT if found[0] == sought else Verdict.REVIEW
    if found or is_known:
        return Verdict.REVIEW
    if others_may_send(last_claimed_to_send_at=last_claimed_to_send_at, now=now):
        return Verdict.TOO_EARLY
    if looked_up_at is None or now - looked_up_at < BETWEEN_LOOK_UPS:
        return Verdict.ABSENT_ONCE
    return Verdict.ABSENT


def pause(*, tries: int, seed: str, first: timedelta = PAUSE_MIN, longest: timedelta = PAUSE_MAX) -> timedelta:
    """How long to wait before the next try: doubling, with up to half as much again so that items do not move in step.

    The spread follows from `seed` and the number of tries, not from chance: the same item can be replayed.
    """
    wait: timedelta = min(first * int(2 ** min(tries, 16)), longest)
    spread_s = wait.total_seconds() * (crc32(f"{seed}:{tries}".encode()) % 512) / 1024
    return wait + timedelta(seconds=spread_s)
