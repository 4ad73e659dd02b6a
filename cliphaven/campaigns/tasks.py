"""Doors for jobs: payments, refunds and disputes whose news never came, documents, and campaigns whose time is over."""

from cliphaven.campaigns.operations import campaigns, disputes, documents, receivables, refunds, wallet, warnings
from cliphaven.foundation import clock, jobs


@jobs.task(queue=jobs.Queue.PAYOUTS, name="campaigns.settle_deposits")
def settle_deposits(**_: object) -> None:
    """Look up every payment that is not settled."""
    wallet.settle_open_deposits(now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUTS, name="campaigns.send_refund")
def send_refund(*, refund_id: int, **_: object) -> None:
    """Send one refund, or find out what became of it."""
    refunds.send(refund_id=refund_id, now=clock.now(), read_clock=clock.now)


@jobs.task(queue=jobs.Queue.PAYOUTS, name="campaigns.sweep_refunds")
def sweep_refunds(**_: object) -> None:
    """Drive refunds on that are not final, and read those again that may still fail."""
    refunds.sweep(now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUTS, name="campaigns.sweep_disputes")
def sweep_disputes(**_: object) -> None:
    """Find disputes and warnings that no letter told of."""
    disputes.sweep(now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUTS, name="campaigns.lift_pauses")
def lift_pauses(**_: object) -> None:
    """Recover what sponsors owe, and close warnings whose time is over."""
    receivables.recover_all(now=clock.now())
    warnings.lift_what_is_over(now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUTS, name="campaigns.issue_invoices")
def issue_invoices(**_: object) -> None:
    """Issue the invoices of the month that is over."""
    documents.issue_invoices(now=clock.now())


@jobs.task(queue=jobs.Queue.PAYOUTS, name="campaigns.complete_ended")
def complete_ended(**_: object) -> None:
    """Complete campaigns whose last day is over."""
    campaigns.complete_ended_campaigns(now=clock.now())
