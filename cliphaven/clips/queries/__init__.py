"""What is known of channels and clips."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count, Q, QuerySet, Sum

from cliphaven.campaigns import queries as campaigns
from cliphaven.clips.models import Channel, ChannelState, Clip, ClipState, Lookup, RejectionCode
from cliphaven.clips.queries.channels import ChannelFacts, channels_of
from cliphaven.clips.rules import checks
from cliphaven.clips.rules.intake import FIXES_MAX, FixCode
from cliphaven.foundation.errors import Refused

__all__ = ["ChannelFacts", "channels_of"]

CLIPS_SHOWN_MAX = 200
CLIPS_A_PAGE = 50
REVIEWS_SHOWN_MAX = 50
REVIEWING_ROLES = ("owner", "reviewer")
TITLE_LENGTH = 80
REJECTION_CHOICES = tuple((code.value, str(code.label)) for code in RejectionCode)

_FIX_LABELS = {
    FixCode.NOT_YOUR_CHANNEL: "It is not from a channel you proved",
    FixCode.TOO_OLD: "It was posted too early",
    FixCode.NO_VIEW_COUNT: "It has no view count",
    FixCode.RULE_BROKEN: "It lacks something that the campaign asks for",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NoSuchClip(Refused):
    """There is no such clip, or it is somebody else's: absence and foreignness look alike."""

    code = "no_such_clip"


@dataclass(frozen=True, kw_only=True)
class RuleCheck:
    """One rule and how the clip fares: pass, fail or unknown; `sentence` says why, "" where the label says all."""

    result: str
    label: str
    sentence: str = ""


@dataclass(frozen=True, kw_only=True)
class ClipFacts:
    """A clip as pages and other rooms see it.

    `author_confirmed_at` is None until the platform named the creator's channel as the author. `views_inspected` is
    what it showed at `inspected_at`, before any poll; None while it was not asked or did not say.
    """

    clip_id: int
    campaign_id: int
    campaign_title: str
    organisation_id: int
    terms_id: int
    creator_id: int
    creator_name: str
    channel_id: int
    handle: str
    platform: str
    video_id: str
    url: str
    caption: str
    posted_at: datetime | None
    submitted_at: datetime
    freshness_days: int
    author_confirmed_at: datetime | None
    views_inspected: int | None
    inspected_at: datetime | None
    state: str
    auto_approves_at: datetime
    decided_at: datetime | None
    decided_by_name: str
    decision_code: str
    decision_note: str
    fix_note: str
    fixes: int
    seconds: int | None = None
    language: str = ""
    clip_rules: tuple[campaigns.ClipRule, ...] = ()

    @property
    def title(self) -> str:
        """The first line of the caption, or a name made of the handle."""
        first = self.caption.strip().splitlines()[:1]
        return first[0][:TITLE_LENGTH] if first else f"Clip by @{self.handle}"

    @property
    def fixes_left(self) -> int:
        """How often the creator may still send the clip again, should it be refused."""
        return max(FIXES_MAX - self.fixes, 0)

    @property
    def can_fix(self) -> bool:
        """Whether the clip is refused and its creator may send it again."""
        return self.state in (ClipState.NEEDS_FIX, ClipState.REJECTED) and self.fixes_left > 0

    @property
    def reason(self) -> str:
        """The rule behind a refusal, as a sentence; "" when there is none."""
        if self.decision_code in RejectionCode.values:
            return str(RejectionCode(self.decision_code).label)
        return _FIX_LABELS[FixCode(self.decision_code)] if self.decision_code else ""

    @property
    def checks(self) -> tuple[RuleCheck, ...]:
        """The campaign's rules that can be checked by machine, and how this clip fares."""
        labels = {
            FixCode.NOT_YOUR_CHANNEL: "From a channel the creator proved",
            FixCode.TOO_OLD: f"Not older than {self.freshness_days} days when submitted",
            FixCode.NO_VIEW_COUNT: "A video with a view count",
        }
        # All three come from one reading: until then none is known, and the first that fails ends it.
        holds = "pass" if self.author_confirmed_at else "unknown"
        fixed = tuple(
            RuleCheck(result="fail" if self.decision_code == code else holds, label=label)
            for code, label in labels.items()
        )
        shown = checks.Shown(caption=self.caption, seconds=self.seconds, language=self.language or None)
        typed = checks.required(self.clip_rules, shown=shown if self.inspected_at else None)
        return fixed + tuple(
            RuleCheck(
                result="unknown" if one.verdict is checks.Verdict.CANNOT_TELL else one.verdict.value,
                label=one.label,
                sentence="" if one.verdict is checks.Verdict.PASS else one.sentence,
            )
            for one in typed
        )


@dataclass(frozen=True, kw_only=True)
class CreatorRecord:
    """How a creator's decided clips fared, over all campaigns."""

    approved: int = 0
    rejected: int = 0

    @property
    def sentence(self) -> str:
        """The record in words."""
        if not self.approved + self.rejected:
            return "No clip decided yet."
        return f"{self.approved} of {self.approved + self.rejected} clips approved."


@dataclass(frozen=True, kw_only=True)
class WaitingClip:
    """A clip that waits for the sponsor, the time left until it approves itself, and the creator's record."""

    clip: ClipFacts
    time_left: timedelta
    record: CreatorRecord


@dataclass(frozen=True, kw_only=True)
class QueuePlace:
    """A place in the review queue, right behind a clip; written `1762063200000000-17` in addresses."""

    auto_approves_at: datetime
    clip_id: int

    def __str__(self) -> str:
        return f"{(self.auto_approves_at - _EPOCH) // timedelta(microseconds=1)}-{self.clip_id}"

    @staticmethod
    def read(text: str) -> "QueuePlace | None":
        """The place that `text` means; None if it means none."""
        found = re.fullmatch("([0-9]{1,16})-([0-9]{1,18})", text)
        if found is None:
            return None
        moment = _EPOCH + timedelta(microseconds=int(found[1]))
        return QueuePlace(auto_approves_at=moment, clip_id=int(found[2]))


@dataclass(frozen=True, kw_only=True)
class ReviewPage:
    """A page of the review queue, how many clips wait in all, and where the next page begins (None: nowhere)."""

    items: list[WaitingClip]
    waiting: int
    next_after: QueuePlace | None


@dataclass(frozen=True, kw_only=True)
class ClipPage:
    """A page of a creator's clips, the latest first, and where the next one begins (None: nowhere)."""

    clips: list[ClipFacts]
    next_before: int | None


@dataclass(frozen=True, kw_only=True)
class SubmissionDesk:
    """The campaigns that take clips now, and how many of the creator's channels are proved."""

    campaigns: list[campaigns.CampaignFacts]
    channels_proved: int


@dataclass(frozen=True, kw_only=True)
class LookupCosts:
    """Paid questions outside of polling, and their cost in millionths of a US dollar."""

    calls: int
    cost_microusd: int


def review_queue(*, organisation_id: int, now: datetime) -> list[WaitingClip]:
    """The fifty of an organisation's clips that wait for a decision and approve themselves first, those at the top."""
    return review_page(organisation_id=organisation_id, now=now).items


def review_page(*, organisation_id: int, now: datetime, after: QueuePlace | None = None) -> ReviewPage:
    """Up to fifty clips that wait for an organisation's decision, those that approve themselves first at the top.

    What is decided meanwhile moves no clip from one page to another.
    """
    queue = _pending(organisation_id).order_by("auto_approves_at", "id")
    if after is not None:
        later = Q(auto_approves_at__gt=after.auto_approves_at)
        queue = queue.filter(later | Q(auto_approves_at=after.auto_approves_at, id__gt=after.clip_id))
    found = _all_facts(_with_names(queue)[: REVIEWS_SHOWN_MAX + 1])
    shown = found[:REVIEWS_SHOWN_MAX]
    records = _records({clip.creator_id for clip in shown})
    last = shown[-1] if len(found) > len(shown) else None
    return ReviewPage(
        items=[_waiting(clip, records, now) for clip in shown],
        waiting=waiting_count(organisation_id=organisation_id),
        next_after=QueuePlace(auto_approves_at=last.auto_approves_at, clip_id=last.clip_id) if last else None,
    )


def reviewed_clip(*, clip_id: int, organisation_id: int, now: datetime) -> WaitingClip:
    """One clip of the queue, decided meanwhile or not. Raises NoSuchClip."""
    clip = clip_of_sponsor(clip_id=clip_id, organisation_id=organisation_id)
    return _waiting(clip, _records({clip.creator_id}), now)


def waiting_count(*, organisation_id: int) -> int:
    """How many clips wait for this organisation's decision."""
    return _pending(organisation_id).count()


def creator_clips(*, creator_id: int) -> list[ClipFacts]:
    """A creator's clips, the latest first."""
    return _listed(Clip.objects.filter(creator_id=creator_id).order_by("-submitted_at", "-id"))


def clip_page(*, creator_id: int, before: int | None = None) -> ClipPage:
    """Up to fifty of a creator's clips, the latest first: those that came in before the clip `before`."""
    mine = Clip.objects.filter(creator_id=creator_id).order_by("-id")
    if before is not None:
        mine = mine.filter(id__lt=before)
    found = _all_facts(_with_names(mine)[: CLIPS_A_PAGE + 1])
    shown = found[:CLIPS_A_PAGE]
    return ClipPage(clips=shown, next_before=shown[-1].clip_id if len(found) > len(shown) else None)


def campaign_clips(*, campaign_id: int) -> list[ClipFacts]:
    """A campaign's clips, the latest first."""
    return _listed(Clip.objects.filter(campaign_id=campaign_id).order_by("-submitted_at", "-id"))


def clip_of_creator(*, clip_id: int, creator_id: int) -> ClipFacts:
    """One clip of this creator. Raises NoSuchClip."""
    return _one(Clip.objects.filter(id=clip_id, creator_id=creator_id))


def clip_of_sponsor(*, clip_id: int, organisation_id: int) -> ClipFacts:
    """One clip in a campaign of this organisation. Raises NoSuchClip."""
    return _one(Clip.objects.filter(id=clip_id, campaign__organisation_id=organisation_id))


def clip_for_staff(*, clip_id: int) -> ClipFacts:
    """One clip, whoever it belongs to: the staff may see all. Raises NoSuchClip."""
    return _one(Clip.objects.filter(id=clip_id))


def clips_named(clip_ids: Collection[int]) -> dict[int, ClipFacts]:
    """These clips by id, whoever's they are: who may see them was decided by whoever found them."""
    return {facts.clip_id: facts for facts in _all_facts(_with_names(Clip.objects.filter(id__in=clip_ids)))}


def countable_clips() -> QuerySet[Clip]:
    """The clips whose views count: approved (or done), with an author the platform confirmed."""
    return Clip.objects.filter(state__in=(ClipState.APPROVED, ClipState.DONE), author_checked_at__isnull=False)


def submission_desk(*, creator_id: int) -> SubmissionDesk:
    """What a creator needs to submit clips."""
    return SubmissionDesk(
        campaigns=campaigns.open_campaigns(),
        channels_proved=Channel.objects.filter(creator_id=creator_id, state=ChannelState.VERIFIED).count(),
    )


def lookup_costs(*, since: datetime) -> LookupCosts:
    """What profiles and inspections cost from `since` on."""
    sums = Lookup.objects.filter(asked_at__gte=since).aggregate(calls=Count("id"), cost=Sum("cost_microusd"))
    return LookupCosts(calls=sums["calls"], cost_microusd=sums["cost"] or 0)


def _pending(organisation_id: int) -> QuerySet[Clip]:
    return Clip.objects.filter(campaign__organisation_id=organisation_id, state=ClipState.PENDING)


def _waiting(clip: ClipFacts, records: dict[int, CreatorRecord], now: datetime) -> WaitingClip:
    return WaitingClip(
        clip=clip,
        time_left=max(clip.auto_approves_at - now, timedelta()),
        record=records.get(clip.creator_id, CreatorRecord()),
    )


def _records(creator_ids: set[int]) -> dict[int, CreatorRecord]:
    decided = (
        Clip.objects.filter(creator_id__in=creator_ids, decided_at__isnull=False)
        .values_list("creator_id", "state")
        .annotate(Count("id"))
        .order_by()
    )
    records: dict[int, CreatorRecord] = {}
    for creator_id, state, number in decided:
        so_far = records.get(creator_id, CreatorRecord())
        approved = number if state in (ClipState.APPROVED, ClipState.DONE) else 0
        rejected = number if state == ClipState.REJECTED else 0
        records[creator_id] = CreatorRecord(approved=so_far.approved + approved, rejected=so_far.rejected + rejected)
    return records


def _listed(clips: QuerySet[Clip]) -> list[ClipFacts]:
    return _all_facts(_with_names(clips)[:CLIPS_SHOWN_MAX])


def _one(clips: QuerySet[Clip]) -> ClipFacts:
    found = _all_facts(_with_names(clips)[:1])
    if not found:
        raise NoSuchClip("There is no such clip")
    return found[0]


def _with_names(clips: QuerySet[Clip]) -> QuerySet[Clip]:
    return clips.select_related("campaign", "terms", "creator", "channel", "decided_by")


def _all_facts(clips: QuerySet[Clip]) -> list[ClipFacts]:
    rows = list(clips)
    rules = campaigns.clip_rules({clip.terms_id for clip in rows}) if rows else {}
    return [_facts(clip, rules[clip.terms_id]) for clip in rows]


def _facts(clip: Clip, clip_rules: tuple[campaigns.ClipRule, ...]) -> ClipFacts:
    return ClipFacts(
        clip_id=clip.id,
        campaign_id=clip.campaign_id,
        campaign_title=clip.campaign.title,
        organisation_id=clip.campaign.organisation_id,
        terms_id=clip.terms_id,
        creator_id=clip.creator_id,
        creator_name=clip.creator.name,
        channel_id=clip.channel_id,
        handle=clip.channel.handle,
        platform=clip.platform,
        video_id=clip.video_id,
        url=clip.canonical_url,
        caption=clip.caption,
        posted_at=clip.posted_at,
        submitted_at=clip.submitted_at,
        freshness_days=clip.terms.freshness_days,
        author_confirmed_at=clip.author_checked_at,
        views_inspected=clip.views_inspected,
        inspected_at=clip.inspected_at,
        state=clip.state,
        auto_approves_at=clip.auto_approves_at,
        decided_at=clip.decided_at,
        decided_by_name=clip.decided_by.name if clip.decided_by else "",
        decision_code=clip.decision_code,
        decision_note=clip.decision_note,
        fix_note=clip.fix_note,
        fixes=clip.fixes,
        seconds=clip.seconds,
        language=clip.language,
        clip_rules=clip_rules,
    )
