"""What Stripe says of a refund, brought into the books: what left our balance, what came back, each once.

A refund leaves the books when a balance transaction says that Stripe took it, whatever its status is then.
"""

import logging
from datetime import datetime

from cliphaven.campaigns.models import Act, Deposit, DocumentKind, Refund
from cliphaven.campaigns.operations import acts, announcing, documents, receivables
from cliphaven.campaigns.operations.stripe_money import record_fee
from cliphaven.campaigns.queries import accounts
from cliphaven.campaigns.rules import refunds as rules
from cliphaven.campaigns.rules.refunds import RefundState
from cliphaven.deliveries.rules.catalogue import EventType
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.outgoing.sender import move
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import EntryKind
from cliphaven.providers import stripe

NOT_BOOKED = "Our books need a person before this refund can be shown as it is. We are looking into it."

log = logging.getLogger(__name__)


class RefundSentTwice(Exception):
    """Stripe knows two refunds for one row. It must never happen, and nothing here can put it right."""


class RefundNotSettled(Refused):
    """The refund does not wait for a person, or is not in a state in which its end can be told."""

    code = "refund_not_settled"


@no_transaction
def take_in(*, refund_id: int, facts: stripe.RefundFacts, now: datetime) -> None:
    """Book a refund as it stands at Stripe, or leave it to a person when the books do not take it."""
    try:
        _record(refund_id=refund_id, facts=facts, now=now)
    except ledger.EntryRefused:
        log.exception("refund %s is %s at Stripe, and the books refuse it", refund_id, facts.stripe_id)
        _leave_to_a_person(refund_id=refund_id, stripe_id=facts.stripe_id, now=now)


@own_transaction
def settle(
    *, refund_id: int, facts: stripe.RefundFacts | None, staff_id: int, note: str, request_key: str, now: datetime
) -> None:
    """End the waiting of a refund in review: with `facts` it is booked as it was asked for, without them it never was.

    Stripe says which of both is true, and a person that whatever it moved otherwise was seen to. The same `request_key`
    again changes nothing. Raises RefundNotSettled, EntryRefused, and what `acts.record` does.
    """
    refund = _lock(refund_id)
    is_new = acts.record(
        act=Act.SETTLED,
        staff_id=staff_id,
        refund_id=refund_id,
        note=note,
        needs_note=True,
        request_key=request_key,
        now=now,
    )
    if not is_new:
        return
    if refund.state != RefundState.NEEDS_REVIEW:
        raise RefundNotSettled("This refund does not wait for a person any more")
    if facts is None:
        if refund.stripe_id is not None:
            raise RefundNotSettled(f"Stripe had this refund as {refund.stripe_id} and no longer tells of it: ask there")
        move(refund, to=RefundState.RELEASED, failure_sentence=rules.refund_sentence(""), returned_at=now)
        return_unsent(refund=refund, reason="never sent", now=now)
        return
    _walk(refund, Deposit.objects.get(id=refund.deposit_id), facts, now=now)
    if refund.state == RefundState.NEEDS_REVIEW:
        raise RefundNotSettled(f"Stripe calls this refund “{facts.status}”, which says nothing about its money")


@joined_transaction
def return_unsent(*, refund: Refund, reason: str, now: datetime) -> None:
    """Give the wallet back what waited for a refund that Stripe never had. The caller holds its lock."""
    _return_to_wallet(refund, external_id=f"refund:{refund.id}", was_booked=False, reason=reason, now=now)


def _lock(refund_id: int) -> Refund:
    return Refund.objects.select_for_update(no_key=True).get(id=refund_id)


@own_transaction
def _leave_to_a_person(*, refund_id: int, stripe_id: str, now: datetime) -> None:
    refund = _lock(refund_id)
    Refund.objects.filter(id=refund_id).update(stripe_id=stripe_id, read_at=now)
    if refund.state != RefundState.NEEDS_REVIEW:
        move(
            refund,
            to=RefundState.NEEDS_REVIEW,
            failure_code="not_booked",
            failure_sentence=NOT_BOOKED,
        )


@own_transaction
def _record(*, refund_id: int, facts: stripe.RefundFacts, now: datetime) -> None:
    """Walk to the state that Stripe tells, and book each movement of its money once."""
    refund = _lock(refund_id)
    if refund.stripe_id not in (None, facts.stripe_id):
        raise RefundSentTwice(f"Refund {refund_id} is {refund.stripe_id} and {facts.stripe_id}")
    deposit = Deposit.objects.get(id=refund.deposit_id)
    _check_money(refund, deposit, facts)
    _walk(refund, deposit, facts, now=now)


def _walk(refund: Refund, deposit: Deposit, facts: stripe.RefundFacts, *, now: datetime) -> None:
    state = rules.refund_state(facts.status, before=RefundState(refund.state))
    changes = {"stripe_id": facts.stripe_id, "read_at": now}
    if state in (RefundState.FAILED, RefundState.CANCELED):
        changes |= {
            "failure_code": facts.failure_code[:64],
            "failure_sentence": rules.refund_sentence(facts.failure_code),
        }
    elif state is not None:
        changes |= {"failure_code": "", "failure_sentence": ""}
    if state is not None:
        move(refund, to=state, **changes)
    else:
        Refund.objects.filter(id=refund.id).update(**changes)
        refund.stripe_id = facts.stripe_id
    if facts.taken is not None and refund.booked_at is None:
        _book(refund, deposit, facts.taken, now=now)
    has_failed = refund.state in (RefundState.FAILED, RefundState.CANCELED)
    if refund.returned_at is None and has_failed and (refund.booked_at is None or facts.returned is not None):
        _book_return(refund, deposit, facts.returned, reason=facts.failure_code, now=now)


def _check_money(refund: Refund, deposit: Deposit, facts: stripe.RefundFacts) -> None:
    """What left our balance is what was asked for, in the payment's currency: the books could not tell more.

    What is booked already was seen to, by this check or by a person.
    """
    for moved, sign, booked_at in ((facts.taken, -1, refund.booked_at), (facts.returned, 1, refund.returned_at)):
        if moved is None or booked_at is not None:
            continue
        if (moved.currency, sign * moved.amount_minor) != (deposit.currency, refund.amount_minor):
            raise ledger.EntryRefused(
                f"Balance transaction {moved.balance_transaction_id} moved {moved.amount_minor} {moved.currency},"
                f" not {refund.amount_minor} {deposit.currency}"
            )


@joined_transaction
def _book(refund: Refund, deposit: Deposit, taken: stripe.MoneyMoved, *, now: datetime) -> None:
    refunding = accounts.refunding(organisation_id=deposit.organisation_id, currency=deposit.currency)
    entry = ledger.Entry(
        kind=EntryKind.REFUND,
        external_id=str(refund.stripe_id),
        legs=(ledger.Leg(debit=refunding, credit=accounts.cash(deposit.currency), amount_minor=refund.amount_minor),),
        occurred_at=now,
        cause=f"refund {refund.id}, balance transaction {taken.balance_transaction_id}",
    )
    ledger.record([entry])
    _book_fee(taken, deposit, now=now)
    Refund.objects.filter(id=refund.id).update(booked_at=now)
    refund.booked_at = now
    documents.issue_refund_note(refund_id=refund.id, kind=DocumentKind.REFUND_NOTE, now=now)
    announcing.refunded(refund=refund, deposit=deposit, type_=EventType.REFUND_PAID, now=now)


@joined_transaction
def _book_return(
    refund: Refund, deposit: Deposit, returned: stripe.MoneyMoved | None, *, reason: str, now: datetime
) -> None:
    if returned is not None:
        _book_fee(returned, deposit, now=now)
    Refund.objects.filter(id=refund.id).update(returned_at=now)
    was_booked = refund.booked_at is not None
    _return_to_wallet(refund, external_id=str(refund.stripe_id), was_booked=was_booked, reason=reason, now=now)
    if was_booked:
        documents.issue_refund_note(refund_id=refund.id, kind=DocumentKind.RETURNED_REFUND_NOTE, now=now)


def _book_fee(moved: stripe.MoneyMoved, deposit: Deposit, *, now: datetime) -> None:
    # In another currency it is part of what a person has seen to.
    if moved.currency == deposit.currency:
        record_fee(
            balance_transaction_id=moved.balance_transaction_id,
            fee_minor=moved.fee_minor,
            currency=deposit.currency,
            now=now,
        )


def _return_to_wallet(refund: Refund, *, external_id: str, was_booked: bool, reason: str, now: datetime) -> None:
    """The money is the sponsor's again: from our balance where it had left that, else from where it waited."""
    deposit = Deposit.objects.get(id=refund.deposit_id)
    wallet = accounts.wallet(organisation_id=deposit.organisation_id, currency=deposit.currency)
    waiting = accounts.refunding(organisation_id=deposit.organisation_id, currency=deposit.currency)
    entry = ledger.Entry(
        kind=EntryKind.REFUND_FAILED,
        external_id=external_id,
        legs=(
            ledger.Leg(
                debit=accounts.cash(deposit.currency) if was_booked else waiting,
                credit=wallet,
                amount_minor=refund.amount_minor,
            ),
        ),
        occurred_at=now,
        cause=f"refund {refund.id}",
        reason=reason,
    )
    ledger.record([entry])
    announcing.refunded(refund=refund, deposit=deposit, type_=EventType.REFUND_FAILED, now=now)
    receivables.recover(
        organisation_id=deposit.organisation_id, currency=deposit.currency, because=external_id, now=now
    )
