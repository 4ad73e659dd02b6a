"""The Monday runs as staff see them: the latest and the next one, and all before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet, Sum

from cliphaven.payouts import rules
from cliphaven.payouts.models import BankPayout, Batch, BatchState, Skip, Transfer
from cliphaven.payouts.queries import acts, reviews
from cliphaven.payouts.rules import BankPayoutState, TransferState

BATCHES_SHOWN = 20
# Stripe's word for a balance of ours that has less than a transfer asks for.
BALANCE_SHORT = "balance_insufficient"
# Of what was planned: what is the creator's to be paid again, what is with Stripe or beyond, and what the books have.
GIVEN_BACK = rules.TRANSFER_FINAL - {TransferState.SENT}
SENT = rules.TRANSFER_SETTLED - GIVEN_BACK - {TransferState.NEEDS_REVIEW}
BOOKED = rules.TRANSFER_SETTLED - {TransferState.RELEASED, TransferState.NEEDS_REVIEW}


@dataclass(frozen=True, kw_only=True)
class BatchSums:
    """A batch's money in one currency, in minor units. What is planned is sent, given back, in review or still open.

    `paid_minor` of what was sent is in banks.
    """

    currency: str
    transfers: int
    planned_minor: int
    sent_minor: int
    given_back_minor: int
    in_review_minor: int
    paid_minor: int

    @property
    def at_stripe_minor(self) -> int:
        """What was sent and is not in a bank yet."""
        return self.sent_minor - self.paid_minor

    @property
    def open_minor(self) -> int:
        """What is still to be sent, or looked up."""
        return self.planned_minor - self.sent_minor - self.given_back_minor - self.in_review_minor


@dataclass(frozen=True, kw_only=True)
class BatchSummary:
    """One batch: its money by currency, who was left out, and who has released it.

    `problems` are the items that wait for a person, or went back because our own balance was short.
    """

    batch_id: int
    iso_week: str
    number: int
    state: str
    stop_reason: str
    planned_at: datetime
    done_at: datetime | None
    sums: Sequence[BatchSums]
    creators: int
    skipped: int
    problems: int
    released_by: Sequence[int]

    @property
    def transfers(self) -> int:
        """How many transfers, in all currencies."""
        return sum(line.transfers for line in self.sums)


@dataclass(frozen=True, kw_only=True)
class Paydays:
    """The latest batch, or None before the first one, and when the next one is planned."""

    batch: BatchSummary | None
    next_at: datetime


@dataclass(frozen=True, kw_only=True)
class BatchPage:
    """A page of batches, newest first; `before` is the batch to go on from, None on the last page."""

    batches: Sequence[BatchSummary]
    before: int | None


def next_payday(*, now: datetime) -> datetime:
    """When the next Monday is planned."""
    return rules.next_payday(now)


def paydays(*, now: datetime) -> Paydays:
    """The latest Monday and the next one."""
    latest = Batch.objects.order_by("-id").first()
    return Paydays(batch=None if latest is None else _summaries([latest])[0], next_at=next_payday(now=now))


@dataclass(frozen=True, kw_only=True)
class Punctuality:
    """When one week's payday was planned, and when nothing of it waited any more; None while something does."""

    iso_week: str
    planned_at: datetime
    done_at: datetime | None

    @property
    def took(self) -> timedelta | None:
        """How long it took from the plan until nothing of it waited any more."""
        return None if self.done_at is None else self.done_at - self.planned_at

    @property
    def was_quick(self) -> bool:
        """Whether that was less than anybody would count."""
        return self.took is not None and self.took < timedelta(minutes=1)


def punctuality(*, weeks: int) -> list[Punctuality]:
    """The latest paydays, the newest first; a batch that was sent back by a person is none."""
    found = Batch.objects.exclude(state=BatchState.SENT_BACK).order_by("-id")[:weeks]
    return [Punctuality(iso_week=one.iso_week, planned_at=one.planned_at, done_at=one.done_at) for one in found]


def batch_page(*, before: int | None = None) -> BatchPage:
    """Every batch there was, from the one before `before` on."""
    found = Batch.objects.order_by("-id")
    if before is not None:
        found = found.filter(id__lt=before)
    page = list(found[: BATCHES_SHOWN + 1])
    shown = page[:BATCHES_SHOWN]
    return BatchPage(batches=_summaries(shown), before=shown[-1].id if len(page) > BATCHES_SHOWN else None)


def batch_of(*, week: str, number: int | None = None) -> BatchSummary | None:
    """A week's batch: the latest, or the one with this number. None when it was never planned."""
    found = Batch.objects.filter(iso_week=week).order_by("-number")
    batch = (found if number is None else found.filter(number=number)).first()
    return None if batch is None else _summaries([batch])[0]


@dataclass(frozen=True, kw_only=True)
class PlanAgain:
    """Whether the week of a batch can be planned once more, or is about to be."""

    may_be_asked: bool
    is_asked: bool


def plan_again(summary: BatchSummary, *, now: datetime) -> PlanAgain:
    """What there is to say about planning the week of this batch once more."""
    is_due = rules.due_week(now) == summary.iso_week
    waits = summary.state == BatchState.SENT_BACK and summary.number == 1 and is_due
    is_asked = waits and acts.planned_again_at(batch_id=summary.batch_id) is not None
    return PlanAgain(may_be_asked=waits and not is_asked, is_asked=is_asked)


def _summaries(found: Sequence[Batch]) -> list[BatchSummary]:
    ids = [batch.id for batch in found]
    sums = _sums(ids)
    creators = dict(
        Transfer.objects.filter(batch_id__in=ids)
        .values_list("batch_id")
        .annotate(Count("creator_id", distinct=True))
        .order_by()
    )
    skipped = dict(Skip.objects.filter(batch_id__in=ids).values_list("batch_id").annotate(Count("id")).order_by())
    return [
        BatchSummary(
            batch_id=batch.id,
            iso_week=batch.iso_week,
            number=batch.number,
            state=batch.state,
            stop_reason=batch.stop_reason,
            planned_at=batch.planned_at,
            done_at=batch.done_at,
            sums=sums.get(batch.id, []),
            creators=creators.get(batch.id, 0),
            skipped=skipped.get(batch.id, 0),
            problems=_problems(batch.id),
            released_by=acts.releasers(batch_id=batch.id),
        )
        for batch in found
    ]


def _sums(batch_ids: Sequence[int]) -> dict[int, list[BatchSums]]:
    def of(states: Iterable[TransferState]) -> Sum:
        return Sum("amount_minor", filter=Q(state__in=sorted(states)), default=0)

    rows = (
        Transfer.objects.filter(batch_id__in=batch_ids)
        .values("batch_id", "currency")
        .annotate(
            transfers=Count("id"),
            planned=Sum("amount_minor"),
            sent=of(SENT),
            given_back=of(GIVEN_BACK),
            in_review=of({TransferState.NEEDS_REVIEW}),
        )
        .order_by("batch_id", "currency")
    )
    paid = {
        (batch_id, currency): int(amount)
        for batch_id, currency, amount in BankPayout.objects.filter(batch_id__in=batch_ids, state=BankPayoutState.PAID)
        .values_list("batch_id", "currency")
        .annotate(amount=Sum(F("amount_minor")))
        .order_by()
    }
    sums: dict[int, list[BatchSums]] = {}
    for row in rows:
        line = BatchSums(
            currency=row["currency"],
            transfers=row["transfers"],
            planned_minor=int(row["planned"]),
            sent_minor=int(row["sent"]),
            given_back_minor=int(row["given_back"]),
            in_review_minor=int(row["in_review"]),
            paid_minor=paid.get((row["batch_id"], row["currency"]), 0),
        )
        sums.setdefault(row["batch_id"], []).append(line)
    return sums


def _problems(batch_id: int) -> int:
    problems = (
        reviews.transfers().filter(batch_id=batch_id),
        reviews.bank_payouts().filter(batch_id=batch_id),
        reviews.reversals().filter(transfer__batch_id=batch_id),
        released_short().filter(batch_id=batch_id),
    )
    return sum(rows.count() for rows in problems)


def released_short() -> QuerySet[Transfer]:
    """Transfers that were given back because our own balance at Stripe was short of them."""
    return Transfer.objects.filter(state=TransferState.RELEASED, failure_code=BALANCE_SHORT)
