"""A signal in one plain sentence with its numbers, for creators and sponsors as much as for staff."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cliphaven.fraud.rules.across.links import Bond
from cliphaven.fraud.rules.signals.found import Evidence, Signal


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why a clip is doubted: how rare that is (2 reads "one clip in a hundred"), in a sentence, from these numbers.

    `since_at` is when what it speaks of began, None if that is the whole life of the clip.
    """

    signal: Signal
    strength: float
    sentence: str
    evidence: Evidence
    since_at: datetime | None = None

    @property
    def one_in(self) -> int:
        """Of so many honest clips one ever looks like this: at most 10,000."""
        return round(10**self.strength)


def sentence(signal: Signal, evidence: Evidence, since_at: datetime | None) -> str:
    """The sentence; numbers as people read them, moments in UTC."""
    return _SENTENCES[signal](_Said(evidence, since_at))


class _Said:
    """The evidence of one signal as words."""

    def __init__(self, evidence: Evidence, since_at: datetime | None) -> None:
        self.evidence, self.since_at = evidence, since_at

    def __getitem__(self, name: str) -> str:
        value = self.evidence[name]
        if isinstance(value, float):
            return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:,.1f}"
        return f"{value:,}" if isinstance(value, int) else str(value)

    def number(self, name: str) -> float:
        value = self.evidence.get(name)
        return float(value) if isinstance(value, int | float) else 0.0

    @property
    def since(self) -> str:
        if self.since_at is None:
            return ""
        moment = self.since_at.astimezone(UTC)
        return f"{moment.day} {moment:%b %H:%M} UTC"

    def percent(self, name: str) -> str:
        return f"{100 * self.number(name):.0f} %" if self.number(name) >= 0.1 else f"{100 * self.number(name):.1f} %"

    def length(self, name: str = "hours") -> str:
        number = self.number(name)
        if number < 1:
            return f"{max(1, round(number * 60))} minutes"
        return "an hour" if round(number, 1) == 1 else f"{self[name]} hours"


def _elastic(said: _Said) -> str:
    return (
        f"Since {said.since} views grew from {said['views_before']} to {said['views']}, but likes only from"
        f" {said['likes_before']} to {said['likes']}; about {said['likes_expected']} likes would be usual."
    )


def _elastic_joint(said: _Said) -> str:
    return (
        f"Since {said.since} views grew from {said['views_before']} to {said['views']}, while likes, comments and"
        " shares together hardly moved."
    )


def _slump(said: _Said) -> str:
    return (
        f"Since {said.since} {said['views_gained']} views brought {said['likes_gained']} likes;"
        f" as many views had brought {said['likes_expected']} before."
    )


def _eng_total(said: _Said) -> str:
    return f"{said['views']} views brought {said['likes']} likes; about {said['likes_usual']} would be usual."


def _com_like(said: _Said) -> str:
    return (
        f"There are {said['comments']} comments for {said['likes']} likes;"
        " of a hundred clips only one has more than 39 comments for 100 likes."
    )


def _burst(said: _Said) -> str:
    return (
        f"Within {said.length()} from {said.since} on, {said['views_gained']} views came in:"
        f" {said['views_per_hour']} an hour, with {said['views_per_hour_before']} an hour before and"
        f" {said['views_per_hour_after']} afterwards."
    )


def _const(said: _Said) -> str:
    return (
        f"For {said['hours']} hours views came at nearly the same pace, {said['views_per_hour']} an hour give or take"
        f" {said.percent('spread')}; honest clips vary by about 35 %."
    )


def _edges(said: _Said) -> str:
    return (
        f"Views switched on at {said.since} and off {said['hours']} hours later: {said['views_per_hour']} an hour"
        f" between, {said['views_per_hour_before']} before and {said['views_per_hour_after']} after."
    )


def _flat_night(said: _Said) -> str:
    return (
        f"Over {said['hours']} hours views hardly followed the time of day: they swing by {said.percent('amplitude')},"
        " where 30 to 50 % is usual."
    )


def _purge(said: _Said) -> str:
    taken, before = said["views_taken_back"], said["views_before"]
    return f"The platform took back {taken} of {before} views, and two readings agree on it."


def _package(said: _Said) -> str:
    times = said.number("times")
    often = "Once" if times == 1 else f"{said['times']} times"
    return f"{often} within a week likes or shares rose by an exact package size at once (as much as {said['size']})."


def _lockstep(said: _Said) -> str:
    others = said.number("clips")
    whose = "another clip" if others <= 1 else f"{said['clips']} other clips"
    ring = f" Those of {said['ring']} creators all agree this closely." if said.number("ring") else ""
    return (
        f"Over {said['hours']} hours views rose and fell hour by hour together with those of {whose}"
        f" (correlation {said.number('correlation'):.2f}, once what each clip does by itself is taken off).{ring}"
    )


def _recidivism(said: _Said) -> str:
    return f"Views were taken back or voided on {said['times']} earlier clips of this creator or of linked accounts."


def _duplicate(said: _Said) -> str:
    differs = "in nothing" if said.number("bits") == 0 else f"in {said['bits']} of 64 places"
    return f"Its thumbnail looks like that of a clip that somebody else submitted before: the two differ {differs}."


_OWN_MONEY = {
    "person": "belongs or belonged to the organisation that pays for this clip",
    Bond.PAYOUT_ACCOUNT: "is paid to the same bank account as a member of the sponsor who pays for this clip",
    Bond.MAILBOX: "has the same mailbox as a member of the sponsor who pays for this clip",
    Bond.DEVICE: "used the same device as a member of the sponsor who pays for this clip",
    Bond.IP: "came from the same address of the network as a member of the sponsor who pays for this clip",
}
_ONE_OWNER = {
    Bond.PAYOUT_ACCOUNT: "are paid to one bank account",
    Bond.MAILBOX: "have one mailbox",
    Bond.DEVICE: "were used on one device",
    Bond.IP: "came from one address of the network",
}


def _self_dealing(said: _Said) -> str:
    return f"The creator {_OWN_MONEY[said['bond']]}."


def _ring(said: _Said) -> str:
    return f"{said['people']} accounts, this one among them, {_ONE_OWNER[Bond(said['bond'])]}."


_SENTENCES: Mapping[Signal, Callable[[_Said], str]] = {
    Signal.ELASTIC: _elastic,
    Signal.ELASTIC_JOINT: _elastic_joint,
    Signal.SLUMP: _slump,
    Signal.ENG_TOTAL: _eng_total,
    Signal.COM_LIKE: _com_like,
    Signal.BURST: _burst,
    Signal.CONST: _const,
    Signal.EDGES: _edges,
    Signal.FLAT_NIGHT: _flat_night,
    Signal.PURGE: _purge,
    Signal.PACKAGE: _package,
    Signal.LOCKSTEP: _lockstep,
    Signal.RECIDIVISM: _recidivism,
    Signal.DUPLICATE: _duplicate,
    Signal.SELF_DEALING: _self_dealing,
    Signal.RING: _ring,
}
