"""What a campaign's terms may be, and when a campaign may change its state. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from cliphaven.campaigns.rules.clip_rules import ClipRule, problems_of_rules
from cliphaven.foundation.money import AMOUNT_MINOR_MAX, CPM_MINOR_MAX, VIEWS_MAX, formatted

PLATFORMS = ("tiktok", "instagram", "youtube")
HOLD_DAYS_MAX = 60
REVIEW_HOURS_MAX = 168
FRESHNESS_DAYS_MAX = 90
CLIPS_DAILY_MAX = 1_000


@dataclass(frozen=True, kw_only=True)
class TermsDraft:
    """The terms a sponsor proposes; amounts in minor units of the campaign's currency, `cpm_minor` by platform."""

    cpm_minor: dict[str, int]
    min_views: int = 0
    max_payout_per_clip_minor: int | None = None
    cap_per_creator_minor: int | None = None
    clips_per_creator_daily: int | None = None
    hold_days: int = 7
    review_hours: int = 48
    freshness_days: int = 7
    clip_rules: tuple[ClipRule, ...] = ()


def problems_of_terms(draft: TermsDraft) -> list[str]:
    """Sentences about what is wrong with proposed terms; none when they are sound."""
    problems = []
    if not draft.cpm_minor:
        problems.append("Choose at least one platform and set its rate")
    if any(platform not in PLATFORMS for platform in draft.cpm_minor):
        problems.append("Only TikTok, Instagram and YouTube clips can be paid")
    if any(not 1 <= cpm <= CPM_MINOR_MAX for cpm in draft.cpm_minor.values()):
        problems.append(f"A rate is between 1 and {CPM_MINOR_MAX:,} minor units per 1,000 views")
    if not 0 <= draft.min_views <= VIEWS_MAX:
        problems.append("The minimum of views cannot be negative")
    problems += _problems_of_limits(draft)
    if not 0 <= draft.hold_days <= HOLD_DAYS_MAX:
        problems.append(f"Earnings clear within {HOLD_DAYS_MAX} days at the latest")
    if not 1 <= draft.review_hours <= REVIEW_HOURS_MAX:
        problems.append("The time to review a clip is between an hour and a week")
    if not 1 <= draft.freshness_days <= FRESHNESS_DAYS_MAX:
        problems.append(f"Clips may be up to {FRESHNESS_DAYS_MAX} days old when submitted, at least one")
    return problems + problems_of_rules(draft.clip_rules)


def _problems_of_limits(draft: TermsDraft) -> list[str]:
    problems = []
    for cap, of in ((draft.max_payout_per_clip_minor, "clip"), (draft.cap_per_creator_minor, "creator")):
        if cap is not None and not 1 <= cap <= AMOUNT_MINOR_MAX:
            problems.append(f"The most that one {of} can earn must be more than nothing")
    if draft.clips_per_creator_daily is not None and not 1 <= draft.clips_per_creator_daily <= CLIPS_DAILY_MAX:
        problems.append(f"A creator may submit between 1 and {CLIPS_DAILY_MAX:,} clips a day, or as many as they like")
    return problems


# From each state, where a campaign may go. Closed is the end.
NEXT_STATES: dict[str, frozenset[str]] = {
    "draft": frozenset({"active", "closed"}),
    "active": frozenset({"paused", "completed"}),
    "paused": frozenset({"active", "completed"}),
    "completed": frozenset({"active", "closed"}),
    "closed": frozenset(),
}


def can_become(state: str, next_state: str) -> bool:
    """Whether a campaign may go from one state to another. A completed one goes on when it is topped up."""
    return next_state in NEXT_STATES[state]


# What a campaign may still owe when it completes: a clip handed in on the last day is decided within a week, may come
# back mended three times, is read within 72 hours after that, and a vendor may be out for some days.
LAST_READINGS = timedelta(days=30)


def closable_from(*, state: str, completed_at: datetime | None) -> datetime | None:
    """From when on a campaign may be closed and its remainder returned; None while that cannot be said.

    A draft owes nobody anything. A completed campaign waits for its clips' last readings.
    """
    if state == "draft":
        return datetime.min.replace(tzinfo=UTC)
    return completed_at + LAST_READINGS if state == "completed" and completed_at is not None else None


def has_ended(*, ends_on: date | None, today: date) -> bool:
    """Whether the campaign's last day is over."""
    return ends_on is not None and today > ends_on


def has_run_out_of_days(*, ends_on: date | None, completed_at: datetime | None) -> bool:
    """Whether a campaign completed because it ended, not because its money was used up.

    Such a one is not opened again: its sponsor could pause it then and take out what waits for its last views.
    """
    return completed_at is not None and has_ended(ends_on=ends_on, today=completed_at.date())


def last_day_when_ended(*, ends_on: date | None, on: date) -> date:
    """The last day of a campaign that its sponsor ends on a day: the one before, since from now on it is over."""
    before = on - timedelta(days=1)
    return before if ends_on is None else min(ends_on, before)


def problem_of_defunding(
    *, state: str, amount_minor: int, unspent_minor: int, spoken_for_minor: int, currency: str
) -> str:
    """Why an amount cannot be taken out of a campaign, and what to do; empty when it can.

    Creators work for the money that an open campaign shows, and for the last views of a completed one all of it stays.
    """
    if state == "active":
        return "Pause the campaign first: creators work for the money that an open one shows"
    if state == "completed":
        return "The last views are still being read: what is left comes back when you close the campaign"
    if state == "closed":
        return "This campaign is closed: what was left is in the wallet already"
    free_minor = max(0, unspent_minor - spoken_for_minor)
    if amount_minor <= free_minor:
        return ""
    free = formatted(free_minor, currency=currency)
    if not spoken_for_minor:
        return f"Of this campaign {free} is unspent: take out that much at most"
    views = formatted(min(spoken_for_minor, unspent_minor), currency=currency)
    return f"Take out {free} at most: {views} of what is unspent are for views that were seen and not counted yet"
