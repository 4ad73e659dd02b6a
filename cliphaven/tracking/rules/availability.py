"""When a clip is gone: three signs of two kinds on two days, and never a bad hour of a vendor's. Pure.

One answer proves nothing: vendors lose items, run into walls, and mistake private for deleted. So signs are collected
until they agree, and one look at the clip itself takes all of them back. YouTube shows absence alone, whatever the
cause: there the account that a clip was proved to be of is the second witness.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

SIGNS_NEEDED = 3
SIGNS_KEPT = 12


class SignKind(StrEnum):
    """In what way somebody did not find a clip."""

    ERROR = "error"  # the vendor's item about it says that it is not there
    ABSENCE = "absence"  # no item about it, while others came
    ACCOUNT = "account"  # its account lists it no more, or is not there itself


@dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """One look that did not find the clip."""

    kind: SignKind
    seen_at: datetime


_KIND_OF_OUTCOME = {"gone_hint": SignKind.ERROR, "missing": SignKind.ABSENCE}


def sign_of(outcome: str, *, at: datetime, doubtful: bool) -> Sign | None:
    """The sign that a poll with this outcome is, if it is one. With `doubtful` so much of the batch failed that the
    vendor is the likelier cause, and nothing in it is a sign."""
    kind = _KIND_OF_OUTCOME.get(outcome)
    return None if kind is None or doubtful else Sign(kind=kind, seen_at=at)


def with_sign(signs: Sequence[Sign], sign: Sign) -> tuple[Sign, ...]:
    """The signs with one more. Of many the first of each kind and the latest are kept: what is proved stays so."""
    together = (*signs, sign)
    if len(together) <= SIGNS_KEPT:
        return together
    latest = len(together) - (SIGNS_KEPT - len(SignKind))
    firsts = {one.kind: one for one in reversed(together[:latest])}
    return (*sorted(firsts.values(), key=lambda one: one.seen_at), *together[latest:])


def is_gone(signs: Sequence[Sign]) -> bool:
    """Whether the clip is gone: three signs or more, and two of different kinds on different days (UTC)."""
    days_of_kinds = {(sign.kind, sign.seen_at.astimezone(UTC).date()) for sign in signs}
    return len(signs) >= SIGNS_NEEDED and any(
        kind != other and day != later for kind, day in days_of_kinds for other, later in days_of_kinds
    )


def to_stored(signs: Sequence[Sign]) -> str:
    """How signs are kept beside a clip: "error 2026-11-02T06:00:00+00:00, absence …"; "" where there are none."""
    return ", ".join(f"{sign.kind.value} {sign.seen_at.astimezone(UTC).isoformat()}" for sign in signs)


def from_stored(stored: str) -> tuple[Sign, ...]:
    """The signs that are kept beside a clip."""
    words = [one.split(" ") for one in stored.split(", ")] if stored else []
    return tuple(Sign(kind=SignKind(kind), seen_at=datetime.fromisoformat(at)) for kind, at in words)
