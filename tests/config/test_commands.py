"""The commands as a shell runs them: their own processes, the tests' database, exit codes and what they print."""

import json

import pytest

from cliphaven.backoffice.models import ReconciliationRun
from cliphaven.earnings import operations as earnings
from cliphaven.foundation import clock
from cliphaven.identity import operations as identity
from cliphaven.identity import queries as people
from cliphaven.identity.operations import factors
from cliphaven.ledger import queries as books
from cliphaven.tracking.models import TrackedClip
from tests.config.shell import Shell
from tests.people import MONDAY, a_campaign, an_approved_clip, seen

BUDGET = 1_000_00
GROSS = 20_000 * 150 // 1000


def some_business() -> None:
    """1,000.00 paid in and set aside, of which one clip earned 30.00; Stripe was asked just now, and agreed."""
    campaign = a_campaign(budget_minor=BUDGET)
    seen(an_approved_clip(campaign), 20_000)
    earnings.accrue_campaign(campaign_id=campaign.id, now=MONDAY)
    ReconciliationRun.objects.create(state="agreed", with_import=True, began_at=clock.now())
    TrackedClip.objects.update(due_at=None)  # long ago by the clock of a shell, and nobody has read it since


def test_sound_books_are_verified_with_counts(shell):
    some_business()
    result = shell.run("ledger", "verify")

    assert (result.returncode, result.stderr) == (0, "")
    assert {line.split()[0] for line in result.stdout.splitlines()} == {"ok"}
    assert "ok    I2  movements declared: 4 looked at" in result.stdout  # paid in, set aside, earned and its fee


def test_the_verification_is_there_for_programs(shell):
    some_business()
    found = json.loads(shell.run("ledger", "verify", "--json").stdout)

    counts = {check["check"]: check["looked_at"] for check in found}
    assert counts == counts | {check.name: check.looked_at for check in books.verify()}
    assert [check["failures"] for check in found] == [[]] * len(found)


def test_books_that_are_wrong_make_the_command_fail(shell):
    from django.db import connection  # noqa: PLC0415

    some_business()
    with connection.cursor() as cursor:  # what the tables' owner can do after taking the guards away
        cursor.execute("alter table ledger_leg disable trigger user")
        cursor.execute("update ledger_leg set legs = legs + 1")
    result = shell.run("ledger", "verify")

    assert result.returncode == 1
    assert "FAIL  I2  entries complete" in result.stdout


def test_the_trial_balance_adds_up_for_programs(shell):
    some_business()
    result = shell.run("ledger", "trial-balance", "--json")
    trial = json.loads(result.stdout)

    assert (result.returncode, trial["difference"]) == (0, {"USD": 0})
    lines = {line["account"]: line["balance"] for line in trial["lines"]}
    assert lines["stripe:balance"] == {"amount": BUDGET, "currency": "USD"}
    assert sum(line["amount"] for account, line in lines.items() if account != "stripe:balance") == BUDGET


def test_the_trial_balance_is_readable_for_people(shell):
    some_business()
    result = shell.run("ledger", "trial-balance")

    assert result.returncode == 0
    assert "USD: in balance" in result.stdout
    assert "$1,000.00" in result.stdout


def test_a_database_that_is_not_there_is_said_in_one_line_and_without_secrets():
    shell = Shell("nowhere")
    shell.environment["DATABASE_URL"] = "postgresql://somebody:a-secret@127.0.0.1:9/nowhere"
    result = shell.run("ledger", "verify")

    assert result.returncode == 1
    assert result.stderr.startswith("ClipHaven: the database does not answer: ")
    assert (result.stdout, len(result.stderr.splitlines()), "a-secret" in result.stderr) == ("", 1, False)


def test_the_comparison_with_stripe_says_when_stripe_is_silent(shell):
    result = shell.run("reconcile")

    assert result.returncode == 2
    assert "Stripe could not be asked" in result.stderr


def test_addresses_are_read_one_a_line():
    shell = Shell("no-database-is-asked")
    typed = "https://www.tiktok.com/@ben/video/7300000000000000001\nhttps://vm.tiktok.com/ZM123abc/\n\nnonsense\n"
    result = shell.run("url", "parse", "--json", "-", typed=typed)
    clip, short, wrong = (json.loads(line) for line in result.stdout.splitlines())

    assert result.returncode == 1
    assert clip == {
        "url": "https://www.tiktok.com/@ben/video/7300000000000000001",
        "platform": "tiktok",
        "id": "7300000000000000001",
        "canonical": "https://www.tiktok.com/@ben/video/7300000000000000001",
        "kind": "video",
        "needs_redirect": False,
    }
    assert (short["needs_redirect"], sorted(wrong)) == (True, ["error", "url"])


def test_addresses_that_can_all_be_read_succeed():
    result = Shell("no-database-is-asked").run("url", "parse", "https://youtu.be/dQw4w9WgXcQ")

    assert result.returncode == 0
    assert "youtube" in result.stdout


def test_a_creator_is_entered_and_can_have_a_link_mailed(shell):
    result = shell.run("people", "add", "--email", " Ben@Example.test", "--name", "Ben")
    person = people.person_at(email="ben@example.test")

    assert (result.returncode, result.stdout) == (0, "Ben can sign in with links mailed to ben@example.test.\n")
    assert (person.name, person.is_staff, person.has_usable_password()) == ("Ben", False, False)
    assert people.belonging(user_id=person.id) is None
    asked = identity.ask_for_link(email="ben@example.test", now=MONDAY)
    [link] = person.messages.values_list("link", flat=True)
    token = link.removeprefix("/sign-in/link/").removesuffix("/")
    assert identity.use_link(token=token, browser_nonce=asked.browser_nonce, now=MONDAY) == person.id


def test_staff_are_entered(shell):
    assert shell.run("people", "add", "--email", "dot@example.test", "--name", "Dot", "--staff").returncode == 0
    assert people.person_at(email="dot@example.test").is_staff


def test_lost_factors_are_taken_from_somebody_who_is_there(shell):
    user_id = identity.enter_staff(email="dot@example.test", name="Dot", roles=("admin",), now=MONDAY)
    factors.begin_app(user_id=user_id, now=MONDAY)
    nobody = shell.run("people", "reset-factors", "--email", "nobody@example.test")
    somebody = shell.run("people", "reset-factors", "--email", "Dot@example.test")

    assert (nobody.returncode, somebody.returncode) == (1, 0)
    assert "Dot has no second factor any more" in somebody.stdout
    assert people.person_at(email="dot@example.test").security_events.get().kind == "factors_reset"


def test_a_sponsor_is_entered_with_their_organisation_also_when_they_were_there_without_it(shell):
    identity.enter_person(email="ada@example.test", name="Ada", password=None, now=MONDAY)
    words = ("people", "add", "--email", "ada@example.test", "--name", "Ada", "--organisation", "Ada Ltd")
    first, second = shell.run(*words), shell.run(*words)

    belonging = people.belonging(user_id=people.person_at(email="ada@example.test").id)
    assert (belonging.organisation.name, belonging.role) == ("Ada Ltd", "owner")
    assert (first.returncode, second.returncode) == (0, 1)
    assert "there already" in second.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("--email", "not an address", "--name", "Ben"),
        ("--email", "ben@example.test", "--name", " "),
        ("--email", "ben@example.test", "--name", "x" * 81),
        ("--email", "ben@example.test", "--name", "Ben", "--organisation", "x" * 121),
        ("--email", "ben@example.test", "--name", "Ben", "--organisation", "Ben Ltd", "--staff"),
    ],
)
def test_somebody_who_cannot_be_is_not_entered(shell, words):
    result = shell.run("people", "add", *words)

    assert result.returncode == 1
    assert result.stderr.startswith("Nobody was entered: ")
    assert people.person_at(email="ben@example.test") is None


def test_a_known_address_is_neither_renamed_nor_promoted(shell):
    identity.enter_person(email="ben@example.test", name="Ben", password=None, now=MONDAY)
    result = shell.run("people", "add", "--email", "BEN@example.test", "--name", "Dot", "--staff")

    person = people.person_at(email="ben@example.test")
    assert (result.returncode, person.name, person.is_staff) == (1, "Ben", False)
