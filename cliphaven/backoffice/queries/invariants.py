"""The invariants asked: one way for tests, the simulator, a shell, a page and the clock.

`rules.invariants` says what must hold, and which checks ask it; the rooms say how, beside the rows that they know
(`QUESTIONS`). `ask` asks them of one moment. What can be said only when nothing is under way any more, or with what
others know, stands in `at_rest`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from cliphaven.backoffice.queries import at_rest, house, kept_texts, readings
from cliphaven.backoffice.rules.invariants import INVARIANTS, Invariant
from cliphaven.campaigns.queries import invariants as campaigns
from cliphaven.earnings.queries import proofs as earnings
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.ledger import queries as books
from cliphaven.ledger.queries import EVERYTHING, Limits
from cliphaven.payouts.queries import invariants as payouts

# What a quarter of an hour is enough for, whatever the size of the books.
AFFORDABLE = Limits(legs_max=200_000, rows_max=5_000, chains_max=25, told_max=100)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One invariant as it was asked: what its checks found, in their order."""

    invariant: Invariant
    checks: tuple[books.Check, ...]

    @property
    def failures(self) -> list[str]:
        """What does not hold, in sentences."""
        return [failure for check in self.checks for failure in check.failures]

    @property
    def looked_at(self) -> int:
        """How much was looked at, by all its checks together."""
        return sum(check.looked_at for check in self.checks)


QUESTIONS = {
    question.name: question
    for question in (
        *books.QUESTIONS,
        *campaigns.QUESTIONS,
        *readings.QUESTIONS,
        *earnings.QUESTIONS,
        *payouts.QUESTIONS,
        *kept_texts.QUESTIONS,
        *house.QUESTIONS,
    )
}


@one_snapshot
def ask(*, now: datetime, limits: Limits = EVERYTHING, written: frozenset[str] | None = None) -> list[books.Check]:
    """What the checks of every invariant find, in the order of their numbers, all of one moment.

    With `written`, only what writing to these tables (or through these functions of the database) can have broken,
    whatever the clock says.
    """
    return books.asked(_questions(written), books.Look(now=now, limits=limits))


def ask_one_by_one(*, now: datetime, limits: Limits = EVERYTHING) -> list[books.Check]:
    """The same where one of them cannot be asked: each of a moment of its own, and what breaks the asking is a failure.

    A row that cannot even be read must not silence what is said of all the others.
    """
    found: list[books.Check] = []
    for question in _questions(None):
        try:
            found += _ask_alone(question, now=now, limits=limits)
        except Exception as error:  # whatever a row that must not be there brings about
            reason, *_ = str(error).splitlines() or [""]
            said = f"it could not be asked: {type(error).__name__}: {reason}"
            found.append(books.Check(name=question.name, looked_at=0, failures=(said,)))
    return found


@one_snapshot
def _ask_alone(question: books.Question, *, now: datetime, limits: Limits) -> list[books.Check]:
    return books.asked([question], books.Look(now=now, limits=limits))


def answers(checks: Iterable[books.Check]) -> Iterator[Answer]:
    """The checks by invariant, in the order of the numbers; those of which nothing was asked are left out."""
    found = {check.name: check for check in checks}
    for invariant in INVARIANTS:
        asked = tuple(found[name] for name in invariant.checks if name in found)
        if asked:
            yield Answer(invariant=invariant, checks=asked)


def number_of(check_name: str) -> str:
    """The number of the invariant that a check belongs to, such as "I8". Raises KeyError for one that is none's."""
    return _numbers()[check_name]


def _questions(written: frozenset[str] | None) -> Iterator[books.Question]:
    for invariant in INVARIANTS:
        for name in invariant.checks:
            question = QUESTIONS[name]
            if written is None or written & question.reads:
                yield question


@cache
def _numbers() -> dict[str, str]:
    return {name: invariant.number for invariant in INVARIANTS for name in invariant.checks} | at_rest.NUMBERS
