"""Proving a batch: Stripe is asked for its own transfers of that week, and everything is laid side by side."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cliphaven.foundation.errors import ProviderFailed, Refused
from cliphaven.foundation.transactions import no_transaction
from cliphaven.payouts.models import Batch
from cliphaven.payouts.queries import proofs
from cliphaven.payouts.queries.proofs import AtStripe, BatchProof
from cliphaven.providers import stripe

# Clocks differ a little; a transfer that was adopted may be older than its booking.
SLACK = timedelta(hours=1)


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
    try:
        listed = stripe.transfers_between(since=batch.planned_at - SLACK, until=(batch.done_at or now) + SLACK)
    except ProviderFailed:
        return None
    return [
        AtStripe(
            stripe_id=facts.stripe_id,
            amount_minor=facts.amount_minor,
            currency=facts.currency,
            destination=facts.destination,
        )
        for facts in listed
        if facts.group.startswith(group)
    ]
