"""Submitting clips: every pasted link is read, followed, checked against the campaign and the creator's channels."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import IntegrityError

from cliphaven.campaigns import queries as campaigns
from cliphaven.campaigns.models import Platform
from cliphaven.clips.models import Channel, ChannelState, Clip
from cliphaven.clips.rules import intake, urls
from cliphaven.foundation import jobs
from cliphaven.foundation.errors import ProviderFailed, Refused
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.providers import short_links

LINKS_FOLLOWED_AT_ONCE = 8
ALREADY_SUBMITTED = "already_submitted"


class SubmissionRefused(Refused):
    """This link cannot come in as a clip. Its `code` says why."""

    def __init__(self, code: str, sentence: str) -> None:
        """`code` never changes; `sentence` says what to do instead."""
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class LineResult:
    """What became of one pasted line: a clip, or a refusal with its code and a sentence for the creator."""

    line: str
    platform: str = ""
    handle: str = ""
    clip_id: int | None = None
    code: str = ""
    sentence: str = ""

    @property
    def state(self) -> str:
        """The state of the line: accepted, duplicate or refused."""
        if self.clip_id is not None:
            return "accepted"
        return "duplicate" if self.code == ALREADY_SUBMITTED else "refused"


@no_transaction
def submit_clips(*, creator_id: int, campaign_id: int, text: str, now: datetime) -> list[LineResult]:
    """Submit every link in `text`, one a line, to a campaign; answers one result for each line, in their order.

    One bad line never hurts the others. Lines beyond the fiftieth are refused. Raises CampaignNotOpen when the campaign
    takes no clips at all.
    """
    campaigns.terms_for_submission(campaign_id=campaign_id, now=now)
    lines = intake.pasted_lines(text)
    read = _followed(lines[: intake.MAX_LINES])
    results = [
        _put_in(creator_id=creator_id, campaign_id=campaign_id, line=line, url=url, now=now)
        for line, url in zip(lines, read, strict=False)
    ]
    surplus = f"Submit {intake.MAX_LINES} links at a time. This one was left out: submit it again."
    return results + [
        LineResult(line=line[: urls.MAX_LENGTH], code="too_many_lines", sentence=surplus)
        for line in lines[intake.MAX_LINES :]
    ]


def _followed(lines: Sequence[str]) -> list[urls.ClipUrl | Refused]:
    """What each line means, with short links followed side by side: each may take five seconds."""
    resolver = short_links.from_settings()
    with ThreadPoolExecutor(max_workers=LINKS_FOLLOWED_AT_ONCE) as pool:
        return list(pool.map(lambda line: _read(line, resolver), lines))


def _read(line: str, resolver: short_links.ShortLinks) -> urls.ClipUrl | Refused:
    try:
        url = urls.parse_clip_url(line)
        if url.follow is None:
            return url
        return urls.parse_clip_url(resolver.resolve(url.follow, arrived=_is_clip))
    except urls.UnreadableUrl as error:
        return SubmissionRefused(error.code, error.sentence)
    except Refused as refused:
        return refused
    except ProviderFailed as failure:
        return SubmissionRefused("link_not_answered", failure.sentence)


def _is_clip(address: str) -> bool:
    try:
        return urls.parse_clip_url(address).id is not None
    except urls.UnreadableUrl:
        return False


def _put_in(*, creator_id: int, campaign_id: int, line: str, url: urls.ClipUrl | Refused, now: datetime) -> LineResult:
    shown = line[: urls.MAX_LENGTH]
    if isinstance(url, Refused):
        return LineResult(line=shown, code=url.code, sentence=url.sentence)
    known = LineResult(line=shown, platform=url.platform, handle=url.handle or "")
    try:
        clip_id = _put_in_one(creator_id=creator_id, campaign_id=campaign_id, line=shown, url=url, now=now)
    except Refused as refused:
        return replace(known, code=refused.code, sentence=refused.sentence)
    except IntegrityError as error:
        if "one_clip_per_video" not in str(error):
            raise
        # Somebody submitted the same clip between our look and our write.
        taken = _duplicate(creator_id, url)
        return replace(known, code=taken.code, sentence=taken.sentence)
    return replace(known, clip_id=clip_id)


@own_transaction
def _put_in_one(*, creator_id: int, campaign_id: int, line: str, url: urls.ClipUrl, now: datetime) -> int:
    terms = campaigns.terms_for_submission(campaign_id=campaign_id, now=now)
    video_id, canonical = url.id, url.canonical
    assert video_id is not None
    assert canonical is not None
    if url.platform not in terms.rates:
        label = Platform(url.platform).label
        raise SubmissionRefused("platform_not_paid", f"This campaign pays nothing for clips on {label}.")
    if Clip.objects.filter(platform=url.platform, video_id=video_id).exists():
        raise _duplicate(creator_id, url)
    channel_id = _channel_for(creator_id, url)
    uploaded_at = intake.told_by_id(platform=url.platform, video_id=video_id)
    if uploaded_at is not None and not intake.is_fresh(
        posted_at=uploaded_at, submitted_at=now, freshness_days=terms.freshness_days, margin=intake.ID_MARGIN
    ):
        raise SubmissionRefused(
            "too_old",
            f"This clip was posted around {uploaded_at:%d %B %Y}; the campaign takes clips of the last"
            f" {terms.freshness_days} days.",
        )
    if terms.clips_per_creator_daily is not None:
        _check_daily_limit(creator_id, campaign_id, limit=terms.clips_per_creator_daily, now=now)
    clip = Clip.objects.create(
        campaign_id=campaign_id,
        terms_id=terms.terms_id,
        creator_id=creator_id,
        channel_id=channel_id,
        platform=url.platform,
        video_id=video_id,
        canonical_url=canonical,
        submitted_url=line,
        submitted_at=now,
        inspect_at=now,
        auto_approves_at=now + timedelta(hours=terms.review_hours),
    )
    jobs.defer("clips.inspect_waiting", at_most_one_waiting="clips.inspect_waiting")
    return clip.id


def _channel_for(creator_id: int, url: urls.ClipUrl) -> int:
    """The creator's proved channel that the address names, or else the latest one on the platform."""
    label = Platform(url.platform).label
    owned = [
        intake.OwnChannel(channel_id=channel.id, author_id=channel.author_id, handle=channel.handle)
        for channel in Channel.objects.filter(
            creator_id=creator_id, platform=url.platform, state=ChannelState.VERIFIED
        ).order_by("-verified_at")
    ]
    if not owned:
        raise SubmissionRefused(
            "no_channel", f"Prove first that your {label} channel is yours: add it under Channels and submit again."
        )
    named = intake.channel_named(url.handle, owned) if url.handle else None
    # Instagram shows a post of two channels under either name, so there only the inspection can tell.
    if url.handle and named is None and url.platform == "tiktok":
        raise SubmissionRefused(
            "not_your_channel",
            f"This clip is from @{url.handle}, which is none of your proved {label} channels. If you took a new name,"
            " add it under Channels.",
        )
    return (named or owned[0]).channel_id


def _check_daily_limit(creator_id: int, campaign_id: int, *, limit: int, now: datetime) -> None:
    """Refuse what is over the campaign's limit for one creator and one day of the product's calendar.

    Every clip that came in on that day counts, also one that was refused since. Locks the creator's channels, so that
    two who submit at once do not both see the last free place.
    """
    # Its rows are read, as the lock is taken only then.
    list(Channel.objects.select_for_update(no_key=True).filter(creator_id=creator_id).order_by("id"))
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    today = Clip.objects.filter(creator_id=creator_id, campaign_id=campaign_id, submitted_at__gte=midnight).count()
    if today >= limit:
        clips = "1 clip" if limit == 1 else f"{limit:,} clips"
        raise SubmissionRefused(
            "daily_limit",
            f"This campaign takes {clips} a day from each creator. Submit this one again after"
            f" {midnight + timedelta(days=1):%d %B, %H:%M} UTC.",
        )


def _duplicate(creator_id: int, url: urls.ClipUrl) -> SubmissionRefused:
    mine = Clip.objects.filter(platform=url.platform, video_id=url.id, creator_id=creator_id).exists()
    sentence = "You have submitted this clip already." if mine else "Somebody else has submitted this clip already."
    return SubmissionRefused(ALREADY_SUBMITTED, sentence)
