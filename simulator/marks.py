"""Rare things that a run must have met to be worth anything: seen from outside, by looking over the code's shoulder.

A simulator that never loses the answer to a transfer proves nothing about lost answers. Long runs fail when a mark was
hit by none of their seeds.
"""

import importlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

from simulator.stepping.stage import Actor, Stage

When = Callable[[Any], bool]


@dataclass(frozen=True)
class Watched:
    """A function of the house whose answers say that something rare happened."""

    mark: str
    place: str
    name: str
    when: When


@dataclass(frozen=True)
class Left:
    """A trace that something rare leaves in the tables; `count` is a query with one number."""

    mark: str
    count: str


@dataclass(frozen=True)
class Met:
    """Two functions of the house, each by module and name, that were inside at the same time for the same thing.

    The thing is what an argument of this name says; where there is none, any two meet.
    """

    mark: str
    one: tuple[str, str]
    other: tuple[str, str]
    about: str = ""


@dataclass(frozen=True)
class Waited:
    """An actor that had to wait for others at a statement with these words."""

    mark: str
    words: str


RULES = "cliphaven.foundation.outgoing.rules"
ACCRUE = ("cliphaven.earnings.operations.accruing", "accrue_campaign")
SEND = ("cliphaven.payouts.operations.transfers", "send")
MET = (
    Met("two accruals raced for a campaign", ACCRUE, ACCRUE, "campaign_id"),
    Met(
        "money was taken out while views accrued",
        ("cliphaven.earnings.operations.defunding", "defund_campaign"),
        ACCRUE,
    ),
    Met(
        "a refund was asked for while views accrued",
        ("cliphaven.campaigns.operations.refunds", "request_refund"),
        ACCRUE,
    ),
    Met("a batch was stopped while a transfer was sent", ("cliphaven.payouts.operations.releases", "stop"), SEND),
    Met("a creator was paused while a transfer was sent", ("cliphaven.payouts.operations.pauses", "pause"), SEND),
    Met("a transfer was taken back while one was sent", ("cliphaven.payouts.operations.reversals", "take_back"), SEND),
    Met("two workers had the same transfer", SEND, SEND, "transfer_id"),
)
WAITED = (
    Waited("a period close waited for a poster", "ledger_close_books"),
    Waited("a seal waited for a poster", "ledger_seal_books"),
    Waited("a poster waited", "ledger_record"),
)
WATCHED = (
    Watched("what a look-up found was taken over", RULES, "verdict", lambda said: said == "adopt"),
    Watched("a look-up found nothing, once", RULES, "verdict", lambda said: said == "absent_once"),
    Watched("twice absent, and tried anew", RULES, "verdict", lambda said: said == "absent"),
    Watched("a look-up came too early", RULES, "verdict", lambda said: said == "too_early"),
    Watched("the fence refused to send", RULES, "fence_is_shut", bool),
    Watched("somebody else may still have been sending", RULES, "others_may_send", bool),
    Watched("the database asked to try again", "cliphaven.foundation.transactions", "is_transient", bool),
    Watched("a key was too old to be trusted", RULES, "must_be_looked_up", bool),
    Watched("a scheduler was second", "cliphaven.foundation.jobs", "defer_tick", lambda was_first: not was_first),
    Watched(
        "a poller came with its answer too late",
        "cliphaven.tracking.operations.recording",
        "_planner",
        lambda planner: planner is None,
    ),
    Watched("jobs of a silent worker were put back", "cliphaven.foundation.jobs", "retry_stalled", bool),
)
LEFT = (
    Left("a campaign was spent to the last cent", "select count(*) from campaigns_campaign where state = 'completed'"),
    Left("a transfer was sent", "select count(*) from payouts_transfer where state = 'sent'"),
    Left("a payout was on its way to a bank", "select count(*) from payouts_bankpayout where stripe_id is not null"),
    Left("a creator was paid to the bank", "select count(*) from payouts_bankpayout where state = 'paid'"),
    Left("a bank sent money back", "select count(*) from payouts_bankpayout where state in ('returned', 'failed')"),
    Left("a transfer was given back", "select count(*) from payouts_transfer where state in ('released', 'refused')"),
    Left("a sponsor got money back", "select count(*) from campaigns_refund where state = 'succeeded'"),
    Left("a job was given up", "select count(*) from procrastinate_jobs where status = 'failed'"),
    Left("a batch was paid", "select count(*) from payouts_batch where state = 'done'"),
    Left("a dispute was booked", "select count(*) from campaigns_dispute"),
    Left("a hold was placed", "select count(*) from earnings_hold"),
    Left("a bank sent back what was paid", "select count(*) from payouts_bankpayout where state = 'returned'"),
    Left("paid earnings were clawed back", "select count(*) from earnings_earningreversal where kind = 'clawback'"),
    Left("unpaid earnings were voided", "select count(*) from earnings_earningreversal where kind = 'void'"),
    Left("a debt was kept back", "select count(*) from earnings_recovery"),
    Left("two people booked a correction", "select count(*) from backoffice_correction where state = 'booked'"),
    Left("a batch was sent back", "select count(*) from payouts_batch where state = 'sent_back'"),
    Left("two people released a batch", "select count(*) from payouts_staffact where act = 'released'"),
    Left("a transfer was taken back", "select count(*) from payouts_transfer where state = 'reversed'"),
    Left("a refund came back", "select count(*) from campaigns_refund where returned_at is not null"),
    Left("a cap kept a clip from earning", "select count(*) from earnings_accrual where capped_minor > 0"),
    Left("a budget did not pay for all views", "select count(*) from earnings_accrual where unfunded_minor > 0"),
    Left("a currency besides dollars was paid", "select count(*) from payouts_transfer where currency <> 'USD'"),
)


class Marks:
    """Counts how often each was hit."""

    def __init__(self) -> None:
        """Nothing was hit yet."""
        self.hit: Counter[str] = Counter(dict.fromkeys(names(), 0))
        self._inside: list[tuple[str, str, dict[str, Any]]] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look over the house's shoulder as long as this lasts."""
        undo = [self._watch(watched) for watched in WATCHED]
        undo += [
            self._watch_meeting(module, name)
            for module, name in sorted({place for met in MET for place in (met.one, met.other)})
        ]
        undo.append(self._watch_waiting())
        try:
            yield
        finally:
            for step in reversed(undo):
                step()

    def look(self) -> None:
        """Count what was left in the tables."""
        with connection.cursor() as cursor:
            for left in LEFT:
                cursor.execute(left.count)
                self.hit[left.mark] += int(cursor.fetchone()[0])

    def _watch(self, watched: Watched) -> Callable[[], None]:
        module = importlib.import_module(watched.place)
        real = getattr(module, watched.name)

        def watching(*arguments: Any, **named: Any) -> Any:
            answer = real(*arguments, **named)
            if watched.when(answer):
                self.hit[watched.mark] += 1
            return answer

        setattr(module, watched.name, watching)
        return lambda: setattr(module, watched.name, real)

    def _watch_meeting(self, module: str, name: str) -> Callable[[], None]:
        place = importlib.import_module(module)
        real = getattr(place, name)

        def inside(*arguments: Any, **named: Any) -> Any:
            here = (module, name, named)
            self._meet(here)
            self._inside.append(here)
            try:
                return real(*arguments, **named)
            finally:
                self._inside.remove(here)

        setattr(place, name, inside)
        return lambda: setattr(place, name, real)

    def _meet(self, comer: tuple[str, str, dict[str, Any]]) -> None:
        for met in MET:
            for one, other in ((met.one, met.other), (met.other, met.one)):
                if comer[:2] == one and any(
                    there[:2] == other and there[2].get(met.about) == comer[2].get(met.about) for there in self._inside
                ):
                    self.hit[met.mark] += 1
                    break

    def _watch_waiting(self) -> Callable[[], None]:
        real, hit = Stage.step, self.hit

        def step(self: Stage, actor: Actor, order: str | None = None) -> None:
            stood = actor.stop.label
            real(self, actor, order)
            if actor in self.waiting:
                for waited in WAITED:
                    if waited.words in stood:
                        hit[waited.mark] += 1

        Stage.step = step  # type: ignore[method-assign]
        return lambda: setattr(Stage, "step", real)


def names() -> list[str]:
    """All marks."""
    return [one.mark for one in (*WATCHED, *MET, *WAITED, *LEFT)]
