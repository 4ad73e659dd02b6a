"""Why a clip is read when it is, in one sentence for people. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cliphaven.tracking.rules.hours import hours
from cliphaven.tracking.rules.policies import Kind, Policy, longest_wait

_CLOSE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What the moment of a clip's next poll follows from: rates in views an hour, worth in USD a view, value and price
    in USD·h. `polled_at` is the last look at it, None before the first; the platform's vendor is asked nothing until
    `paused_until`, None where it is asked."""

    policy: Policy
    now: datetime
    posted_at: datetime
    polled_at: datetime | None
    due_at: datetime | None
    wanted_since: datetime | None
    is_under_way: bool
    is_gone: bool
    failures: int
    rate: float | None
    worth: float
    hazard: float
    value: float
    price: float
    paused_until: datetime | None = None
    paused_because: str = ""


def reason(standing: Standing) -> str:
    """One sentence (two where money is weighed) that says why the next poll is when it is."""
    if standing.is_under_way:
        return "It is being read just now."
    if standing.paused_until is not None and _waits(standing):
        return (
            "It waits for its platform's vendor, which is asked nothing until"
            f" {standing.paused_until:%a %d %b, %H:%M} UTC: {standing.paused_because}."
            " Its count stays as it was, and reading goes on by itself."
        )
    if standing.wanted_since is not None:
        return "Somebody waits for what it shows, so it is read at the next tick, whatever its turn."
    if standing.due_at is None:
        return (
            "It rests: its campaign is closed, or has no money left to pay with. Nothing is lost, and it is read again"
            " when that changes."
        )
    if standing.polled_at is None:
        return "It was never read, so it is read with the next batch."
    in_vain = _after_nothing(standing)
    return in_vain or _by_policy(standing, standing.polled_at, standing.due_at)


def _waits(standing: Standing) -> bool:
    return standing.wanted_since is not None or (standing.due_at is not None and standing.due_at <= standing.now)


def _after_nothing(standing: Standing) -> str:
    if standing.is_gone:
        return "It is gone from its platform. It is still looked at now and then, because some come back."
    if not standing.failures:
        return ""
    looks = "look" if standing.failures == 1 else f"{standing.failures} looks"
    return f"The last {looks} measured nothing, so it is asked about less often until something is measured again."


def _by_policy(standing: Standing, polled_at: datetime, due_at: datetime) -> str:
    every = _said(due_at - polled_at)
    if standing.policy.kind is Kind.LADDER:
        return f"By the ladder of ages: a clip as old as this one is read every {every}."
    if standing.policy.every is not None:
        return f"Every clip is read every {_said(standing.policy.every)}, whatever it gains: so this house is set up."
    gains = "about as many views as any clip" if standing.rate is None else f"about {standing.rate:,.0f} views an hour"
    pressing = " Its campaign is running out of money, which makes its views dearer still." * (standing.hazard > 1)
    if standing.hazard <= 0 or standing.worth <= 0:
        return (
            f"Nothing is paid for its views for now, so only the longest interval for its age counts: {every}, with"
            " the next batch after that."
        )
    if due_at - polled_at >= longest_wait(polled_at - standing.posted_at) - _CLOSE:
        return (
            f"It gains {gains}, too few for a reading of their own: only the longest interval for its age counts,"
            f" {every}.{pressing}"
        )
    return (
        f"It gains {gains}, each worth ${standing.worth:.4f} to whoever pays. What nobody has seen of it is worth"
        f" {standing.value:,.1f} $·h now, and a reading is made at {standing.price:,.1f} $·h: {every} after the last"
        f" one.{pressing}"
    )


def _said(length: timedelta) -> str:
    whole = hours(length)
    return f"{whole * 60:.0f} minutes" if whole < 2 else f"{whole:.0f} hours"
