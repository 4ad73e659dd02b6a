"""Why one clip is read when it is, with every figure behind that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cliphaven.clips import queries as clips
from cliphaven.clips.models import Clip
from cliphaven.clips.queries import pauses
from cliphaven.clips.rules import urls
from cliphaven.tracking.models import TrackedClip
from cliphaven.tracking.queries import prices
from cliphaven.tracking.queries.history import ObservationPoint, clip_history
from cliphaven.tracking.rules import policies, reasons, setbacks

ID_DIGITS_MAX = 18
_FEW = 10


@dataclass(frozen=True, kw_only=True)
class ClipPlan:
    """One clip's turn: `sentence` says why it is when it is; the rest is None where the clip is not followed.

    `views_seen` is what counts, `views_settled` what stands after falls that were confirmed, `fallen_to` a fall that
    was read once; all None where nothing was measured, which is not 0. `rate` is in views an hour, `worth` in USD a
    view, `value` and `price` in USD·h, `cost_microusd` in millionths of USD.
    """

    clip: clips.ClipFacts
    sentence: str
    is_followed: bool
    policy: str
    availability: str
    views_seen: int | None
    views_settled: int | None
    fallen_to: int | None
    measured_at: datetime | None
    polled_at: datetime | None
    last_outcome: str
    polls: int
    failures: int
    cost_microusd: int
    ride_at: datetime | None
    due_at: datetime | None
    overdue_at: datetime | None
    wanted_since: datetime | None
    rate: float | None
    worth: float
    hazard: float
    value: float
    price: float
    readings: Sequence[ObservationPoint]

    @property
    def rate_said(self) -> str:
        """The rate for people: whole views, or a tenth where it is less than ten."""
        return "" if self.rate is None else f"{self.rate:,.1f}" if self.rate < _FEW else f"{self.rate:,.0f}"

    @property
    def worth_said(self) -> str:
        """What a view is worth, for people."""
        return f"${self.worth:.5f}"

    @property
    def hazard_said(self) -> str:
        """How many times dearer unseen views are just now, for people."""
        return f"{self.hazard:.1f}"

    @property
    def value_said(self) -> str:
        """The value of a reading now, for people."""
        return f"{self.value:,.2f}"

    @property
    def price_said(self) -> str:
        """What a reading must be worth, for people."""
        return f"{self.price:,.2f}"


def find_clip(text: str) -> int | None:
    """The clip that a number, a video's id or a link means; None if there is none."""
    said = text.strip()
    if said.isascii() and said.isdigit() and len(said) <= ID_DIGITS_MAX:
        by_number = Clip.objects.filter(id=int(said)).values_list("id", flat=True).first()
        if by_number is not None:
            return by_number
    found = Clip.objects.filter(video_id=said)
    if "/" in said:
        try:
            meant = urls.parse_clip_url(said)
        except urls.UnreadableUrl:
            return None
        found = Clip.objects.filter(platform=meant.platform, video_id=meant.id) if meant.id else Clip.objects.none()
    return found.order_by("id").values_list("id", flat=True).first()


def clip_plan(*, clip_id: int, now: datetime) -> ClipPlan:
    """Why this clip is read when it is. Raises NoSuchClip."""
    clip = clips.clip_for_staff(clip_id=clip_id)
    tracked = TrackedClip.objects.filter(clip_id=clip_id).first()
    return _plan(clip, tracked or TrackedClip(clip_id=clip_id), now)


def _plan(clip: clips.ClipFacts, tracked: TrackedClip, now: datetime) -> ClipPlan:
    policy, price = prices.current_policy(), prices.current_price(clip.platform)
    pause = next((one for one in pauses.pauses(now=now) if clip.platform in one.platforms), None)
    is_followed = bool(tracked.platform)
    posted_at = tracked.posted_at if is_followed else clip.submitted_at
    answered = tracked.last_outcome not in setbacks.NO_ANSWER
    polled_at = tracked.last_polled_at if answered else tracked.measured_at
    estimate = tracked.growth
    rate = None if estimate is None else policies.expected_rate(estimate, age=now - posted_at)
    value = policies.value(
        posted_at=posted_at,
        polled_at=polled_at or posted_at,
        now=now,
        estimate=estimate,
        worth=tracked.worth * tracked.hazard,
    )
    standing = reasons.Standing(
        policy=policy,
        now=now,
        posted_at=posted_at,
        polled_at=tracked.last_polled_at,
        due_at=tracked.due_at,
        wanted_since=tracked.wanted_since,
        is_under_way=tracked.leased_until is not None and tracked.leased_until > now,
        is_gone=tracked.availability == "gone",
        failures=tracked.failures,
        rate=rate,
        worth=tracked.worth,
        hazard=tracked.hazard,
        value=value,
        price=price,
        paused_until=None if pause is None else pause.ends_at,
        paused_because="" if pause is None else pause.because,
    )
    return ClipPlan(
        clip=clip,
        sentence=reasons.reason(standing) if is_followed else "It is not followed: it is read from its approval on.",
        is_followed=is_followed,
        policy=str(policy),
        availability=tracked.availability,
        views_seen=tracked.views_seen,
        views_settled=tracked.views_settled,
        fallen_to=tracked.fallen_to,
        measured_at=tracked.measured_at,
        polled_at=tracked.last_polled_at,
        last_outcome=tracked.last_outcome,
        polls=tracked.polls,
        failures=tracked.failures,
        cost_microusd=tracked.cost_microusd,
        ride_at=tracked.ride_at,
        due_at=tracked.due_at,
        overdue_at=tracked.overdue_at,
        wanted_since=tracked.wanted_since,
        rate=rate,
        worth=tracked.worth,
        hazard=tracked.hazard,
        value=value,
        price=price,
        readings=clip_history(clip.clip_id),
    )
