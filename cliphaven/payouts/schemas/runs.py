"""What the staff is told of Monday's runs, and what they say to them."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated

from ninja import Schema
from pydantic import Field

from cliphaven.foundation.shapes import Money, Order
from cliphaven.payouts.models import PauseReason
from cliphaven.payouts.queries import alarms, batches, dashboards, holds, items, proofs
from cliphaven.payouts.schemas.creators import Week


class BatchSums(Schema):
    """A batch's money in one currency: planned is sent, given back, in review and open."""

    transfers: int
    planned: Money
    sent: Money
    given_back: Money
    in_review: Money
    open: Money
    paid: Money


class Batch(Schema):
    """One Monday's run."""

    week: Week
    number: int
    state: str
    stop_reason: str
    planned_at: datetime
    done_at: datetime | None
    sums: list[BatchSums]
    creators: int
    skipped: int
    problems: int
    releases: int


class Batches(Schema):
    """A page of runs, newest first; `next_before` goes on, null on the last page."""

    batches: list[Batch]
    next_before: int | None


class StateCount(Schema):
    """How many items are in a state, and how much that is."""

    state: str
    count: int
    amount: Money


class Act(Schema):
    """What one of the staff did, why and when."""

    who: str
    what: str
    reason: str
    acted_at: datetime


class Alarm(Schema):
    """Something about payday that a person must see now."""

    key: str
    title: str
    sentence: str
    week: Week
    since: datetime


class BatchDetail(Schema):
    """One Monday's run with its items by state, its alarms, and what the staff did to it."""

    batch: Batch
    transfers: list[StateCount]
    payouts: list[StateCount]
    left_out: list[StateCount]
    alarms: list[Alarm]
    acts: list[Act]


class Item(Schema):
    """One transfer or payout of a batch; `name` is what the commands take."""

    name: str
    creator_id: int
    creator: str
    what: str
    amount: Money
    state: str
    attempt: int
    tries: int
    first_sent_at: datetime | None
    claimed_at: datetime | None
    looked_up_at: datetime | None
    settled_at: datetime | None
    stripe_id: str
    sentence: str
    arrives_on: date | None
    trace_id: str


class Items(Schema):
    """A page of items; `next_after` goes on, null on the last page."""

    items: list[Item]
    next_after: int | None


class ProofCheck(Schema):
    """One thing that must be true of a batch. `looked_at` is null where it was not compared, as `sentence` says."""

    name: str
    looked_at: int | None
    failures: list[str]
    sentence: str


class Proof(Schema):
    """A batch beside the books and Stripe."""

    week: Week
    as_of: datetime
    holds: bool
    is_whole: bool
    sums: list[BatchSums]
    checks: list[ProofCheck]


class Reason(Order):
    """Why something is done to a batch or an item of it."""

    reason: Annotated[str, Field(min_length=1, max_length=300)]


class PauseOrder(Order):
    """Why a creator's payouts are paused: what the creator reads, and a note that stays with the staff."""

    reason: PauseReason
    note: Annotated[str, Field(min_length=1, max_length=300)]


class LiftOrder(Reason):
    """Why payouts to a new bank account begin sooner, which the creator reads; `bank_id` as it was looked at."""

    bank_id: Annotated[str, Field(pattern="^[A-Za-z0-9_]{1,64}$", examples=["ba_1NvXKq"])]


class ChangedBank(Schema):
    """A bank account that lately took another's place; `held_until` is when payouts to it begin, or began."""

    bank_id: str
    currency: str
    name: str
    changed_at: datetime
    held_until: datetime
    is_held: bool
    was_lifted: bool


class Done(Schema):
    """It was done, or had been done by this very request before."""

    sentence: str


def sums(line: batches.BatchSums) -> BatchSums:
    """A batch's money in one currency."""
    return BatchSums(
        transfers=line.transfers,
        planned=_money(line.planned_minor, line.currency),
        sent=_money(line.sent_minor, line.currency),
        given_back=_money(line.given_back_minor, line.currency),
        in_review=_money(line.in_review_minor, line.currency),
        open=_money(line.open_minor, line.currency),
        paid=_money(line.paid_minor, line.currency),
    )


def batch(summary: batches.BatchSummary) -> Batch:
    """One Monday's run."""
    return Batch(
        week=summary.iso_week,
        number=summary.number,
        state=summary.state,
        stop_reason=summary.stop_reason,
        planned_at=summary.planned_at,
        done_at=summary.done_at,
        sums=[sums(line) for line in summary.sums],
        creators=summary.creators,
        skipped=summary.skipped,
        problems=summary.problems,
        releases=len(summary.released_by),
    )


def batch_detail(found: dashboards.BatchOverview) -> BatchDetail:
    """One Monday's run with what is around it."""
    return BatchDetail(
        batch=batch(found.summary),
        transfers=[count(line) for line in found.transfer_states],
        payouts=[count(line) for line in found.payout_states],
        left_out=[count(line) for line in found.skip_reasons],
        alarms=[alarm(line) for line in found.alarms],
        acts=[Act(who=act.who, what=act.what, reason=act.reason, acted_at=act.acted_at) for act in found.acts],
    )


def count(line: items.StateCount) -> StateCount:
    """Items of a batch in one state."""
    return StateCount(state=line.state, count=line.count, amount=_money(line.amount_minor, line.currency))


def alarm(found: alarms.Alarm) -> Alarm:
    """One alarm."""
    return Alarm(key=found.key, title=found.title, sentence=found.sentence, week=found.week, since=found.since)


def item(found: items.Item) -> Item:
    """One transfer or payout."""
    return Item(
        name=found.name,
        creator_id=found.creator_id,
        creator=found.creator,
        what=found.what,
        amount=_money(found.amount_minor, found.currency),
        state=found.state,
        attempt=found.attempt,
        tries=found.tries,
        first_sent_at=found.first_sent_at,
        claimed_at=found.claimed_at,
        looked_up_at=found.looked_up_at,
        settled_at=found.settled_at,
        stripe_id=found.stripe_id,
        sentence=found.sentence,
        arrives_on=found.arrives_on,
        trace_id=found.trace_id,
    )


def changed_bank(found: holds.ChangedBank) -> ChangedBank:
    """A bank account that lately took another's place."""
    return ChangedBank(**asdict(found))


def proof(found: proofs.BatchProof) -> Proof:
    """The proof of a batch."""
    return Proof(
        week=found.week,
        as_of=found.as_of,
        holds=found.holds,
        is_whole=found.is_whole,
        sums=[sums(line) for line in found.sums],
        checks=[
            ProofCheck(
                name=check.name, looked_at=check.looked_at, failures=list(check.failures), sentence=check.sentence
            )
            for check in found.checks
        ],
    )


def _money(amount_minor: int, currency: str) -> Money:
    return Money(amount=amount_minor, currency=currency)
