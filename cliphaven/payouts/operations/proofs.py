"""Proving a batch: Stripe is asked for its own transfers of that week, and everything is laid side by side.

What somebody makes at Stripe weeks later, under the name of an old batch, is found by the reconciliation.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from cliphaven.foundation.errors import ProviderFailed, Refused
from cliphaven.foundation.transactions import no_transaction
from cliphaven.payouts.models import Batch
from cliphaven.payouts.queries import proofs
from cliphaven.payouts.queries.proofs import AtStripe, BatchProof
from cliphaven.providers import stripe

LISTED_MAX = 100_000  # transfers at Stripe that one proof looks through, a hundred at a time


class NothingToProve(Refused):
    """No batch of this week was ever planned."""

    code = "no_such_batch"


@no_transaction
def prove(*, week: str, now: datetime) -> BatchProof:
    """A week's batch beside the books and Stripe, which is asked; nothing is written. Raises NothingToProve."""
    batch = Batch.objects.filter(iso_week=week).order_by("-number").first()
    found = None if batch is None else proofs.batch_proof(week=week, at_stripe=_at_stripe(batch, now=now), now=now)
    if found is None:
        raise NothingToProve(f"No batch of {week} was planned.")
    return found


def _at_stripe(batch: Batch, *, now: datetime) -> Sequence[AtStripe] | None:
    """Stripe's transfers of this batch, by their group; None when Stripe does not say, or has too many to list."""
    group = f"{batch.keys_begin_with}:transfer:{batch.iso_week}:"
    found = []
    looked_at = 0
    try:
        for since, until in proofs.times_of_sending(batch=batch, now=now):
            for facts in _listed(since=since, until=until):
                looked_at += 1
                if looked_at > LISTED_MAX:
                    return None
                if facts.group.startswith(group):
                    found.append(facts)
    except ProviderFailed:
        return None
    return [
        AtStripe(
            stripe_id=facts.stripe_id,
            number=facts.metadata.get("transfer", ""),
            amount_minor=facts.amount_minor,
            currency=facts.currency,
            destination=facts.destination,
        )
        for facts in found
    ]


def _listed(*, since: datetime, until: datetime) -> Iterator[stripe.TransferFacts]:
    page = stripe.transfers_between(since=since, until=until)
    yield from page.found
    while page.has_more:
        page = stripe.transfers_between(since=since, until=until, before=page.found[-1].stripe_id)
        yield from page.found
