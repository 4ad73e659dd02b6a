"""Stripe's own list of what moved on a balance, brought into the house page by page."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.payouts.models import BalanceTransaction, BalanceTransactionImport
from cliphaven.providers import stripe

# Of one balance in one call: half a million. What is left over is brought in by the next call.
PAGES_MAX = 5_000
# Read again each time, should Stripe ever list something older than what it listed before.
OVERLAP = timedelta(hours=1)


def _say_nothing(_: int) -> None:
    pass


@no_transaction
def bring_in(*, stripe_account: str, now: datetime, tell: Callable[[int], None] = _say_nothing) -> bool:
    """Bring in what is new on a balance ("" is the platform's own); answers whether Stripe's list was read to its end.

    First back to the list's beginning, once for ever, then on from the newest that is here. Each page is kept as it
    comes: whoever is broken off goes on from there, and doing it twice, also at once, changes nothing. `tell` hears
    of every page how many it had. Raises ProviderFailed.
    """
    connected = stripe_account or None
    progress = _progress(stripe_account=stripe_account)
    reaches_back, oldest = progress.reaches_back, progress.oldest
    pages_left = PAGES_MAX
    while not reaches_back and pages_left:
        page = stripe.balance_transactions_before(oldest or None, connected_account=connected)
        if not page.found:  # nothing has ever moved here
            _note(stripe_account=stripe_account, complete_until=now)
            return True
        oldest, reaches_back = page.found[-1].stripe_id, not page.has_more
        _keep(stripe_account=stripe_account, page=page, now=now, oldest=oldest, reaches_back=reaches_back)
        pages_left -= 1
        tell(len(page.found))
    cursor = _go_on_from(stripe_account=stripe_account)
    while pages_left:
        page = stripe.balance_transactions_after(cursor, connected_account=connected)
        if page.found:
            cursor = page.found[-1].stripe_id
            _keep(stripe_account=stripe_account, page=page, now=now, newest=cursor)
        pages_left -= 1
        tell(len(page.found))
        if not page.has_more:
            _note(stripe_account=stripe_account, complete_until=now)
            return True
    return False


@own_transaction
def _progress(*, stripe_account: str) -> BalanceTransactionImport:
    progress, _ = BalanceTransactionImport.objects.get_or_create(stripe_account=stripe_account)
    return progress


@own_transaction
def _keep(*, stripe_account: str, page: stripe.BalanceTransactionPage, now: datetime, **progress: Any) -> None:
    BalanceTransaction.objects.bulk_create(
        [
            BalanceTransaction(
                stripe_account=stripe_account,
                stripe_id=facts.stripe_id,
                type=facts.type[:64],
                reporting_category=facts.reporting_category[:64],
                amount_minor=facts.amount_minor,
                fee_minor=facts.fee_minor,
                net_minor=facts.net_minor,
                currency=facts.currency,
                exchange_rate=facts.exchange_rate[:32],
                source=facts.source[:64],
                refers_to=facts.refers_to[:64],
                source_note=facts.source_note,
                gives_back=facts.gives_back[:64],
                created_at=facts.created_at,
                available_on=facts.available_on,
                imported_at=now,
            )
            for facts in page.found
        ],
        ignore_conflicts=True,
    )
    ours = BalanceTransactionImport.objects.filter(stripe_account=stripe_account)
    ours.update(**progress)
    # Only the first page of all says where going on begins. A second reader's first page may lie ahead of ours with a
    # gap between them; going on from the first one fills it.
    ours.filter(newest="").update(newest=page.found[0].stripe_id)


@own_transaction
def _note(*, stripe_account: str, complete_until: datetime) -> None:
    BalanceTransactionImport.objects.filter(stripe_account=stripe_account).update(complete_until=complete_until)


def _go_on_from(*, stripe_account: str) -> str:
    """The id from which to read on: an hour before the newest that is here, or the first of all."""
    here = BalanceTransaction.objects.filter(stripe_account=stripe_account)
    newest = BalanceTransactionImport.objects.values_list("newest", flat=True).get(stripe_account=stripe_account)
    newest_at = here.values_list("created_at", flat=True).get(stripe_id=newest)
    earlier = here.filter(created_at__lte=newest_at - OVERLAP).order_by("-created_at", "id")
    first = here.order_by("created_at", "-id")
    return earlier.values_list("stripe_id", flat=True).first() or first.values_list("stripe_id", flat=True)[0]
