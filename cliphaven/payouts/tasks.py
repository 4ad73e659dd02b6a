"""What the room does by itself or later. The state of the rows is the queue: a job that is lost is deferred again."""

from cliphaven.foundation import clock, jobs
from cliphaven.payouts.operations import (
    alarms,
    bank_payouts,
    batches,
    gates,
    onboarding,
    rehearsals,
    reversals,
    settlement,
    transfers,
)

# 2, 4, 8 … seconds apart: for some two hours.
PLAN_RETRIES = 12


@jobs.task(queue=jobs.Queue.PAYOUTS, name="payouts.plan_weekly_batch", retries=PLAN_RETRIES)
def plan_weekly_batch(**_: object) -> None:
    """Plan the week's batch, unless it stands."""
    batches.plan_weekly_batch(now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUT_RETRIES, name="payouts.read_ahead")
def read_ahead(**_: object) -> None:
    """Read the accounts of those whom the next payday will pay."""
    gates.read_ahead(now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUTS, name="payouts.send_transfer")
def send_transfer(*, transfer_id: int, **_: object) -> None:
    """Phase 1 for one item."""
    transfers.send(transfer_id=transfer_id, now=clock.now(), read_clock=clock.now)


@jobs.task(queue=jobs.Queue.PAYOUTS, name="payouts.sweep_transfers")
def sweep_transfers(**_: object) -> None:
    """Drive on every transfer that is not final."""
    transfers.sweep(now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUT_RETRIES, name="payouts.send_reversal")
def send_reversal(*, reversal_id: int, **_: object) -> None:
    """Take one transfer back."""
    reversals.send(reversal_id=reversal_id, now=clock.now(), read_clock=clock.now)


@jobs.task(queue=jobs.Queue.PAYOUT_RETRIES, name="payouts.read_reversals")
def read_reversals(*, transfer_id: int, **_: object) -> None:
    """Read what Stripe took back of one transfer."""
    reversals.read(transfer_id=transfer_id, now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUT_RETRIES, name="payouts.sweep_reversals")
def sweep_reversals(**_: object) -> None:
    """Drive on every transfer that is taken back."""
    reversals.sweep(now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUT_RETRIES, name="payouts.send_bank_payout")
def send_bank_payout(*, bank_payout_id: int, **_: object) -> None:
    """Phase 2 for one row: it may wait for funds as often as it takes."""
    bank_payouts.send(bank_payout_id=bank_payout_id, now=clock.now(), read_clock=clock.now)


@jobs.task(queue=jobs.Queue.PAYOUT_RETRIES, name="payouts.settle_bank_payout")
def settle_bank_payout(*, bank_payout_id: int, **_: object) -> None:
    """Read one payout again."""
    settlement.settle(bank_payout_id=bank_payout_id, now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUT_RETRIES, name="payouts.refresh_account")
def refresh_account(*, stripe_id: str, **_: object) -> None:
    """Read one connected account again."""
    onboarding.refresh(stripe_id=stripe_id, now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUT_RETRIES, name="payouts.sweep_bank_payouts")
def sweep_bank_payouts(**_: object) -> None:
    """Drive on every payout that is not final, and close finished batches."""
    settlement.sweep(now=clock.now())


# In the queue of the mails: an alarm must sound although nothing in the queues of the money runs.
@jobs.task(queue=jobs.Queue.NOTIFICATIONS, name="payouts.sound_alarms")
def sound_alarms(**_: object) -> None:
    """Tell the staff what about payday they must see now."""
    alarms.sound(now=clock.now())


@jobs.task(queue=jobs.Queue.NOTIFICATIONS, name="payouts.mail_rehearsal", retries=5)
def mail_rehearsal(**_: object) -> None:
    """On Sundays, tell the staff what Monday will do."""
    rehearsals.mail_rehearsal(now=clock.now())
