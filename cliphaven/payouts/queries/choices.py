"""Whom a Monday pays, whom it leaves out, and why: one answer, for the batch and for its rehearsal."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from cliphaven.earnings import queries as owed
from cliphaven.payouts import rules
from cliphaven.payouts.models import ConnectedAccount, PayoutPause, SkipReason

CREATORS_MAX = 20_000

Group = tuple[int, str]  # a creator and a currency


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What a batch does with one creator's money in one currency: `pay` goes to `destination`, `leave` is kept.

    `reason` says why something is left; it is None when nothing is.
    """

    creator_id: int
    currency: str
    pay: Sequence[owed.PayablePart]
    leave: Sequence[owed.PayablePart]
    reason: SkipReason | None
    destination: str

    @property
    def pay_minor(self) -> int:
        """What is paid, in minor units."""
        return sum(part.amount_minor for part in self.pay)

    @property
    def leave_minor(self) -> int:
        """What is left, in minor units."""
        return sum(part.amount_minor for part in self.leave)


def choices(
    parts: Iterable[owed.PayablePart],
    *,
    now: datetime,
    readable: AbstractSet[int] | None = None,
    full: AbstractSet[int] = frozenset(),
) -> list[Choice]:
    """What a batch planned at `now` does with these parts, creator by creator and currency by currency.

    `readable` are the creators whose accounts Stripe has just told of, or who have none; None takes what it last said
    of everybody. `full` are those for whom there is no room.
    """
    groups = _groups(parts)
    creator_ids = {creator_id for creator_id, _ in groups}
    known = ConnectedAccount.objects.prefetch_related("bank_accounts")
    accounts = known.in_bulk(creator_ids, field_name="creator_id")
    kept_out = {
        # Somebody who became payable after the accounts were read counts as unread, too.
        **{
            creator_id: SkipReason.ACCOUNT_UNREADABLE
            for creator_id, account in accounts.items()
            if account.stripe_id is not None and readable is not None and creator_id not in readable
        },
        **dict.fromkeys(paused_among(creator_ids), SkipReason.PAUSED),
        **dict.fromkeys(full, SkipReason.RUN_FULL),
    }
    return [
        _choice(group, groups[group], account=accounts.get(group[0]), kept_out=kept_out.get(group[0]), now=now)
        for group in sorted(groups)
    ]


def creators_to_pay(parts: Iterable[owed.PayablePart], *, now: datetime) -> list[int]:
    """Creators who are owed enough and not paused, those waiting longest first; CREATORS_MAX of them fit in a batch."""
    waiting_since: dict[int, datetime] = {}
    for (creator_id, _), mine in _groups(parts).items():
        for part in _to_pay(mine, now=now):
            since = waiting_since.get(creator_id, part.last_cleared_at)
            waiting_since[creator_id] = min(since, part.last_cleared_at)
    paused = paused_among(waiting_since.keys())
    return sorted(waiting_since.keys() - paused, key=lambda creator_id: (waiting_since[creator_id], creator_id))


def sums_to_pay(chosen: Iterable[Choice]) -> dict[str, int]:
    """What is paid in all, by currency, in minor units."""
    sums: dict[str, int] = {}
    for choice in chosen:
        if choice.pay:
            sums[choice.currency] = sums.get(choice.currency, 0) + choice.pay_minor
    return sums


def above_limit(sums: Mapping[str, int]) -> list[str]:
    """The currencies in which so much is paid that two of the staff must release it."""
    return sorted(currency for currency, amount in sums.items() if amount > settings.RELEASE_LIMIT_MINOR[currency])


def paused_among(creator_ids: Iterable[int]) -> set[int]:
    """Those of them whose payouts are paused."""
    live = PayoutPause.objects.filter(creator_id__in=list(creator_ids), resumed_at=None)
    return set(live.values_list("creator_id", flat=True))


def _groups(parts: Iterable[owed.PayablePart]) -> dict[Group, list[owed.PayablePart]]:
    groups: dict[Group, list[owed.PayablePart]] = {}
    for part in parts:
        groups.setdefault((part.creator_id, part.currency), []).append(part)
    return groups


def _to_pay(parts: Sequence[owed.PayablePart], *, now: datetime) -> list[owed.PayablePart]:
    # One currency: that of the group.
    minimum_minor = settings.MINIMUM_PAYOUT_MINOR[parts[0].currency]
    return rules.parts_to_pay(parts, minimum_minor=minimum_minor, now=now)


def _choice(
    group: Group,
    parts: Sequence[owed.PayablePart],
    *,
    account: ConnectedAccount | None,
    kept_out: SkipReason | None,
    now: datetime,
) -> Choice:
    creator_id, currency = group
    pay = _to_pay(parts, now=now)
    reason: SkipReason | None = SkipReason.BELOW_MINIMUM
    if pay:
        reason = kept_out or _account_obstacle(account, currency=currency)
        pay = [] if reason else pay
    leave = [part for part in parts if part not in pay]
    return Choice(
        creator_id=creator_id,
        currency=currency,
        pay=pay,
        leave=leave,
        reason=reason or (SkipReason.BELOW_MINIMUM if leave else None),
        destination=(account.stripe_id if account else None) or "",
    )


def _account_obstacle(account: ConnectedAccount | None, *, currency: str) -> SkipReason | None:
    if account is None or account.stripe_id is None:
        return SkipReason.NO_CONNECTED_ACCOUNT
    if not account.is_usable:
        return SkipReason.ACCOUNT_INCOMPLETE
    return None if account.bank_for(currency) else SkipReason.NO_BANK_ACCOUNT
