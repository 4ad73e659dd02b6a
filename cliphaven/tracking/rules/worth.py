"""What a view is worth to whoever pays for it, in USD: what polls are weighed by. Never an amount owed."""

from collections.abc import Mapping

from cliphaven.foundation.money import EXPONENTS

REFERENCE_USD: Mapping[str, float] = {"USD": 1.0, "EUR": 1.1, "GBP": 1.3, "JPY": 0.0067}
"""US dollars for one unit of a currency, rounded to what a year of exchange rates has in common (2025).

A rate that is a tenth off moves a poll by a twentieth of its interval (u = √(2μ/cλ)), so nobody keeps these up to date.
"""
_MICRO = 1_000_000


def usd(amount_minor: int, *, currency: str) -> float:
    """An amount in US dollars by the reference rate: good enough to weigh, not to pay."""
    units = 10.0 ** EXPONENTS[currency]
    return amount_minor / units * REFERENCE_USD[currency]


def worth_of_a_play(*, cpm_minor: int, currency: str) -> float:
    """US dollars for one view at so many minor units a thousand, the platform's fee included."""
    return usd(cpm_minor, currency=currency) / 1000


def costs_too_much(*, spent_microusd: int, money_usd: float, share_percent: float) -> bool:
    """Whether reading a campaign's clips has cost more than this share of all the money it has had.

    A campaign that had none has nothing to lose, and nothing to read for.
    """
    return spent_microusd / _MICRO * 100 > share_percent * money_usd
