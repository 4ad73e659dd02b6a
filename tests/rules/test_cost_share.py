"""A bill as a share of what creators earned: exact, half up, and silent where there is nothing to compare."""

import pytest

from cliphaven.backoffice.rules.cost_share import share_ppm


@pytest.mark.parametrize(
    ("cost_microusd", "earned_minor", "currency", "share"),
    [
        (70_000, 7_00, "USD", 10_000),  # $0.07 of $7.00 is 1 %
        (0, 7_00, "USD", 0),
        (3_000, 1, "USD", 300_000),  # 0.3 cents of a cent
        (1, 2_000_000_00, "USD", 0),
        (1, 1_000_000, "USD", 0),  # a millionth of $10,000 is 0.0001 millionths
        (70_000, 0, "USD", None),
        (70_000, 7_00, "EUR", None),
    ],
)
def test_a_share_in_millionths(cost_microusd, earned_minor, currency, share):
    assert share_ppm(cost_microusd=cost_microusd, earned_minor=earned_minor, currency=currency) == share
