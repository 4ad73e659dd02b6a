"""What must hold of money that something keeps back: while it does nothing is sent, and nothing else stands still."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from cliphaven.ledger import queries as books
from cliphaven.payouts import rules
from cliphaven.payouts.models import BankPayout, BatchState, PauseReason, PayoutPause, Transfer
from cliphaven.payouts.rules import BankPayoutState, TransferState

FAILURES_SHOWN_MAX = 100
# A claim is dated when its job began: a worker may have slept between that and its look at the pause.
SLACK = timedelta(hours=6)
_BANK = "creator__connected_account__bank_accounts"

Row = TypeVar("Row", Transfer, BankPayout)


def forgotten(*, before: datetime) -> list[str]:
    """What has been on its way since before a moment, and that nobody is told to see to: sentences, the first of many.

    A stopped batch, a pause, a review and a bank that refuses are shown to somebody; everything else goes on by itself.
    """
    stopped = Q(batch__state__in=[BatchState.AWAITING_RELEASE, BatchState.STOPPED])
    held = stopped | Exists(PayoutPause.objects.filter(creator=OuterRef("creator"), resumed_at=None))
    moving = [TransferState.RESERVED, TransferState.SENDING, TransferState.UNKNOWN]
    transfers = Transfer.objects.filter(
        Q(state__in=moving, batch__planned_at__lt=before)
        | Q(state=TransferState.SENT, part=None, settled_at__lt=before)
    )
    at_stripe = [BankPayoutState.SENDING, BankPayoutState.UNKNOWN, BankPayoutState.PENDING, BankPayoutState.IN_TRANSIT]
    waiting = Q(state=BankPayoutState.WAITING_FOR_FUNDS, failure_sentence="")
    payouts = BankPayout.objects.filter(Q(state__in=at_stripe) | waiting, created_at__lt=before)
    found = [
        *transfers.exclude(held).order_by("pk")[:FAILURES_SHOWN_MAX],
        *payouts.exclude(held).order_by("pk")[:FAILURES_SHOWN_MAX],
    ]
    return [f"{row._meta.verbose_name} {row.pk} is {row.state}, and nobody is told why" for row in found]


def _nothing_goes_to_the_paused(look: books.Look) -> books.Check:
    """Nothing was sent to a creator in a pause; to their bank, in one that also keeps what is with Stripe."""
    pauses, most = PayoutPause.objects.all(), look.limits.rows_max
    sent: list[Transfer | BankPayout] = [
        *_sent_in(pauses, rows=Transfer.objects.all(), most=most),
        *_sent_in(pauses.filter(reason=PauseReason.SECURITY), rows=BankPayout.objects.all(), most=most),
    ]
    failures = [f"{row._meta.verbose_name} {row.pk} was sent while creator {row.creator_id} was paused" for row in sent]
    return _check("nothing is sent to whoever is paused", pauses.count(), failures)


def _sent_in(pauses: QuerySet[PayoutPause], *, rows: QuerySet[Row], most: int | None) -> QuerySet[Row]:
    """Of all rows, or the newest, those claimed to be sent well after such a pause began and well before its end."""
    claimed_at = F("last_claimed_to_send_at")
    dated = rows.annotate(latest_begin=claimed_at - SLACK, earliest_end=claimed_at + SLACK)
    meanwhile = pauses.filter(creator=OuterRef("creator"), paused_at__lt=OuterRef("latest_begin")).filter(
        Q(resumed_at=None) | Q(resumed_at__gt=OuterRef("earliest_end"))
    )
    newest = rows.order_by("-pk").values("pk")[:most]
    return dated.filter(Exists(meanwhile), pk__in=newest).order_by("pk")


def _new_bank_accounts_wait(look: books.Look) -> books.Check:  # noqa: ARG001  # all of them
    """A bank account that took the place of another one is paid for the first time 72 hours after that.

    Or from when one of the staff let it go sooner.
    """
    changed_at = F(f"{_BANK}__changed_at")
    to_it = BankPayout.objects.filter(**{f"{_BANK}__stripe_id": F("bank_account_id")}, first_sent_at__gte=changed_at)
    lifted = Q(lifted_at__gte=F("changed_at"), first_sent_at__gte=F("lifted_at"))
    early = (
        to_it.annotate(changed_at=changed_at, lifted_at=F(f"{_BANK}__hold_lifted_at"))
        .filter(first_sent_at__lt=F("changed_at") + rules.NEW_BANK_ACCOUNT_HELD_FOR)
        .exclude(lifted, lifted_at__isnull=False)
    )
    failures = [
        f"payout {row.pk} went to {row.bank_account_id} less than 72 hours after it was changed"
        for row in early.order_by("pk")
    ]
    return _check("a changed bank account waits for 72 hours", to_it.count(), failures)


def _check(name: str, looked_at: int, failures: Iterable[str]) -> books.Check:
    return books.Check(name=name, looked_at=looked_at, failures=tuple(failures)[:FAILURES_SHOWN_MAX])


_PAID_OUT = frozenset({"payouts_bankpayout"})
QUESTIONS = (
    books.Question(
        name="nothing is sent to whoever is paused",
        reads=_PAID_OUT | {"payouts_transfer", "payouts_payoutpause"},
        ask=_nothing_goes_to_the_paused,
    ),
    books.Question(
        name="a changed bank account waits for 72 hours",
        reads=_PAID_OUT | {"payouts_bankaccount"},
        ask=_new_bank_accounts_wait,
    ),
)
