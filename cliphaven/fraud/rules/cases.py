"""What follows from a score: when doubt begins and ends, bands, and which earnings it is about. Scores are in
thousandths."""

from dataclasses import dataclass
from datetime import timedelta

APPEAL_CLOCK = timedelta(hours=72)
"""Within this somebody answers an appeal; otherwise the creator is right."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Thresholds:
    """From where on views are held (T₁), below what the doubt is gone (T₀), and from where on clips are read hourly."""

    hold_from_milli: int
    release_below_milli: int
    probe_from_milli: int


def is_doubted(value_milli: int, *, thresholds: Thresholds, was_doubted: bool) -> bool:
    """Doubt begins at T₁ and ends below T₀, so that a score near either does not flicker."""
    edge = thresholds.release_below_milli if was_doubted else thresholds.hold_from_milli
    return value_milli >= min(edge, thresholds.hold_from_milli)


def band(
    value_milli: int, *, thresholds: Thresholds, doubted: bool, at_stake_minor: int, review_above_minor: int
) -> str:
    """The band of a score: `pass`, `watch` from the probe's threshold on, `hold`, or `review` if much is at stake."""
    if doubted:
        return "review" if at_stake_minor >= review_above_minor else "hold"
    return "watch" if value_milli >= thresholds.probe_from_milli else "pass"


def counts_as_after(*, onset_views: int, views_from: int, views_to: int) -> bool:
    """Whether an earning entry from `views_from` to `views_to` is of what came after an onset at `onset_views`.

    Entries are held whole. One that reaches over the onset counts as after it if most of its views do; that happens
    only where a minimum of views or an empty budget had put several readings into one entry.
    """
    after = views_to - max(views_from, onset_views)
    return after > 0 and 2 * after >= views_to - views_from
