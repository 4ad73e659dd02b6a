"""What must never be kept where people read: keys, tokens, and whole numbers of cards and bank accounts. Pure."""

import re
from collections.abc import Iterator, Mapping

# Shorter ones are no secrets, and would be found everywhere.
SECRET_LENGTH_MIN = 8
_SHAPES = (
    ("a key of Stripe's", re.compile(r"\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{8,}")),
    ("a secret for letters", re.compile(r"\bwhsec_[A-Za-z0-9+/=]{8,}")),
    ("a bearer token", re.compile(r"\b[Bb]earer\s+[A-Za-z0-9._~+/=-]{16,}")),
    ("a key of the mail vendor's", re.compile(r"\bre_[A-Za-z0-9]{8,}_[A-Za-z0-9]{16,}")),
    ("a token of the scrapers' vendor", re.compile(r"\bapify_api_[A-Za-z0-9]{16,}")),
    ("an IBAN", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")),
    # Of Stripe's test mode: a real one cannot be told from other numbers, and the house is never told one.
    ("a bank account's number", re.compile(r"(?<![A-Za-z\d.])000\d{9}(?![A-Za-z\d])")),
)
# Cards' numbers begin so; a video's, which is as long, does not. In the middle of an id or a digest, digits are none.
_CARD = re.compile(r"(?<![A-Za-z\d.])(?:4\d{3}|5[1-5]\d{2}|3[47]\d{2}|6011)(?:[ -]?\d{4}){2}[ -]?\d{3,4}(?![A-Za-z\d])")


def leaks(text: str, *, secrets: Mapping[str, str]) -> Iterator[str]:
    """What a text holds that it must not, named and never quoted; `secrets` are values by the name of their setting."""
    for name, value in secrets.items():
        if len(value) >= SECRET_LENGTH_MIN and value in text:
            yield name
    for name, shape in _SHAPES:
        if shape.search(text):
            yield name
    if any(_adds_up(found.group()) for found in _CARD.finditer(text)):
        yield "a card's number"


def _adds_up(number: str) -> bool:
    """Whether the last digit is the one that cards' numbers carry as a check (Luhn)."""
    digits = [int(digit) for digit in reversed(number) if digit.isdigit()]
    doubled = (digit * 2 for digit in digits[1::2])
    return (sum(digits[::2]) + sum(digit - 9 if digit > 9 else digit for digit in doubled)) % 10 == 0
