"""What staff see first: the same numbers as the books, the queues and the readings themselves."""

from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from cliphaven.backoffice import queries
from cliphaven.backoffice.models import ProofRun
from cliphaven.backoffice.operations import proofs as operations
from cliphaven.backoffice.queries import invariants
from cliphaven.earnings import operations as earnings
from cliphaven.earnings.queries import proofs as earnings_proofs
from cliphaven.foundation import clock, jobs
from cliphaven.foundation.money import formatted
from cliphaven.ledger import queries as books
from tests.people import MONDAY, a_campaign, a_user, adas_organisation, an_approved_clip, ben, dot, seen

pytestmark = pytest.mark.django_db

BUDGET = 1_000_00
VIEWS = 20_000
GROSS = VIEWS * 150 // 1000
FEE = GROSS * 1_000 // 10_000


def a_day_of_business() -> None:
    """1,000.00 paid in and set aside, of which one clip earned 30.00."""
    campaign = a_campaign(budget_minor=BUDGET)
    seen(an_approved_clip(campaign), VIEWS)
    earnings.accrue_campaign(campaign_id=campaign.id, now=MONDAY)


def overview_page() -> str:
    operations.prove(now=MONDAY)
    client = Client()
    client.force_login(dot())
    return str(client.get(reverse("staff_overview")).content.decode())


def test_every_account_shows_the_balance_of_the_books():
    a_day_of_business()
    page = overview_page()

    lines = {line.account: line.balance_minor for line in books.trial_balance().lines}
    assert lines == {
        "stripe:balance": BUDGET,
        f"sponsor:{adas_organisation().id}:wallet": 0,
        next(account for account in lines if account.startswith("campaign:")): BUDGET - GROSS,
        f"creator:{ben().id}:clearing": GROSS - FEE,
        "platform:fees": FEE,
    }
    for account, balance_minor in lines.items():
        assert account in page
        assert formatted(balance_minor, currency="USD") in page


def test_the_overview_carries_the_trial_balance_and_the_last_proof_with_its_time():
    a_day_of_business()
    assert queries.overview(now=MONDAY).proof is None
    operations.prove(now=MONDAY)
    found = queries.overview(now=MONDAY + timedelta(minutes=5))

    assert found.trial == books.trial_balance()
    assert found.proof is not None
    assert found.proof.ran_at == MONDAY
    names = [check.name for check in found.proof.checks]
    assert names == [check.name for check in invariants.ask(now=MONDAY)]
    assert {check.name for check in [*books.verify(), *earnings_proofs.books_checks()]} < set(names)
    assert [check for check in found.proof.checks if check.failures] == []


def test_before_the_first_proof_nothing_is_claimed():
    client = Client()
    client.force_login(dot())

    assert "Not asked yet" in client.get(reverse("staff_overview")).content.decode()


def test_sound_books_are_called_balanced():
    a_day_of_business()
    page = overview_page()

    assert "Balanced" in page
    assert "do not sum to zero" not in page


def test_books_that_are_off_are_shouted_about():
    a_day_of_business()
    with connection.cursor() as cursor:  # what nobody can do before the tables' owner takes the guards away
        cursor.execute(
            "select conrelid::regclass::text, conname from pg_constraint"
            " where contype = 'f' and confrelid = 'ledger_account'::regclass"
        )
        for table, name in cursor.fetchall():
            cursor.execute(f'alter table {table} drop constraint "{name}"')
        cursor.execute("alter table ledger_account disable trigger user")
        cursor.execute("delete from ledger_account where code = 'platform:fees'")
    page = overview_page()

    assert "do not sum to zero" in page
    assert formatted(FEE, currency="USD") in page
    assert "the USD books are off by 300" in page


def test_a_clip_that_counts_more_than_was_seen_is_named():
    a_day_of_business()
    with connection.cursor() as cursor:
        cursor.execute("update tracking_trackedclip set views_seen = %s", [VIEWS - 1])

    found = {check.name: check.failures for check in invariants.ask(now=MONDAY) if check.failures}
    assert "counts more views than were ever believed" in found["counted views were seen"][0]
    assert set(found) == {"counted views were seen", "believed views are the highest believed reading"}


def test_a_reading_that_was_changed_is_named():
    a_day_of_business()
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table tracking_observation disable trigger user")
        cursor.execute("update tracking_observation set likes = 1")

    [failure] = [failure for check in invariants.ask(now=MONDAY) for failure in check.failures]
    assert failure.startswith("reading 1 of clip")


def test_every_queue_of_the_house_has_a_line():
    jobs.defer("house.retry_stalled_jobs")
    lines = {line.name: line.waiting for line in queries.overview(now=MONDAY).queues}

    assert lines == {queue.value.replace("_", " "): int(queue is jobs.Queue.NOTIFICATIONS) for queue in jobs.Queue}


def test_failed_jobs_are_counted_until_they_are_gone():
    jobs.defer("house.retry_stalled_jobs")
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set status = 'failed'")

    [line] = [line for line in queries.overview(now=MONDAY).queues if line.name == "notifications"]
    assert (line.waiting, line.failed) == (0, 1)


def test_the_next_payday_is_a_monday_at_six():
    found = queries.overview(now=MONDAY + timedelta(days=2)).payday

    assert (found.batch, found.next_at) == (None, MONDAY + timedelta(days=7))


@pytest.mark.parametrize("name", ["Ada", "Ben", "Cleo"])
def test_nobody_but_staff_looks_in(name):
    adas_organisation()
    client = Client()
    client.force_login(a_user(name))

    assert client.get(reverse("staff_overview")).status_code == 404


def invariants_page() -> str:
    client = Client()
    client.force_login(dot())
    return str(client.get(reverse("staff_invariants")).content.decode())


def test_the_page_of_the_invariants_has_each_by_its_number_with_what_it_says():
    a_day_of_business()
    assert "Not asked yet" in invariants_page()
    operations.prove(now=MONDAY)
    page = invariants_page()

    assert [one.number for one in invariants.INVARIANTS if f'id="{one.number}"' not in page] == []
    assert [one.number for one in invariants.INVARIANTS if one.says not in unescape(page)] == []
    assert "do not hold" not in page


@pytest.mark.parametrize("name", ["staff_invariants", "staff_overview"])
def test_pages_say_when_nobody_asks_any_more(name):
    client = Client()
    client.force_login(dot())
    operations.prove(now=clock.now())
    assert "Nobody has asked since" not in client.get(reverse(name)).content.decode()
    ProofRun.objects.update(ran_at=clock.now() - timedelta(hours=1, minutes=1))

    assert "Nobody has asked since" in client.get(reverse(name)).content.decode()


def test_the_page_of_the_invariants_begins_with_what_is_broken():
    a_day_of_business()
    with connection.cursor() as cursor:
        cursor.execute("update tracking_trackedclip set views_settled = views_seen + 1")
    operations.prove(now=MONDAY)
    page = invariants_page()

    assert "1 of 26 do not hold" in page
    assert '<a class="link" href="#I10">I10</a> clip ' in page
    assert reverse("staff_invariants") + "#I10" in overview_page()


def test_queues_wait_by_the_wall_however_far_the_products_time_is(world):
    world.advance(seconds=(clock.wall() - world.now() + timedelta(days=3)).total_seconds())
    jobs.defer("clips.inspect_waiting")

    text = " ".join(strip_tags(overview_page().replace("<", " <")).split())

    assert "reads clips 1 0 0 just now" in text
