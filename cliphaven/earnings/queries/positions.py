"""How far views were turned into money: what an accrual job has to count, and from where it goes on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from cliphaven.campaigns import queries as campaigns
from cliphaven.earnings.models import Accrual
from cliphaven.earnings.rules import accruing
from cliphaven.foundation import arrays
from cliphaven.tracking import queries as tracking
from cliphaven.tracking.models import TrackedClip

CLIPS_MAX = 200_000
"""Clips of one campaign that are looked at together; a budget that ends is shared among them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """How far one clip's views were turned into money: the last counted total and the gross so far, in minor units."""

    clip_id: int
    number: int
    views: int
    observation_id: int
    gross_minor: int


@dataclass(frozen=True, kw_only=True)
class Uncounted:
    """Where the clips of a campaign stand of which more was seen than counted; the mappings are by clip or terms."""

    positions: Sequence[accruing.Position]
    counts: dict[int, tracking.BelievedCount]
    counted: dict[int, Counted]
    terms: dict[int, campaigns.EarningTerms]
    earned_by_creator: dict[int, int]

    def steps(self, *, budget_minor: int) -> list[accruing.Step]:
        """What they earn now from a budget."""
        return accruing.steps(
            positions=self.positions, budget_minor=budget_minor, earned_by_creator=self.earned_by_creator
        )

    def owed_minor(self) -> int:
        """What they would earn if there were money for all, gross, in minor units."""
        granted = accruing.within_caps(positions=self.positions, earned_by_creator=self.earned_by_creator)
        return sum(granted.values())


def campaigns_to_count() -> list[int]:
    """The campaigns that have clips of which more was seen than counted, by id."""
    found = _uncounted_clips().order_by("clip__campaign_id").values_list("clip__campaign_id", flat=True).distinct()
    return list(found)


def uncounted(*, campaign_id: int) -> Uncounted:
    """The clips of one campaign of which more was seen than counted, the lowest ids first where there are too many."""
    tracked = _uncounted_clips().filter(clip__campaign_id=campaign_id)
    counts = {count.clip_id: count for count in tracking.believed_counts(tracked, at_most=CLIPS_MAX)}
    before = counted(list(counts))
    terms = campaigns.earning_terms(list({count.terms_id for count in counts.values()}))
    by_platform = {
        (terms_id, platform): clip_terms(version, platform=platform)
        for terms_id, version in terms.items()
        for platform in version.cpm_minor
    }
    capped = {count.creator_id for count in counts.values() if terms[count.terms_id].cap_per_creator_minor is not None}
    return Uncounted(
        positions=[
            accruing.Position(
                clip_id=count.clip_id,
                creator_id=count.creator_id,
                views_seen=count.views,
                gross_so_far_minor=before[count.clip_id].gross_minor if count.clip_id in before else 0,
                terms=by_platform[count.terms_id, count.platform],
            )
            for count in counts.values()
        ],
        counts=counts,
        counted=before,
        terms=terms,
        earned_by_creator=gross_by_creator(campaign_id=campaign_id, creator_ids=capped),
    )


def clip_terms(terms: campaigns.EarningTerms, *, platform: str) -> accruing.ClipTerms:
    """The numbers that decide what one clip on a platform earns."""
    return accruing.ClipTerms(
        cpm_minor=terms.cpm_minor[platform],
        min_views=terms.min_views,
        max_payout_minor=terms.max_payout_per_clip_minor,
        creator_cap_minor=terms.cap_per_creator_minor,
        fee_bp=terms.fee_bp,
    )


def counted(clip_ids: Sequence[int]) -> dict[int, Counted]:
    """The counted state of each clip that earned something."""
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [arrays.numbers(list(clip_ids))])
        rows = cursor.fetchall()
    return {
        row[0]: Counted(clip_id=row[0], number=row[1], views=row[2], observation_id=row[3], gross_minor=row[4])
        for row in rows
    }


_LATEST = """
select a.clip_id, a.number, a.views_to, a.to_observation_id, a.gross_total_minor
  from unnest(%s::bigint[]) as wanted(clip_id) cross join lateral (
    select * from earnings_accrual where clip_id = wanted.clip_id order by number desc limit 1) a"""


def gross_by_creator(*, campaign_id: int, creator_ids: Collection[int]) -> dict[int, int]:
    """What all clips of each creator earned in a campaign so far, gross, also what was reversed since."""
    if not creator_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_BY_CREATOR, [campaign_id, arrays.numbers(list(creator_ids))])
        return {creator_id: int(gross) for creator_id, gross in cursor.fetchall()}


_BY_CREATOR = """
select creator_id, sum(gross_minor) from earnings_accrual
 where campaign_id = %s and creator_id = any(%s::bigint[]) group by creator_id"""


def _uncounted_clips() -> QuerySet[TrackedClip]:
    """An accrual that counts up to the reading that is believed, and was paid in full, leaves nothing to count."""
    done = Accrual.objects.filter(to_observation_id=OuterRef("seen_observation_id"), unfunded_minor=0)
    return tracking.owing_clips().filter(~Exists(done))
