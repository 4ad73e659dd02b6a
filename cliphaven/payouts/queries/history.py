"""What became of each Monday's money, step by step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from cliphaven.payouts.models import BankPayout, Batch, BatchState, Transfer
from cliphaven.payouts.rules import TRANSFER_FINAL, BankPayoutState, TransferState

BATCHES_SHOWN = 20
# The code of a transfer whose batch was sent back before anything was sent.
SENT_BACK = "sent_back"

AnyRow = TypeVar("AnyRow", Transfer, BankPayout)

# A Monday speaks with one voice: the first of these states that any part of it is in.
_LOUDEST_PAYOUT_FIRST = (
    BankPayoutState.NEEDS_REVIEW,
    BankPayoutState.FAILED,
    BankPayoutState.RETURNED,
    BankPayoutState.UNKNOWN,
    BankPayoutState.SENDING,
    BankPayoutState.WAITING_FOR_FUNDS,
    BankPayoutState.PENDING,
    BankPayoutState.IN_TRANSIT,
    BankPayoutState.PAID,
)
_LOUDEST_TRANSFER_FIRST = (
    TransferState.NEEDS_REVIEW,
    TransferState.UNKNOWN,
    TransferState.SENDING,
    TransferState.RESERVED,
    TransferState.REVERSING,
    TransferState.SENT,
    TransferState.REVERSED,
    TransferState.RELEASED,
)


@dataclass(frozen=True, kw_only=True)
class HistoryStep:
    """Something that happened on the way, or (`ahead`) is expected to, of which only the day `on` may be known."""

    title: str
    tone: str
    at: datetime | None
    on: date | None = None
    ahead: bool = False
    sentence: str = ""


@dataclass(frozen=True, kw_only=True)
class PayoutLine:
    """What one batch paid a creator in one currency; the amount is what was sent, or was meant to be.

    `traces` are the numbers by which the creator's bank finds what was sent there.
    """

    batch_id: int
    week: str
    planned_at: datetime
    amount_minor: int
    currency: str
    state: str
    attempt: int
    arrives_on: date | None
    failure_sentence: str
    traces: Sequence[str]
    steps: Sequence[HistoryStep]

    @property
    def name(self) -> str:
        """What tells it from the creator's other payouts: the batch and the currency, such as "12-USD"."""
        return f"{self.batch_id}-{self.currency}"


@dataclass(frozen=True, kw_only=True)
class History:
    """A page of payouts, newest first; `before` is the batch to go on from, None on the last page."""

    payouts: Sequence[PayoutLine]
    before: int | None


def payout_history(*, creator_id: int, before: int | None = None) -> History:
    """A creator's payouts, from the batch before `before` on."""
    batches = Batch.objects.filter(transfers__creator_id=creator_id).distinct().order_by("-id")
    if before is not None:
        batches = batches.filter(id__lt=before)
    page = list(batches[: BATCHES_SHOWN + 1])
    shown = page[:BATCHES_SHOWN]
    transfers = _grouped(Transfer.objects.filter(creator_id=creator_id, batch__in=shown).order_by("id"))
    attempts = _grouped(BankPayout.objects.filter(creator_id=creator_id, batch__in=shown).order_by("part", "attempt"))
    return History(
        payouts=[
            _line(batch, transfers[batch.id, currency], attempts.get((batch.id, currency), []))
            for batch in shown
            for _, currency in sorted(key for key in transfers if key[0] == batch.id)
        ],
        before=shown[-1].id if len(page) > BATCHES_SHOWN else None,
    )


def payout_of(*, creator_id: int, batch_id: int, currency: str) -> PayoutLine | None:
    """One of a creator's payouts; None when the batch paid them nothing in this currency."""
    mine = {"creator_id": creator_id, "batch_id": batch_id, "currency": currency}
    transfers = list(Transfer.objects.filter(**mine).select_related("batch").order_by("id"))
    if not transfers:
        return None
    attempts = list(BankPayout.objects.filter(**mine).order_by("part", "attempt"))
    return _line(transfers[0].batch, transfers, attempts)


def _grouped(rows: Iterable[AnyRow]) -> dict[tuple[int, str], list[AnyRow]]:
    groups: dict[tuple[int, str], list[AnyRow]] = {}
    for row in rows:
        groups.setdefault((row.batch_id, row.currency), []).append(row)
    return groups


def _line(batch: Batch, transfers: Sequence[Transfer], attempts: Sequence[BankPayout]) -> PayoutLine:
    last = _loudest(attempts)
    transfer_state = next(state for state in _LOUDEST_TRANSFER_FIRST if any(t.state == state for t in transfers))
    is_done = transfer_state in TRANSFER_FINAL
    back = (TransferState.RELEASED, TransferState.REVERSED)
    meant = [transfer for transfer in transfers if transfer.state not in back] or transfers
    troubled = next((transfer for transfer in transfers if transfer.failure_sentence), None)
    return PayoutLine(
        batch_id=batch.id,
        week=batch.iso_week,
        planned_at=batch.planned_at,
        amount_minor=sum(transfer.amount_minor for transfer in meant),
        currency=transfers[0].currency,
        state=last.state if last and is_done else transfer_state,
        attempt=last.attempt if last else 1,
        arrives_on=last.arrives_on if last and not last.failed_at else None,
        failure_sentence=(last.failure_sentence if last else "") or (troubled.failure_sentence if troubled else ""),
        traces=[attempt.trace_id for attempt in attempts if attempt.trace_id],
        steps=[
            HistoryStep(title="Planned", tone="done", at=batch.planned_at),
            *_release_steps(batch),
            *_transfer_steps(transfers),
            *(step for attempt in attempts for step in _attempt_steps(attempt)),
        ],
    )


def _loudest(attempts: Sequence[BankPayout]) -> BankPayout | None:
    """Of the latest attempts at each part, the one to speak of first."""
    latest = {attempt.part: attempt for attempt in attempts}
    return min(
        (attempt for attempt in latest.values() if attempt.state != BankPayoutState.WITHDRAWN),
        key=lambda attempt: _LOUDEST_PAYOUT_FIRST.index(BankPayoutState(attempt.state)),
        default=None,
    )


def _release_steps(batch: Batch) -> list[HistoryStep]:
    if batch.state != BatchState.AWAITING_RELEASE:
        return []
    return [HistoryStep(title="Two of us check this run", tone="wait", at=None, ahead=True)]


def _transfer_steps(transfers: Sequence[Transfer]) -> list[HistoryStep]:
    steps = []
    sent = [transfer.settled_at for transfer in transfers if transfer.state == TransferState.SENT]
    if sent:
        steps.append(HistoryStep(title="Sent to your Stripe account", tone="done", at=max(filter(None, sent))))
    given_back = [transfer for transfer in transfers if transfer.state == TransferState.RELEASED]
    if given_back:
        taken_back = all(transfer.failure_code == SENT_BACK for transfer in given_back)
        title = "Taken back before it was sent" if taken_back else "Refused, back in your balance"
        tone = "hold" if taken_back else "stop"
        steps.append(
            HistoryStep(title=title, tone=tone, at=given_back[-1].settled_at, sentence=given_back[-1].failure_sentence)
        )
    in_review = [transfer for transfer in transfers if transfer.state == TransferState.NEEDS_REVIEW]
    if in_review:
        steps.append(HistoryStep(title="With our staff", tone="hold", at=in_review[-1].claimed_at))
    returned = [transfer for transfer in transfers if transfer.state == TransferState.REVERSED]
    if returned:
        steps.append(HistoryStep(title="Taken back, in your balance", tone="stop", at=returned[-1].settled_at))
    reversing = [transfer for transfer in transfers if transfer.state == TransferState.REVERSING]
    if reversing:
        steps.append(HistoryStep(title="Being taken back from your Stripe account", tone="hold", at=None, ahead=True))
    if len(sent) + len(given_back) + len(in_review) + len(returned) + len(reversing) < len(transfers):
        steps.append(HistoryStep(title="To be sent to your Stripe account", tone="move", at=None, ahead=True))
    return steps


def _attempt_steps(attempt: BankPayout) -> list[HistoryStep]:
    steps = []
    if attempt.stripe_id:
        steps.append(HistoryStep(title="On its way to your bank", tone="done", at=attempt.first_sent_at))
    if attempt.paid_at:
        steps.append(HistoryStep(title="In your bank", tone="done", at=attempt.paid_at))
    if attempt.failed_at:
        came_back = attempt.state == BankPayoutState.RETURNED
        title = "Sent back by the bank" if came_back else "Did not reach your bank"
        steps.append(HistoryStep(title=title, tone="stop", at=attempt.failed_at, sentence=attempt.failure_sentence))
    elif not attempt.paid_at and attempt.state != BankPayoutState.WITHDRAWN:
        title = "In your bank" if attempt.stripe_id else "To be sent to your bank"
        on, sentence = attempt.arrives_on, attempt.failure_sentence
        steps.append(HistoryStep(title=title, tone="move", at=None, on=on, ahead=True, sentence=sentence))
    return steps
