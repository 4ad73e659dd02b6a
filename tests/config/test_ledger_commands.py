"""`cliphaven ledger …` as a shell runs it: over books with every kind of entry in four currencies."""

import csv
import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer

from cliphaven.config.commands.ledger import words
from cliphaven.foundation import clock
from cliphaven.ledger import operations, queries
from tests.config.shell import Shell
from tests.spec.money_document import MONDAY, recorded, story

BEAN_CHECK = Path(sys.executable).parent / "bean-check"
BEFORE = "2026-11-01"
THAT_DAY = "2026-11-02"


@pytest.fixture
def books(shell: Shell) -> Shell:
    """A shell at books in which the stories of docs/money.md stand, all on one Monday."""
    for told in story():
        recorded(told)
    return shell


def test_the_balance_of_an_account_is_said_in_every_currency_it_has(books):
    result = books.run("ledger", "balance", "sponsor:7:wallet")

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "sponsor:7:wallet  €400.00",
        "sponsor:7:wallet  £250.00",
        "sponsor:7:wallet  ¥20,000",
        "sponsor:7:wallet  $332.50",
    ]


def test_a_balance_for_programs_is_an_integer_and_a_currency(books):
    found = json.loads(books.run("ledger", "balance", "sponsor:7:wallet", "--currency", "jpy", "--json").stdout)

    assert found == {
        "account": "sponsor:7:wallet",
        "as_of": None,
        "is_final": False,
        "balances": [{"amount": 20_000, "currency": "JPY"}],
    }


def test_a_balance_is_of_the_end_of_the_day_that_is_asked_about(books):
    before = books.run("ledger", "balance", "stripe:balance", "--currency", "EUR", "--as-of", BEFORE)
    then = books.run("ledger", "balance", "stripe:balance", "--currency", "EUR", "--as-of", THAT_DAY)

    assert before.stdout.splitlines()[0] == "stripe:balance  €0.00"
    assert then.stdout.splitlines() == [
        "stripe:balance  €400.00",
        "as of 2026-11-02 23:59:59 UTC, not closed yet: later entries may be dated then",
    ]


def test_the_balance_of_a_closed_day_is_promised_for_ever(books):
    operations.close_books(through=MONDAY + timedelta(hours=12), actor="a test", now=MONDAY + timedelta(days=1))
    closed = books.run("ledger", "balance", "stripe:balance", "--as-of", "2026-11-02T12:00", "--json")
    open_ = books.run("ledger", "balance", "stripe:balance", "--as-of", THAT_DAY, "--json")

    assert (json.loads(closed.stdout)["is_final"], json.loads(open_.stdout)["is_final"]) == (True, False)


def test_an_unknown_account_is_told_which_there_are_like_it(books):
    result = books.run("ledger", "balance", "creator:15:payabel")

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("creator:15:payabel is not in the books. There are creator:15:payable, ")


def test_books_without_any_account_say_so(shell):
    result = shell.run("ledger", "balance", "stripe:balance")

    assert (result.returncode, result.stderr) == (1, "stripe:balance is not in the books. They are empty.\n")


def test_a_currency_that_an_account_does_not_have_is_said(books):
    result = books.run("ledger", "balance", "creator:16:receivable", "--currency", "EUR")

    assert (result.returncode, result.stderr) == (1, "creator:16:receivable has no books in EUR, but in USD.\n")


def test_a_moment_that_cannot_be_read_is_refused_before_anything_is_asked():
    result = Shell("no-database-is-asked").run("ledger", "trial-balance", "--as-of", "yesterday")

    assert result.returncode == 2
    assert "2026-11-30" in result.stderr


@pytest.mark.parametrize("text", ["2026-13-01", "2026-11-02T25:00", "1", "now", "2026-11-02 6 o'clock"])
def test_only_days_and_moments_are_read(text):
    for read in (words.beginning, words.end, words.last_moment):
        with pytest.raises(typer.BadParameter):
            read(text)


def test_a_day_is_a_whole_day():
    midnight = datetime(2026, 11, 2, tzinfo=UTC)

    assert words.beginning("2026-11-02") == midnight
    assert words.end("2026-11-02") == midnight + timedelta(days=1)
    assert words.last_moment("2026-11-02") == midnight + timedelta(days=1) - timedelta(microseconds=1)


@pytest.mark.parametrize("text", ["2026-11-02T06:00", "2026-11-02T06:00Z", "2026-11-02T07:00+01:00", "20261102T060000"])
def test_a_moment_is_that_moment_and_of_utc_unless_it_says_otherwise(text):
    assert words.beginning(text) == words.end(text) == words.last_moment(text) == MONDAY


def test_nothing_written_is_no_limit():
    assert (words.beginning(""), words.end(""), words.last_moment("")) == (None, None, None)


def test_a_statement_has_what_was_before_and_after_its_period(books):
    found = json.loads(books.run("ledger", "statement", "creator:16:receivable", "--json").stdout)

    assert (found["opening"]["amount"], found["closing"]["amount"]) == (0, 1_350)
    assert [(line["kind"], line["amount"]["amount"], line["balance"]["amount"]) for line in found["postings"]] == [
        ("clawback", 1_350, 1_350),
        ("write_off", -2_250, 0),
        ("recover", -3_600, 2_250),
        ("clawback", 5_850, 5_850),
    ]


def test_a_statement_goes_on_where_its_page_ended(books):
    first = json.loads(books.run("ledger", "statement", "creator:16:receivable", "--limit", "3", "--json").stdout)
    older = str(first["older"])
    rest = books.run("ledger", "statement", "creator:16:receivable", "--before", older, "--json")

    assert [line["external_id"] for line in first["postings"]] == ["335:1", "correction:1", "creator:16:1"]
    assert [line["external_id"] for line in json.loads(rest.stdout)["postings"]] == ["330:1"]


def test_a_statement_of_another_time_is_empty_and_still_has_its_balances(books):
    found = json.loads(
        books.run("ledger", "statement", "creator:16:receivable", "--since", "2026-11-03", "--json").stdout
    )

    assert (found["postings"], found["opening"], found["closing"]) == (
        [],
        {"amount": 1_350, "currency": "USD"},
        {"amount": 1_350, "currency": "USD"},
    )


def test_a_statement_for_people_has_a_line_a_posting(books):
    result = books.run("ledger", "statement", "creator:16:receivable")

    assert result.returncode == 0
    assert "$13.50 at the end of the period" in result.stdout
    [line] = [line for line in result.stdout.splitlines() if "write off" in line]
    assert [cell.strip() for cell in line.strip("│").split("│")][1:5] == [
        "write off",
        "correction:1",
        "-$22.50",
        "$0.00",
    ]


def test_a_statement_is_of_one_currency(books):
    result = books.run("ledger", "statement", "sponsor:7:wallet")

    assert result.returncode == 1
    assert result.stderr == "sponsor:7:wallet has books in EUR and GBP and JPY and USD: say which with --currency.\n"


def test_the_trial_balance_of_a_past_day_is_in_balance(books):
    before = json.loads(books.run("ledger", "trial-balance", "--as-of", BEFORE, "--json").stdout)
    then = json.loads(books.run("ledger", "trial-balance", "--as-of", THAT_DAY, "--json").stdout)

    assert {line["balance"]["amount"] for line in before["lines"]} <= {0}
    assert then["difference"] == {"EUR": 0, "GBP": 0, "JPY": 0, "USD": 0}
    assert {"amount": 1_350, "currency": "USD"} in [line["balance"] for line in then["lines"]]


def test_an_export_for_a_spreadsheet_goes_to_the_terminal(books):
    result = books.run("ledger", "export", "--format", "csv", "--account", "creator:16:receivable")
    lines = list(csv.DictReader(io.StringIO(result.stdout)))

    assert (result.returncode, result.stderr) == (0, "4 postings.\n")
    assert [line["amount"] for line in lines] == ["58.50", "13.50", "36.00", "22.50"]


def test_an_export_for_beancount_is_accepted_by_beancount(books, tmp_path):
    file = tmp_path / "books.beancount"
    result = books.run("ledger", "export", "--format", "beancount", "--output", str(file))
    checked = subprocess.run([BEAN_CHECK, "--no-cache", file], capture_output=True, text=True, check=False)

    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr == f"{len(story())} entries in {file}.\n"
    assert (checked.returncode, checked.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == [file]


def test_an_export_has_the_days_that_were_asked_for(books):
    result = books.run("ledger", "export", "--format", "csv", "--since", THAT_DAY, "--until", THAT_DAY)
    later = books.run("ledger", "export", "--format", "csv", "--since", "2026-11-03")

    assert len(result.stdout.splitlines()) == 1 + 2 * sum(len(told.legs) for told in story())
    assert (len(later.stdout.splitlines()), later.stderr) == (1, "0 postings.\n")


def test_an_export_that_cannot_be_written_leaves_what_was_there(books, tmp_path):
    (tmp_path / "books").mkdir()
    result = books.run("ledger", "export", "--format", "csv", "--output", str(tmp_path / "books"))
    nowhere = books.run("ledger", "export", "--format", "csv", "--output", str(tmp_path / "no" / "books.csv"))

    assert (result.returncode, nowhere.returncode) == (1, 1)
    assert nowhere.stderr == f"{tmp_path}/no/books.csv cannot be written: No such file or directory.\n"
    assert list(tmp_path.iterdir()) == [tmp_path / "books"]


@pytest.mark.parametrize(
    "words",
    [
        ("--format", "beancount", "--account", "stripe:balance"),
        ("--format", "csv", "--currency", "USD"),
        ("--format", "csv", "--since", "2026-11-03", "--until", "2026-11-02"),
        ("--format", "xml"),
        (),
    ],
)
def test_an_export_that_makes_no_sense_is_refused_before_anything_is_asked(words):
    result = Shell("no-database-is-asked").run("ledger", "export", *words)

    assert (result.returncode, result.stdout) == (2, "")


def test_books_are_closed_through_a_day_once(books):
    first = books.run("ledger", "close", "--through", THAT_DAY)
    second = books.run("ledger", "close", "--through", THAT_DAY, "--json")

    assert (first.returncode, first.stdout) == (0, "The books are closed through 2026-11-02 23:59:59 UTC.\n")
    assert json.loads(second.stdout) == {"closed_through": "2026-11-02T23:59:59.999999+00:00", "is_new": False}
    assert queries.closed_through() == datetime(2026, 11, 2, 23, 59, 59, 999_999, tzinfo=UTC)


def test_a_day_that_has_not_passed_is_not_closed(books):
    tomorrow = (clock.now() + timedelta(days=1)).date().isoformat()
    result = books.run("ledger", "close", "--through", tomorrow)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.strip()
    assert queries.closed_through() is None


def test_a_seal_stands_for_the_books_up_to_now(books):
    first = books.run("ledger", "seal", "--json")
    again = books.run("ledger", "seal")
    newest = queries.seals()[0].chain
    found = json.loads(first.stdout)

    assert (found["is_new"], found["seal"]["chain"]) == (True, newest)
    assert found["seal"]["legs"] == sum(len(told.legs) for told in story())
    assert again.stdout == f"Nothing is new since seal {found['seal']['no']}: {newest}\n"


def test_empty_books_have_nothing_to_seal(shell):
    result = shell.run("ledger", "seal")

    assert (result.returncode, result.stdout) == (0, "There is nothing to seal: the books are empty.\n")


def test_what_is_kept_of_the_books_can_be_derived_anew(books):
    before = queries.trial_balance()

    assert books.run("ledger", "rebuild").returncode == 0
    assert queries.trial_balance() == before
    assert [check.name for check in queries.verify() if check.failures] == []
