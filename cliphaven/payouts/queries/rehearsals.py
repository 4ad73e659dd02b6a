"""The next Monday as it would be now: who, how much, what changed, who is left out and why, and is there cash for it.

The choice itself is `choices`, the same that the batch makes; nothing is written here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from django.conf import settings
from django.db.models import Sum

from cliphaven.campaigns import queries as campaigns
from cliphaven.earnings import queries as owed
from cliphaven.earnings.queries import upcoming
from cliphaven.identity import queries as people
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind
from cliphaven.payouts import rules
from cliphaven.payouts.models import BalanceTransaction, Batch, BatchState, ConnectedAccount, SkipReason, Transfer
from cliphaven.payouts.queries import choices, outliers
from cliphaven.payouts.queries.batches import GIVEN_BACK, SENT

LINES_MAX = 500
BATCHES_COMPARED = 8
ARRIVALS_MAX = 60

Change = Literal["new", "up", "down", "same"]


@dataclass(frozen=True, kw_only=True)
class Cash:
    """What Stripe holds for us in one currency, in minor units: to be spent now, and on its way in."""

    available_minor: int
    pending_minor: int


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """Money on its way in that can be spent from a day on, in minor units, as Stripe's own list says."""

    currency: str
    available_on: date
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class CampaignPart:
    """What a creator gets for one campaign, in minor units."""

    campaign_id: int
    title: str
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class RehearsedPayout:
    """What one creator would be paid in one currency, beside the last run; `change` is new, up, down or same."""

    creator_id: int
    name: str
    currency: str
    amount_minor: int
    before_minor: int
    change: Change
    parts: Sequence[CampaignPart]
    new_bank: str
    outlier: str


@dataclass(frozen=True, kw_only=True)
class LeftOutCreator:
    """A creator who would be left out with this money, and why; `before_minor` is what the last run paid."""

    creator_id: int
    name: str
    currency: str
    amount_minor: int
    held_minor: int
    before_minor: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class CurrencyRehearsal:
    """The run in one currency, in minor units. Cash is None where Stripe was not asked, or did not answer."""

    currency: str
    creators: int
    transfers: int
    amount_minor: int
    clears_before_minor: int
    before_minor: int
    held_minor: int
    left_out_minor: int
    limit_minor: int
    cash: Cash | None

    @property
    def needs_release(self) -> bool:
        """Whether so much must be released by two people."""
        return self.amount_minor > self.limit_minor

    @property
    def shortfall_minor(self) -> int | None:
        """What is missing at Stripe today to send it all; None when that is not known."""
        return None if self.cash is None else max(0, self.amount_minor - self.cash.available_minor)

    @property
    def helped_by_pending(self) -> bool:
        """Whether money on its way in would make up for the shortfall."""
        return self.cash is not None and (self.shortfall_minor or 0) <= self.cash.pending_minor


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """A Monday that has not been yet. `is_all` is False when there are more creators than are listed; sums have all."""

    week: str
    payday_at: datetime
    as_of: datetime
    compared_with: str
    totals: Sequence[CurrencyRehearsal]
    arrivals: Sequence[Arrival]
    payouts: Sequence[RehearsedPayout]
    left_out: Sequence[LeftOutCreator]
    is_all: bool

    @property
    def changes(self) -> dict[str, int]:
        """How many creators are new, get more, less, the same, or are gone since the last run."""
        counts = dict.fromkeys(("new", "up", "down", "same"), 0)
        for line in self.payouts:
            counts[line.change] += 1
        return {**counts, "gone": sum(1 for line in self.left_out if line.before_minor)}


def rehearsal(*, cash: Mapping[str, Cash] | None, now: datetime) -> Rehearsal:
    """The next Monday with what has cleared and what clears until then. Without `cash` nobody has asked Stripe."""
    at = rules.next_payday(now)
    parts, clears = _parts(at)
    waiting = choices.creators_to_pay(parts, now=at)
    chosen = choices.choices(parts, full=frozenset(waiting[choices.CREATORS_MAX :]), now=at)
    last = Batch.objects.exclude(state=BatchState.SENT_BACK).order_by("-id").first()
    before = _paid_in(last)
    groups = {(choice.creator_id, choice.currency) for choice in chosen} | before.keys()
    held = _held(groups)
    names = people.names([creator_id for creator_id, _ in groups])
    paid = [choice for choice in chosen if choice.pay]
    payouts = _payouts(paid, before=before, names=names, last=last)
    left_out = _left_out(chosen, before=before, held=held, names=names)
    return Rehearsal(
        week=rules.due_week(at),
        payday_at=at,
        as_of=now,
        compared_with=last.iso_week if last else "",
        totals=_totals(chosen, clears=clears, before=before, held=held, cash=cash),
        arrivals=_arrivals(now),
        payouts=sorted(payouts, key=lambda line: (line.currency, -line.amount_minor, line.creator_id))[:LINES_MAX],
        left_out=sorted(left_out, key=lambda line: (line.currency, -line.amount_minor, line.creator_id))[:LINES_MAX],
        is_all=max(len(payouts), len(left_out)) <= LINES_MAX,
    )


def _parts(at: datetime) -> tuple[list[owed.PayablePart], dict[choices.Group, int]]:
    """What will be payable, one part per creator, campaign and currency, and what of it clears only until then."""
    merged = {(part.creator_id, part.campaign_id, part.currency): part for part in owed.payable_parts()}
    clears: dict[choices.Group, int] = {}
    for part in upcoming.parts_clearing_until(at):
        key = (part.creator_id, part.campaign_id, part.currency)
        group = (part.creator_id, part.currency)
        clears[group] = clears.get(group, 0) + part.amount_minor
        known = merged.get(key)
        merged[key] = (
            part
            if known is None
            else owed.PayablePart(
                creator_id=part.creator_id,
                campaign_id=part.campaign_id,
                currency=part.currency,
                amount_minor=known.amount_minor + part.amount_minor,
                accrual_ids=known.accrual_ids,
                campaign_ended=part.campaign_ended,
                last_cleared_at=max(known.last_cleared_at, part.last_cleared_at),
            )
        )
    return list(merged.values()), clears


def _paid_in(batch: Batch | None) -> dict[choices.Group, int]:
    """What a batch paid, or is about to pay, by creator and currency."""
    if batch is None:
        return {}
    meant = Transfer.objects.filter(batch=batch).exclude(state__in=sorted(GIVEN_BACK))
    rows = meant.values_list("creator_id", "currency").annotate(Sum("amount_minor")).order_by()
    return {(creator_id, currency): int(amount) for creator_id, currency, amount in rows}


def _arrivals(now: datetime) -> list[Arrival]:
    """What of our own balance can be spent only later, day by day. Empty where Stripe's list was never brought in."""
    coming = BalanceTransaction.objects.filter(stripe_account="", available_on__gt=now.date())
    rows = (
        coming.values_list("currency", "available_on").annotate(Sum("net_minor")).order_by("currency", "available_on")
    )
    return [
        Arrival(currency=currency, available_on=on, amount_minor=int(amount))
        for currency, on, amount in rows[:ARRIVALS_MAX]
        if amount > 0
    ]


def _held(groups: set[choices.Group]) -> dict[choices.Group, int]:
    accounts = {
        Account(kind=AccountKind.CREATOR_HELD, owner_id=creator_id, currency=currency): (creator_id, currency)
        for creator_id, currency in groups
    }
    return {accounts[account]: amount for account, amount in books.balances(list(accounts)).items() if amount}


def _payouts(
    paid: Sequence[choices.Choice], *, before: Mapping[choices.Group, int], names: Mapping[int, str], last: Batch | None
) -> list[RehearsedPayout]:
    titles = campaigns.titles([part.campaign_id for choice in paid for part in choice.pay])
    known = ConnectedAccount.objects.prefetch_related("bank_accounts")
    accounts = known.in_bulk([choice.creator_id for choice in paid], field_name="creator_id")
    strange = _outliers(paid)
    return [
        RehearsedPayout(
            creator_id=choice.creator_id,
            name=names[choice.creator_id],
            currency=choice.currency,
            amount_minor=choice.pay_minor,
            before_minor=before.get((choice.creator_id, choice.currency), 0),
            change=_change(choice.pay_minor, before.get((choice.creator_id, choice.currency))),
            parts=[
                CampaignPart(
                    campaign_id=part.campaign_id, title=titles[part.campaign_id], amount_minor=part.amount_minor
                )
                for part in choice.pay
            ],
            new_bank=_new_bank(accounts[choice.creator_id], currency=choice.currency, last=last),
            outlier=strange.get((choice.creator_id, choice.currency), ""),
        )
        for choice in paid
    ]


def _change(amount_minor: int, before_minor: int | None) -> Change:
    if before_minor is None:
        return "new"
    return "up" if amount_minor > before_minor else "down" if amount_minor < before_minor else "same"


def _new_bank(account: ConnectedAccount, *, currency: str, last: Batch | None) -> str:
    """What is new about where the money goes since the last run was planned."""
    bank = account.bank_for(currency)
    if last is None or bank is None:
        return ""
    if bank.changed_at is not None and bank.changed_at > last.planned_at:
        return f"another bank account: {bank.name}"
    if account.usable_since is not None and account.usable_since > last.planned_at:
        return f"set up since the last run: {bank.name}"
    return ""


def _outliers(paid: Sequence[choices.Choice]) -> dict[choices.Group, str]:
    """What stands out, currency by currency, against the creators' own payouts in the latest batches."""
    batch_ids = list(
        Batch.objects.exclude(state=BatchState.SENT_BACK)
        .order_by("-id")
        .values_list("id", flat=True)[:BATCHES_COMPARED]
    )
    sent = Transfer.objects.filter(batch_id__in=batch_ids, state__in=sorted(SENT))
    earlier: dict[str, dict[int, list[int]]] = {}
    for currency, creator_id, _, amount in (
        sent.values_list("currency", "creator_id", "batch_id").annotate(Sum("amount_minor")).order_by()
    ):
        earlier.setdefault(currency, {}).setdefault(creator_id, []).append(int(amount))
    amounts: dict[str, dict[int, int]] = {}
    for choice in paid:
        amounts.setdefault(choice.currency, {})[choice.creator_id] = choice.pay_minor
    return {
        (creator_id, currency): reason
        for currency, mine in amounts.items()
        for creator_id, reason in outliers.unusual(mine, before=earlier.get(currency, {})).items()
    }


def _left_out(
    chosen: Sequence[choices.Choice],
    *,
    before: Mapping[choices.Group, int],
    held: Mapping[choices.Group, int],
    names: Mapping[int, str],
) -> list[LeftOutCreator]:
    kept = {(choice.creator_id, choice.currency): choice for choice in chosen if choice.leave}
    paid = {(choice.creator_id, choice.currency) for choice in chosen if choice.pay}
    lines = []
    for group in sorted(kept.keys() | (held.keys() | before.keys()) - paid):
        choice = kept.get(group)
        reason = (
            SkipReason(choice.reason).label if choice and choice.reason else "Nothing has cleared since the last run"
        )
        lines.append(
            LeftOutCreator(
                creator_id=group[0],
                name=names[group[0]],
                currency=group[1],
                amount_minor=choice.leave_minor if choice else 0,
                held_minor=held.get(group, 0),
                before_minor=0 if group in paid else before.get(group, 0),
                reason=reason,
            )
        )
    return lines


def _totals(
    chosen: Sequence[choices.Choice],
    *,
    clears: Mapping[choices.Group, int],
    before: Mapping[choices.Group, int],
    held: Mapping[choices.Group, int],
    cash: Mapping[str, Cash] | None,
) -> list[CurrencyRehearsal]:
    groups = {(choice.creator_id, choice.currency) for choice in chosen} | before.keys() | held.keys()

    def summed(amounts: Mapping[choices.Group, int], currency: str) -> int:
        return sum(amount for group, amount in amounts.items() if group[1] == currency)

    totals = []
    for currency in sorted({currency for _, currency in groups}):
        mine = [choice for choice in chosen if choice.currency == currency]
        paid = {(choice.creator_id, currency) for choice in mine if choice.pay}
        totals.append(
            CurrencyRehearsal(
                currency=currency,
                creators=len(paid),
                transfers=sum(len(choice.pay) for choice in mine),
                amount_minor=sum(choice.pay_minor for choice in mine),
                clears_before_minor=sum(amount for group, amount in clears.items() if group in paid),
                before_minor=summed(before, currency),
                held_minor=summed(held, currency),
                left_out_minor=sum(choice.leave_minor for choice in mine),
                limit_minor=settings.RELEASE_LIMIT_MINOR[currency],
                cash=None if cash is None else cash.get(currency, Cash(available_minor=0, pending_minor=0)),
            )
        )
    return totals
