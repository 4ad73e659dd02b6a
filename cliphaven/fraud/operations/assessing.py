"""Readings become judgements: what was read since the last time is scored, and cases are opened where it is doubted.

Set-based and in chunks, each in a transaction of its own; two who assess at once skip what the other has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cliphaven.campaigns import queries as campaigns
from cliphaven.foundation import money
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.fraud.models import Assessment, Band, CaseEffect, ClipRisk, RiskCase
from cliphaven.fraud.models.cases import UNDER_WAY, RiskCaseState
from cliphaven.fraud.operations import claiming, opening
from cliphaven.fraud.operations.claiming import Clip
from cliphaven.fraud.queries import across, ended_cases, policies
from cliphaven.fraud.rules import cases as case_rules
from cliphaven.fraud.rules.judging import MILLI, Judgement, Settled, judged
from cliphaven.fraud.rules.series import Series, Snapshot
from cliphaven.fraud.rules.signals.found import Signal
from cliphaven.tracking.operations import probing
from cliphaven.tracking.queries.readings import Counts, latest_readings

READINGS_MAX = 400
"""The latest readings of a clip that are looked at: more than two weeks of hourly ones."""
LATELY = timedelta(minutes=30)
"""Readings younger than this are looked for each minute, all others once an hour."""
PROBED_FOR = timedelta(hours=36)
PROBED_AGAIN_AFTER = timedelta(days=5)
"""After a probe: a clip that stays odd is not read hourly for ever."""


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """How many clips were judged, and the last one looked at; None when there were no more."""

    judged: int
    last: int | None


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What is known of the clips of a chunk before they are judged."""

    in_force: policies.InForce
    readings: Mapping[int, Sequence[Counts]]
    under_way: Mapping[int, RiskCase]
    ended: Mapping[int, RiskCase]
    settled: Mapping[int, Settled]
    surroundings: across.Surroundings
    cpm_minor: Mapping[tuple[int, str], int]
    currencies: Mapping[int, str]
    now: datetime


@dataclass(frozen=True, kw_only=True)
class _Turn:
    """One clip's judgement with what follows from it."""

    clip: Clip
    risk: ClipRisk
    judgement: Judgement
    onset: Counts | None
    latest: Counts
    doubted_views: int
    at_stake_minor: int

    @property
    def onset_id(self) -> int:
        """What came after this reading is doubted; 0 for everything."""
        return self.onset.observation_id if self.onset else 0


@no_transaction
def assess_lately_read(*, now: datetime) -> int:
    """Judge the clips that were read within half an hour and not judged since; answers how many. What was read before
    that and is not judged yet, because nothing ran meanwhile, waits for `assess_all`."""
    return _assess(read_after=now - LATELY, now=now)


@no_transaction
def assess_all(*, now: datetime) -> int:
    """Judge every clip that was read since its last judgement; answers how many. Looks at all clips there are."""
    return _assess(read_after=None, now=now)


def _assess(*, read_after: datetime | None, now: datetime) -> int:
    number, last = 0, 0
    while True:
        chunk = assess_chunk(after=last, read_after=read_after, now=now)
        number += chunk.judged
        if chunk.last is None:
            return number
        last = chunk.last


@own_transaction
def assess_chunk(*, after: int = 0, read_after: datetime | None = None, now: datetime) -> Chunk:
    """Judge the next clips with new readings, by id, and write down what changed; see `assess_all`."""
    in_force = policies.in_force()
    share = in_force.version.draft.bypass_basis_points
    clips, last = claiming.claim(after=after, read_after=read_after, bypass_basis_points=share)
    risks = ClipRisk.objects.in_bulk([clip.id for clip in clips])
    known = _known(clips, in_force=in_force, now=now)
    turns = [_turn(clip, risks[clip.id], known) for clip in clips if known.readings.get(clip.id)]
    _keep(turns, known)
    claiming.pass_over(clips=[clip for clip in clips if clip.id not in known.readings])
    return Chunk(judged=len(turns), last=last)


def _known(clips: Sequence[Clip], *, in_force: policies.InForce, now: datetime) -> _Known:
    ids = [clip.id for clip in clips]
    ended = ended_cases.last_of(ids)
    terms = campaigns.earning_terms(sorted({clip.terms_id for clip in clips}))
    return _Known(
        in_force=in_force,
        readings=latest_readings(ids, at_most=READINGS_MAX),
        under_way={
            case.clip_id: case for case in RiskCase.objects.filter(clip_id__in=ids, state__in=UNDER_WAY, evidence="")
        },
        ended=ended,
        settled=_settled(ended),
        surroundings=across.Surroundings(
            [across.Owned(clip_id=clip.id, creator_id=clip.creator_id, campaign_id=clip.campaign_id) for clip in clips]
        ),
        cpm_minor={(id_, platform): cpm for id_, one in terms.items() for platform, cpm in one.cpm_minor.items()},
        currencies=campaigns.currencies(sorted({clip.campaign_id for clip in clips})),
        now=now,
    )


def _settled(ended: Mapping[int, RiskCase]) -> dict[int, Settled]:
    """What the last cases of clips rested on: it is not raised again, unless it was found to be true."""
    cases = {
        clip_id: (case.pk, case.ended_at)
        for clip_id, case in ended.items()
        if case.state != RiskCaseState.VOIDED and case.ended_at is not None
    }
    told = ended_cases.signals_told([case_id for case_id, _ in cases.values()])
    return {
        clip_id: Settled(
            signals=frozenset(signal for signal in Signal if signal.value in told.get(case_id, ())), ended_at=ended_at
        )
        for clip_id, (case_id, ended_at) in cases.items()
    }


def _turn(clip: Clip, risk: ClipRisk, known: _Known) -> _Turn:
    readings = known.readings[clip.id]
    judgement = judged(
        Series(
            clip=str(clip.id),
            platform=clip.platform,
            snapshots=tuple(
                Snapshot(one.observed_at, one.views, one.likes, one.comments, one.shares) for one in readings
            ),
            posted_at=clip.posted_at,
            creator=str(clip.creator_id),
        ),
        calibration=known.in_force.calibration,
        modes=known.in_force.modes,
        settled=known.settled.get(clip.id),
        across=known.surroundings.of(clip.id, in_step=risk.in_step),
        now=known.now,
    )
    onset = _onset(judgement.onset_at, readings, known.ended.get(clip.id))
    doubted_views = max(0, max(one.views for one in readings) - (onset.views if onset else 0))
    return _Turn(
        clip=clip,
        risk=risk,
        judgement=judgement,
        onset=onset,
        latest=readings[-1],
        doubted_views=doubted_views,
        at_stake_minor=money.earned(
            views=doubted_views, cpm_minor=known.cpm_minor.get((clip.terms_id, clip.platform), 0)
        ),
    )


def _onset(onset_at: datetime | None, readings: Sequence[Counts], ended: RiskCase | None) -> Counts | None:
    """The last reading that is not doubted; None if all are. What an ended case reached is not doubted again."""
    reached = (ended.through_observation_id or 0) if ended else 0
    innocent = [
        one
        for one in readings
        if one.observation_id <= reached or (onset_at is not None and one.observed_at <= onset_at)
    ]
    return innocent[-1] if innocent else None


def _keep(turns: Sequence[_Turn], known: _Known) -> None:
    """Write the risks, the assessments that say something new, and what follows from them."""
    draft, thresholds = known.in_force.version.draft, known.in_force.thresholds
    probed: list[int] = []
    for turn in turns:
        risk, judgement = turn.risk, turn.judgement
        risk.is_doubted = turn.doubted_views > 0 and case_rules.is_doubted(
            judgement.value_milli, thresholds=thresholds, was_doubted=risk.is_doubted
        )
        risk.band = case_rules.band(
            judgement.value_milli,
            thresholds=thresholds,
            doubted=risk.is_doubted,
            at_stake_minor=turn.at_stake_minor,
            review_above_minor=draft.review_above_minor[known.currencies[turn.clip.campaign_id]],
        )
        risk.value_milli, risk.shadow_milli = judgement.value_milli, judgement.shadow_milli
        risk.scored_through, risk.assessed_at = turn.clip.last_observation_id, known.now
        risk.policy_id, risk.calibration_id = known.in_force.policy_id, judgement.calibration_id
        if until := _probed_until(turn, known):
            risk.probed_until = until
            probed.append(turn.clip.id)
    ClipRisk.objects.bulk_update([turn.risk for turn in turns], _JUDGED)
    probing.probe(clip_ids=probed, until=known.now + PROBED_FOR, now=known.now)
    doubts = [_doubt(turn, known) for turn in turns]
    latest = _assessed(turns, doubts, known)
    opening.follow(
        doubts=doubts,
        because=latest,
        under_way=known.under_way,
        hold_days=draft.hold_days,
        appeal_days=draft.appeal_days,
        now=known.now,
    )


_JUDGED = (
    "value_milli",
    "shadow_milli",
    "band",
    "is_doubted",
    "scored_through",
    "assessed_at",
    "policy",
    "calibration_id",
    "probed_until",
)


def _probed_until(turn: _Turn, known: _Known) -> datetime | None:
    """Until when a clip is read hourly from now on; None if nothing new is asked. One doubt is looked into once."""
    before = turn.risk.probed_until
    if before is not None and before + PROBED_AGAIN_AFTER > known.now:
        return None
    is_odd = turn.judgement.shadow_milli >= known.in_force.thresholds.probe_from_milli
    return known.now + PROBED_FOR if is_odd else None


def _doubt(turn: _Turn, known: _Known) -> opening.Doubt:
    hold_from_milli = known.in_force.thresholds.hold_from_milli
    effect = None
    if turn.risk.is_doubted:
        effect = CaseEffect.BYPASS if turn.risk.is_bypassed else CaseEffect.HOLD
    elif turn.doubted_views > 0 and turn.judgement.shadow_milli >= hold_from_milli:
        effect = CaseEffect.SHADOW
    return opening.Doubt(
        clip_id=turn.clip.id,
        effect=effect,
        onset_observation_id=turn.onset_id,
        onset_views=turn.onset.views if turn.onset else 0,
        at_stake_minor=turn.at_stake_minor,
        currency=known.currencies[turn.clip.campaign_id],
    )


def _assessed(turns: Sequence[_Turn], doubts: Sequence[opening.Doubt], known: _Known) -> dict[int, Assessment]:
    """The latest assessment of each clip that has one, after those were written that say something new."""
    latest = {
        one.clip_id: one
        for one in Assessment.objects.filter(clip_id__in=[turn.clip.id for turn in turns])
        .order_by("clip_id", "-id")
        .distinct("clip_id")
    }
    new = [
        _assessment(turn, known)
        for turn, doubt in zip(turns, doubts, strict=True)
        if _is_news(turn, doubt, latest.get(turn.clip.id), known)
    ]
    latest.update({one.clip_id: one for one in Assessment.objects.bulk_create(new)})
    return latest


def _is_news(turn: _Turn, doubt: opening.Doubt, before: Assessment | None, known: _Known) -> bool:
    """Whether it is worth a row: a row for each reading would say the same thing thousands of times."""
    if before is None:
        return turn.risk.band != Band.PASS or doubt.effect is not None
    if before.band != turn.risk.band:
        return True
    if turn.risk.band == Band.PASS and doubt.effect is None:
        return False
    told = {(reason["signal"], reason["is_live"]) for reason in before.reasons}
    return (
        told != {(one.reason.signal.value, one.is_live) for one in turn.judgement.reasons}
        or (before.policy_id, before.calibration_id) != (known.in_force.policy_id, turn.judgement.calibration_id)
        or (doubt.effect is not None and turn.clip.id not in known.under_way)
    )


def _assessment(turn: _Turn, known: _Known) -> Assessment:
    judgement = turn.judgement
    return Assessment(
        clip_id=turn.clip.id,
        policy_id=known.in_force.policy_id,
        calibration_id=judgement.calibration_id,
        signals_version=judgement.version,
        input_digest=judgement.input_digest,
        level=judgement.level,
        value_milli=judgement.value_milli,
        shadow_milli=judgement.shadow_milli,
        band=turn.risk.band,
        reasons=[
            {
                "signal": one.reason.signal.value,
                "strength_milli": round(MILLI * one.reason.strength),
                "sentence": one.reason.sentence,
                "evidence": dict(one.reason.evidence),
                "since_at": one.reason.since_at.isoformat() if one.reason.since_at else None,
                "is_live": one.is_live,
            }
            for one in judgement.reasons
        ],
        onset_observation_id=turn.onset_id,
        onset_views=turn.onset.views if turn.onset else 0,
        through_observation_id=turn.latest.observation_id,
        through_views=max(turn.latest.views, turn.onset.views if turn.onset else 0),
        assessed_at=known.now,
    )
