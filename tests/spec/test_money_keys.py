"""docs/money.md shows the keys of the calls that move money, as the code makes them."""

from types import SimpleNamespace
from typing import Any

from cliphaven.campaigns.operations import refunds
from cliphaven.payouts import rules
from tests.spec.money_document import the_table

KEYS = ["call", "its key"]
NAMED: dict[str, Any] = {"amount_minor": "{amount}", "attempt": "{attempt}"}
WHOSE: dict[str, Any] = {"prefix": "{prefix}", "week": "{week}", "creator_id": "{creator}"}
GROUP = rules.transfer_group(**WHOSE, campaign_id="{campaign}")  # type: ignore[arg-type]


def shown(call: str) -> str:
    [key] = [key for name, key in the_table(KEYS).rows if name == call]
    return key


def test_a_transfers_key():
    assert shown("transfer") == rules.transfer_key(group=GROUP, **NAMED)


def test_a_payouts_key_names_its_part_from_the_second_on():
    first, _, later = shown("bank payout").partition("`; with `")
    whose = {**WHOSE, "currency": "{currency}", **NAMED}

    assert first == rules.bank_payout_key(**whose, part=1)
    assert later.startswith(":p{part}` after the currency")
    assert rules.bank_payout_key(**whose, part=2) == first.replace("{currency}", "{currency}:p2")


def test_a_refunds_key():
    row: Any = SimpleNamespace(request=SimpleNamespace(keys_begin_with="{prefix}"), pk="{refund}", **NAMED)

    assert shown("refund") == refunds.SENDER.key(row)


def test_a_reversals_key():
    reversal: Any = "{reversal}"

    assert shown("transfer reversal") == rules.reversal_key(group=GROUP, reversal_id=reversal, **NAMED)


def test_no_other_call_is_shown():
    assert {call for call, _ in the_table(KEYS).rows} == {"transfer", "bank payout", "refund", "transfer reversal"}
