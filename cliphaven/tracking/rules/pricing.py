"""The price of a poll, steered to a daily plan: the one number that all clips of a vendor share.

With a price every clip decides for itself, and the price makes the decisions add up to the plan (dual ascent; so for
crawlers Y. Azar, E. Horvitz and others, PNAS 2018).
"""

import math

PRICE_LOWEST = 0.05
PRICE_HIGHEST = 5_000.0
_GAIN = 0.1
_DEVIATION_MAX = 2.0


def stepped_price(
    price: float,
    *,
    spent: float,
    planned: float,
    lowest: float = PRICE_LOWEST,
    highest: float = PRICE_HIGHEST,
) -> float:
    """The price after an hour that spent `spent` where `planned` was planned; both in the same unit, whatever it is.

    Dearer by a tenth per hour that cost double, cheaper where less was spent: a day at most tenfold. A plan of nothing
    makes polls as dear as they can be. Stays within `lowest` and `highest`.
    """
    if math.isnan(price) or not planned > 0:
        return highest
    price = min(max(price, lowest), highest)
    deviation = min((max(0.0, spent) - planned) / planned, _DEVIATION_MAX)
    return min(max(price * math.exp(_GAIN * deviation), lowest), highest)
