"""What a creator's links are held against, and what became of those that were submitted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from cliphaven.campaigns.queries import SubmissionTerms
from cliphaven.clips.models import Channel, ChannelState, Clip, SubmittedLine
from cliphaven.clips.rules import checks, intake


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How many links of a submission there are, and of how many it is known what became of them."""

    lines: int
    settled: int


def desk(
    *, creator_id: int, terms: SubmissionTerms, candidates: Collection[checks.Candidate], now: datetime
) -> checks.Desk:
    """What these clips of this creator are held against, in four statements however many they are."""
    by_platform: dict[str, list[intake.OwnChannel]] = {}
    proved = Channel.objects.filter(creator_id=creator_id, state=ChannelState.VERIFIED)
    for channel in proved.order_by("-verified_at", "-id"):
        own = intake.OwnChannel(channel_id=channel.id, author_id=channel.author_id, handle=channel.handle)
        by_platform.setdefault(channel.platform, []).append(own)
    known = Clip.objects.filter(video_id__in={one.video_id for one in candidates})
    return checks.Desk(
        now=now,
        platforms=frozenset(terms.rates),
        freshness_days=terms.freshness_days,
        clip_rules=terms.clip_rules,
        daily_limit=terms.clips_per_creator_daily,
        submitted_today=_submitted_today(creator_id, terms, now),
        channels=by_platform,
        taken={
            (platform, video_id): owner_id == creator_id
            for platform, video_id, owner_id in known.values_list("platform", "video_id", "creator_id")
        },
    )


def progress(*, creator_id: int, request_key: str) -> Progress | None:
    """How far a submission of this creator is, by the key of its form; None while there is none."""
    lines = SubmittedLine.objects.filter(submission__creator_id=creator_id, submission__request_key=request_key)
    settled = list(lines.values_list("settled_at", flat=True))
    if not settled:
        return None
    return Progress(lines=len(settled), settled=sum(at is not None for at in settled))


def _submitted_today(creator_id: int, terms: SubmissionTerms, now: datetime) -> int:
    """Every clip that came in on this day of the product's calendar counts, also one that was refused since."""
    if terms.clips_per_creator_daily is None:
        return 0
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return Clip.objects.filter(creator_id=creator_id, campaign_id=terms.campaign_id, submitted_at__gte=midnight).count()
