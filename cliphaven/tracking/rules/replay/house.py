"""A replay of the whole house: platforms with batches and riders, campaigns that run out, and Mondays.

Each tick is what the house's poller does each minute, with a vendor that answers at once.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cliphaven.tracking.rules import batching, sweeping
from cliphaven.tracking.rules.exhaustion import exhaustion_hazard, hours_until_exhausted
from cliphaven.tracking.rules.hours import length
from cliphaven.tracking.rules.policies import PRIOR, expected_gain, expected_rate
from cliphaven.tracking.rules.replay.clip import Conditions, ReplayedClip
from cliphaven.tracking.rules.replay.curves import Curve, moment_of

_SIZE_UNKNOWN = 25
_LOOKS_AT = 2
_HAZARD_WORTH_TELLING = 1.02


@dataclass(slots=True)
class Campaign:
    """A budget, what of it was seen spent, and what came of it. Amounts are USD, moments hours since 1970."""

    number: int
    budget: float
    clips: list[ReplayedClip] = field(default_factory=list)
    ran_out_at: float | None = None
    closed_at: float | None = None
    over_run: float = 0.0
    unpaid: float = 0.0

    def seen(self, worth: float) -> float:
        """What the counts seen so far come to."""
        return worth * sum(clip.seen - clip.curve.views[0] for clip in self.clips)

    def true(self, worth: float, hour: float) -> float:
        """What the counts really come to at this moment."""
        return worth * sum(clip.curve.at(hour)[0] - clip.curve.views[0] for clip in self.clips)


@dataclass(slots=True)
class Call:
    """One question to a vendor: when, of which platform, and about how many clips."""

    hour: float
    platform: str
    clips: int
    places: int


@dataclass(slots=True)
class CutOff:
    """A Monday: what the week earned up to it, and what of everything earned nobody had seen. USD."""

    hour: float
    earned: float
    unseen: float


@dataclass(slots=True)
class Played:
    """What came of a replay; each clip was polled up to its own `ends`. `longest_over` is by how many hours the clip
    that waited longest was unseen beyond what is promised, below 0 where none was."""

    clips: list[ReplayedClip]
    ends: list[float]
    campaigns: list[Campaign]
    calls: list[Call] = field(default_factory=list)
    cut_offs: list[CutOff] = field(default_factory=list)
    longest_over: float = 0.0


class House:
    """Plays the curves from the first tick to the last; `settings` say what is switched on."""

    def __init__(
        self,
        curves: Sequence[Curve],
        conditions: Conditions,
        *,
        campaign_of: Sequence[int],
        budgets: Mapping[int, float],
        swept: bool = True,
        watched: bool = True,
    ) -> None:
        self.conditions, self.swept, self.watched = conditions, swept, watched
        clips = [ReplayedClip(curve, conditions, campaign=of) for curve, of in zip(curves, campaign_of, strict=True)]
        self.campaigns = {number: Campaign(number, budget) for number, budget in sorted(budgets.items())}
        for clip in clips:
            self.campaigns[clip.campaign].clips.append(clip)
        self.played = Played(clips, [curve.end for curve in curves], list(self.campaigns.values()))
        self._born = sorted(range(len(clips)), key=lambda place: (-clips[place].curve.start, clips[place].curve.clip))
        self._live: dict[str, list[ReplayedClip]] = defaultdict(list)
        self._place = {id(clip): place for place, clip in enumerate(clips)}
        self._news: set[int] = set()
        self._to_watch: set[int] = set()

    def play(self, tell: Callable[[float], None] = lambda _: None) -> Played:
        """Play it; `tell` hears which share is done."""
        every, curves = self.conditions.every, [clip.curve for clip in self.played.clips]
        first = int(min(curve.start for curve in curves) / every)
        last = int(max(curve.end for curve in curves) / every) + 1
        cut_off = sweeping.next_cut_off(moment_of(first * every))
        for tick in range(first, last + 1):
            hour = tick * every
            now = moment_of(hour)
            self._begin_and_end(hour)
            if now >= cut_off:
                self._settle(hour)
                cut_off = sweeping.next_cut_off(now + length(every))
            if self.watched and hour == int(hour):
                self._watch(now)
            for platform, live in self._live.items():
                self._poll(platform, live, hour, now)
            self._close(hour)
            if tick % 64 == 0:
                tell((tick - first) / (last - first))
        return self.played

    def _begin_and_end(self, hour: float) -> None:
        clips = self.played.clips
        while self._born and clips[self._born[-1]].curve.start <= hour:
            clip = clips[self._born.pop()]
            if self.campaigns[clip.campaign].closed_at is None:
                self._live[clip.curve.platform].append(clip)
            else:
                self.played.ends[self._place[id(clip)]] = clip.curve.start
        for live in self._live.values():
            ended = [clip for clip in live if clip.curve.end <= hour]
            for clip in ended:
                clip.wait_until(clip.curve.end)
                self._compare_with_promise(clip, moment_of(clip.curve.end))
                live.remove(clip)

    def _poll(self, platform: str, live: list[ReplayedClip], hour: float, now: datetime) -> None:
        """Send batches of a platform while one is worth sending."""
        size = batching.BATCH_SIZES.get(platform, _SIZE_UNKNOWN)
        swept = [clip for clip in live if self.swept and clip.is_swept(now)] if sweeping.sweep_of(now) else []
        while True:
            riding = sorted((clip for clip in live if clip.ride_at <= now), key=lambda clip: clip.due_at)
            asked = {id(clip): clip for clip in (*swept[:size], *riding[: _LOOKS_AT * size])}
            candidates = list(asked.values())
            waiting = {id(clip) for clip in swept}
            forced = [id(clip) in waiting or clip.must_be_asked(now) for clip in candidates]
            urgencies = [clip.urgency(now) for clip in candidates]
            batch = [candidates[place] for place in batching.chosen(urgencies, size=size, forced=forced)]
            if not batch:
                return
            self.played.calls.append(Call(hour, platform, len(batch), size))
            for clip in batch:
                self._compare_with_promise(clip, now)
                if clip.ask(hour, now):
                    self._news.add(clip.campaign)
            swept = [clip for clip in swept if clip not in batch]

    def _watch(self, now: datetime) -> None:
        """Raise the hazard of campaigns that are near their end, and lower it again."""
        worth = self.conditions.worth
        for number in sorted(self._to_watch):
            campaign = self.campaigns[number]
            live = [clip for clip in campaign.clips if clip in self._live[clip.curve.platform]]
            if campaign.closed_at is not None or not live:
                self._to_watch.discard(number)
                continue
            burn = unseen = 0.0
            for clip in live:
                age, over = clip.polled_at - clip.posted_at, now - clip.polled_at
                estimate = clip.estimate or PRIOR
                burn += worth * expected_rate(estimate, age=age)
                unseen += worth * expected_gain(estimate, age=age, over=over)
            hours_left = hours_until_exhausted(
                budget_left=campaign.budget - campaign.seen(worth), forecast_unseen=unseen, burn_per_hour=burn
            )
            hazard = exhaustion_hazard(hours_left)
            if hazard < _HAZARD_WORTH_TELLING:
                # Far from its end: looked at again when there is something new.
                self._to_watch.discard(number)
            for clip in live:
                if not 0.9 < hazard / clip.hazard < 1.1:
                    clip.hazard = hazard
                    clip.replan()

    def _close(self, hour: float) -> None:
        """Close campaigns whose budget was seen to be used up: their clips rest."""
        worth = self.conditions.worth
        self._to_watch |= self._news
        for number in sorted(self._news):
            campaign = self.campaigns[number]
            seen = campaign.seen(worth)
            if campaign.closed_at is not None or seen < campaign.budget:
                continue
            campaign.closed_at = hour
            campaign.over_run = seen - campaign.budget
            campaign.unpaid = campaign.true(worth, hour) - campaign.budget
            campaign.ran_out_at = _ran_out_at(campaign, worth, hour)
            for clip in campaign.clips:
                if clip in self._live[clip.curve.platform]:
                    clip.wait_until(hour)
                    self._compare_with_promise(clip, moment_of(hour))
                    self.played.ends[self._place[id(clip)]] = hour
                    self._live[clip.curve.platform].remove(clip)
        self._news.clear()

    def _compare_with_promise(self, clip: ReplayedClip, now: datetime) -> None:
        self.played.longest_over = max(self.played.longest_over, clip.over_promise(now))

    def _settle(self, hour: float) -> None:
        """Write down a Monday's figures."""
        worth, week = self.conditions.worth, 168.0
        earned = 0.0
        for clip, end in zip(self.played.clips, self.played.ends, strict=True):
            if clip.curve.start < hour:
                begun = max(clip.curve.start, hour - week)
                until = min(hour, end)
                earned += worth * max(0.0, clip.curve.at(until)[0] - clip.curve.at(begun)[0])
        unseen = sum(
            worth * max(0.0, clip.curve.at(hour)[0] - clip.seen) for live in self._live.values() for clip in live
        )
        self.played.cut_offs.append(CutOff(hour, earned, unseen))


def _ran_out_at(campaign: Campaign, worth: float, closed_at: float) -> float:
    """When the budget was really used up, by halving; before it was seen."""
    early, late = min(clip.curve.start for clip in campaign.clips), closed_at
    for _ in range(40):
        middle = (early + late) / 2
        early, late = (early, middle) if campaign.true(worth, middle) >= campaign.budget else (middle, late)
    return late
