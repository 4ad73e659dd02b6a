"""Asks the house's invariants: after each step the checks that read what it wrote, and all of them now and then."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from cliphaven.backoffice.operations import reconciliation
from cliphaven.backoffice.queries import at_rest, invariants
from cliphaven.ledger import queries as books
from cliphaven.ledger.queries import EVERYTHING, Check, Limits

# What one step wrote can break a check only through what that reads, so that a whole look seldom finds anything that
# the looks in between did not; it is asked all the same.
WHOLE_EVERY = 500
# After a step only what is new can be wrong anew, and pages are looked at in turn: the whole looks see the rest.
SHORT = Limits(statements_max=2, rows_max=200, chains_max=20)
FAILURES_SHOWN = 3
# These say that something takes long, or that the vendor was not asked lately: of a house in trouble they are true, and
# they must be true no more when it has healed.
MUST_HOLD_AT_REST = frozenset(
    {
        "the books agree with Stripe",
        "every job is done, waits its time, runs, or is shown as given up",
        "everything was proved within 36 hours",
    }
)
# States of the business, not mistakes of the house: payers dispute, and Stripe's fees may be more than ours; banks
# refuse money until their creators have done something about it, and at rest these do nothing.
MAY_BE_AT_REST = frozenset({"our balance at Stripe is not negative", "nothing is on its way for more than seven days"})

# An alarm that is right when a clock was set back to before what was closed by it.
TRUE_OF_A_CLOCK_SET_BACK = frozenset({"closed time is over"})


@dataclass(frozen=True)
class Finding:
    """What does not hold, in words that begin with what was asked; `invariant` is its number ("I8"), if it has one."""

    invariant: str
    words: str

    def __str__(self) -> str:
        """The number first."""
        return f"{self.invariant} {self.words}".strip()


class Memory:
    """Remembers what was written for ever. The house itself can prove only what it has sealed; it may be later."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._seen: dict[str, dict[int, str]] = {what: {} for what in KEPT_FOR_EVER}

    def differs(self) -> Finding | None:
        """What is gone, or not what it was at the last look; what is new is remembered."""
        for what, look in KEPT_FOR_EVER.items():
            before, now = self._seen[what], look()
            changed = sorted(id_ for id_, digest in before.items() if now.get(id_) != digest)
            if changed:
                return Finding("I20", f"{what} are not what they were: {changed[:FAILURES_SHOWN]}")
            self._seen[what] = now
        return None


def _observations_as_written() -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute("select id, md5(kept::text) from tracking_observation kept")
        return dict(cursor.fetchall())


# Of these nothing is ever changed.
KEPT_FOR_EVER = {"legs": books.legs_as_written, "observations": _observations_as_written}


class Judge:
    """Answers the first invariant that does not hold, by its number."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self.asked: Counter[str] = Counter()
        self.seconds = 0.0
        self._memory = Memory()
        self._latest: datetime | None = None

    def whole(self, *, now: datetime) -> Finding | None:
        """What is broken at this moment, if anything; everything is asked."""
        return self._memory.differs() or self._verdict(now=now, but=MUST_HOLD_AT_REST | MAY_BE_AT_REST)

    def after(self, written: Iterable[str], *, now: datetime) -> Finding | None:
        """What is broken, asking only what reads these tables."""
        but = MUST_HOLD_AT_REST | MAY_BE_AT_REST
        return self._verdict(now=now, but=but, limits=SHORT, written=frozenset(written))

    def at_rest(self, *, now: datetime) -> Finding | None:
        """What is broken when nothing is under way any more: the vendor agrees to the cent, and nothing is stuck."""
        run_id = reconciliation.reconcile(now=now)
        return (
            self._memory.differs()
            or _finding(at_rest.agrees_to_the_cent(run_id=run_id))
            or _finding(at_rest.nothing_is_forgotten(now=now))
            or self._verdict(now=now, but=MAY_BE_AT_REST)
        )

    def _verdict(
        self,
        *,
        now: datetime,
        but: frozenset[str],
        limits: Limits = EVERYTHING,
        written: frozenset[str] | None = None,
    ) -> Finding | None:
        self._latest = now if self._latest is None else max(self._latest, now)
        if now < self._latest:
            but = but | TRUE_OF_A_CLOCK_SET_BACK
        began = time.perf_counter()
        checks = invariants.ask(now=now, limits=limits, written=written)
        self.seconds += time.perf_counter() - began
        self.asked.update(check.name for check in checks)
        findings = (_finding(check) for check in checks if check.name not in but)
        return next((finding for finding in findings if finding is not None), None)


def _finding(check: Check) -> Finding | None:
    if not check.failures:
        return None
    words = f"{check.name}: {'; '.join(check.failures[:FAILURES_SHOWN])}"
    return Finding(invariant=invariants.number_of(check.name), words=words)
