"""Reversals: earnings that do not count, for a named reason. Nothing else ever makes an earned amount fall.

What is unpaid is voided: it goes back to the campaign, or to the wallet of its sponsor once the campaign is closed, and
the platform's fee with it. What was paid, or is on its way, is clawed back: it is taken from the creator's other unpaid
earnings, and what they do not cover is owed. Nobody takes money from a bank account.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cliphaven.campaigns import queries as campaigns
from cliphaven.campaigns.operations import campaigns as campaign_operations
from cliphaven.campaigns.operations import receivables
from cliphaven.earnings.models import (
    UNPAID,
    Accrual,
    Deed,
    EarningReversal,
    Hold,
    ReturnedTo,
    ReversalKind,
    ReversalReason,
    Stage,
)
from cliphaven.earnings.operations import acts, announcing, debts, holding, telling
from cliphaven.earnings.queries import credit_notes, previews
from cliphaven.earnings.queries.previews import Reversed
from cliphaven.earnings.rules import reversing
from cliphaven.earnings.rules.reversing import PlannedReversal
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


class PreviewOutOfDate(ReversalRefused):
    """What would be taken is not any more what was shown to whoever decided."""

    code = "preview_out_of_date"


@dataclass(frozen=True, kw_only=True)
class _Act:
    """One decision under way: whose money it is, who has it back, and what it says."""

    purse: debts.Purse
    budget: campaign_operations.Budget
    campaign_id: int
    is_credited: bool
    reason: str
    note: str
    actor: str
    now: datetime

    @property
    def is_open(self) -> bool:
        """Whether the campaign has it back and can still spend it: not when its sponsor was credited the same views."""
        return self.budget.state != "closed" and not self.is_credited

    def receiver(self, kind: ReversalKind) -> tuple[ReturnedTo, Account]:
        """Who has the money back that a reversal of this kind takes."""
        currency = self.purse.currency
        if self.is_open:
            return ReturnedTo.CAMPAIGN, campaigns.budget_account(campaign_id=self.campaign_id, currency=currency)
        if kind is ReversalKind.CLAWBACK:
            return ReturnedTo.LOSSES, Account(kind=AccountKind.PLATFORM_LOSSES, currency=currency)
        owner_id = self.budget.organisation_id
        return ReturnedTo.WALLET, Account(kind=AccountKind.SPONSOR_WALLET, owner_id=owner_id, currency=currency)

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


@own_transaction
def reverse_earnings(
    *,
    clip_id: int,
    accrual_ids: Collection[int],
    reason: str,
    note: str,
    actor: str,
    claw_back: bool,
    expected: Reversed | None = None,
    request_key: str = "",
    now: datetime,
) -> Reversed:
    """Reverse some accruals of one clip, and tell its creator; answers what it came to.

    With `claw_back`, also what was paid or is on its way: other earnings pay for it, or it is owed. Their views stay
    counted. `note` says more to the creator than `reason`, a ReversalReason. The same `request_key` moves nothing more.
    Raises ReversalRefused, PaidAlready where `claw_back` is needed, PreviewOutOfDate where it is not the `expected`.
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
        is_credited=credit_notes.are_credited(ids),
        reason=reason,
        note=note.strip(),
        actor=actor,
        now=now,
    )
    before = acts.done_before(deed=Deed.REVERSED, clip_id=clip_id, actor=actor, request_key=request_key)
    if before is not None:
        return previews.done_by(before)
    targets, others = _locked(clip_id=clip_id, ids=ids, purse=act.purse)
    _check_targets(targets, number=len(ids), claw_back=claw_back)
    plans = reversing.planned(
        targets=previews.targets(targets), others=previews.available(others), campaign_is_open=act.is_open
    )
    comes_to = previews.reckoned(plans)
    if expected not in (None, comes_to):
        raise PreviewOutOfDate("What would be taken has changed since you looked: look at it again, then decide")
    acts.record(
        deed=Deed.REVERSED,
        clip_id=clip_id,
        actor=actor,
        request_key=request_key,
        reason=reason,
        note=note,
        currency=first.currency,
        entries=len(targets),
        amount_minor=comes_to.voided_minor + comes_to.clawed_back_minor,
        clawed_back_minor=comes_to.clawed_back_minor,
        owed_minor=comes_to.owed_minor,
        now=now,
    )
    _carry_out(act, plans, targets={accrual.id: accrual for accrual in targets}, others=others)
    return comes_to


def _carry_out(
    act: _Act, plans: Sequence[PlannedReversal], *, targets: Mapping[int, Accrual], others: Sequence[Accrual]
) -> None:
    voided = [targets[plan.target.accrual_id] for plan in plans if plan.is_void]
    holding.end_voided(accruals=voided, actor=act.actor, now=act.now)
    # What was paid stays where it is: should the bank return the money, it is the creator's.
    Accrual.objects.filter(id__in=[accrual.id for accrual in voided]).update(stage=Stage.REVERSED)
    open_holds = dict(Hold.objects.filter(accrual__in=others, ended_at=None).values_list("accrual_id", "id"))
    reversals, entries = [], []
    for plan in plans:
        accrual = targets[plan.target.accrual_id]
        reversal = _reversal(act, plan, accrual)
        debts.deduct(parts=plan.parts, holds=open_holds, reversal=reversal, now=act.now)
        reversals.append(reversal)
        entries += _entries(act, plan, accrual)
    ledger.record(entries)
    if voided and not act.is_open:
        receivables.recover(
            organisation_id=act.budget.organisation_id,
            currency=act.purse.currency,
            because=f"void:{voided[0].name}",
            now=act.now,
        )
    announcing.reversed_(reversals=reversals, now=act.now)
    telling.of_reversals(reversals=reversals, owed_minor=sum(plan.owed_minor for plan in plans), now=act.now)


def _reversal(act: _Act, plan: PlannedReversal, accrual: Accrual) -> EarningReversal:
    kind = ReversalKind.VOID if plan.is_void else ReversalKind.CLAWBACK
    returned_to, _ = act.receiver(kind)
    return EarningReversal.objects.create(
        accrual=accrual,
        kind=kind,
        net_minor=accrual.net_minor,
        fee_minor=plan.fee_minor,
        returned_minor=plan.returned_minor,
        returned_to=returned_to,
        reason=act.reason,
        note=act.note,
        actor=act.actor,
        reversed_at=act.now,
    )


def _entries(act: _Act, plan: PlannedReversal, accrual: Accrual) -> list[ledger.Entry]:
    """A void of what is unpaid, and a clawback of what was paid or had paid a debt; either may be empty."""
    _, wallet_or_budget = act.receiver(ReversalKind.VOID)
    _, losses_or_budget = act.receiver(ReversalKind.CLAWBACK)
    fees = Account(kind=AccountKind.PLATFORM_FEES, currency=accrual.currency)
    given_back: list[tuple[Account, int]] = []
    by_stage: dict[str, int] = defaultdict(int)
    for part in plan.parts:
        by_stage[part.stage] += part.amount_minor
    taken = [(act.purse.account(_ACCOUNTS[stage]), minor) for stage, minor in by_stage.items()]
    taken.append((act.purse.account(AccountKind.CREATOR_RECEIVABLE), plan.owed_minor))
    if plan.is_void:
        given_back = [(act.purse.account(_ACCOUNTS[accrual.stage]), plan.unpaid_minor), (fees, plan.fee_minor)]
    else:
        taken.append((fees, plan.fee_minor))
    entries = [
        act.entry(EntryKind.VOID, accrual, _legs(given_back, to=wallet_or_budget)),
        act.entry(EntryKind.CLAWBACK, accrual, _legs(taken, to=losses_or_budget)),
    ]
    return [entry for entry in entries if entry.legs]


def _legs(shares: Iterable[tuple[Account, int]], *, to: Account) -> list[ledger.Leg]:
    return [ledger.Leg(debit=account, credit=to, amount_minor=minor) for account, minor in shares if minor]


def _check(*, reason: str, note: str, number: int) -> None:
    if reason not in ReversalReason.values or not note.strip() or len(note) > NOTE_MAX:
        raise ReversalRefused(f"Choose a reason, and tell the creator more in {NOTE_MAX:,} characters at most")
    if not 1 <= number <= REVERSED_AT_ONCE_MAX:
        raise ReversalRefused(f"Reverse between one and {REVERSED_AT_ONCE_MAX:,} entries at a time")


def _locked(*, clip_id: int, ids: Collection[int], purse: debts.Purse) -> tuple[list[Accrual], list[Accrual]]:
    """Those of the clip's accruals, and what the creator has unpaid beside them: locked together, in one order."""
    oldest = previews.oldest_unpaid(creator_id=purse.creator_id, currency=purse.currency)
    locked = list(Accrual.objects.select_for_update(no_key=True).filter(id__in={*ids, *oldest}).order_by("id"))
    return (
        [accrual for accrual in locked if accrual.id in ids and accrual.clip_id == clip_id],
        [accrual for accrual in locked if accrual.id not in ids and accrual.stage in UNPAID],
    )


def _check_credits(targets: Sequence[Accrual]) -> None:
    """What the sponsor was credited makes good the platform's losses, so it is reversed by itself, and once paid."""
    credited = credit_notes.credited_of([accrual.id for accrual in targets])
    if credited and len(credited) < len(targets):
        raise ReversalRefused(
            f"The sponsor was credited {len(credited)} of these entries already: reverse those by themselves"
        )
    if credited and any(accrual.stage != Stage.RESERVED for accrual in targets):
        raise ReversalRefused("The sponsor was credited these entries, and they are not paid out: wait until they are")


def _check_targets(targets: Sequence[Accrual], *, number: int, claw_back: bool) -> None:
    """None of them was reversed before, and whether those that were paid may be taken back was said."""
    before = EarningReversal.objects.filter(accrual__in=targets).count()
    if before or len(targets) < number:
        raise ReversalRefused(f"{number - len(targets) + before} of these entries are reversed already, or not there")
    paid = sum(accrual.stage == Stage.RESERVED for accrual in targets)
    if paid and not claw_back:
        raise PaidAlready(
            f"{paid} of these entries are paid or on their way: to take them back, say so. What the creator has"
            " unpaid pays for them, and the rest is owed"
        )
    _check_credits(targets)
