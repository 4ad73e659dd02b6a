"""What the invariants said when they were last asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cliphaven.backoffice.models import ProofRun
from cliphaven.backoffice.queries import invariants
from cliphaven.backoffice.rules.solvency import Solvency
from cliphaven.ledger import queries as books

# Four quarters of an hour: a run may be late, or one of them fail.
ASKED_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class LastProof:
    """The latest run of the invariants; what only a full proof asks, as that of `full_at` answered it."""

    ran_at: datetime
    full_at: datetime | None
    took_ms: int
    checks: Sequence[books.Check]
    solvency: Sequence[Solvency]

    def is_late(self, *, now: datetime) -> bool:
        """Whether it was so long ago that whoever should ask does not get through: what it says is of the past."""
        return now - self.ran_at > ASKED_WITHIN

    @property
    def broken(self) -> list[books.Check]:
        """Those that do not hold."""
        return [check for check in self.checks if check.failures]

    @property
    def answers(self) -> list[invariants.Answer]:
        """The same by invariant, in the order of their numbers."""
        return list(invariants.answers(self.checks))


def last_proof() -> LastProof | None:
    """What the last run found, or None before the first."""
    runs = ProofRun.objects.order_by("-ran_at", "-id")
    run, full = runs.first(), runs.filter(is_full=True).first()
    if run is None:
        return None
    asked = {check["name"] for check in run.checks}
    only_full = [check for check in full.checks if check["name"] not in asked] if full is not None else []
    kept = [
        books.Check(name=check["name"], looked_at=check["looked_at"], failures=tuple(check["failures"]))
        for check in [*run.checks, *only_full]
    ]
    return LastProof(
        ran_at=run.ran_at,
        full_at=None if full is None else full.ran_at,
        took_ms=run.took_ms,
        checks=kept,
        solvency=[Solvency(**of_currency) for of_currency in run.solvency],
    )
