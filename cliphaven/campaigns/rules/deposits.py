"""How much may be paid in at once, in each currency. Pure."""

from collections.abc import Mapping

from cliphaven.foundation import money

# About the same everywhere: less is mostly Stripe's fee.
SMALLEST_MINOR: Mapping[str, int] = {"USD": 5_00, "EUR": 5_00, "GBP": 5_00, "JPY": 500}
# Stripe takes no more in one payment: eight digits, in minor units of whatever currency.
LARGEST_MINOR = 99_999_999


def problem_of_deposit(*, amount_minor: int, currency: str) -> str | None:
    """Why an amount cannot be paid in, in a sentence; None when it can."""
    if currency not in SMALLEST_MINOR:
        return "Choose one of the currencies shown"
    smallest = SMALLEST_MINOR[currency]
    if amount_minor < smallest:
        return f"The smallest payment is {money.formatted(smallest, currency=currency)}"
    if amount_minor > LARGEST_MINOR:
        return f"The largest payment is {money.formatted(LARGEST_MINOR, currency=currency)}: pay in several times"
    return None
