"""What the public sees of a video at a moment: whether it is there, and counts with the platform's small lies."""

import math
from dataclasses import dataclass
from typing import Final

from sandbox.audience.chance import between, draw
from sandbox.audience.growth import HOUR, Counts, Growth, growth
from sandbox.store import Json

DAY: Final = 24 * HOUR
# Of the clips one platform tracked, this share was gone some months later; YouTube's is a guess below both.
GONE_SHARE: Final = {"tiktok": 0.25, "instagram": 0.42, "youtube": 0.08}
GONE_DAYS: Final = 30.0
COMES_BACK_SHARE: Final = 0.033
HONEST_PURGE_SHARE: Final = 0.015
ATTACK_PURGE_SHARE: Final = 0.45
LIKES_HIDDEN_SHARE: Final = {"tiktok": 0.0, "instagram": 0.03, "youtube": 0.02}
COMMENTS_OFF_SHARE: Final = 0.02
JITTER_SHARE: Final = 0.0015
JITTER_SIZE: Final = 0.005
JITTER_SECONDS: Final = 600.0
STALLS_A_DAY: Final = 0.02


@dataclass(frozen=True)
class Reading:
    """A video at a moment, as its platform serves it."""

    views: int
    likes: int
    comments: int
    shares: int
    saves: int
    count_hidden: bool
    likes_hidden: bool
    comments_off: bool


@dataclass
class _State:
    alive: bool
    count_hidden: bool = False
    pinned_views: int | None = None
    purged: int = 0


def reading(video: Json, moment_unix: float, disorder: float = 1.0) -> Reading | None:
    """The video as seen at the moment; None when it is not posted yet, deleted or private.

    A pure function of the stored video and the moment. Counts never fall, but for purges and for jitter (below 0.5 %,
    in 0.15 % of the ten-minute steps, times `disorder`). Of a natural video they also stand still for some hours, on
    one day in fifty times `disorder`, and then catch up.
    """
    if moment_unix < video["posted_unix"]:
        return None
    natural = video["fate"] == "natural"
    seed, platform = video["seed"], video["platform"]
    life = life_of(video)
    state = _state_at(video, life, moment_unix)
    if not state.alive:
        return None
    counts = life.counts(_as_of(video, moment_unix, disorder) if natural else moment_unix)
    views = max(0, counts.views - state.purged) if state.pinned_views is None else state.pinned_views
    step = int(moment_unix / JITTER_SECONDS)
    if disorder and draw(seed, "jitter", step) < JITTER_SHARE * disorder:
        views = math.floor(views * (1.0 - JITTER_SIZE * draw(seed, "jitter size", step)))
    return Reading(
        views=views,
        likes=counts.likes,
        comments=counts.comments,
        shares=counts.shares,
        saves=counts.saves,
        count_hidden=state.count_hidden,
        likes_hidden=natural and draw(seed, "likes hidden") < LIKES_HIDDEN_SHARE[platform],
        comments_off=natural and draw(seed, "comments off") < COMMENTS_OFF_SHARE,
    )


def _as_of(video: Json, moment_unix: float, disorder: float) -> float:
    """The moment of which the platform shows the counts: an earlier one while its counter stands still."""
    seed, age = video["seed"], moment_unix - video["posted_unix"]
    day = int(age // DAY)
    if draw(seed, "stall", day) >= STALLS_A_DAY * disorder:
        return moment_unix
    start = DAY * day + HOUR * between(0.0, 14.0, seed, "stall start", day)
    end = start + HOUR * between(2.0, 9.0, seed, "stall length", day)
    return float(video["posted_unix"] + start) if start < age < end else moment_unix


def life_of(video: Json) -> Growth:
    """The growth that belongs to a stored video."""
    return growth(
        video["seed"],
        video["platform"],
        video["posted_unix"],
        video["final_views"],
        steady=video["fate"] == "steady",
        attack=video["attack"],
    )


def _state_at(video: Json, life: Growth, moment_unix: float) -> _State:
    state = _State(alive=True)
    happened = [event for event in _natural_events(video, life) + video["events"] if event["at"] <= moment_unix]
    for event in sorted(happened, key=lambda event: float(event["at"])):
        action = event["action"]
        if action in ("delete", "restore"):
            state.alive = action == "restore"
        elif action in ("hide_count", "show_count"):
            state.count_hidden = action == "hide_count"
        elif action == "set_views":
            state.pinned_views = event["views"]
        else:
            _purge(state, life.counts(event["at"]), event["share"])
    return state


def _purge(state: _State, counts: Counts, share: float) -> None:
    """Take away this share of what was bought; of an honest video, of everything it shows."""
    shown = counts.views - state.purged
    if state.pinned_views is not None:
        state.pinned_views -= round(state.pinned_views * share)
    state.purged += round(min(counts.bought_views or shown, shown) * share)


def _natural_events(video: Json, life: Growth) -> list[Json]:
    """What happens to a video by itself: deletion (rarely undone), and the platform taking views away."""
    if video["fate"] != "natural":
        return []
    seed, posted = video["seed"], video["posted_unix"]
    events = []
    if draw(seed, "gone") < GONE_SHARE[video["platform"]]:
        gone_at = posted - DAY * GONE_DAYS * math.log(1.0 - draw(seed, "gone when"))
        events.append({"at": gone_at, "action": "delete"})
        if draw(seed, "comes back") < COMES_BACK_SHARE:
            events.append({"at": gone_at + DAY * between(1.0, 4.0, seed, "back when"), "action": "restore"})
    if life.purchases:
        if draw(seed, "purge") < ATTACK_PURGE_SHARE:
            delivered = posted + HOUR * life.purchases[-1].to_age
            after = DAY * between(1.0, 7.0, seed, "purge when")
            share = between(0.85, 1.0, seed, "purge share")
            events.append({"at": delivered + after, "action": "purge", "share": share})
    elif draw(seed, "purge") < HONEST_PURGE_SHARE:
        after = DAY * between(1.0, 25.0, seed, "purge when")
        share = 0.006 * 10 ** (1.3 * draw(seed, "purge share"))
        events.append({"at": posted + after, "action": "purge", "share": share})
    return events
