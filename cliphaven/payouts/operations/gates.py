"""Whether creators can be paid at all, as Stripe says: read ahead of a payday, and again right before it pays.

Ten thousand accounts take a quarter of an hour to read. So they are read from Sunday evening on; the batch is planned
from what was said since, and asks anew only for as many as that takes no time. Before its transfer goes, each account
is read once more.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cliphaven.earnings import queries as owed
from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.foundation.outgoing import pace
from cliphaven.foundation.outgoing import rules as outgoing
from cliphaven.foundation.transactions import no_transaction
from cliphaven.payouts import rules
from cliphaven.payouts.models import ConnectedAccount
from cliphaven.payouts.operations import onboarding
from cliphaven.payouts.queries import choices

READS_PER_SECOND = 20
READ_AHEAD_MAX = 1_000  # at a time; the schedule asks every five minutes
READ_AT_ONCE_MAX = 200  # of those whose last word is still good


@no_transaction
def wait_to_read() -> None:
    """Return when it is this worker's turn to read something of a connected account: all workers take turns."""
    pace.wait_for_turn("account", per_second=READS_PER_SECOND)


@no_transaction
def read_ahead(*, now: datetime) -> int:
    """In the twelve hours before a payday, read the accounts of those it will pay; answers how many were read now.

    Accounts that cannot be read are tried again the next time. Raises ProviderFailed when Stripe does not let us in,
    or seems to have none of our accounts.
    """
    payday = rules.next_payday(now)
    begins = payday - rules.READ_AHEAD_FOR
    if now < begins:
        return 0
    creator_ids = choices.creators_to_pay(owed.payable_parts(), now=payday)[: choices.CREATORS_MAX]
    unread = [
        account for account in _accounts(creator_ids) if account.checked_at is None or account.checked_at < begins
    ]
    return len(_asked(unread[:READ_AHEAD_MAX], now=now, goes_without_unreadable=True))


@no_transaction
def read_for_batch(*, creator_ids: Sequence[int], now: datetime) -> frozenset[int]:
    """The creators of whom Stripe has told lately, or who have no account: those of whom it did longest ago are read.

    An account that cannot be read postpones the batch for some hours (raises ProviderFailed); then it goes without.
    """
    accounts = _accounts(creator_ids)
    fresh_since = now - rules.ACCOUNT_IS_FRESH_FOR
    stale = sum(1 for account in accounts if account.checked_at is None or account.checked_at < fresh_since)
    to_ask = max(stale, READ_AT_ONCE_MAX)
    answered = _asked(accounts[:to_ask], now=now, goes_without_unreadable=rules.may_go_without_unreadable(now))
    with_account = {account.creator_id for account in accounts}
    return frozenset(
        {*set(creator_ids) - with_account, *(account.creator_id for account in accounts[to_ask:]), *answered}
    )


def _accounts(creator_ids: Iterable[int]) -> list[ConnectedAccount]:
    """Their accounts, those of which Stripe told longest ago first."""
    accounts = ConnectedAccount.objects.in_bulk(list(creator_ids), field_name="creator_id").values()
    at_stripe = [account for account in accounts if account.stripe_id is not None]
    return sorted(at_stripe, key=lambda account: (account.checked_at is not None, account.checked_at, account.id))


def _asked(accounts: Sequence[ConnectedAccount], *, now: datetime, goes_without_unreadable: bool) -> frozenset[int]:
    """Read these accounts; answers the creators for whom that worked.

    When every one of several seems to have left, it is our key that is another platform's: raises ProviderFailed, and
    nothing is noted.
    """
    readable, departed = set(), []
    for account in accounts:
        wait_to_read()
        try:
            is_ours = onboarding.is_still_ours(stripe_id=str(account.stripe_id), now=now)
        except ProviderFailed as failure:
            our_fault = outgoing.is_our_fault(outcome=failure.outcome, status=failure.status)
            if our_fault or not goes_without_unreadable:
                raise
        else:
            readable.add(account.creator_id)
            if not is_ours:
                departed.append(account)
    # Those that had left before are no news: they alone must not keep the week waiting.
    is_news = any(account.is_usable for account in departed)
    if is_news and len(departed) == len(readable) > 1:
        raise ProviderFailed(
            f"Stripe knows none of the {len(readable)} connected accounts: is the key this platform's?",
            outcome=Outcome.NOT_EXECUTED,
            code="all_accounts_left",
        )
    for account in departed:
        onboarding.record_departure(stripe_id=str(account.stripe_id), now=now)
    return frozenset(readable)
