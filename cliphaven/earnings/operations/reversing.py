"""Reversals: earnings that do not count, for a named reason. Nothing else ever makes an earned amount fall.

What is unpaid is voided: it goes back to the campaign, or to the wallet of its sponsor once the campaign is closed, and
the platform's fee with it. What was paid, or is on its way, is clawed back: it is taken from the creator's other unpaid
earnings, and what they do not cover is owed. Nobody takes money from a bank account.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cliphaven.campaigns import queries as campaigns
from cliphaven.campaigns.operations import campaigns as campaign_operations
from cliphaven.campaigns.operations import receivables
from cliphaven.earnings.models import (
    UNPAID,
    Accrual,
    EarningReversal,
    Hold,
    ReturnedTo,
    ReversalKind,
    ReversalReason,
    Stage,
)
from cliphaven.earnings.operations import debts, holding, telling
from cliphaven.earnings.queries import remaining
from cliphaven.earnings.rules.taking import Available, Taken, taken
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind

REVERSED_AT_ONCE_MAX = 1_000
NOTE_MAX = 2_000
_ACCOUNTS = {
    "clearing": AccountKind.CREATOR_CLEARING,
    "held": AccountKind.CREATOR_HELD,
    "payable": AccountKind.CREATOR_PAYABLE,
}


class ReversalRefused(Refused):
    """The earnings cannot be reversed, or not so."""

    code = "reversal_refused"


class PaidAlready(ReversalRefused):
    """Some of the earnings are paid or on their way, and it was not said that they should be clawed back."""

    code = "paid_already"


@dataclass(frozen=True, kw_only=True)
class Reversed:
    """What a reversal came to, in minor units: voided and clawed back, net, and what the creator owes of it."""

    voided_minor: int
    clawed_back_minor: int
    owed_minor: int


@dataclass(frozen=True, kw_only=True)
class _Act:
    """One reversal under way: whose money it is, who has it back, and what it says."""

    purse: debts.Purse
    budget: campaign_operations.Budget
    campaign_id: int
    reason: str
    note: str
    actor: str
    now: datetime

    @property
    def is_open(self) -> bool:
        """Whether the campaign can still spend what it has back."""
        return self.budget.state != "closed"

    def receiver(self, kind: ReversalKind) -> tuple[ReturnedTo, Account]:
        """Who has the money back that a reversal of this kind takes."""
        currency = self.purse.currency
        if self.is_open:
            return ReturnedTo.CAMPAIGN, campaigns.budget_account(campaign_id=self.campaign_id, currency=currency)
        if kind is ReversalKind.CLAWBACK:
            return ReturnedTo.LOSSES, Account(kind=AccountKind.PLATFORM_LOSSES, currency=currency)
        owner_id = self.budget.organisation_id
        return ReturnedTo.WALLET, Account(kind=AccountKind.SPONSOR_WALLET, owner_id=owner_id, currency=currency)

    def reversal_of(self, accrual: Accrual, kind: ReversalKind) -> EarningReversal:
        """The row of one accrual. Of a closed campaign, what was paid comes back without the fee."""
        returned_to, _ = self.receiver(kind)
        return EarningReversal.objects.create(
            accrual=accrual,
            kind=kind,
            net_minor=accrual.net_minor,
            fee_minor=0 if returned_to is ReturnedTo.LOSSES else accrual.fee_minor,
            returned_to=returned_to,
            reason=self.reason,
            note=self.note,
            actor=self.actor,
            reversed_at=self.now,
        )

    def entry(self, kind: EntryKind, accrual: Accrual, legs: Iterable[ledger.Leg]) -> ledger.Entry:
        """The entry of one accrual."""
        return ledger.Entry(
            kind=kind,
            external_id=accrual.name,
            legs=tuple(legs),
            occurred_at=self.now,
            cause=f"accrual {accrual.name}",
            actor=self.actor,
            reason=self.reason,
        )


class _Pot:
    """The creator's other unpaid earnings, all locked: what paid ones are taken from."""

    def __init__(self, accruals: Sequence[Accrual]) -> None:
        used = remaining.taken_of([accrual.id for accrual in accruals])
        self._left = {
            accrual.id: Available(
                accrual_id=accrual.id, stage=accrual.stage, left_minor=accrual.net_minor - used.get(accrual.id, 0)
            )
            for accrual in accruals
        }
        open_holds = Hold.objects.filter(accrual__in=accruals, ended_at=None)
        self.holds = dict(open_holds.values_list("accrual_id", "id"))

    def take(self, amount_minor: int) -> list[Taken]:
        """Take from what is left, so that who comes next finds less."""
        parts = taken(amount_minor=amount_minor, available=self._left.values())
        for part in parts:
            before = self._left[part.accrual_id]
            self._left[part.accrual_id] = replace(before, left_minor=before.left_minor - part.amount_minor)
        return parts


@own_transaction
def reverse_earnings(
    *,
    clip_id: int,
    accrual_ids: Collection[int],
    reason: str,
    note: str,
    actor: str,
    claw_back: bool,
    now: datetime,
) -> Reversed:
    """Reverse some accruals of one clip, and tell its creator; answers what it came to.

    With `claw_back`, also what was paid or is on its way: other earnings pay for it, or it is owed. Their views stay
    counted and are not earned again. `reason` is one of ReversalReason, `note` says more to the creator, `actor` is who
    decides ("user:7"). Raises ReversalRefused, and PaidAlready where `claw_back` is needed.
    """
    ids = set(accrual_ids)
    _check(reason=reason, note=note, number=len(ids))
    first = Accrual.objects.filter(clip_id=clip_id, id__in=ids).first()
    if first is None:
        raise ReversalRefused("There are no such entries of this clip")
    act = _Act(
        purse=debts.Purse(creator_id=first.creator_id, currency=first.currency),
        budget=campaign_operations.locked_budget(campaign_id=first.campaign_id),
        campaign_id=first.campaign_id,
        reason=reason,
        note=note.strip(),
        actor=actor,
        now=now,
    )
    targets, others = _locked(clip_id=clip_id, ids=ids, purse=act.purse)
    unpaid, paid = _sorted(targets, number=len(ids), claw_back=claw_back)
    found = [*_voided(act, unpaid, pot := _Pot(others)), *_clawed_back(act, paid, pot)]
    ledger.record([entry for one in found for entry in one.entries if entry.legs])
    reversals, owed_minor = [one.reversal for one in found], sum(one.owed_minor for one in found)
    if unpaid and not act.is_open:
        receivables.recover(
            organisation_id=act.budget.organisation_id, currency=first.currency, because=f"void:{first.name}", now=now
        )
    telling.of_reversals(reversals=reversals, owed_minor=owed_minor, now=now)
    return Reversed(
        voided_minor=sum(accrual.net_minor for accrual in unpaid),
        clawed_back_minor=sum(accrual.net_minor for accrual in paid),
        owed_minor=owed_minor,
    )


@dataclass(frozen=True, kw_only=True)
class _Done:
    """One accrual that was reversed: its row, its entries, and what the creator owes of it."""

    reversal: EarningReversal
    entries: list[ledger.Entry]
    owed_minor: int = 0


def _voided(act: _Act, accruals: Sequence[Accrual], pot: _Pot) -> list[_Done]:
    """Give back what is left of unpaid accruals, with the fee."""
    used = remaining.taken_of([accrual.id for accrual in accruals])
    holding.end_voided(accruals=accruals, actor=act.actor, now=act.now)
    Accrual.objects.filter(id__in=[accrual.id for accrual in accruals]).update(stage=Stage.REVERSED)
    _, receiver = act.receiver(ReversalKind.VOID)
    found = []
    for accrual in accruals:
        reversal = act.reversal_of(accrual, ReversalKind.VOID)
        unpaid = act.purse.account(_ACCOUNTS[accrual.stage])
        fees = Account(kind=AccountKind.PLATFORM_FEES, currency=accrual.currency)
        shares = ((unpaid, accrual.net_minor - used.get(accrual.id, 0)), (fees, accrual.fee_minor))
        entry = act.entry(EntryKind.VOID, accrual, _legs(shares, to=receiver))
        if accrual.id not in used:
            found.append(_Done(reversal=reversal, entries=[entry]))
            continue
        # This part paid a debt before: the creator had it, like money that was paid out.
        taking, owed_minor = _taken_back(act, reversal, amount_minor=used[accrual.id], fee_minor=0, pot=pot)
        found.append(_Done(reversal=reversal, entries=[entry, taking], owed_minor=owed_minor))
    return found


def _clawed_back(act: _Act, accruals: Sequence[Accrual], pot: _Pot) -> list[_Done]:
    """Take paid accruals back. They stay where they are: should the bank return the money, it is the creator's."""
    found = []
    for accrual in accruals:
        reversal = act.reversal_of(accrual, ReversalKind.CLAWBACK)
        taking, owed_minor = _taken_back(
            act, reversal, amount_minor=accrual.net_minor, fee_minor=reversal.fee_minor, pot=pot
        )
        found.append(_Done(reversal=reversal, entries=[taking], owed_minor=owed_minor))
    return found


def _taken_back(
    act: _Act, reversal: EarningReversal, *, amount_minor: int, fee_minor: int, pot: _Pot
) -> tuple[ledger.Entry, int]:
    """Take an amount from the creator's other earnings; answers the entry, and what they owe of it."""
    parts = pot.take(amount_minor)
    debts.deduct(parts=parts, holds=pot.holds, reversal=reversal, now=act.now)
    by_stage: dict[str, int] = defaultdict(int)
    for part in parts:
        by_stage[part.stage] += part.amount_minor
    owed_minor = amount_minor - sum(by_stage.values())
    _, receiver = act.receiver(ReversalKind.CLAWBACK)
    shares = (
        *((act.purse.account(_ACCOUNTS[stage]), minor) for stage, minor in by_stage.items()),
        (act.purse.account(AccountKind.CREATOR_RECEIVABLE), owed_minor),
        (Account(kind=AccountKind.PLATFORM_FEES, currency=act.purse.currency), fee_minor),
    )
    return act.entry(EntryKind.CLAWBACK, reversal.accrual, _legs(shares, to=receiver)), owed_minor


def _legs(shares: Iterable[tuple[Account, int]], *, to: Account) -> list[ledger.Leg]:
    return [ledger.Leg(debit=account, credit=to, amount_minor=minor) for account, minor in shares if minor]


def _check(*, reason: str, note: str, number: int) -> None:
    if reason not in ReversalReason.values or not note.strip() or len(note) > NOTE_MAX:
        raise ReversalRefused(f"Choose a reason, and tell the creator more in {NOTE_MAX:,} characters at most")
    if not 1 <= number <= REVERSED_AT_ONCE_MAX:
        raise ReversalRefused(f"Reverse between one and {REVERSED_AT_ONCE_MAX:,} entries at a time")


def _locked(*, clip_id: int, ids: Collection[int], purse: debts.Purse) -> tuple[list[Accrual], list[Accrual]]:
    """Those of the clip's accruals, and what the creator has unpaid beside them: locked together, in one order."""
    unpaid = Accrual.objects.filter(creator_id=purse.creator_id, currency=purse.currency, stage__in=UNPAID)
    oldest = list(unpaid.order_by("id").values_list("id", flat=True)[: debts.ACCRUALS_AT_ONCE_MAX])
    locked = list(Accrual.objects.select_for_update(no_key=True).filter(id__in={*ids, *oldest}).order_by("id"))
    return (
        [accrual for accrual in locked if accrual.id in ids and accrual.clip_id == clip_id],
        [accrual for accrual in locked if accrual.id not in ids and accrual.stage in UNPAID],
    )


def _sorted(targets: Sequence[Accrual], *, number: int, claw_back: bool) -> tuple[list[Accrual], list[Accrual]]:
    """The unpaid ones and the paid ones, none of which was reversed before."""
    before = EarningReversal.objects.filter(accrual__in=targets).count()
    if before or len(targets) < number:
        raise ReversalRefused(f"{number - len(targets) + before} of these entries are reversed already, or not there")
    paid = [accrual for accrual in targets if accrual.stage == Stage.RESERVED]
    if paid and not claw_back:
        raise PaidAlready(
            f"{len(paid)} of these entries are paid or on their way: to take them back, say so. What the creator has"
            " unpaid pays for them, and the rest is owed"
        )
    return [accrual for accrual in targets if accrual.stage in UNPAID], paid
