"""What waits for a person in money in: asked about anew, or settled with a note by one who has seen to it.

Whoever looks again changes nothing by hand: Stripe is asked, and what it says is booked or left as it was. Whoever
settles says that what the books cannot tell was put right otherwise, by a correction or at Stripe.
"""

from datetime import datetime

from cliphaven.campaigns.models import Act, Deposit, DepositState, Dispute, Refund
from cliphaven.campaigns.operations import acts, disputes, refund_bookings, refunds, wallet
from cliphaven.campaigns.rules.refunds import RefundState
from cliphaven.foundation import money
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.outgoing import rules as outgoing
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.providers import stripe


class NotInReview(Refused):
    """There is no such thing, or it does not wait for a person."""

    code = "not_in_review"


class NotYetKnown(Refused):
    """What became of it at Stripe cannot be told yet."""

    code = "not_yet_known"


@no_transaction
def look_again_at_deposit(*, deposit_id: int, staff_id: int, now: datetime) -> str:
    """Ask Stripe for a payment in review again; answers in words what came of it.

    Raises NotInReview, NotStaff, and ProviderFailed.
    """
    deposit = _note_look_at_deposit(deposit_id=deposit_id, staff_id=staff_id, now=now)
    if deposit.checkout_session_id is not None:
        wallet.settle_deposit(checkout_session_id=deposit.checkout_session_id, now=now)
    deposit.refresh_from_db()
    if deposit.state == DepositState.NEEDS_REVIEW:
        return f"Stripe says the same as before: {deposit.review_reason}"
    return "The payment is in the books now"


@own_transaction
def look_again_at_refund(*, refund_id: int, staff_id: int, now: datetime) -> str:
    """Let a refund in review be looked up at Stripe anew; answers in words what will come of it.

    Raises NotInReview and NotStaff.
    """
    if not refunds.look_again(refund_id=refund_id, now=now):
        raise NotInReview("This refund does not wait for a person")
    acts.record(act=Act.LOOKED_AGAIN, staff_id=staff_id, refund_id=refund_id, now=now)
    return "The refund is looked up at Stripe within five minutes"


@no_transaction
def look_again_at_dispute(*, dispute_id: int, staff_id: int, now: datetime) -> str:
    """Read a dispute in review again; answers in words what came of it.

    Raises NotInReview, NotStaff, and ProviderFailed.
    """
    dispute = _note_look_at_dispute(dispute_id=dispute_id, staff_id=staff_id, now=now)
    disputes.settle_dispute(stripe_id=dispute.stripe_id, now=now)
    dispute.refresh_from_db()
    if dispute.review_reason:
        return f"Stripe says the same as before: it {dispute.review_reason}"
    return "What the dispute moved is in the books now"


@own_transaction
def settle_deposit(*, deposit_id: int, staff_id: int, note: str, request_key: str = "", now: datetime) -> None:
    """One of the staff says how a payment that the books cannot tell was seen to: it is never booked afterwards.

    The same `request_key` again changes nothing. Raises NotInReview, and what `acts.record` does.
    """
    deposit = Deposit.objects.select_for_update(no_key=True).filter(id=deposit_id).first()
    if deposit is None:
        raise NotInReview("There is no such payment")
    if not acts.record(
        act=Act.SETTLED,
        staff_id=staff_id,
        deposit_id=deposit_id,
        note=note,
        needs_note=True,
        request_key=request_key,
        now=now,
    ):
        return
    if deposit.state != DepositState.NEEDS_REVIEW:
        raise NotInReview("This payment does not wait for a person")
    Deposit.objects.filter(id=deposit_id).update(state=DepositState.SEEN_TO, settled_at=now)


@no_transaction
def settle_refund(*, refund_id: int, staff_id: int, note: str, request_key: str = "", now: datetime) -> str:
    """End a refund in review as Stripe has it: booked as it was asked for, or back in the wallet where it has none.

    Whatever else Stripe moved was seen to, says the note. Answers in words what became of the money. The same
    `request_key` again changes nothing. Raises NotInReview, NotYetKnown, RefundNotSettled, what `acts.record` does, and
    ProviderFailed.
    """
    refund = Refund.objects.select_related("request", "deposit").filter(id=refund_id).first()
    if refund is None:
        raise NotInReview("There is no such refund")
    there = [facts for facts in refunds.at_stripe(refund=refund) if refund.stripe_id in (None, facts.stripe_id)]
    # One that failed is the refund only where no other is on its way.
    there.sort(key=lambda facts: facts.status in (RefundState.FAILED, RefundState.CANCELED))
    if not there and outgoing.others_may_send(last_claimed_to_send_at=refund.last_claimed_to_send_at, now=now):
        raise NotYetKnown("This refund may still be on its way to Stripe: try again in two hours")
    refund_bookings.settle(
        refund_id=refund_id,
        facts=there[0] if there else None,
        staff_id=staff_id,
        note=note,
        request_key=request_key,
        now=now,
    )
    refund.refresh_from_db()
    amount = money.formatted(refund.amount_minor, currency=refund.deposit.currency)
    is_back = refund.returned_at is not None
    return f"{amount} is back in the wallet" if is_back else f"{amount} stands in the books as Stripe has it"


@no_transaction
def settle_dispute(*, dispute_id: int, staff_id: int, note: str, request_key: str = "", now: datetime) -> None:
    """One of the staff says how what a dispute moved, and the books cannot tell, was seen to; the rest is booked.

    The same `request_key` again changes nothing. Raises NotInReview, DisputeNotSettled, what `acts.record` does, and
    ProviderFailed.
    """
    stripe_id = Dispute.objects.filter(id=dispute_id).values_list("stripe_id", flat=True).first()
    if stripe_id is None:
        raise NotInReview("There is no such dispute")
    facts = stripe.dispute(stripe_id)
    disputes.settle(facts=facts, staff_id=staff_id, note=note, request_key=request_key, now=now)
    disputes.take_in(facts=facts, now=now)


@own_transaction
def _note_look_at_deposit(*, deposit_id: int, staff_id: int, now: datetime) -> Deposit:
    deposit = Deposit.objects.filter(id=deposit_id, state=DepositState.NEEDS_REVIEW).first()
    if deposit is None:
        raise NotInReview("This payment does not wait for a person")
    acts.record(act=Act.LOOKED_AGAIN, staff_id=staff_id, deposit_id=deposit_id, now=now)
    return deposit


@own_transaction
def _note_look_at_dispute(*, dispute_id: int, staff_id: int, now: datetime) -> Dispute:
    dispute = Dispute.objects.filter(id=dispute_id).exclude(review_reason="").first()
    if dispute is None:
        raise NotInReview("This dispute does not wait for a person")
    acts.record(act=Act.LOOKED_AGAIN, staff_id=staff_id, dispute_id=dispute_id, now=now)
    return dispute
