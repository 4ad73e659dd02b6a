"""Pausing one creator's payouts: nothing new is planned or sent, and the creator is told why and what to do."""

from datetime import datetime

from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction, own_transaction
from cliphaven.identity import operations as identity
from cliphaven.identity import queries as people
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind
from cliphaven.payouts.models import Act, BankPayout, BatchState, PauseReason, PayoutPause, Transfer
from cliphaven.payouts.operations import acts, batches, settlement
from cliphaven.payouts.queries import acts as done
from cliphaven.payouts.queries import pauses
from cliphaven.payouts.rules import BankPayoutState, TransferState


class NoSuchCreator(Refused):
    """Only somebody who creates can be paused."""

    code = "no_such_creator"


class PausedBefore(Refused):
    """These payouts are paused already."""

    code = "paused_before"


class NotPaused(Refused):
    """These payouts are not paused."""

    code = "not_paused"


@own_transaction
def pause(
    *, creator_id: int, staff_id: int, reason: PauseReason, note: str, request_key: str = "", now: datetime
) -> None:
    """Pause a creator's payouts until somebody lets them go on; the creator is told `reason`, the staff also `note`.

    Transfers that are reserved wait. What is with Stripe already goes its way to the creator's bank, unless the reason
    is that somebody else may have been in the account: then what has not left for a bank waits, too.
    Raises NoSuchCreator, PausedBefore, ReasonMissing, NotStaff or KeyUsedBefore.
    """
    lock_creator(creator_id=creator_id)
    if done.done_before(staff_id=staff_id, request_key=request_key) is None and pauses.live(creator_id=creator_id):
        raise PausedBefore("These payouts are paused already.")
    if not acts.record(
        act=Act.PAUSED,
        staff_id=staff_id,
        creator_id=creator_id,
        reason=note,
        needs_reason=True,
        request_key=request_key,
        now=now,
    ):
        return
    begin(creator_id=creator_id, reason=reason, note=" ".join(note.split()), by_creator=False, now=now)


@joined_transaction
def begin(*, creator_id: int, reason: PauseReason, note: str, by_creator: bool, now: datetime) -> None:
    """Pause a creator who is locked and not paused, on the staff's word or `by_creator`'s own; they are told."""
    row = PayoutPause.objects.create(
        creator_id=creator_id, reason=reason, note=note, by_creator=by_creator, paused_at=now
    )
    # A worker that is about to claim one of them holds its row: then it has been sent, and this leaves it alone. What
    # becomes reserved again meanwhile is held by whoever wants to send it.
    Transfer.objects.filter(creator_id=creator_id, state=TransferState.RESERVED).update(due_at=batches.NOT_DUE)
    if pauses.keeps_from_bank(creator_id=creator_id) is not None:
        BankPayout.objects.filter(creator_id=creator_id, state=BankPayoutState.WAITING_FOR_FUNDS).update(
            failure_code=pauses.PAUSED, failure_sentence=pauses.sentence(PauseReason(reason))
        )
    notifications.queue_message(
        user_id=creator_id,
        key=f"payout-pause:{row.id}",
        kind=Kind.MONEY,
        subject="Your payouts are paused",
        text=f"{row.get_reason_display()}. {pauses.WHAT_TO_DO[reason]}.\n\n"
        "The money stays yours, and you go on earning. We tell you when payouts go on.",
        link="/creator/payouts/",
        now=now,
    )


@own_transaction
def resume(*, creator_id: int, staff_id: int, reason: str = "", request_key: str = "", now: datetime) -> None:
    """Let a creator's payouts go on; the creator is told. Raises NoSuchCreator, NotPaused, NotStaff, KeyUsedBefore."""
    lock_creator(creator_id=creator_id)
    row = pauses.live(creator_id=creator_id)
    if done.done_before(staff_id=staff_id, request_key=request_key) is None and row is None:
        raise NotPaused("These payouts are not paused.")
    is_new = acts.record(
        act=Act.UNPAUSED, staff_id=staff_id, creator_id=creator_id, reason=reason, request_key=request_key, now=now
    )
    if not is_new or row is None:
        return
    PayoutPause.objects.filter(id=row.id).update(resumed_at=now)
    held = Transfer.objects.filter(creator_id=creator_id, state=TransferState.RESERVED, due_at=batches.NOT_DUE)
    going = held.exclude(batch__state=BatchState.AWAITING_RELEASE)
    batches.let_go(transfer_ids=going.values_list("id", flat=True), now=now)
    _let_payouts_go(creator_id=creator_id, now=now)
    notifications.queue_message(
        user_id=creator_id,
        key=f"payout-pause:{row.id}:over",
        kind=Kind.MONEY,
        subject="Your payouts go on",
        text="Your payouts are no longer paused. What is payable goes out with the next run.",
        link="/creator/payouts/",
        now=now,
    )


def _let_payouts_go(*, creator_id: int, now: datetime) -> None:
    held = BankPayout.objects.filter(
        creator_id=creator_id, state=BankPayoutState.WAITING_FOR_FUNDS, failure_code=pauses.PAUSED
    )
    ids = list(held.order_by("id").values_list("id", flat=True))
    held.filter(id__in=ids).update(due_at=now, failure_code="", failure_sentence="")
    for bank_payout_id in ids:
        settlement.defer(task=settlement.SEND, bank_payout_id=bank_payout_id)


@joined_transaction
def lock_creator(*, creator_id: int) -> None:
    """Two who pause or resume the same creator take turns. Raises NoSuchCreator."""
    person = identity.lock_person(user_id=creator_id)
    if person is None or not people.faces_of(person).creates:
        raise NoSuchCreator("There is no such creator.")
