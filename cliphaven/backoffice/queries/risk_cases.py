"""One case with all that a person needs who decides it: views, reasons and peers, links, money line by line, people."""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from cliphaven.clips import queries as clips
from cliphaven.clips.queries import thumbnails
from cliphaven.earnings.models import Hold
from cliphaven.earnings.queries import doubted, overviews, remaining
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.fraud import queries as fraud
from cliphaven.fraud.models import CaseDeed, CaseEffect, ClipRisk, PeerTable, RiskCase, RiskCaseState, TraitKind
from cliphaven.fraud.models.cases import DECISIONS, EXTENDED_DAYS_MAX
from cliphaven.fraud.queries import analytics, case_files, links, policies, verdicts
from cliphaven.identity import queries as people
from cliphaven.tracking import queries as tracking
from cliphaven.tracking.models import Observation

ENTRIES_SHOWN = 200
LINKED_SHOWN = 20
CLIPS_SHOWN = 8
STAFF_NAMES = {"system": "By itself", "clock": "The clock"}
_HOUR = 3600


@dataclass(frozen=True, kw_only=True)
class HeldEntry:
    """One earning entry that the case held: its views, its money less what was taken of it, in minor units, and until
    when it is held, or how that ended."""

    hold_id: int
    number: int
    views_from: int
    views_to: int
    amount_minor: int
    placed_at: datetime
    releases_at: datetime
    ended_at: datetime | None
    outcome: str
    ended_by: str

    @property
    def in_the_books(self) -> str:
        """What the ledger calls its entry of the kind `hold`."""
        return f"hold:{self.hold_id}"


@dataclass(frozen=True, kw_only=True)
class CaseSums:
    """What the case's entries come to, in minor units: held now, let go, voided; and what a decision against the clip
    would take: all that is unpaid since the onset, and of `paid_minor` at most `back_minor`."""

    currency: str
    held_minor: int
    released_minor: int
    voided_minor: int
    unpaid_minor: int
    paid_minor: int
    back_minor: int


@dataclass(frozen=True, kw_only=True)
class LinkedPerson:
    """Somebody bound to the clip's creator, by what, and what was doubted of theirs."""

    user_id: int
    name: str
    because: Sequence[str]
    cases: int
    voided: int


@dataclass(frozen=True, kw_only=True)
class LinkedClip:
    """A clip that tells something about this one: of the same creator, of somebody bound to them, in step, or alike."""

    clip_id: int
    title: str
    platform: str
    creator_name: str
    because: str
    case_id: int | None
    state: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class PeersOfCase:
    """By what the case was measured: clips that nobody doubts, read about as often; and where views are held from."""

    calibration_id: str
    source: str
    clips: int | None
    level: str
    hold_from_milli: int
    release_below_milli: int


@dataclass(frozen=True, kw_only=True)
class Deed:
    """Something that was done about the case, and the name of who did it."""

    deed: str
    who: str
    note: str
    happened_at: datetime


@dataclass(frozen=True, kw_only=True)
class CasePage:
    """Everything on the page of a case. `may_answer` says whether this person may answer appeals, and `deciders`
    are the names of those who may not. `entries` are the latest ones that it held."""

    file: case_files.CaseFile
    clip: clips.ClipFacts
    risk: ClipRisk
    effect_said: str
    views_chart: dict[str, Any] | None
    pace_chart: dict[str, Any] | None
    readings: int
    read_at: datetime | None
    doubted_views: int
    peers: PeersOfCase
    sums: CaseSums
    entries: Sequence[HeldEntry]
    releases_at: datetime | None
    people: Sequence[LinkedPerson]
    clips: Sequence[LinkedClip]
    deeds: Sequence[Deed]
    deciders: Sequence[str]
    may_answer: bool
    analytics: analytics.AnalyticsLine | None
    is_of_the_house: bool

    @property
    def is_open(self) -> bool:
        """Whether somebody can decide it."""
        return self.file.line.state == RiskCaseState.OPEN

    @property
    def may_release(self) -> bool:
        """Whether somebody can decide for the clip: also where the house decided by itself, on evidence."""
        return self.is_open or (self.is_of_the_house and self.file.line.state == RiskCaseState.VOIDING)

    @property
    def days_left(self) -> int:
        """By how many days it may still be extended."""
        return EXTENDED_DAYS_MAX - self.file.extended_days

    @property
    def standing(self) -> str:
        """As the queue says it: the band of the clip now, that it is certain, or why nothing is held."""
        if self.is_of_the_house:
            return "evidence"
        effect = self.file.line.effect
        return str(self.risk.band) if effect == CaseEffect.HOLD else effect


@one_snapshot
def case_page(*, case_id: int, staff_id: int) -> CasePage | None:
    """A case as one of the staff reads it; None if there is none with this number."""
    file = case_files.case_file(case_id=case_id)
    if file is None:
        return None
    case = RiskCase.objects.select_related("because").get(id=case_id)
    risk = ClipRisk.objects.get(clip_id=case.clip_id)
    history = tracking.clip_history(case.clip_id)
    marks = _marks(case, history)
    entries = _entries(case)
    bound = links.linked_people(file.line.creator_id)
    deciders = {event.actor for event in file.events if event.deed in DECISIONS}
    views = [point.views for point in history if point.believed]
    chart = overviews.view_chart(history)
    return CasePage(
        file=file,
        clip=clips.clip_for_staff(clip_id=case.clip_id),
        risk=risk,
        effect_said=str(case.get_effect_display()),
        views_chart=None if chart is None else chart | {"marks": marks},
        pace_chart=_pace_chart(history, marks),
        readings=len(history),
        read_at=history[-1].observed_at if history else None,
        doubted_views=max(0, max(views, default=0) - case.onset_views),
        peers=_peers(case),
        sums=_sums(case, risk, entries),
        entries=entries[:ENTRIES_SHOWN],
        releases_at=min((entry.releases_at for entry in entries if entry.ended_at is None), default=None),
        people=_people(bound),
        clips=_clips(case, risk, file.line.creator_id, bound),
        deeds=_deeds(file.events),
        deciders=[_named([actor])[actor] for actor in sorted(deciders)],
        may_answer=f"user:{staff_id}" not in deciders,
        analytics=analytics.of_clip(clip_id=case.clip_id),
        is_of_the_house=bool(case.evidence),
    )


def _marks(case: RiskCase, history: Sequence[tracking.ObservationPoint]) -> list[list[Any]]:
    """The doubted stretch of the curve: from the onset to how far the case reached, or to the last reading."""
    if not history:
        return []
    wanted = {case.onset_observation_id, case.through_observation_id or 0}
    moments = dict(Observation.objects.filter(id__in=wanted, clip_id=case.clip_id).values_list("id", "observed_at"))
    begins_at = moments.get(case.onset_observation_id, history[0].observed_at)
    ends_at = moments.get(case.through_observation_id or 0, history[-1].observed_at)
    said = begins_at.astimezone(UTC)
    since = f"since {said.day} {said:%b, %H:%M} UTC" if case.onset_observation_id else "from the first reading on"
    return [[int(begins_at.timestamp()), int(max(begins_at, ends_at).timestamp()), f"Doubted {since}"]]


def _pace_chart(history: Sequence[tracking.ObservationPoint], marks: list[list[Any]]) -> dict[str, Any] | None:
    """Views an hour between each two believed readings: what a sum hides, an order of views shows here."""
    points = [point for point in history if point.believed]
    if len(points) < 3:
        return None
    rows: list[list[int | None]] = []
    gaps = []
    for one, other in itertools.pairwise(points):
        seconds = (other.observed_at - one.observed_at).total_seconds()
        at = int(one.observed_at.timestamp())
        if seconds <= 0:
            continue
        if seconds > overviews.GAP.total_seconds():
            gaps.append([at, int(other.observed_at.timestamp()), "not measured"])
        rows.append([at, max(0, round((other.views - one.views) * _HOUR / seconds))])
    rows.append([int(points[-1].observed_at.timestamp()), None])
    return {
        "unit": "views",
        "series": [{"label": "Views an hour, between readings", "kind": "step", "tone": "brand"}],
        "rows": rows,
        "gaps": gaps,
        "marks": marks,
    }


def _peers(case: RiskCase) -> PeersOfCase:
    in_force = policies.in_force()
    name = case.because.calibration_id
    found = in_force.calibration if in_force.calibration.id == name else None
    kept = None if found else PeerTable.objects.filter(calibration_id=name).values("source", "clips").first()
    return PeersOfCase(
        calibration_id=name,
        source=found.source if found else kept["source"] if kept else "",
        clips=found.clips if found else kept["clips"] if kept else None,
        level=case.because.level,
        hold_from_milli=in_force.thresholds.hold_from_milli,
        release_below_milli=in_force.thresholds.release_below_milli,
    )


def _entries(case: RiskCase) -> list[HeldEntry]:
    """All that the case held, the latest first."""
    found = Hold.objects.filter(placed_by=fraud.holder(case.pk), accrual__clip_id=case.clip_id)
    holds = list(found.select_related("accrual").order_by("-accrual__number", "-id"))
    taken = remaining.taken_of_holds([hold.id for hold in holds])
    names = _named([hold.ended_by for hold in holds if hold.ended_by])
    return [
        HeldEntry(
            hold_id=hold.id,
            number=hold.accrual.number,
            views_from=hold.accrual.views_from,
            views_to=hold.accrual.views_to,
            amount_minor=hold.amount_minor - (0 if hold.ended_at else taken.get(hold.id, 0)),
            placed_at=hold.placed_at,
            releases_at=hold.releases_at,
            ended_at=hold.ended_at,
            outcome=hold.outcome,
            ended_by=names.get(hold.ended_by, hold.ended_by),
        )
        for hold in holds
    ]


def _sums(case: RiskCase, risk: ClipRisk, entries: Sequence[HeldEntry]) -> CaseSums:
    by_outcome: Counter[str] = Counter()
    for entry in entries:
        by_outcome[entry.outcome] += entry.amount_minor
    through = case.through_observation_id or max(risk.scored_through, case.onset_observation_id)
    decided = replace(verdicts.decided(case), through_observation_id=through)
    unpaid, paid = doubted.entries_to_void(decided) if case.effect == CaseEffect.HOLD else ([], [])
    left = remaining.taken_of([one.id for one in unpaid])
    most_minor = fraud.clawback_max_minor(currency=case.currency) - doubted.clawed_back_minor(decided)
    paid_minor = sum(one.net_minor for one in paid)
    return CaseSums(
        currency=case.currency,
        held_minor=by_outcome[""],
        released_minor=by_outcome["released"],
        voided_minor=by_outcome["voided"],
        unpaid_minor=sum(one.net_minor - left.get(one.id, 0) for one in unpaid),
        paid_minor=paid_minor,
        back_minor=max(0, min(paid_minor, most_minor)),
    )


def _people(bound: Mapping[int, Sequence[str]]) -> list[LinkedPerson]:
    names = people.names(sorted(bound))
    cases = RiskCase.objects.filter(clip__creator_id__in=bound).values_list("clip__creator_id", "state")
    all_of: Counter[int] = Counter()
    voided: Counter[int] = Counter()
    for creator_id, state in cases:
        all_of[creator_id] += 1
        voided[creator_id] += state == RiskCaseState.VOIDED
    return [
        LinkedPerson(
            user_id=user_id,
            name=names.get(user_id, f"Person {user_id}"),
            because=[str(TraitKind(kind).label) for kind in kinds],
            cases=all_of[user_id],
            voided=voided[user_id],
        )
        for user_id, kinds in sorted(bound.items())[:LINKED_SHOWN]
    ]


def _clips(case: RiskCase, risk: ClipRisk, creator_id: int, bound: Mapping[int, Sequence[str]]) -> list[LinkedClip]:
    """The clip that is in step with it, the earlier one that it looks like, and the doubted ones of its creator and of
    those bound to them."""
    found: list[LinkedClip] = []
    evidence = (risk.in_step or {}).get("evidence", {})
    if (closest := str(evidence.get("closest", ""))).isdigit():
        step = f"In step with it: correlation {float(evidence['correlation']):.2f} over {evidence['hours']} hours"
        found.append(_of_another(int(closest), because=step))
    if (earlier := thumbnails.earlier_alike([case.clip_id]).get(case.clip_id)) is not None:
        alike = f"Submitted before, and looks like it: {earlier.bits} of 64 places differ"
        found.append(_of_another(earlier.clip_id, because=alike))
    theirs = RiskCase.objects.filter(clip__creator_id__in=[creator_id, *bound]).exclude(clip_id=case.clip_id)
    seen = {one.clip_id for one in found}
    for one in theirs.select_related("because").order_by("-id")[:LINKED_SHOWN]:
        if one.clip_id in seen:
            continue
        seen.add(one.clip_id)
        facts = clips.clip_for_staff(clip_id=one.clip_id)
        own = facts.creator_id == creator_id
        found.append(_clip(facts, one, because="Of the same creator" if own else "Of a linked account"))
    return found[:CLIPS_SHOWN]


def _of_another(clip_id: int, *, because: str) -> LinkedClip:
    latest = RiskCase.objects.filter(clip_id=clip_id).select_related("because").order_by("-id").first()
    return _clip(clips.clip_for_staff(clip_id=clip_id), latest, because=because)


def _clip(facts: clips.ClipFacts, case: RiskCase | None, *, because: str) -> LinkedClip:
    reasons = case.because.reasons if case else []
    return LinkedClip(
        clip_id=facts.clip_id,
        title=facts.title,
        platform=facts.platform,
        creator_name=facts.creator_name,
        because=because,
        case_id=case.pk if case else None,
        state=case.state if case else "",
        sentence=str(reasons[0]["sentence"]) if reasons else "",
    )


def _deeds(events: Sequence[case_files.EventLine]) -> list[Deed]:
    """What was done, the latest first."""
    names = _named([event.actor for event in events])
    return [
        Deed(
            deed=str(CaseDeed(event.deed).label),
            who=names[event.actor],
            note="" if event.deed == CaseDeed.SETTLED else event.note,
            happened_at=event.happened_at,
        )
        for event in reversed(events)
    ]


def _named(actors: Sequence[str]) -> dict[str, str]:
    """The names of who did something: "system", "clock", "user:7", "fraud:3"."""
    ids = {actor: int(actor.removeprefix("user:")) for actor in actors if actor.startswith("user:")}
    names = people.names(sorted(set(ids.values())))
    return {actor: names.get(ids[actor], actor) if actor in ids else STAFF_NAMES.get(actor, actor) for actor in actors}
