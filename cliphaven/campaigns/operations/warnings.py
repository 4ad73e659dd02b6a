"""Card networks' early warnings: a warned payment's money is kept together for two weeks, so that it can go back.

A pause ends by itself, by a person, or when the payment was given back in full.
"""

from datetime import datetime

from cliphaven.campaigns.models import Act, Deposit, SpendPause
from cliphaven.campaigns.operations import acts, wallet
from cliphaven.campaigns.queries import payments
from cliphaven.campaigns.rules.disputes import PauseReason, warned_until
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.providers import stripe

LIFTED_AT_ONCE_MAX = 500


class PauseNotLifted(Refused):
    """The pause cannot be lifted by a person."""

    code = "pause_not_lifted"


@no_transaction
def settle_warning(*, stripe_id: str, now: datetime) -> str:
    """Read a warning and keep its payment's money together; says in words what was done. Raises ProviderFailed."""
    return take_in(facts=stripe.fraud_warning(stripe_id), now=now)


@no_transaction
def take_in(*, facts: stripe.WarningFacts, now: datetime) -> str:
    """Keep the money of a warned payment together, once; says in words what was done. Raises ProviderFailed."""
    deposit_id = wallet.settle_charge(charge_id=facts.charge_id, now=now)
    if deposit_id is None:
        return "no payment of ours"
    is_new = _pause(deposit_id=deposit_id, facts=facts)
    return "keeps the payment's money together" if is_new else "known already"


@own_transaction
def lift(*, pause_id: int, user_id: int, because: str, request_key: str = "", now: datetime) -> None:
    """One of the staff ends a warning's pause, with a reason; the same `request_key` again changes nothing.

    A chargeback's pause is not for a person to end: it ends when nothing is owed. Raises PauseNotLifted, and what
    `acts.record` does.
    """
    pause = SpendPause.objects.select_for_update(no_key=True).filter(id=pause_id).first()
    if pause is None:
        raise PauseNotLifted("There is no such pause")
    if not acts.record(
        act=Act.LIFTED,
        staff_id=user_id,
        pause_id=pause_id,
        note=because,
        needs_note=True,
        request_key=request_key,
        now=now,
    ):
        return
    if pause.lifted_at is not None:
        raise PauseNotLifted("This pause is over already")
    if pause.reason != PauseReason.FRAUD_WARNING:
        raise PauseNotLifted("A chargeback's pause ends when the sponsor owes nothing more")
    SpendPause.objects.filter(id=pause_id).update(
        lifted_at=now, lifted_by_id=user_id, lifted_because=" ".join(because.split())[:200]
    )


@own_transaction
def lift_what_is_over(*, now: datetime) -> int:
    """Close warnings whose time is over or whose payment has nothing left to take; answers how many."""
    warned = SpendPause.objects.filter(reason=PauseReason.FRAUD_WARNING, lifted_at=None)
    rows = list(warned.select_for_update(skip_locked=True, no_key=True).order_by("id")[:LIFTED_AT_ONCE_MAX])
    live = set(payments.live_warnings(now).filter(id__in=[row.id for row in rows]).values_list("id", flat=True))
    left = {
        paid.deposit_id: paid.left_minor
        for whose in {(row.organisation_id, row.currency) for row in rows}
        for paid in payments.payments(organisation_id=whose[0], currency=whose[1], now=now)
    }
    lifted = 0
    for row in rows:
        because = "nothing is left of the payment" if not left.get(row.deposit_id) else "no dispute followed"
        if row.id not in live or not left.get(row.deposit_id):
            lifted += SpendPause.objects.filter(id=row.id).update(lifted_at=now, lifted_because=because)
    return lifted


@own_transaction
def _pause(*, deposit_id: int, facts: stripe.WarningFacts) -> bool:
    deposit = Deposit.objects.select_for_update(no_key=True).get(id=deposit_id)
    _, is_new = SpendPause.objects.get_or_create(
        warning_id=facts.stripe_id,
        defaults={
            "organisation_id": deposit.organisation_id,
            "currency": deposit.currency,
            "reason": PauseReason.FRAUD_WARNING,
            "deposit": deposit,
            "paused_since": facts.warned_at,
            "lasts_until": warned_until(facts.warned_at),
        },
    )
    return is_new
