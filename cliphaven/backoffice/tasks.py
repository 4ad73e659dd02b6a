"""What staff rely on and what runs by itself, or when one of them asks."""

from cliphaven.backoffice.operations import corrections, money_in, proofs, reconciliation, vendor_alarms
from cliphaven.foundation import clock, jobs
from cliphaven.ledger.queries import EVERYTHING


# Nightly; a Stripe that does not answer is asked again for some two hours.
@jobs.task(queue=jobs.Queue.BOOKS, name="backoffice.reconcile", retries=12)
def reconcile(**_: object) -> None:
    """Hold the books against Stripe."""
    reconciliation.reconcile(now=clock.now())


@jobs.task(queue=jobs.Queue.BOOKS, name="backoffice.prove")
def prove(**_: object) -> None:
    """Ask the invariants."""
    proofs.prove(now=clock.now())


@jobs.task(queue=jobs.Queue.BOOKS, name="backoffice.prove_everything")
def prove_everything(**_: object) -> None:
    """Ask the invariants of everything there is, however long it takes."""
    proofs.prove(now=clock.now(), limits=EVERYTHING)


@jobs.task(queue=jobs.Queue.BOOKS, name="backoffice.expire_corrections")
def expire_corrections(**_: object) -> None:
    """Let go of proposals that nobody decided."""
    corrections.expire(now=clock.now())


# In the queue of the mails: an alarm must sound although nothing in the queues of the money runs.
@jobs.task(queue=jobs.Queue.NOTIFICATIONS, name="backoffice.sound_money_in")
def sound_money_in(**_: object) -> None:
    """Tell the staff what of money in waits for them."""
    money_in.sound(now=clock.now())


@jobs.task(queue=jobs.Queue.NOTIFICATIONS, name="backoffice.sound_vendor_alarms")
def sound_vendor_alarms(**_: object) -> None:
    """Tell the staff that a vendor of counts refuses us, or bills what is not ours."""
    vendor_alarms.sound(now=clock.now())
