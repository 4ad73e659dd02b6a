"""Clips of a ring, read hour by hour beside honest ones: what is found when they are compared with one another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cliphaven.fraud.rules import scoring
from cliphaven.fraud.rules.across.lockstep import in_step, increments_of, pairs_of
from cliphaven.fraud.rules.calibration import Calibration, level_of
from cliphaven.fraud.rules.course import Course
from cliphaven.fraud.rules.series import Snapshot
from cliphaven.fraud.rules.signals.found import Signal
from cliphaven.fraud.rules.worlds.evaluation import Outcome, Scorer, Trial, life_of
from cliphaven.fraud.rules.worlds.lives import Life
from cliphaven.fraud.rules.worlds.sampling import Sampling, readings
from cliphaven.tracking.rules.replay.curves import hour_of, moment_of

COMPARED_EVERY_HOURS = 6.0


@dataclass(slots=True)
class _Member:
    """One clip of the group: its life, what is left to be read of it, and what was read."""

    life: Life
    rest: Iterator[Snapshot]
    scorer: Scorer
    course: Course | None = None
    following: Snapshot | None = None

    def read_until(self, hour: float) -> None:
        """Take in every reading up to this moment."""
        while True:
            snapshot = self.following or next(self.rest, None)
            self.following = snapshot
            if snapshot is None or hour_of(snapshot.at) > hour:
                return
            if self.course is None:
                self.course = Course(posted_at=moment_of(self.life.posted), first_at=snapshot.at)
            self.course.add(snapshot)
            self.following = None


def tried_together(trials: Sequence[Trial], calibration: Calibration) -> list[Outcome]:
    """The outcomes of clips that are read every hour and compared with one another every six hours."""
    members = []
    for trial in trials:
        life = life_of(trial)
        rest = readings(life, Sampling.HOURLY, spoilt=trial.spoilt, wants_probe=lambda: False)
        members.append(_Member(life, rest, Scorer(life, calibration, scoring.KEPT)))
    hour = min(member.life.posted for member in members)
    last = max(member.life.end for member in members)
    while hour < last:
        hour += COMPARED_EVERY_HOURS
        for member in members:
            member.read_until(hour)
        _compare(members, hour, calibration)
    return [member.scorer.outcome() for member in members]


def _compare(members: Sequence[_Member], hour: float, calibration: Calibration) -> None:
    now = moment_of(hour)
    told = {
        member.life.clip: increments_of(member.course, now=now)
        for member in members
        if member.course is not None and hour <= member.life.end + COMPARED_EVERY_HOURS
    }
    pairs = pairs_of(told, creators={}, platforms={member.life.clip: member.life.platform for member in members})
    for member in members:
        course = member.course
        if course is None or member.life.clip not in told:
            continue
        found = scoring.found(course, calibration.ratio(member.life.platform))
        values = {signal: one.value for signal, one in found.items() if signal in scoring.KEPT}
        rare = scoring.strengths(values, member.life.platform, level_of(course.readings), calibration)
        since = {signal: course.moment(one.since) for signal, one in found.items() if one.since >= 0}
        together = in_step(member.life.clip, pairs, among=len(told))
        if together is not None and together.strength > 0:
            rare[Signal.LOCKSTEP] = together.strength
            if together.since_at is not None:
                since[Signal.LOCKSTEP] = together.since_at
        member.scorer.look(hour, rare, since)
