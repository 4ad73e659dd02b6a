"""The books as files: what a spreadsheet gets, and what Beancount's own checker says of the plain text."""

import csv
import io
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import transaction

from cliphaven.foundation import money
from cliphaven.ledger import operations, queries
from cliphaven.ledger.chart import ACCOUNT_TYPES, Account, AccountKind, EntryKind
from cliphaven.ledger.queries import exports
from tests.spec.money_document import MONDAY, recorded, story

BEAN_CHECK = Path(sys.executable).parent / "bean-check"
WALLET = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=7, currency="USD")
STRIPE = Account(kind=AccountKind.STRIPE_BALANCE, currency="USD")

pytestmark = pytest.mark.django_db


def the_whole_story() -> None:
    """Every kind of entry, in four currencies."""
    for told in story():
        recorded(told)


def a_deposit(external_id: str, *, amount_minor: int = 100, at: datetime = MONDAY, **words: str) -> None:
    entry = operations.Entry(
        kind=EntryKind.DEPOSIT,
        external_id=external_id,
        legs=(operations.Leg(debit=STRIPE, credit=WALLET, amount_minor=amount_minor),),
        occurred_at=at,
        **{"cause": "a payment", **words},
    )
    with transaction.atomic():
        operations.record([entry])


def the_csv(**limits: object) -> list[dict[str, str]]:
    target = io.StringIO(newline="")
    written = exports.write_csv(target=target, **limits)
    lines = list(csv.DictReader(io.StringIO(target.getvalue(), newline="")))
    assert len(lines) == written
    return lines


def the_beancount(**limits: object) -> str:
    target = io.StringIO()
    exports.write_beancount(target=target, **limits)
    return target.getvalue()


def checked(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What Beancount's own program says of it."""
    file = folder / "books.beancount"
    file.write_text(text)
    return subprocess.run([BEAN_CHECK, "--no-cache", file], capture_output=True, text=True, check=False, timeout=120)


def asserted(text: str) -> dict[tuple[str, str], Decimal]:
    """The balances that the file asserts, by Beancount's name of the account and currency."""
    found = re.findall(r"^[0-9-]+ balance (\S+)  (-?[0-9.]+) ~ 0 ([A-Z]{3})$", text, re.M)
    return {(account, currency): Decimal(amount) for account, amount, currency in found}


def test_beancount_accepts_every_kind_of_entry_in_four_currencies(tmp_path):
    the_whole_story()
    text = the_beancount()
    result = checked(text, tmp_path)

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert set(re.findall(r'^  kind: "(\w+)"$', text, re.M)) == {told.kind.name.lower() for told in story()}
    assert {currency for _, currency in asserted(text)} == {"USD", "EUR", "GBP", "JPY"}


def test_the_asserted_balances_are_those_of_the_trial_balance():
    the_whole_story()
    debits_minus_credits = {
        (line.account, line.currency): line.debits_minor - line.credits_minor for line in queries.trial_balance().lines
    }

    assert sorted(
        Decimal(minor).scaleb(-money.EXPONENTS[currency]) for (_, currency), minor in debits_minus_credits.items()
    ) == sorted(asserted(the_beancount()).values())
    assert asserted(the_beancount())["Liabilities:Sponsor:7:Wallet", "JPY"] == -20_000  # a credit


@pytest.mark.parametrize(
    ("what", "find", "put"),
    [
        ("one side of a leg", "Assets:Stripe:Balance  500.00 USD", "Assets:Stripe:Balance  500.01 USD"),
        ("a yen of one side", "Assets:Stripe:Balance  50000 JPY", "Assets:Stripe:Balance  50001 JPY"),
        ("a balance by a cent", "~ 0 USD", None),
        ("the currency", "Assets:Stripe:Balance  400.00 EUR", "Assets:Stripe:Balance  400.00 USD"),
        ("an account that was never opened", "Liabilities:Sponsor:7:Wallet  -500.00", "Liabilities:Nobody  -500.00"),
    ],
)
def test_beancount_refuses_a_file_in_which_something_was_changed(tmp_path, what, find, put):
    the_whole_story()
    text = the_beancount()
    if put is None:
        changed = re.sub(r"(balance Assets:Stripe:Balance  \d+\.\d)(\d) ~ 0 USD", _another_digit, text)
    else:
        changed = text.replace(find, put, 1)

    assert changed != text
    assert checked(changed, tmp_path).returncode == 1


def _another_digit(match: re.Match[str]) -> str:
    return f"{match[1]}{(int(match[2]) + 1) % 10} ~ 0 USD"


def test_beancount_refuses_a_file_in_which_both_sides_of_a_leg_were_changed(tmp_path):
    the_whole_story()
    text = the_beancount()
    deposit = "  Assets:Stripe:Balance  500.00 USD\n  Liabilities:Sponsor:7:Wallet  -500.00 USD"
    changed = text.replace(deposit, deposit.replace("500.00", "500.01"))

    assert changed != text
    assert "Balance failed" in checked(changed, tmp_path).stderr


def test_beancount_refuses_a_file_in_which_an_entry_is_missing(tmp_path):
    the_whole_story()
    text = the_beancount()
    entries = text.split("\n\n")
    without = "\n\n".join(entry for entry in entries if 'external_id: "po_2"' not in entry)

    assert without != text
    assert checked(without, tmp_path).returncode == 1


def test_a_period_begins_with_what_was_there_before(tmp_path):
    a_deposit("pi_october", amount_minor=10_00, at=MONDAY - timedelta(days=10))
    a_deposit("pi_november", amount_minor=5_00, at=MONDAY)
    a_deposit("pi_december", amount_minor=1_00, at=MONDAY + timedelta(days=40))
    text = the_beancount(since=datetime(2026, 11, 1, tzinfo=UTC), until=datetime(2026, 12, 1, tzinfo=UTC))

    assert checked(text, tmp_path).returncode == 0
    assert '2026-11-01 * "opening balances, USD"\n  Liabilities:Sponsor:7:Wallet  -10.00 USD' in text
    assert re.findall(r'external_id: "(\w+)"', text) == ["pi_november"]
    assert asserted(text) == {
        ("Assets:Stripe:Balance", "USD"): Decimal("15.00"),
        ("Liabilities:Sponsor:7:Wallet", "USD"): Decimal("-15.00"),
    }


def test_a_period_has_its_first_moment_and_not_its_last():
    first, last = MONDAY, MONDAY + timedelta(days=1)
    for name, at in (("before", first - timedelta(microseconds=1)), ("first", first), ("last", last)):
        a_deposit(f"pi_{name}", at=at)
    a_deposit("pi_shortly_before", at=last - timedelta(microseconds=1))

    assert {line["external_id"] for line in the_csv(since=first, until=last)} == {"pi_first", "pi_shortly_before"}
    assert re.findall(r'external_id: "(\w+)"', the_beancount(since=first, until=last)) == [
        "pi_first",
        "pi_shortly_before",
    ]


def test_empty_books_are_a_file_that_beancount_accepts(tmp_path):
    assert checked(the_beancount(), tmp_path).returncode == 0
    assert the_csv() == []


NASTY = 'say "no" \\ or\nnew line\ttab; ^link #tag 100 USD\r{}\x07 ¥ 🎬 \u2028'


def test_whatever_people_write_stays_text(tmp_path):
    a_deposit("pi_1", cause='a "payment" \\', actor='"', reason=f"2026-11-02 open Assets:Mine USD\n{NASTY}")
    text = the_beancount()
    result = checked(text, tmp_path)

    assert (result.returncode, result.stderr) == (0, "")
    assert "\n2026-11-02 open Assets:Mine" not in text


def test_a_name_that_is_no_link_is_made_one(tmp_path):
    a_deposit("pi_ré:1✓^2", at=MONDAY)
    text = the_beancount()

    assert checked(text, tmp_path).returncode == 0
    assert '* "deposit" ^pi_r-1-2\n' in text


def test_every_account_has_a_name_that_beancount_can_read(tmp_path):
    names = {
        exports.beancount.account_name(type_.pattern.format(owner=12), account_class=type_.account_class)
        for type_ in ACCOUNT_TYPES.values()
    }
    text = "".join(f"2026-11-02 open {name} USD\n" for name in sorted(names))

    assert len(names) == len(ACCOUNT_TYPES)
    assert checked(text, tmp_path).returncode == 0
    assert "Liabilities:Creator:12:In-Transit" in names


def test_a_spreadsheet_gets_both_sides_of_every_leg():
    the_whole_story()
    lines = the_csv()
    by_currency: dict[str, int] = {}
    for line in lines:
        sign = {"debit": 1, "credit": -1}[line["side"]]
        by_currency[line["currency"]] = by_currency.get(line["currency"], 0) + sign * int(line["amount_minor"])

    assert by_currency == {"USD": 0, "EUR": 0, "GBP": 0, "JPY": 0}
    assert len(lines) == 2 * sum(len(told.legs) for told in story())


def test_a_spreadsheet_gets_whole_numbers_and_decimals_of_the_currency():
    the_whole_story()
    yen = Account(kind=AccountKind.CREATOR_CLEARING, owner_id=12, currency="JPY")
    cents = Account(kind=AccountKind.CREATOR_CLEARING, owner_id=12, currency="USD")

    assert [(line["amount_minor"], line["amount"], line["side"]) for line in the_csv(account=yen)] == [
        ("889", "889", "credit")
    ]
    assert [(line["amount_minor"], line["amount"], line["side"]) for line in the_csv(account=cents)] == [
        ("1333", "13.33", "credit"),
        ("1367", "13.67", "credit"),
        ("1333", "13.33", "debit"),
        ("1367", "13.67", "debit"),
    ]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@sum(a1)", "\tx", "\rx", "\nx", "  =1", "＝1", "＋1", "－1", "＠a"]
)
def test_nothing_in_a_spreadsheet_is_run_as_a_formula(text):
    a_deposit("pi_1", actor=text, reason=text)
    [line, _] = the_csv()

    assert (line["actor"], line["reason"]) == (f"'{text}", f"'{text}")


def test_a_cause_is_not_run_as_a_formula_either():
    a_deposit("pi_1", cause="=1+1")

    assert {line["cause"] for line in the_csv()} == {"'=1+1"}


@pytest.mark.parametrize("text", ["user:7", "1=1", "a-b", "", "'"])
def test_harmless_text_is_left_alone(text):
    a_deposit("pi_1", reason=text)

    assert the_csv()[0]["reason"] == text


def test_commas_quotes_and_lines_come_back_from_the_file():
    a_deposit("pi_1", reason=NASTY)

    assert the_csv()[0]["reason"] == NASTY
