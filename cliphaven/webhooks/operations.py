"""Letters verified, stored once as events, and dealt with by asking the vendor again. What they say is never booked."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from cliphaven.campaigns.operations import disputes, refunds, wallet, warnings
from cliphaven.foundation import jobs
from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.notifications import operations as notifications
from cliphaven.payouts.operations import onboarding, reversals, settlement, transfers
from cliphaven.providers import resend_letters, stripe
from cliphaven.webhooks.models import ProviderEvent
from cliphaven.webhooks.queries import GIVEN_UP_AFTER

LETTER_BYTES_MAX = 512_000
SWEEP_MAX = 200
SWEEP_AFTER = timedelta(minutes=3)
# A mail whose job was killed before it noted the answer is sent again under its key, and noted then.
MAIL_ANSWERS_WITHIN = timedelta(hours=24)
STRIPE, RESEND = "stripe", "resend"
# What says that an address takes no mail of ours, in Resend's word and in ours.
_STOPS_MAIL = {"email.bounced": "bounced", "email.complained": "complained", "email.suppressed": "suppressed"}


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
    return _store(
        provider=STRIPE,
        event_id=event.event_id,
        event_type=event.event_type,
        connected_account=event.connected_account,
        object_id=event.object_id,
        now=now,
    )


@own_transaction
def receive_mail_event(*, payload: bytes, headers: Mapping[str, str], now: datetime) -> bool:
    """Store what a letter says became of a mail; answers whether it is new. Raises LetterRefused if unsound.

    What changes nothing for whoever is mailed (delivered, opened, a bounce that may be over soon) leaves no trace.
    """
    if len(payload) > LETTER_BYTES_MAX:
        raise WrongMailbox("The letter is too long")
    news = resend_letters.verified_letter(payload, headers)
    if news.happened not in _STOPS_MAIL or not news.for_good:
        return False
    return _store(
        provider=RESEND,
        event_id=news.event_id,
        event_type=news.happened,
        connected_account="",
        object_id=news.mail_id,
        now=now,
    )


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


def _store(
    *, provider: str, event_id: str, event_type: str, connected_account: str, object_id: str, now: datetime
) -> bool:
    """Keep an event and let it be dealt with soon; False for one that is there already, from whichever delivery."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into webhooks_providerevent"
            " (provider, event_id, event_type, connected_account, object_id, received_at, outcome)"
            " values (%s, %s, %s, %s, %s, %s, '') on conflict (provider, event_id) do nothing returning id",
            [provider, event_id, event_type, connected_account, object_id, now],
        )
        stored = cursor.fetchone()
    if stored is None:
        return False
    _defer(stored[0])
    return True


def _defer(event_pk: int) -> None:
    jobs.defer("webhooks.handle", at_most_one_waiting=f"event:{event_pk}", event_pk=event_pk)


@own_transaction
def _close(*, event_pk: int, outcome: str, now: datetime) -> None:
    ProviderEvent.objects.filter(id=event_pk, handled_at=None).update(handled_at=now, outcome=outcome[:200])


def _deal_with(event: ProviderEvent, *, now: datetime) -> str:
    if event.provider == RESEND:
        return _stop_mail(event, now)
    exactly = _BY_TYPE.get(event.event_type)
    family = next((deal for prefix, deal in _BY_PREFIX.items() if event.event_type.startswith(prefix)), _note)
    return (exactly or family)(event, now)


def _stop_mail(event: ProviderEvent, now: datetime) -> str:
    """Raises NotKnownYet while the answer to the mail may still be on its way to us."""
    try:
        notifications.stop_address(provider_id=event.object_id, because=_STOPS_MAIL[event.event_type], now=now)
    except notifications.NotKnownYet:
        if now - event.received_at < MAIL_ANSWERS_WITHIN:
            raise
        return "no mail of ours"
    return "mails that address no more"


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
