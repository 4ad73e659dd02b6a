"""Above a limit two of the staff must agree before anything is sent; and what the staff can do to a week's batch."""

from datetime import datetime

from cliphaven.earnings import operations as earnings
from cliphaven.foundation import jobs
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.outgoing.sender import due
from cliphaven.foundation.transactions import own_transaction
from cliphaven.payouts import rules
from cliphaven.payouts.models import Act, BankPayout, Batch, BatchState, Transfer
from cliphaven.payouts.operations import acts, batches, settlement
from cliphaven.payouts.queries import acts as done
from cliphaven.payouts.queries.history import SENT_BACK
from cliphaven.payouts.rules import TransferState

RELEASES_NEEDED = 2
# Of transfers and of payouts, so many are driven on at once; the sweep sees to what may be left.
RESUMED_MAX = 100_000
SENT_BACK_SENTENCE = "This run was taken back for a check before anything was sent. The money is back in your balance."


class NoSuchBatch(Refused):
    """No batch of this week was ever planned."""

    code = "no_such_batch"


class NotAwaitingRelease(Refused):
    """The batch needs no release, has all it needs, or was sent back."""

    code = "not_awaiting_release"


class ReleasedBefore(Refused):
    """One person's word counts once."""

    code = "released_before"


class NotSending(Refused):
    """Only a batch that is planned or running can be stopped."""

    code = "not_sending"


class NotStopped(Refused):
    """There is no such batch, or it goes on already."""

    code = "not_stopped"


class NotSentBack(Refused):
    """There is nothing to plan again: the week's batch was not sent back, or another week is due."""

    code = "not_sent_back"


@own_transaction
def release(*, week: str, staff_id: int, request_key: str = "", now: datetime) -> int:
    """Say that a week's batch may go; with the second person's word it goes. Answers how many words are missing.

    Raises NoSuchBatch, NotAwaitingRelease, ReleasedBefore, NotStaff or KeyUsedBefore.
    """
    batch = _locked(week)
    so_far = done.releasers(batch_id=batch.id)
    if done.done_before(staff_id=staff_id, request_key=request_key) is None:
        _check_awaits(batch)
        if staff_id in so_far:
            raise ReleasedBefore("You have released this batch already. Somebody else has to, too.")
    if not acts.record(act=Act.RELEASED, staff_id=staff_id, batch_id=batch.id, request_key=request_key, now=now):
        return max(0, RELEASES_NEEDED - len(so_far))
    missing = RELEASES_NEEDED - len(so_far) - 1
    if missing <= 0:
        batch.state = BatchState.PLANNED
        batch.save(update_fields=["state"])
        batches.start(batch_id=batch.id, now=now)
    return max(0, missing)


@own_transaction
def send_back(*, week: str, staff_id: int, reason: str, request_key: str = "", now: datetime) -> None:
    """Take back a batch that waits for its release: nothing of it was sent, and all of it is payable again.

    The week may be planned once more. Raises NoSuchBatch, NotAwaitingRelease, ReasonMissing, NotStaff, KeyUsedBefore.
    """
    batch = _locked(week)
    if done.done_before(staff_id=staff_id, request_key=request_key) is None:
        _check_awaits(batch)
    if not acts.record(
        act=Act.SENT_BACK,
        staff_id=staff_id,
        batch_id=batch.id,
        reason=reason,
        needs_reason=True,
        request_key=request_key,
        now=now,
    ):
        return
    batch.state = BatchState.SENT_BACK
    batch.done_at = now
    batch.save(update_fields=["state", "done_at"])
    reserved = Transfer.objects.filter(batch=batch, state=TransferState.RESERVED)
    # Locked before their accruals, as everywhere; what somebody made at Stripe by hand meanwhile is not among them.
    locked = list(reserved.select_for_update(no_key=True).order_by("id"))
    earnings.release_from_transfers(
        releases=[
            earnings.Release(
                transfer_id=transfer.id,
                creator_id=transfer.creator_id,
                currency=transfer.currency,
                amount_minor=transfer.amount_minor,
            )
            for transfer in locked
        ],
        cause=f"batch {batch.iso_week} sent back",
        reason="batch sent back",
        now=now,
    )
    reserved.update(
        state=TransferState.RELEASED.value,
        failure_code=SENT_BACK,
        failure_sentence=SENT_BACK_SENTENCE,
        settled_at=now,
    )


@own_transaction
def plan_again(*, week: str, staff_id: int, request_key: str = "", now: datetime) -> None:
    """Have a week whose batch was sent back planned once more, with what is owed then: by a job, as accounts are read.

    Raises NoSuchBatch, NotSentBack (also for a week that is over: the next Monday pays what it left), NotStaff or
    KeyUsedBefore.
    """
    batch = _locked(week)
    before = done.done_before(staff_id=staff_id, request_key=request_key)
    if before is None:
        _check_may_be_planned_again(batch, now=now)
    elif before.act == Act.PLANNED_AGAIN and before.batch is not None and before.batch.iso_week == week:
        return  # the week's latest batch may be the one that was planned since
    if acts.record(act=Act.PLANNED_AGAIN, staff_id=staff_id, batch_id=batch.id, request_key=request_key, now=now):
        # The hourly look finds it as well, should this job be lost.
        jobs.defer("payouts.plan_weekly_batch", at_most_one_waiting=f"plan-again:{week}")


@own_transaction
def stop(*, week: str, staff_id: int, reason: str, request_key: str = "", now: datetime) -> None:
    """Send nothing more of a week's batch until somebody lets it go on; what is at Stripe goes its way.

    Raises NoSuchBatch, NotSending, ReasonMissing, NotStaff or KeyUsedBefore.
    """
    batch = _locked(week)
    if done.done_before(staff_id=staff_id, request_key=request_key) is None and batch.state not in batches.SENDS:
        raise NotSending(f"The batch of {week} is not sending: there is nothing to stop.")
    if acts.record(
        act=Act.STOPPED,
        staff_id=staff_id,
        batch_id=batch.id,
        reason=reason,
        needs_reason=True,
        request_key=request_key,
        now=now,
    ):
        batches.stop(batch_id=batch.id, reason=" ".join(reason.split()))


@own_transaction
def resume(*, week: str, staff_id: int, request_key: str = "", now: datetime) -> None:
    """Let a stopped batch go on, all of it at once. Raises NoSuchBatch, NotStopped, NotStaff or KeyUsedBefore."""
    batch = _locked(week)
    is_new = done.done_before(staff_id=staff_id, request_key=request_key) is None
    if is_new and batch.state != BatchState.STOPPED:
        raise NotStopped(f"The batch of {week} is not stopped.")
    if acts.record(act=Act.RESUMED, staff_id=staff_id, batch_id=batch.id, request_key=request_key, now=now):
        Batch.objects.filter(id=batch.id).update(state=BatchState.RUNNING, stop_reason="")
        _drive_on(batch, now=now)


def _drive_on(batch: Batch, *, now: datetime) -> None:
    """Defer a job for everything of a batch that has something due: the sweep alone would take hours."""
    transfer_ids = due(Transfer.objects.filter(batch=batch), now=now, most=RESUMED_MAX)
    jobs.defer_each("payouts.send_transfer", {f"transfer:{id_}": {"transfer_id": id_} for id_ in transfer_ids})
    payout_ids = due(BankPayout.objects.filter(batch=batch), now=now, most=RESUMED_MAX)
    jobs.defer_each(settlement.SEND, {f"{settlement.SEND}:{id_}": {"bank_payout_id": id_} for id_ in payout_ids})


def _locked(week: str) -> Batch:
    """The week's latest batch, locked."""
    latest = Batch.objects.select_for_update(no_key=True).filter(iso_week=week).order_by("-number").first()
    if latest is None:
        raise NoSuchBatch(f"No batch of {week} was planned.")
    return latest


def _check_awaits(batch: Batch) -> None:
    if batch.state != BatchState.AWAITING_RELEASE:
        raise NotAwaitingRelease(f"The batch of {batch.iso_week} does not wait for a release.")


def _check_may_be_planned_again(batch: Batch, *, now: datetime) -> None:
    week = batch.iso_week
    if week != rules.due_week(now):
        raise NotSentBack(f"{week} is over. What it left is in the next run, on {rules.next_payday(now):%d %B}.")
    if batch.state != BatchState.SENT_BACK or batch.number != batches.FIRST:
        raise NotSentBack(f"The batch of {week} was not sent back, or was planned again already.")
    if done.planned_again_at(batch_id=batch.id) is not None:
        raise NotSentBack(f"{week} is being planned again already.")
