"""Money into the wallet: a payment by Checkout, believed only when Stripe says it is paid."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from cliphaven.campaigns.models import Deposit, DepositState
from cliphaven.campaigns.operations import announcing, documents, receivables
from cliphaven.campaigns.operations.stripe_money import record_fee
from cliphaven.campaigns.queries import accounts
from cliphaven.campaigns.rules.deposits import problem_of_deposit
from cliphaven.foundation.errors import Outcome, ProviderFailed, Refused
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import EntryKind
from cliphaven.providers import stripe

log = logging.getLogger(__name__)

SETTLED_AT_ONCE_MAX = 200
# Stripe closes a pay page after a day; an hour more, so that its word comes before ours.
PAGE_IS_OVER_AFTER = timedelta(hours=25)
# What no news of Stripe's changes any more: it is in the books, or a person has seen to it or is about to.
_BOOKED = (DepositState.PAID, DepositState.SEEN_TO)
_SETTLED = (*_BOOKED, DepositState.NEEDS_REVIEW)


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

    From the pay page the sponsor comes back to `return_url`, which is told the deposit and its currency. Raises
    DepositRefused for an amount out of bounds, ProviderFailed when Stripe cannot be asked.
    """
    deposit_id = _plan(
        organisation_id=organisation_id, user_id=user_id, amount_minor=amount_minor, currency=currency, now=now
    )
    checkout = stripe.create_checkout(
        deposit_id=deposit_id,
        amount_minor=amount_minor,
        currency=currency,
        description="ClipHaven wallet",
        success_url=f"{return_url}?currency={currency}&deposit={deposit_id}",
        cancel_url=f"{return_url}?currency={currency}",
        idempotency_key=_name(deposit_id),
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
    if facts.payment is not None:
        take_in(deposit_id=deposit_id, payment=facts.payment, now=now)
    elif facts.status == "expired":
        _close(deposit_id=deposit_id, state=DepositState.EXPIRED, now=now)
    elif facts.has_failed:
        _close(deposit_id=deposit_id, state=DepositState.FAILED, now=now)
    elif facts.status == "complete":
        _close(deposit_id=deposit_id, state=DepositState.PROCESSING, now=now)


@no_transaction
def settle_payment(*, payment_intent_id: str, now: datetime) -> int | None:
    """Look up the payment that a PaymentIntent brought; answers its deposit, or None when it is none of ours.

    Raises ProviderFailed.
    """
    for session_id in stripe.checkouts_of_payment(payment_intent_id):
        settle_deposit(checkout_session_id=session_id, now=now)
    return Deposit.objects.filter(payment_intent_id=payment_intent_id).values_list("id", flat=True).first()


@no_transaction
def settle_charge(*, charge_id: str, now: datetime) -> int | None:
    """The same for a charge: answers the deposit whose money it is, or None. Raises ProviderFailed."""
    known = Deposit.objects.filter(charge_id=charge_id).values_list("id", flat=True).first()
    if known is not None:
        return known
    payment_intent_id = stripe.payment_of_charge(charge_id)
    if payment_intent_id:
        settle_payment(payment_intent_id=payment_intent_id, now=now)
    return Deposit.objects.filter(charge_id=charge_id).values_list("id", flat=True).first()


@no_transaction
def settle_own_deposit(*, deposit_id: int, organisation_id: int, now: datetime) -> None:
    """Look up a payment whose sponsor has come back from the pay page; a deposit of somebody else is left alone."""
    own = Deposit.objects.filter(id=deposit_id, organisation_id=organisation_id, checkout_session_id__isnull=False)
    for session_id in own.values_list("checkout_session_id", flat=True):
        settle_deposit(checkout_session_id=str(session_id), now=now)


@no_transaction
def settle_open_deposits(*, now: datetime) -> None:
    """Look up payments that are not settled: news that never came must not keep a sponsor from their money.

    Those that were not asked about the longest come first, and one that cannot be looked up, for whatever reason, keeps
    nobody else waiting. Raises at the end what kept one from it, unless Stripe said no for good.
    """
    _expire_without_page(now=now)
    unanswered: Exception | None = None
    under_way = Deposit.objects.filter(
        state__in=[DepositState.STARTED, DepositState.PROCESSING], checkout_session_id__isnull=False
    ).order_by(F("read_at").asc(nulls_first=True), "id")
    for deposit_id, session_id in under_way.values_list("id", "checkout_session_id")[:SETTLED_AT_ONCE_MAX]:
        try:
            settle_deposit(checkout_session_id=str(session_id), now=now)
        except ProviderFailed as failure:
            log.error("deposits: Stripe does not tell of %s: %s", session_id, failure.code)
            if failure.is_silence:
                raise  # nobody answers: the others would wait in vain too
            if failure.outcome is Outcome.DEFINITE:
                _end_unheard_of(deposit_id=deposit_id, now=now)
            else:
                unanswered = failure
        except Exception as odd:  # one odd payment must not keep other sponsors from their money
            log.exception("deposits: %s could not be taken in", session_id)
            unanswered = odd
        _note_read(deposit_id=deposit_id, now=now)
    if unanswered is not None:
        raise unanswered


def _deposit_of(facts: stripe.CheckoutFacts) -> int | None:
    """The deposit that a session was opened for, or None when it is not one of ours.

    Whoever else uses the same Stripe account may number their sessions too: so the deposit must know this one. It does
    not yet if we were killed between opening the page and writing down which one it is; then the session must carry the
    name that only this house gives.
    """
    known = Deposit.objects.filter(checkout_session_id=facts.session_id).values_list("id", flat=True).first()
    if known is not None:
        return known
    reference = facts.reference
    if not (reference.isascii() and reference.isdigit()) or facts.name != _name(int(reference)):
        return None
    without_page = Deposit.objects.filter(checkout_session_id=None, id=int(reference))
    return without_page.values_list("id", flat=True).first()


def _name(deposit_id: int) -> str:
    """What a deposit's pay page is called at Stripe, and the key under which it is opened."""
    return f"{settings.KEY_PREFIX}:deposit:{deposit_id}"


@own_transaction
def _expire_without_page(*, now: datetime) -> None:
    """Nobody can have paid on a page that was never opened. If it was, and paid, its letter still brings the money."""
    started = Deposit.objects.filter(state=DepositState.STARTED, checkout_session_id=None)
    old = started.filter(started_at__lte=now - PAGE_IS_OVER_AFTER).order_by("id")
    started.filter(id__in=list(old.values_list("id", flat=True)[:SETTLED_AT_ONCE_MAX])).update(
        state=DepositState.EXPIRED, settled_at=now
    )


@own_transaction
def _end_unheard_of(*, deposit_id: int, now: datetime) -> None:
    """A page that Stripe does not know when it must be over brings nothing; if it was complete, a person looks."""
    old = Deposit.objects.filter(id=deposit_id, started_at__lte=now - PAGE_IS_OVER_AFTER)
    old.filter(state=DepositState.STARTED).update(state=DepositState.EXPIRED, settled_at=now)
    old.filter(state=DepositState.PROCESSING).update(
        state=DepositState.NEEDS_REVIEW, review_reason="was under way, and Stripe no longer knows its pay page"
    )


@own_transaction
def _note_read(*, deposit_id: int, now: datetime) -> None:
    Deposit.objects.filter(id=deposit_id).update(read_at=now)


@own_transaction
def _plan(*, organisation_id: int, user_id: int, amount_minor: int, currency: str, now: datetime) -> int:
    problem = problem_of_deposit(amount_minor=amount_minor, currency=currency)
    if problem is not None:
        raise DepositRefused(problem)
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


@no_transaction
def take_in(*, deposit_id: int, payment: stripe.Payment, now: datetime) -> None:
    """Book a payment that arrived, once, or leave it to a person when the books cannot tell it.

    A fee in another currency than the payment's is the price of an exchange that we never asked for: booked as it
    stands, it would be wrong in both currencies' books. What a person has seen to is left as they left it.
    """
    currency = Deposit.objects.values_list("currency", flat=True).get(id=deposit_id)
    if payment.currency != currency:
        reason = f"paid in {payment.currency}, asked for in {currency}"
    elif payment.booked_currency != currency:
        reason = f"paid in {currency}, and Stripe converted it to {payment.booked_currency}"
    else:
        try:
            _book_payment(deposit_id=deposit_id, payment=payment, now=now)
        except ledger.BalanceWouldBeNegative:
            raise  # what it was to pay was spent meanwhile: the next look finds it otherwise
        except ledger.EntryRefused as refused:
            reason = f"the books refuse it: {refused.sentence}"
        else:
            return
    log.error("deposit %s (%s) needs a person: %s", deposit_id, payment.payment_intent_id, reason)
    _leave_to_a_person(deposit_id=deposit_id, payment=payment, reason=reason)


@own_transaction
def _leave_to_a_person(*, deposit_id: int, payment: stripe.Payment, reason: str) -> None:
    Deposit.objects.filter(id=deposit_id).exclude(state__in=_BOOKED).update(
        state=DepositState.NEEDS_REVIEW,
        payment_intent_id=payment.payment_intent_id,
        charge_id=payment.charge_id,
        review_reason=reason[:200],
    )


@own_transaction
def _book_payment(*, deposit_id: int, payment: stripe.Payment, now: datetime) -> None:
    """Credit the wallet once per PaymentIntent, with what was received, and book what Stripe kept of it."""
    deposit = Deposit.objects.select_for_update(no_key=True).get(id=deposit_id)
    if deposit.state in _BOOKED:
        return
    wallet = accounts.wallet(organisation_id=deposit.organisation_id, currency=deposit.currency)
    cash = accounts.cash(deposit.currency)
    credited = ledger.Entry(
        kind=EntryKind.DEPOSIT,
        external_id=payment.payment_intent_id,
        legs=(ledger.Leg(debit=cash, credit=wallet, amount_minor=payment.amount_received_minor),),
        occurred_at=now,
        cause=f"payment {payment.payment_intent_id}",
        actor=f"user:{deposit.started_by_id}",
    )
    ledger.record([credited])
    record_fee(
        balance_transaction_id=payment.balance_transaction_id,
        fee_minor=payment.fee_minor,
        currency=deposit.currency,
        now=now,
    )
    Deposit.objects.filter(id=deposit.id).update(
        state=DepositState.PAID,
        payment_intent_id=payment.payment_intent_id,
        charge_id=payment.charge_id,
        received_minor=payment.amount_received_minor,
        review_reason="",
        settled_at=now,
    )
    receivables.recover(
        organisation_id=deposit.organisation_id,
        currency=deposit.currency,
        because=payment.payment_intent_id,
        now=now,
    )
    documents.issue_receipt(deposit_id=deposit.id, now=now)
    announcing.deposited(deposit=deposit, received_minor=payment.amount_received_minor, now=now)


@own_transaction
def _close(*, deposit_id: int, state: DepositState, now: datetime) -> None:
    # A paid deposit stays paid, and one that waits for a person waits, whatever order the news come in.
    Deposit.objects.filter(id=deposit_id).exclude(state__in=_SETTLED).update(
        state=state, settled_at=None if state == DepositState.PROCESSING else now
    )
