"""One look at everything that must hold: how far it goes, what its questions share, and what a question is."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cliphaven.foundation.kept import kept
from cliphaven.ledger import chart
from cliphaven.ledger.queries.balances import TrialBalance, trial_balance
from cliphaven.ledger.queries.checks import Check
from cliphaven.ledger.queries.entries import has_more_legs_than

# Who writes the books: tables, and the functions of the database that write them.
LEGS = frozenset({"ledger_leg", "ledger_record"})
CHECKPOINTS = frozenset({"ledger_write_checkpoints", "ledger_drop_derived"})
BUCKETS = frozenset({"ledger_write_buckets", "ledger_drop_derived"})
CLOSES = frozenset({"ledger_close_books"})
SEALS = frozenset({"ledger_seal_books"})
# What the passing of time alone can break is asked with everything else.
TIME = frozenset[str]()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How far a look goes; None: at everything.

    Books with up to `legs_max` legs are recomputed whole; larger ones by their sums, their floors and a sample, and
    whole by the nightly proof alone.
    """

    legs_max: int | None = None
    rows_max: int | None = None
    chains_max: int | None = None
    statements_max: int = 20
    told_max: int | None = None


EVERYTHING = Limits()
WHENEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Look:
    """Everything of one snapshot. What several questions read is read once, by whichever comes first.

    `now` matters only to what the passing of time can break.
    """

    now: datetime = WHENEVER
    limits: Limits = EVERYTHING

    @kept
    def trial(self) -> TrialBalance:
        """The trial balance of the moment."""
        return trial_balance()

    @kept
    def is_of_large_books(self) -> bool:
        """Whether the books are too large to be recomputed in the time there is."""
        return self.limits.legs_max is not None and has_more_legs_than(self.limits.legs_max)

    @kept
    def owned(self) -> Mapping[chart.AccountKind, Mapping[tuple[int, str], int]]:
        """What accounts with an owner hold, in minor units, by kind, owner and currency; without zeros."""
        found: dict[chart.AccountKind, dict[tuple[int, str], int]] = defaultdict(dict)
        for line in self.trial.lines:
            account = chart.account_named(line.account, currency=line.currency)
            if account is not None and account.owner_id is not None and line.balance_minor:
                found[account.kind][account.owner_id, line.currency] = line.balance_minor
        return found


@dataclass(frozen=True, kw_only=True)
class Question:
    """One property that can be asked. `reads` are the tables whose writing can break it, and functions that write them.

    Large books are not asked what `recomputes` them, but by a full proof.
    """

    name: str
    reads: frozenset[str]
    ask: Callable[[Look], Check]
    recomputes: bool = False


def asked(questions: Iterable[Question], look: Look) -> list[Check]:
    """What the questions answer, in their order; those that are too long for this look are left out."""
    return [one.ask(look) for one in questions if not (one.recomputes and look.is_of_large_books)]
