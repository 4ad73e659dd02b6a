"""Letters verified, stored once as events, and dealt with by asking the vendor again. What they say is never booked."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from cliphaven.campaigns.operations import disputes, refunds, wallet, warnings
from cliphaven.foundation import jobs
from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.payouts.operations import onboarding, reversals, settlement, transfers
from cliphaven.providers import stripe
from cliphaven.webhooks.models import ProviderEvent
from cliphaven.webhooks.queries import GIVEN_UP_AFTER

LETTER_BYTES_MAX = 512_000
SWEEP_MAX = 200
SWEEP_AFTER = timedelta(minutes=3)


class WrongMailbox(stripe.EventRefused):
    """A genuine letter that is not for us here: of the other endpoint, or too long."""

    code = "wrong_mailbox"


@own_transaction
def receive_event(*, payload: bytes, signature: str, connect: bool, now: datetime) -> bool:
    """Store a letter's event and let it be dealt with soon; answers whether it is new. Raises EventRefused if unsound.

    An event that came before changes nothing, from however many deliveries at once. One of the other mode is not ours
    and leaves no trace: Stripe tells an endpoint for connected accounts of both modes, and a no would make it give up.
    """
    if len(payload) > LETTER_BYTES_MAX:
        raise WrongMailbox("The letter is too long")
    event = stripe.verified_event(payload, signature, connect=connect)
    if bool(event.connected_account) != connect:
        raise WrongMailbox("The letter belongs to the other endpoint")
    if event.livemode != settings.LIVEMODE:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into webhooks_providerevent"
            " (provider, event_id, event_type, connected_account, object_id, received_at, outcome)"
            " values ('stripe', %s, %s, %s, %s, %s, '') on conflict (provider, event_id) do nothing returning id",
            [event.event_id, event.event_type, event.connected_account, event.object_id, now],
        )
        stored = cursor.fetchone()
    if stored is None:
        return False
    _defer(stored[0])
    return True


@no_transaction
def handle_event(*, event_pk: int, now: datetime) -> None:
    """Deal with a stored event by reading what it names. Raises ProviderFailed when that is worth another try."""
    event = ProviderEvent.objects.get(id=event_pk)
    if event.handled_at is not None:
        return
    try:
        outcome = _deal_with(event, now=now)
    except ProviderFailed as failure:
        if failure.outcome is not Outcome.DEFINITE:
            raise
        outcome = f"the vendor says no: {failure.code}"
    _close(event_pk=event_pk, outcome=outcome, now=now)


@own_transaction
def sweep(*, now: datetime) -> int:
    """Defer a job for every event that has lain there for minutes, and for three days at most; answers how many."""
    waiting = ProviderEvent.objects.filter(
        handled_at=None, received_at__lte=now - SWEEP_AFTER, received_at__gt=now - GIVEN_UP_AFTER
    )
    ids = waiting.order_by("received_at").values_list("id", flat=True)[:SWEEP_MAX]
    for event_pk in ids:
        _defer(event_pk)
    return len(ids)


@own_transaction
def take_up_given_up(*, now: datetime) -> int:
    """Have events dealt with once more that lay there for so long that the sweep let go of them; answers how many."""
    given_up = ProviderEvent.objects.filter(handled_at=None, received_at__lte=now - GIVEN_UP_AFTER)
    ids = given_up.order_by("received_at").values_list("id", flat=True)[:SWEEP_MAX]
    for event_pk in ids:
        _defer(event_pk)
    return len(ids)


def _defer(event_pk: int) -> None:
    jobs.defer("webhooks.handle", at_most_one_waiting=f"event:{event_pk}", event_pk=event_pk)


@own_transaction
def _close(*, event_pk: int, outcome: str, now: datetime) -> None:
    ProviderEvent.objects.filter(id=event_pk, handled_at=None).update(handled_at=now, outcome=outcome[:200])


def _deal_with(event: ProviderEvent, *, now: datetime) -> str:
    exactly = _BY_TYPE.get(event.event_type)
    family = next((deal for prefix, deal in _BY_PREFIX.items() if event.event_type.startswith(prefix)), _note)
    return (exactly or family)(event, now)


def _note(_: ProviderEvent, __: datetime) -> str:
    return "noted"


def _settle_deposit(event: ProviderEvent, now: datetime) -> str:
    wallet.settle_deposit(checkout_session_id=event.object_id, now=now)
    return "looked the payment up"


def _settle_payment(event: ProviderEvent, now: datetime) -> str:
    found = wallet.settle_payment(payment_intent_id=event.object_id, now=now)
    return "looked the payment up" if found is not None else "no payment of ours, or not paid yet"


def _settle_charge(event: ProviderEvent, now: datetime) -> str:
    found = wallet.settle_charge(charge_id=event.object_id, now=now)
    return "looked the payment up" if found is not None else "no payment of ours, or not paid yet"


def _settle_refund(event: ProviderEvent, now: datetime) -> str:
    return refunds.settle_hint(stripe_id=event.object_id, now=now)


def _settle_refunds_of_charge(event: ProviderEvent, now: datetime) -> str:
    return refunds.settle_charge_hint(charge_id=event.object_id, now=now)


def _settle_dispute(event: ProviderEvent, now: datetime) -> str:
    return disputes.settle_dispute(stripe_id=event.object_id, now=now)


def _settle_warning(event: ProviderEvent, now: datetime) -> str:
    return warnings.settle_warning(stripe_id=event.object_id, now=now)


def _of_the_platform(deal: "_Deal") -> "_Deal":
    """Sponsors pay the platform: what happens to payments on connected accounts is not about their money."""
    return lambda event, now: "noted: of a connected account" if event.connected_account else deal(event, now)


def _settle_transfer(event: ProviderEvent, now: datetime) -> str:
    return transfers.settle_hint(stripe_id=event.object_id, now=now)


def _settle_reversals(event: ProviderEvent, now: datetime) -> str:
    return reversals.settle_hint(stripe_id=event.object_id, now=now)


def _settle_payout(event: ProviderEvent, now: datetime) -> str:
    if not event.connected_account:
        return "noted: a payout of the platform itself"
    return settlement.settle_hint(stripe_id=event.object_id, connected_account=event.connected_account, now=now)


def _refresh_account(event: ProviderEvent, now: datetime) -> str:
    onboarding.refresh(stripe_id=event.connected_account, now=now)
    return "read the connected account"


_Deal = Callable[[ProviderEvent, datetime], str]
_BY_TYPE: dict[str, _Deal] = {
    "checkout.session.completed": _settle_deposit,
    "checkout.session.async_payment_succeeded": _settle_deposit,
    "checkout.session.expired": _settle_deposit,
    "checkout.session.async_payment_failed": _settle_deposit,
    "charge.refunded": _of_the_platform(_settle_refunds_of_charge),
    "charge.refund.updated": _of_the_platform(_settle_refund),
    "transfer.created": _settle_transfer,
    "transfer.reversed": _settle_reversals,
    "transfer.updated": _settle_reversals,
}
_BY_PREFIX: dict[str, _Deal] = {
    "charge.dispute.": _of_the_platform(_settle_dispute),
    "charge.": _of_the_platform(_settle_charge),
    "payment_intent.": _of_the_platform(_settle_payment),
    "radar.early_fraud_warning.": _settle_warning,
    "refund.": _of_the_platform(_settle_refund),
    "payout.": _settle_payout,
    "account.": _refresh_account,
    "capability.": _refresh_account,
    "person.": _refresh_account,
}
