"""Money into the wallet: a payment by Checkout, believed only when Stripe says it is paid."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from cliphaven.campaigns.models import Deposit, DepositState
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.money import AMOUNT_MINOR_MAX, EXPONENTS
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.providers import stripe

DEPOSIT_MINOR_MIN = 500
SETTLED_AT_ONCE_MAX = 200


class DepositRefused(Refused):
    """The amount cannot be paid in."""

    code = "deposit_refused"


@dataclass(frozen=True, kw_only=True)
class StartedDeposit:
    """A deposit and the pay page where the sponsor completes it."""

    deposit_id: int
    pay_url: str


@no_transaction
def start_deposit(
    *, organisation_id: int, user_id: int, amount_minor: int, currency: str, return_url: str, now: datetime
) -> StartedDeposit:
    """Open a pay page for an amount in minor units. The row stands first, so that a payment never meets nobody.

    Raises DepositRefused for an amount out of bounds, ProviderFailed when Stripe cannot be asked.
    """
    deposit_id = _plan(
        organisation_id=organisation_id, user_id=user_id, amount_minor=amount_minor, currency=currency, now=now
    )
    checkout = stripe.create_checkout(
        deposit_id=deposit_id,
        amount_minor=amount_minor,
        currency=currency,
        description="ClipHaven wallet",
        success_url=f"{return_url}?deposit={deposit_id}",
        cancel_url=return_url,
        idempotency_key=f"{settings.KEY_PREFIX}:deposit:{deposit_id}",
    )
    _remember_checkout(deposit_id=deposit_id, session_id=checkout.session_id)
    return StartedDeposit(deposit_id=deposit_id, pay_url=checkout.url)


@no_transaction
def settle_deposit(*, checkout_session_id: str, now: datetime) -> None:
    """Look a Checkout session up and book what became of it. Safe to call at any time, any number of times."""
    facts = stripe.checkout(checkout_session_id)
    deposit_id = _deposit_of(facts)
    if deposit_id is None:
        return  # a session of somebody else's in the same Stripe account
    if facts.payment is not None and facts.payment_status == "paid":
        _book_payment(deposit_id=deposit_id, payment=facts.payment, now=now)
    elif facts.status == "expired":
        _close(deposit_id=deposit_id, state=DepositState.EXPIRED, now=now)
    elif facts.status == "complete":
        _close(deposit_id=deposit_id, state=DepositState.PROCESSING, now=now)


@no_transaction
def settle_own_deposit(*, deposit_id: int, organisation_id: int, now: datetime) -> None:
    """Look up a payment whose sponsor has come back from the pay page; a deposit of somebody else is left alone."""
    own = Deposit.objects.filter(id=deposit_id, organisation_id=organisation_id, checkout_session_id__isnull=False)
    for session_id in own.values_list("checkout_session_id", flat=True):
        settle_deposit(checkout_session_id=str(session_id), now=now)


@no_transaction
def settle_open_deposits(*, now: datetime) -> None:
    """Look up every payment that is not settled: news that never came must not keep a sponsor from their money."""
    under_way = Deposit.objects.filter(
        state__in=[DepositState.STARTED, DepositState.PROCESSING], checkout_session_id__isnull=False
    )
    for session_id in under_way.order_by("id").values_list("checkout_session_id", flat=True)[:SETTLED_AT_ONCE_MAX]:
        settle_deposit(checkout_session_id=str(session_id), now=now)


@no_transaction
def fail_deposit(*, checkout_session_id: str, now: datetime) -> None:
    """A delayed payment did not come: say so on the deposit. Looked up first; a paid one stays paid."""
    facts = stripe.checkout(checkout_session_id)
    deposit_id = _deposit_of(facts)
    if deposit_id is not None and facts.payment_status != "paid":
        _close(deposit_id=deposit_id, state=DepositState.FAILED, now=now)


def _deposit_of(facts: stripe.CheckoutFacts) -> int | None:
    """The deposit that a session was opened for, or None when it is not one of ours."""
    reference = facts.reference
    if not (reference.isascii() and reference.isdigit()):
        return None
    return Deposit.objects.filter(id=int(reference)).values_list("id", flat=True).first()


@own_transaction
def _plan(*, organisation_id: int, user_id: int, amount_minor: int, currency: str, now: datetime) -> int:
    if currency not in EXPONENTS:
        raise DepositRefused("Choose one of the currencies shown")
    if not DEPOSIT_MINOR_MIN <= amount_minor <= AMOUNT_MINOR_MAX:
        raise DepositRefused("The smallest payment is 5.00")
    deposit = Deposit.objects.create(
        organisation_id=organisation_id,
        started_by_id=user_id,
        amount_minor=amount_minor,
        currency=currency,
        started_at=now,
    )
    return deposit.id


@own_transaction
def _remember_checkout(*, deposit_id: int, session_id: str) -> None:
    Deposit.objects.filter(id=deposit_id).update(checkout_session_id=session_id)


@own_transaction
def _book_payment(*, deposit_id: int, payment: stripe.Payment, now: datetime) -> None:
    """Credit the wallet once per PaymentIntent, with what was received, and book what Stripe kept of it."""
    deposit = Deposit.objects.select_for_update().get(id=deposit_id)
    wallet = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=deposit.organisation_id, currency=payment.currency)
    cash = Account(kind=AccountKind.STRIPE_BALANCE, currency=payment.currency)
    entries = [
        ledger.Entry(
            kind=EntryKind.DEPOSIT,
            external_id=payment.payment_intent_id,
            legs=(ledger.Leg(debit=cash, credit=wallet, amount_minor=payment.amount_received_minor),),
            occurred_at=deposit.settled_at or now,
            cause=f"payment {payment.payment_intent_id}",
            actor=f"user:{deposit.started_by_id}",
        )
    ]
    if payment.fee_minor:
        processing = Account(kind=AccountKind.PLATFORM_PROCESSING, currency=payment.currency)
        entries.append(
            ledger.Entry(
                kind=EntryKind.PROCESSING_FEE,
                external_id=payment.balance_transaction_id,
                legs=(ledger.Leg(debit=processing, credit=cash, amount_minor=payment.fee_minor),),
                occurred_at=deposit.settled_at or now,
                cause=f"balance transaction {payment.balance_transaction_id}",
            )
        )
    ledger.record(entries)
    if deposit.state != DepositState.PAID:
        Deposit.objects.filter(id=deposit.id).update(
            state=DepositState.PAID, payment_intent_id=payment.payment_intent_id, settled_at=now
        )


@own_transaction
def _close(*, deposit_id: int, state: DepositState, now: datetime) -> None:
    # A paid deposit stays paid, whatever order the news come in.
    Deposit.objects.filter(id=deposit_id).exclude(state=DepositState.PAID).update(
        state=state, settled_at=None if state == DepositState.PROCESSING else now
    )
