"""What staff rely on and what runs by itself, or when one of them asks."""

from cliphaven.backoffice.operations import reconciliation
from cliphaven.foundation import clock, jobs


# Nightly; a Stripe that does not answer is asked again for some two hours.
@jobs.task(queue=jobs.Queue.BOOKS, name="backoffice.reconcile", retries=12)
def reconcile(**_: object) -> None:
    """Hold the books against Stripe."""
    reconciliation.reconcile(now=clock.now())
