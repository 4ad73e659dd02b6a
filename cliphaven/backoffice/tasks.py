"""What staff rely on and what runs by itself, or when one of them asks."""

from cliphaven.backoffice.operations import corrections, proofs, reconciliation
from cliphaven.foundation import clock, jobs


# Nightly; a Stripe that does not answer is asked again for some two hours.
@jobs.task(queue=jobs.Queue.BOOKS, name="backoffice.reconcile", retries=12)
def reconcile(**_: object) -> None:
    """Hold the books against Stripe."""
    reconciliation.reconcile(now=clock.now())


@jobs.task(queue=jobs.Queue.BOOKS, name="backoffice.prove")
def prove(**_: object) -> None:
    """Ask the invariants."""
    proofs.prove(now=clock.now())


@jobs.task(queue=jobs.Queue.BOOKS, name="backoffice.expire_corrections")
def expire_corrections(**_: object) -> None:
    """Let go of proposals that nobody decided."""
    corrections.expire(now=clock.now())
