"""What a reversal would come to, before anybody decides: reckoned by the rule that carries it out."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from cliphaven.campaigns import queries as campaigns
from cliphaven.earnings.models import UNPAID, Accrual, EarningAct, EarningReversal, ReturnedTo, Stage
from cliphaven.earnings.queries import credit_notes, remaining
from cliphaven.earnings.rules import reversing
from cliphaven.earnings.rules.reversing import PlannedReversal, Target
from cliphaven.earnings.rules.taking import Available
from cliphaven.foundation.transactions import one_snapshot

OTHERS_MAX = 10_000
"""Unpaid accruals of one creator, the oldest, from which a clawback takes; what they do not cover is owed."""


@dataclass(frozen=True, kw_only=True)
class Reversed:
    """What reversals come to, in minor units: voided and clawed back, net, and what the creator owes of it."""

    voided_minor: int
    clawed_back_minor: int
    owed_minor: int


@dataclass(frozen=True, kw_only=True)
class Source:
    """A place that money would be taken from: a stage of this clip or of another one of the creator's."""

    stage: str
    clip_id: int
    campaign_title: str
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What the reversal of some entries of a clip would take from where, and who would have it.

    Amounts are in minor units. `given_back` is what is unpaid of these entries, by stage, `others` what other earnings
    would pay. `returned_to` has `returned_minor`, our fee of `fee_minor` included; `made_good_minor` goes to the
    platform's losses.
    """

    currency: str
    accrual_ids: tuple[int, ...]
    comes_to: Reversed
    given_back: tuple[Source, ...]
    others: tuple[Source, ...]
    fee_minor: int
    returned_to: str
    returned_minor: int
    made_good_minor: int
    paid_entries: int


def reckoned(plans: Iterable[PlannedReversal]) -> Reversed:
    """The sums of planned reversals."""
    found = list(plans)
    return Reversed(
        voided_minor=sum(plan.target.net_minor for plan in found if plan.is_void),
        clawed_back_minor=sum(plan.target.net_minor for plan in found if not plan.is_void),
        owed_minor=sum(plan.owed_minor for plan in found),
    )


def done_by(act: EarningAct) -> Reversed:
    """What a reversal that was carried out came to."""
    return Reversed(
        voided_minor=act.amount_minor - act.clawed_back_minor,
        clawed_back_minor=act.clawed_back_minor,
        owed_minor=act.owed_minor,
    )


def targets(accruals: Sequence[Accrual]) -> list[Target]:
    """Accruals in the shape of the rule, with what each has paid before."""
    used = remaining.taken_of([accrual.id for accrual in accruals])
    return [
        Target(
            accrual_id=accrual.id,
            stage=accrual.stage,
            net_minor=accrual.net_minor,
            fee_minor=accrual.fee_minor,
            used_minor=used.get(accrual.id, 0),
        )
        for accrual in accruals
    ]


def available(accruals: Sequence[Accrual]) -> list[Available]:
    """What is left of a creator's other accruals."""
    used = remaining.taken_of([accrual.id for accrual in accruals])
    return [
        Available(accrual_id=accrual.id, stage=accrual.stage, left_minor=accrual.net_minor - used.get(accrual.id, 0))
        for accrual in accruals
    ]


def oldest_unpaid(*, creator_id: int, currency: str) -> list[int]:
    """The ids of the accruals that a clawback may take from."""
    unpaid = Accrual.objects.filter(creator_id=creator_id, currency=currency, stage__in=UNPAID)
    return list(unpaid.order_by("id").values_list("id", flat=True)[:OTHERS_MAX])


@one_snapshot
def reversal_preview(*, clip_id: int, accrual_ids: Collection[int]) -> Preview | None:
    """What reversing these entries of a clip would come to now; None when none of them can be reversed.

    Entries that are reversed already, or another clip's, are left out.
    """
    reversed_before = EarningReversal.objects.filter(accrual__clip_id=clip_id).values("accrual_id")
    chosen = Accrual.objects.filter(clip_id=clip_id, id__in=accrual_ids).exclude(id__in=reversed_before)
    found = list(chosen.select_related("campaign").order_by("id"))
    if not found:
        return None
    first = found[0]
    ids = {accrual.id for accrual in found}
    oldest = oldest_unpaid(creator_id=first.creator_id, currency=first.currency)
    others = list(Accrual.objects.filter(id__in=set(oldest) - ids).order_by("id"))
    is_open = first.campaign.state != "closed" and not credit_notes.are_credited([one.id for one in found])
    plans = reversing.planned(targets=targets(found), others=available(others), campaign_is_open=is_open)
    own = [(plan.target.stage, first, plan.unpaid_minor) for plan in plans]
    by_id = {accrual.id: accrual for accrual in others}
    parts = [(part.stage, by_id[part.accrual_id], part.amount_minor) for plan in plans for part in plan.parts]
    returned_minor = sum(plan.returned_minor for plan in plans)
    moved_minor = sum(plan.unpaid_minor + plan.fee_minor + plan.taken_minor for plan in plans)
    return Preview(
        currency=first.currency,
        accrual_ids=tuple(accrual.id for accrual in found),
        comes_to=reckoned(plans),
        given_back=_sources(own),
        others=_sources(parts),
        fee_minor=sum(plan.fee_minor for plan in plans),
        returned_to=ReturnedTo.CAMPAIGN if is_open else ReturnedTo.WALLET,
        returned_minor=returned_minor,
        made_good_minor=moved_minor - returned_minor,
        paid_entries=sum(accrual.stage == Stage.RESERVED for accrual in found),
    )


def _sources(taken: Iterable[tuple[str, Accrual, int]]) -> tuple[Source, ...]:
    """One line a stage and clip, in the order in which they are taken."""
    sums: dict[tuple[str, int, int], int] = {}
    for stage, accrual, minor in taken:
        key = (stage, accrual.clip_id, accrual.campaign_id)
        sums[key] = sums.get(key, 0) + minor
    titles = campaigns.titles(list({campaign_id for _, _, campaign_id in sums}))
    return tuple(
        Source(stage=stage, clip_id=clip_id, campaign_title=titles[campaign_id], amount_minor=minor)
        for (stage, clip_id, campaign_id), minor in sums.items()
        if minor
    )
