"""The text of a Beancount file, piece by piece: https://beancount.github.io, version 3."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from cliphaven.foundation import money
from cliphaven.ledger import chart

_IN_STRINGS = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_NOT_IN_LINKS = re.compile(r"[^A-Za-z0-9\-_/.]+")


def account_name(code: str, *, account_class: chart.AccountClass) -> str:
    """`creator:12:in_transit` as Beancount writes accounts: `Liabilities:Creator:12:In-Transit`."""
    parts = [word.replace("_", "-").title() for word in code.split(":")]
    return ":".join([_ROOTS[account_class], *parts])


_ROOTS: Mapping[chart.AccountClass, str] = {
    chart.AccountClass.ASSET: "Assets",
    chart.AccountClass.LIABILITY: "Liabilities",
    chart.AccountClass.EQUITY: "Equity",
    chart.AccountClass.INCOME: "Income",
    chart.AccountClass.EXPENSE: "Expenses",
}


def header(*, currencies: Sequence[str]) -> str:
    """The options of the file."""
    operating = "".join(f'option "operating_currency" "{currency}"\n' for currency in currencies)
    return f'option "title" "ClipHaven"\n{operating}'


def opened(*, on: date, account: str, currencies: Sequence[str]) -> str:
    """An account, and the only currencies that it may hold."""
    return f"\n{on} open {account} {','.join(currencies)}"


def heading(*, on: date, narration: str, about: str, facts: Mapping[str, str]) -> str:
    """The first lines of an entry; its postings follow. Entries about the same thing share a link."""
    link = _NOT_IN_LINKS.sub("-", about).strip("-")
    lines = [f"\n\n{on} * {_string(narration)}{f' ^{link}' if link else ''}"]
    lines += [f"  {key}: {_string(value)}" for key, value in facts.items() if value]
    return "\n".join(lines)


def posting(*, account: str, debit_minor: int, currency: str) -> str:
    """One side of a leg; a debit is positive, a credit negative."""
    return f"\n  {account}  {money.decimal_text(debit_minor, currency=currency)} {currency}"


def balance(*, on: date, account: str, debit_minor: int, currency: str) -> str:
    """What the account must hold at the beginning of the day, to the last cent."""
    return f"\n{on} balance {account}  {money.decimal_text(debit_minor, currency=currency)} ~ 0 {currency}"


def _string(text: str) -> str:
    return f'"{_CONTROL.sub(" ", text).translate(_IN_STRINGS)}"'
