"""Template filters: how far something is doubted, in words that people read without a manual."""

from collections.abc import Mapping

from django import template

from cliphaven.fraud.rules.judging import MILLI
from cliphaven.fraud.rules.signals.found import SHORT

register = template.Library()

STRONGEST_MILLI = 4_000
_WORDS = {signal.value: words for signal, words in SHORT.items()}
_DIGITS = 2


@register.filter
def signal_name(signal: str) -> str:
    """A signal in a few words: "burst" is "A burst and nothing after it"."""
    return _WORDS.get(signal, str(signal))


@register.filter
def score(milli: int | None) -> str:
    """A score as people read it: 3127 is "3.1". None is "not measured"."""
    return "not measured" if milli is None else f"{int(milli) / MILLI:.1f}"


@register.filter
def one_in(strength_milli: int) -> str:
    """How many honest clips ever look so: 2000 is "1 in 100", and 4000, the most, "fewer than 1 in 10,000"."""
    if strength_milli >= STRONGEST_MILLI:
        return "fewer than 1 in 10,000"
    number = 10 ** (strength_milli / MILLI)
    step = 10 ** max(0, len(str(int(number))) - _DIGITS)
    return f"1 in {round(number / step) * step:,}"


@register.filter
def evidence_lines(evidence: Mapping[str, object]) -> list[tuple[str, str]]:
    """The numbers behind a reason, each with its name in words."""
    return [(name.replace("_", " ").capitalize(), _said(value)) for name, value in evidence.items()]


@register.filter
def share_percent(share: float | None) -> str:
    """A share as a percentage: 0.615 is "62 %". None is "not measured", never 0."""
    return "not measured" if share is None else f"{100 * share:.0f} %"


@register.filter
def share_place(share: float | None) -> str:
    """A share as a place on a bar of a hundred, for a picture."""
    return f"{100 * (share or 0):.2f}"


@register.filter
def share_width(high: float | None, low: float | None) -> str:
    """How long an interval is on a bar of a hundred, for a picture."""
    return f"{100 * ((high or 0) - (low or 0)):.2f}"


def _said(value: object) -> str:
    if value is None:
        return "not measured"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
