"""The money of one clip for whoever decides about it: each entry with its readings, holds, reversals, and acts."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, Sum

from cliphaven.campaigns import queries as campaigns
from cliphaven.clips import queries as clips
from cliphaven.earnings.models import (
    Accrual,
    Deed,
    EarningAct,
    EarningReversal,
    Hold,
    HoldOutcome,
    HoldReason,
    ReversalKind,
    ReversalReason,
    Stage,
)
from cliphaven.earnings.queries import overviews, remaining
from cliphaven.identity import queries as people
from cliphaven.tracking import queries as tracking
from cliphaven.tracking.models import Observation

ENTRIES_SHOWN = 50
CHOSEN_MAX = 1_000
ACTS_SHOWN_MAX = 50
READINGS_SHOWN_MAX = 6


@dataclass(frozen=True, kw_only=True)
class ReadingFacts:
    """A reading that an entry names: its number, when it was taken, and where it came from."""

    observation_id: int
    observed_at: datetime
    views: int
    source: str


@dataclass(frozen=True, kw_only=True)
class ReversalFacts:
    """Why an entry does not count: in words, by whom, and what the sponsor has back, in minor units."""

    kind: str
    why: str
    note: str
    who: str
    reversed_at: datetime
    returned_to: str
    returned_minor: int


@dataclass(frozen=True, kw_only=True)
class EntryEvidence:
    """One accrual with everything that it rests on, in minor units; `left_minor` is what nothing was taken of.

    `in_the_books` names what the ledger has about it: kind and external id.
    """

    accrual_id: int
    number: int
    views_from: int
    views_to: int
    from_reading: ReadingFacts | None
    to_reading: ReadingFacts
    gross_minor: int
    fee_minor: int
    net_minor: int
    left_minor: int
    accrued_at: datetime
    clears_at: datetime
    stage: str
    held_because: str
    releases_at: datetime | None
    reversal: ReversalFacts | None
    in_the_books: tuple[tuple[str, str], ...]

    @property
    def may_be_held(self) -> bool:
        """Whether it is unpaid and free."""
        return self.reversal is None and self.stage in (Stage.CLEARING, Stage.PAYABLE)

    @property
    def may_be_reversed(self) -> bool:
        """Whether it still counts."""
        return self.reversal is None


@dataclass(frozen=True, kw_only=True)
class ActLine:
    """What one of the staff did to the clip's money; amounts in minor units."""

    who: str
    what: str
    why: str
    note: str
    entries: int
    amount_minor: int
    clawed_back_minor: int
    owed_minor: int
    acted_at: datetime


@dataclass(frozen=True, kw_only=True)
class ClipMoney:
    """One clip's money; `next_before` is the number of an entry to go on from. `readings` are the latest, newest first.

    The sums are net, in minor units: what counts, what is held of it, and what does not count.
    """

    clip: clips.ClipFacts
    currency: str
    campaign_state: str
    counting_minor: int
    held_minor: int
    reversed_minor: int
    entries: Sequence[EntryEvidence]
    next_before: int | None
    chart: dict[str, Any] | None
    readings: Sequence[tracking.ObservationPoint]
    acts: Sequence[ActLine]
    may_hold: bool
    may_reverse: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipSums:
    """What became of one clip's money, net, in minor units: what counts, what is held of it, what does not count."""

    counting_minor: int
    held_minor: int
    reversed_minor: int


@dataclass(frozen=True, kw_only=True)
class EarningClip:
    """A clip in the list of its creator's money, net, in minor units of its currency."""

    clip_id: int
    title: str
    campaign_title: str
    platform: str
    state: str
    currency: str
    counting_minor: int
    held_minor: int
    reversed_minor: int


def clip_money(*, clip_id: int, before: int | None = None) -> ClipMoney:
    """One clip's money with what it rests on; `before` is the number of an entry. Raises NoSuchClip."""
    clip = clips.clip_for_staff(clip_id=clip_id)
    campaign = campaigns.campaign(campaign_id=clip.campaign_id)
    of_clip = Accrual.objects.filter(clip_id=clip_id)
    shown = of_clip if before is None else of_clip.filter(number__lt=before)
    rows = list(_with_readings(shown).order_by("-number")[: ENTRIES_SHOWN + 1])
    entries = _entries(rows[:ENTRIES_SHOWN])
    counting, held, reversed_ = _sums(of_clip).get(clip_id, (0, 0, 0))
    free = of_clip.filter(reversal=None)
    history = tracking.clip_history(clip_id)
    return ClipMoney(
        clip=clip,
        currency=campaign.currency,
        campaign_state=campaign.state,
        counting_minor=counting,
        held_minor=held,
        reversed_minor=reversed_,
        entries=entries,
        next_before=entries[-1].number if len(rows) > len(entries) else None,
        chart=overviews.view_chart(history),
        readings=history[: -READINGS_SHOWN_MAX - 1 : -1],
        acts=_acts(clip_id),
        may_hold=free.filter(stage__in=(Stage.CLEARING, Stage.PAYABLE)).exists(),
        may_reverse=free.exists(),
    )


def currency_of(*, clip_id: int) -> str:
    """The currency that a clip earns in. Raises NoSuchClip."""
    return campaigns.campaign(campaign_id=clips.clip_for_staff(clip_id=clip_id).campaign_id).currency


def chosen(*, clip_id: int, accrual_ids: Collection[int], to_hold: bool = False) -> list[EntryEvidence]:
    """Those of a clip's entries that can be reversed, or held, among these; among all of them where none is named."""
    free = Accrual.objects.filter(clip_id=clip_id, reversal=None)
    if to_hold:
        free = free.filter(stage__in=(Stage.CLEARING, Stage.PAYABLE))
    if accrual_ids:
        free = free.filter(id__in=accrual_ids)
    return _entries(list(_with_readings(free).order_by("number")[:CHOSEN_MAX]))


def creator_clips(*, creator_id: int) -> list[EarningClip]:
    """The clips of a creator that earned something, the latest first, with what became of it."""
    sums = _sums(Accrual.objects.filter(creator_id=creator_id))
    currencies = dict(Accrual.objects.filter(clip_id__in=list(sums)).values_list("clip_id", "currency").distinct())
    return [
        EarningClip(
            clip_id=clip.clip_id,
            title=clip.title,
            campaign_title=clip.campaign_title,
            platform=clip.platform,
            state=clip.state,
            currency=currencies[clip.clip_id],
            counting_minor=sums[clip.clip_id][0],
            held_minor=sums[clip.clip_id][1],
            reversed_minor=sums[clip.clip_id][2],
        )
        for clip in clips.creator_clips(creator_id=creator_id)
        if clip.clip_id in sums
    ]


def sums_of(*, clip_ids: Collection[int]) -> dict[int, ClipSums]:
    """What became of the money of these clips, by id; clips that earned nothing are absent."""
    return {
        clip_id: ClipSums(counting_minor=counting, held_minor=held, reversed_minor=reversed_)
        for clip_id, (counting, held, reversed_) in _sums(Accrual.objects.filter(clip_id__in=clip_ids)).items()
    }


def _sums(accruals: QuerySet[Accrual]) -> dict[int, tuple[int, int, int]]:
    """By clip: what counts, what is held, and what does not count, net."""
    net = Sum("gross_minor") - Sum("fee_minor")
    counts = Q(reversal=None)
    rows = accruals.values_list("clip_id").annotate(
        counting=Sum("gross_minor", filter=counts, default=0) - Sum("fee_minor", filter=counts, default=0), net=net
    )
    held: dict[int, int] = {}
    is_held = accruals.filter(stage=Stage.HELD).annotate(left_minor=remaining.left())
    for clip_id, left_minor in is_held.values_list("clip_id", "left_minor"):
        held[clip_id] = held.get(clip_id, 0) + left_minor
    return {
        clip_id: (int(counting), held.get(clip_id, 0), int(all_of_it - counting))
        for clip_id, counting, all_of_it in rows.order_by()
    }


def _with_readings(accruals: QuerySet[Accrual]) -> QuerySet[Accrual]:
    return accruals.select_related("from_observation", "to_observation")


def _entries(rows: Sequence[Accrual]) -> list[EntryEvidence]:
    ids = [row.id for row in rows]
    taken = remaining.taken_of(ids)
    holds: dict[int, list[Hold]] = {}
    for hold in Hold.objects.filter(accrual__in=ids).order_by("id"):
        holds.setdefault(hold.accrual_id, []).append(hold)
    reversals = {one.accrual_id: one for one in EarningReversal.objects.filter(accrual__in=ids)}
    names = _names(one.actor for one in reversals.values())
    return [
        _entry(
            row,
            taken_minor=taken.get(row.id, 0),
            holds=holds.get(row.id, []),
            reversal=reversals.get(row.id),
            names=names,
        )
        for row in rows
    ]


def _entry(
    row: Accrual, *, taken_minor: int, holds: Sequence[Hold], reversal: EarningReversal | None, names: dict[str, str]
) -> EntryEvidence:
    is_held = next((hold for hold in holds if hold.ended_at is None), None)
    return EntryEvidence(
        accrual_id=row.id,
        number=row.number,
        views_from=row.views_from,
        views_to=row.views_to,
        from_reading=_reading(row.from_observation) if row.from_observation else None,
        to_reading=_reading(row.to_observation),
        gross_minor=row.gross_minor,
        fee_minor=row.fee_minor,
        net_minor=row.net_minor,
        left_minor=row.net_minor - taken_minor,
        accrued_at=row.accrued_at,
        clears_at=row.clears_at,
        stage=Stage.REVERSED.value if reversal else row.stage,
        held_because=str(HoldReason(is_held.reason).label) if is_held else "",
        releases_at=is_held.releases_at if is_held else None,
        reversal=_reversal(reversal, names=names) if reversal else None,
        in_the_books=tuple(_in_the_books(row, holds, reversal, had_paid_a_debt=taken_minor > 0)),
    )


def _in_the_books(
    row: Accrual, holds: Sequence[Hold], reversal: EarningReversal | None, *, had_paid_a_debt: bool
) -> Iterable[tuple[str, str]]:
    yield "accrual", row.name
    if row.cleared_at is not None:
        yield "clear", row.name
    for hold in holds:
        if hold.amount_minor:
            yield "hold", f"hold:{hold.id}"
            if hold.outcome == HoldOutcome.RELEASED:
                yield "release", f"hold:{hold.id}"
    if reversal is not None:
        is_void = reversal.kind == ReversalKind.VOID
        if is_void:
            yield "void", row.name
        if not is_void or had_paid_a_debt:
            yield "clawback", row.name


def _reading(observation: Observation) -> ReadingFacts:
    return ReadingFacts(
        observation_id=observation.id,
        observed_at=observation.observed_at,
        views=observation.views,
        source=observation.source,
    )


def _reversal(row: EarningReversal, *, names: dict[str, str]) -> ReversalFacts:
    return ReversalFacts(
        kind=row.kind,
        why=str(ReversalReason(row.reason).label),
        note=row.note,
        who=names[row.actor],
        reversed_at=row.reversed_at,
        returned_to=row.returned_to,
        returned_minor=row.returned_minor,
    )


def _acts(clip_id: int) -> list[ActLine]:
    rows = list(EarningAct.objects.filter(clip_id=clip_id).order_by("-id")[:ACTS_SHOWN_MAX])
    names = _names(row.actor for row in rows)
    return [
        ActLine(
            who=names[row.actor],
            what=row.get_deed_display(),
            why=_why(row),
            note=row.note,
            entries=row.entries,
            amount_minor=row.amount_minor,
            clawed_back_minor=row.clawed_back_minor,
            owed_minor=row.owed_minor,
            acted_at=row.acted_at,
        )
        for row in rows
    ]


def _why(act: EarningAct) -> str:
    reasons = ReversalReason if act.deed == Deed.REVERSED else HoldReason
    return str(reasons(act.reason).label)


def _names(actors: Iterable[str]) -> dict[str, str]:
    """Whom the rows mean by "user:7"; "system" is the house itself."""
    found = set(actors)
    numbers = {actor: int(actor.removeprefix("user:")) for actor in found if actor.startswith("user:")}
    known = people.names(list(numbers.values()))
    return {actor: known.get(numbers.get(actor, 0), "Nobody: by itself") for actor in found}
