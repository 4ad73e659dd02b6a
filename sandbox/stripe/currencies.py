"""Currencies: the smallest charge, and the rates of this pretend world's one exchange office."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

# Smallest charge in minor units (Stripe's published minimums).
CURRENCIES: Final[dict[str, int]] = {
    "usd": 50, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400,
    "huf": 17500, "inr": 50, "jpy": 50, "kwd": 150, "mxn": 1000, "nok": 300, "nzd": 50, "pln": 200, "sek": 300,
    "sgd": 50, "twd": 1600,
}  # fmt: skip

# Minor units per 100 US cents.
_PER_DOLLAR: Final[dict[str, Decimal]] = {
    "usd": Decimal("100"), "aud": Decimal("152.1"), "brl": Decimal("538.4"), "cad": Decimal("139.7"),
    "chf": Decimal("80.3"), "czk": Decimal("2092"), "dkk": Decimal("644.7"), "eur": Decimal("86.4"),
    "gbp": Decimal("76.2"), "hkd": Decimal("777.6"), "huf": Decimal("33190"), "inr": Decimal("8874"),
    "jpy": Decimal("154.6"), "kwd": Decimal("307"), "mxn": Decimal("1838"), "nok": Decimal("1011"),
    "nzd": Decimal("176.8"), "pln": Decimal("366.1"), "sek": Decimal("949"), "sgd": Decimal("130.2"),
    "twd": Decimal("3105"),
}  # fmt: skip

_COUNTRIES: Final[dict[str, str]] = {
    "US": "usd", "AU": "aud", "BR": "brl", "CA": "cad", "CH": "chf", "CZ": "czk", "DK": "dkk", "GB": "gbp", "HK": "hkd",
    "HU": "huf", "IN": "inr", "JP": "jpy", "KW": "kwd", "MX": "mxn", "NO": "nok", "NZ": "nzd", "PL": "pln", "SE": "sek",
    "SG": "sgd", "TW": "twd", "AT": "eur", "BE": "eur", "DE": "eur", "ES": "eur", "FI": "eur", "FR": "eur", "GR": "eur",
    "IE": "eur", "IT": "eur", "LU": "eur", "NL": "eur", "PT": "eur",
}  # fmt: skip

# Payouts in these go out in whole units only.
WHOLE_UNITS_ONLY: Final = frozenset({"huf", "twd"})


def currency_of(country: str) -> str | None:
    """The currency of a supported country (ISO 3166 alpha-2), or None."""
    return _COUNTRIES.get(country.upper())


def rate(from_currency: str, to_currency: str) -> Decimal:
    """Minor units of `to_currency` for one minor unit of `from_currency`, to six digits after the point."""
    return (_PER_DOLLAR[to_currency] / _PER_DOLLAR[from_currency]).quantize(Decimal("0.000001"))


def convert(amount: int, from_currency: str, to_currency: str) -> int:
    """The amount in the other currency's minor units, half up."""
    return int((amount * rate(from_currency, to_currency)).quantize(Decimal(1), ROUND_HALF_UP))
