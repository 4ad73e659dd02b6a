"""Integer money: minor units, half-up rounding, fair shares, and how amounts are read and shown to people."""

import re
from collections.abc import Mapping
from decimal import Decimal

from babel.numbers import format_currency, get_currency_symbol

AMOUNT_MINOR_MAX = 10**13
VIEWS_MAX = 10**11
CPM_MINOR_MAX = 1_000_000
BASIS_POINTS = 10_000

# ISO 4217 exponents of the currencies an installation may keep books in.
EXPONENTS: Mapping[str, int] = {"USD": 2, "EUR": 2, "GBP": 2, "JPY": 0}
# Offered first to somebody who has no money here yet; never a stand-in for the currency of an amount.
FIRST_CURRENCY = "USD"

_LOCALE = "en_US"
_AMOUNT = re.compile(r"(?P<whole>[0-9]{1,13})(?:\.(?P<fraction>[0-9]{1,3}))?")


class UnreadableAmount(ValueError):
    """The text is not an amount in this currency."""


def divided_half_up(value: int, divisor: int) -> int:
    """`value / divisor` for value ≥ 0, rounded half up, in integers: 1,500 / 1,000 is 2 and 1,499 / 1,000 is 1."""
    return (value + divisor // 2) // divisor


def earned(*, views: int, cpm_minor: int) -> int:
    """Minor units for `views` at `cpm_minor` a thousand, half up: (views · cpm + 500) // 1000."""
    return divided_half_up(views * cpm_minor, 1000)


def fee(*, gross_minor: int, fee_bp: int) -> int:
    """The platform's part of a gross total, in basis points, half up: (gross · bp + 5000) // 10000."""
    return divided_half_up(gross_minor * fee_bp, BASIS_POINTS)


def shared_pro_rata(*, total_minor: int, wants: Mapping[int, int]) -> dict[int, int]:
    """Share `total_minor` among `wants` (minor units by id), each getting at most what it wants.

    When the wants exceed the total, shares are proportional, and the cents that division leaves over go to the largest
    remainders, ties to the lower id (Hamilton's method). The answer does not depend on the order of `wants`, and its
    sum is min(total, Σ wants). Raises ValueError on a negative total or want.
    """
    if total_minor < 0 or any(want < 0 for want in wants.values()):
        raise ValueError("Shares are made of what is there: nothing negative")
    wanted = sum(wants.values())
    if wanted <= total_minor:
        return dict(wants)
    shares = {id_: total_minor * want // wanted for id_, want in wants.items()}
    left = total_minor - sum(shares.values())
    by_remainder = sorted(wants, key=lambda id_: (-(total_minor * wants[id_] % wanted), id_))
    for id_ in by_remainder[:left]:
        shares[id_] += 1
    return shares


def minor_from_text(text: str, *, currency: str) -> int:
    """Minor units of what a person typed: "12.34" is 1234 in USD, "500" is 500 in JPY.

    Only ASCII digits and one point are read, so that nothing is guessed. Raises UnreadableAmount with a sentence.
    """
    exponent = EXPONENTS[currency]
    match = _AMOUNT.fullmatch(text.strip())
    if match is None or len(match["fraction"] or "") > exponent:
        shape = "1234" if exponent == 0 else "1234.50"
        raise UnreadableAmount(f"Write the amount in {currency} like {shape}")
    # "12.3" in a currency with two places: 12 and 30, written side by side.
    minor = int(match["whole"] + (match["fraction"] or "").ljust(exponent, "0"))
    if minor > AMOUNT_MINOR_MAX:
        raise UnreadableAmount("This amount is larger than the books can hold")
    return minor


def formatted(amount_minor: int, *, currency: str) -> str:
    """The amount as people read it: 1234 USD is "$12.34", 500 JPY is "¥500"."""
    return str(format_currency(Decimal(amount_minor).scaleb(-EXPONENTS[currency]), currency, locale=_LOCALE))


def symbol(currency: str) -> str:
    """The sign that stands before an amount in a form: "$" for USD, "¥" for JPY."""
    return str(get_currency_symbol(currency, locale=_LOCALE))


def decimal_text(amount_minor: int, *, currency: str) -> str:
    """The amount as programs read it, without a sign of its currency: 1234 USD is "12.34", -500 JPY is "-500"."""
    return f"{Decimal(amount_minor).scaleb(-EXPONENTS[currency]):f}"
