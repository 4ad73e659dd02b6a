"""What lies on balances at Stripe as far as it was brought in, and what of it the books wait for."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime

from django.db.models import QuerySet, Sum

from cliphaven.payouts.models import (
    BalanceTransaction,
    BalanceTransactionImport,
    BankPayout,
    ConnectedAccount,
    FormerAccount,
    Transfer,
    TransferReversal,
)
from cliphaven.payouts.rules import BankPayoutState

ACCOUNTS_PER_PAGE = 500
NAMES_AT_ONCE = 5_000


def connected_accounts() -> Iterator[tuple[int, str]]:
    """Every connected account there is, by creator: (creator, id at Stripe), however many.

    Those that left are not among them: Stripe tells us nothing of them any more.
    """
    accounts = ConnectedAccount.objects.filter(stripe_id__isnull=False).order_by("creator_id")
    last = 0
    while page := list(accounts.filter(creator_id__gt=last).values_list("creator_id", "stripe_id")[:ACCOUNTS_PER_PAGE]):
        yield from ((creator_id, str(stripe_id)) for creator_id, stripe_id in page)
        last = page[-1][0]


def connected_accounts_count() -> int:
    """How many of them there are."""
    return ConnectedAccount.objects.filter(stripe_id__isnull=False).count()


def owners() -> dict[str, int]:
    """The creator behind each connected account, also behind those that left."""
    now = ConnectedAccount.objects.filter(stripe_id__isnull=False).values_list("stripe_id", "creator_id")
    before = FormerAccount.objects.values_list("stripe_id", "creator_id")
    return {str(stripe_id): creator_id for stripe_id, creator_id in (*before, *now)}


def former_accounts() -> dict[str, int]:
    """The accounts that left and are followed by another, or may be, each with its creator: nobody reads them again."""
    return dict(FormerAccount.objects.order_by("id").values_list("stripe_id", "creator_id"))


def accounts_of(names: Sequence[str]) -> dict[str, str]:
    """The connected account that each transfer, reversal of one, or payout is of, by Stripe's ids."""
    found: dict[str, str] = {}
    for start in range(0, len(names), NAMES_AT_ONCE):
        some = names[start : start + NAMES_AT_ONCE]
        reversals = TransferReversal.objects.filter(stripe_id__in=some)
        again = TransferReversal.objects.filter(sent_again_id__in=some)
        for rows in (
            Transfer.objects.filter(stripe_id__in=some).values_list("stripe_id", "destination"),
            reversals.values_list("stripe_id", "transfer__destination"),
            again.values_list("sent_again_id", "transfer__destination"),
            BankPayout.objects.filter(stripe_id__in=some).values_list("stripe_id", "connected_account"),
        ):
            found.update((str(name), account) for name, account in rows)
    return found


def balance_transactions() -> QuerySet[BalanceTransaction]:
    """Everything that Stripe said moved."""
    return BalanceTransaction.objects.all()


def moved_minor(stripe_account: str) -> dict[str, int]:
    """The sum of what moved on one balance ("" is the platform's own), by currency, in minor units, without zeros."""
    of_it = BalanceTransaction.objects.filter(stripe_account=stripe_account)
    sums = of_it.order_by().values_list("currency").annotate(sum=Sum("net_minor"))
    return {currency: int(sum_) for currency, sum_ in sums if sum_}


def moved_minor_by_account(accounts: Collection[str] | None = None) -> dict[str, dict[str, int]]:
    """The same of every balance, or of these accounts alone."""
    rows = BalanceTransaction.objects.order_by()
    if accounts is not None:
        rows = rows.filter(stripe_account__in=accounts)
    sums = rows.values_list("stripe_account", "currency").annotate(sum=Sum("net_minor"))
    found: dict[str, dict[str, int]] = {}
    for account, currency, sum_ in sums:
        found.setdefault(account, {})[currency] = int(sum_)
    return found


def brought_in_until() -> dict[str, datetime]:
    """Until when each balance's list was read to its end, the latest last; balances that never were are absent."""
    rows = BalanceTransactionImport.objects.order_by("complete_until").values_list("stripe_account", "complete_until")
    return {account: moment for account, moment in rows if moment is not None}


def payouts_on_their_way() -> dict[str, date | None]:
    """The payouts that have left their connected account and not arrived, by Stripe's id, and when they should."""
    moving = BankPayout.objects.filter(state__in=[BankPayoutState.PENDING, BankPayoutState.IN_TRANSIT])
    return {str(stripe_id): arrives_on for stripe_id, arrives_on in moving.values_list("stripe_id", "arrives_on")}
