"""Above a limit two of the staff must agree before anything is sent; and what the staff can do to a week's batch."""

from datetime import datetime

from cliphaven.earnings import operations as earnings
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import own_transaction
from cliphaven.payouts.models import Act, Batch, BatchState, Transfer
from cliphaven.payouts.operations import acts, batches
from cliphaven.payouts.queries import acts as done
from cliphaven.payouts.queries.history import SENT_BACK
from cliphaven.payouts.rules import TransferState

RELEASES_NEEDED = 2
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
    reserved = Transfer.objects.filter(batch=batch, state=TransferState.RESERVED).order_by("id")
    for transfer in reserved:
        earnings.release_from_transfer(
            transfer_id=transfer.id,
            creator_id=transfer.creator_id,
            currency=transfer.currency,
            amount_minor=transfer.amount_minor,
            reason="batch sent back",
            now=now,
        )
    # All at once: nobody else can hold a transfer that was never due.
    reserved.update(
        state=TransferState.RELEASED.value,
        failure_code=SENT_BACK,
        failure_sentence=SENT_BACK_SENTENCE,
        settled_at=now,
    )


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
    """Let a stopped batch go on. Raises NoSuchBatch, batches.NotStopped, NotStaff or KeyUsedBefore."""
    batch = _locked(week)
    is_new = done.done_before(staff_id=staff_id, request_key=request_key) is None
    if is_new and batch.state != BatchState.STOPPED:
        raise batches.NotStopped(f"No batch of {week} is stopped.")
    if acts.record(act=Act.RESUMED, staff_id=staff_id, batch_id=batch.id, request_key=request_key, now=now):
        Batch.objects.filter(id=batch.id).update(state=BatchState.RUNNING, stop_reason="")


def _locked(week: str) -> Batch:
    """The week's latest batch, locked."""
    latest = Batch.objects.select_for_update(no_key=True).filter(iso_week=week).order_by("-number").first()
    if latest is None:
        raise NoSuchBatch(f"No batch of {week} was planned.")
    return latest


def _check_awaits(batch: Batch) -> None:
    if batch.state != BatchState.AWAITING_RELEASE:
        raise NotAwaitingRelease(f"The batch of {batch.iso_week} does not wait for a release.")
