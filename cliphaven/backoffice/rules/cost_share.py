"""How dear counting is beside what it counts for: a vendor's bill as a share of what creators earned. Pure."""

MICRO_PER_CENT = 10_000
# Bills are in dollars. Without a rate of exchange in the books, other currencies are not held against them.
COMPARABLE = "USD"


def share_ppm(*, cost_microusd: int, earned_minor: int, currency: str) -> int | None:
    """The cost in millionths of the earnings, half up; None where nothing was earned, or in another currency.

    $0.07 for $7.00 of earnings is 10,000 millionths, which is 1 %.
    """
    if currency != COMPARABLE or earned_minor <= 0:
        return None
    return (cost_microusd * 1_000_000 * 2 + earned_minor * MICRO_PER_CENT) // (earned_minor * MICRO_PER_CENT * 2)
