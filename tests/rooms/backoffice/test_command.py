"""`cliphaven reconcile` as a shell runs it: what it prints, and its exit codes."""

import json
import subprocess

import pytest
from django.conf import settings

from cliphaven.payouts.models import BalanceTransaction
from tests.config.test_commands import Shell
from tests.rooms.backoffice.paid import paid_creator
from tests.rooms.payouts.conftest import Payday


@pytest.fixture
def shell(committed: str, own_payday: Payday) -> Shell:
    """A shell beside this test's own Stripe and its clock."""
    shell = Shell(committed)
    shell.environment |= {
        "STRIPE_API_BASE": settings.STRIPE_API_BASE,
        "CLIPHAVEN_CLOCK_FILE": str(own_payday.world.clock.path),
    }
    return shell


def stripe_moves(payday: Payday, **order: object) -> None:
    payday.world.post("/control/stripe/balance-transactions", {"type": "topup", "currency": "usd", **order})


def asked(shell: Shell, *words: str) -> subprocess.CompletedProcess[str]:
    return shell.run("reconcile", *words)


def test_books_that_agree_exit_zero_and_say_every_balance(shell: Shell, own_payday: Payday):
    paid_creator(own_payday)
    result = asked(shell)

    assert (result.returncode, result.stderr) == (0, "")
    first = result.stdout.splitlines()[0]
    assert first.startswith("ok    stripe:balance USD: books $")
    assert "In flight" in result.stdout


def test_a_cent_that_nobody_explains_exits_one_with_its_line_and_what_to_do(shell: Shell, own_payday: Payday):
    stripe_moves(own_payday, amount=1)
    own_payday.advance(hours=1)
    result = asked(shell)

    assert result.returncode == 1
    assert result.stdout.startswith("FAIL  stripe:balance USD: books $0.00, Stripe $0.01")
    assert "Missing in the books, stripe:balance: -$0.01, topup txn_" in result.stdout
    assert "book it by a correction that names it" in result.stdout


def test_an_unclassified_type_exits_one_and_crashes_nothing(shell: Shell, own_payday: Payday):
    stripe_moves(own_payday, amount=-5, type="moon_dust", currency="chf")
    result = asked(shell)

    assert result.returncode == 1
    assert "Unclassified, stripe:balance: 5 minor units of CHF, moon_dust" in result.stdout


def test_programs_read_the_same(shell: Shell, own_payday: Payday):
    stripe_moves(own_payday, amount=1)
    own_payday.advance(hours=1)
    found = json.loads(asked(shell, "--json").stdout)

    [line] = found["lines"]
    assert (found["state"], line["finding"], line["difference"], line["currency"]) == (
        "differing",
        "missing_in_books",
        -1,
        "USD",
    )
    assert found["balances"] == [{"account": "stripe:balance", "currency": "USD", "books_minor": 0, "stripe_minor": 1}]


def test_without_the_import_stripe_is_not_asked(shell: Shell, own_payday: Payday):
    stripe_moves(own_payday, amount=1)
    assert asked(shell, "--no-import").returncode == 2  # nothing is here to be looked at
    asked(shell)
    stripe_moves(own_payday, amount=1)
    own_payday.advance(hours=1)
    result = asked(shell, "--no-import")

    assert result.returncode == 1
    assert BalanceTransaction.objects.count() == 1


def test_a_silent_stripe_exits_two(shell: Shell):
    shell.environment["STRIPE_API_BASE"] = "http://127.0.0.1:9/stripe"
    result = asked(shell)

    assert result.returncode == 2
    assert result.stderr.startswith("Stripe could not be asked: ")


def test_the_invariants_are_asked_by_ledger_verify(shell: Shell, own_payday: Payday):
    paid_creator(own_payday)
    result = shell.run("ledger", "verify")

    assert (result.returncode, result.stderr) == (0, "")
    assert "ok    I11 sent transfers are in the books, and no others: 1 looked at" in result.stdout
    assert "ok    I4  our balance at Stripe is not negative: 1 looked at" in result.stdout
