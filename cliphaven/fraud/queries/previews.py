"""What a policy would have done to the clips of the last weeks, beside what the one in force does."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from cliphaven.campaigns import queries as campaigns
from cliphaven.clips.models import Clip
from cliphaven.foundation import money
from cliphaven.fraud.models import ClipRisk
from cliphaven.fraud.queries import across, calibrations, policies
from cliphaven.fraud.rules.series import Series, Snapshot
from cliphaven.fraud.rules.trying import FirstHold, first_hold
from cliphaven.tracking.queries.readings import latest_readings

LOOKED_BACK = timedelta(days=30)
CLIPS_MAX = 1_000
READINGS_MAX = 400
PAUSE_HOURS = 12.0


@dataclass(frozen=True, kw_only=True)
class Affected:
    """So many clips of so many creators, and what their doubted views earn at most, by currency in minor units."""

    clips: int
    creators: int
    money_minor: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class PolicyPreview:
    """What two policies hold of the same clips. `is_all` says whether no clip of the last thirty days was left out."""

    looked_at: int
    is_all: bool
    held_now: Affected
    held_then: Affected
    newly_held: Affected
    no_longer_held: Affected

    def kept(self) -> dict[str, object]:
        """The preview as it is kept with the policy that was saved after it."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Held:
    clip_id: int
    creator_id: int
    currency: str
    minor: int


def policy_preview(
    *, draft: policies.PolicyDraft, peer_table_id: int | None, now: datetime, clips_max: int = CLIPS_MAX
) -> PolicyPreview:
    """Judge the clips that were submitted in the last thirty days as both policies would have, twice a day.

    Of more clips than `clips_max` the newest are taken. The money is what views since the onset earn by the clip's
    rate, without caps: at most that much would have been held. What other clips and people say is what is known now.
    """
    in_force = policies.in_force()
    calibration = calibrations.calibration(peer_table_id)
    recent = Clip.objects.filter(submitted_at__gt=now - LOOKED_BACK, tracked__measured_at__isnull=False)
    # By their numbers, which follow the submissions: the newest of a million are found without sorting them.
    clips = list(recent.order_by("-id")[: clips_max + 1])
    chosen = clips[:clips_max]
    readings = latest_readings([clip.id for clip in chosen], at_most=READINGS_MAX)
    terms = campaigns.earning_terms(sorted({clip.terms_id for clip in chosen}))
    currencies = campaigns.currencies(sorted({clip.campaign_id for clip in chosen}))
    surroundings = across.Surroundings(
        [across.Owned(clip_id=clip.id, creator_id=clip.creator_id, campaign_id=clip.campaign_id) for clip in chosen]
    )
    in_step = dict(ClipRisk.objects.filter(clip_id__in=[clip.id for clip in chosen]).values_list("clip_id", "in_step"))
    before: dict[int, _Held] = {}
    after: dict[int, _Held] = {}
    for clip in chosen:
        series = Series(
            clip=str(clip.id),
            platform=clip.platform,
            posted_at=clip.posted_at,
            snapshots=tuple(
                Snapshot(one.observed_at, one.views, one.likes, one.comments, one.shares)
                for one in readings.get(clip.id, ())
            ),
        )
        others = surroundings.of(clip.id, in_step=in_step.get(clip.id))
        cpm_minor = terms[clip.terms_id].cpm_minor.get(clip.platform, 0)
        for held, calibrated, policy in (
            (before, in_force.calibration, in_force.version.draft),
            (after, calibration, draft),
        ):
            found = first_hold(
                series,
                calibration=calibrated,
                live=policy.signal_modes().live,
                thresholds=policy.thresholds(calibrated),
                now=now,
                pause_hours=PAUSE_HOURS,
                across=others,
            )
            if found is not None:
                held[clip.id] = _held(clip, found, cpm_minor, currencies[clip.campaign_id])
    return PolicyPreview(
        looked_at=len(chosen),
        is_all=len(clips) <= clips_max,
        held_now=_affected(before.values()),
        held_then=_affected(after.values()),
        newly_held=_affected(one for clip_id, one in after.items() if clip_id not in before),
        no_longer_held=_affected(one for clip_id, one in before.items() if clip_id not in after),
    )


def _held(clip: Clip, found: FirstHold, cpm_minor: int, currency: str) -> _Held:
    return _Held(
        clip_id=clip.id,
        creator_id=clip.creator_id,
        currency=currency,
        minor=money.earned(views=found.doubted_views, cpm_minor=cpm_minor),
    )


def _affected(held: Iterable[_Held]) -> Affected:
    found = list(held)
    sums: dict[str, int] = {}
    for one in found:
        sums[one.currency] = sums.get(one.currency, 0) + one.minor
    return Affected(
        clips=len(found), creators=len({one.creator_id for one in found}), money_minor=dict(sorted(sums.items()))
    )
