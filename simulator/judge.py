"""Asks the house's invariants: after each step those that read what it wrote, and all of them now and then."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cliphaven.backoffice.operations import reconciliation
from cliphaven.backoffice.queries import proofs, reconciliations

# A change in one room can break what another one holds against it only through what both read, so that a whole look
# seldom finds anything that the looks in between did not; it is asked all the same.
WHOLE_EVERY = 250
LINES_SHOWN = 5
# These say that something takes long, or that the vendor was not asked lately: of a house in trouble they are true, and
# they must be true no more when it has healed.
MUST_HOLD_AT_REST = frozenset(
    {
        "the books agree with Stripe",
        "nothing is on its way for more than seven days",
        "every job is done, waits its time, runs, or is shown as given up",
        "everything was proved within 36 hours",
    }
)
# A state of the business, not a mistake of the house: payers dispute, and Stripe's fees may be more than ours.
MAY_BE_AT_REST = frozenset({"our balance at Stripe is not negative"})


@dataclass(frozen=True)
class Finding:
    """What does not hold, in words that begin with what was asked; `invariant` is its number ("I8"), if it has one."""

    invariant: str
    words: str

    def __str__(self) -> str:
        """The number first."""
        return f"{self.invariant} {self.words}".strip()


class Judge:
    """Answers the first invariant that does not hold."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self.asked: Counter[str] = Counter()
        self.seconds = 0.0

    def whole(self, *, now: datetime) -> Finding | None:
        """What is broken at this moment, if anything; everything is asked."""
        return self._verdict(now=now, rooms=None, but=MUST_HOLD_AT_REST | MAY_BE_AT_REST)

    def after(self, rooms: Iterable[str], *, now: datetime) -> Finding | None:
        """What is broken, looking only where these rooms' tables are read."""
        return self._verdict(now=now, rooms=frozenset(rooms), but=MUST_HOLD_AT_REST | MAY_BE_AT_REST)

    def at_rest(self, *, now: datetime) -> Finding | None:
        """What is broken when nothing is under way any more: the vendor agrees to the cent, and nothing is stuck."""
        run_id = reconciliation.reconcile(now=now)
        lines = [line for line in reconciliations.lines(run_id=run_id) if not line.is_explained]
        if lines:
            shown = "; ".join(str(line) for line in lines[:LINES_SHOWN])
            return Finding(invariant="I16", words=f"at rest the books and Stripe differ in {len(lines)} lines: {shown}")
        return self._verdict(now=now, rooms=None, but=MAY_BE_AT_REST)

    def _verdict(self, *, now: datetime, rooms: frozenset[str] | None, but: frozenset[str]) -> Finding | None:
        began = time.perf_counter()
        checks = proofs.checks(now=now, rooms=rooms)
        self.seconds += time.perf_counter() - began
        for check in checks:
            self.asked[check.name] += 1
            if check.failures and check.name not in but:
                return Finding(invariant="", words=f"{check.name}: {'; '.join(check.failures[:3])}")
        return None
