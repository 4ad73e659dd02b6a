"""The public page of how the house is: read by anybody, and telling what the ledger tells."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from cliphaven.backoffice.models import ProofRun
from cliphaven.backoffice.operations import proofs as operations
from cliphaven.foundation import clock
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import AccountKind
from cliphaven.payouts.queries import batches
from tests.people import MONDAY
from tests.rooms.backoffice.test_overview import a_day_of_business
from tests.rooms.payouts.conftest import Payday

Stand = Callable[[datetime], datetime]
pytestmark = pytest.mark.django_db


def page() -> str:
    answer = Client().get(reverse("status"))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_before_anybody_asked_nothing_is_said_to_hold():
    shown = page()

    assert "Not asked yet" in shown
    assert "Everything that was asked holds" not in shown


def test_it_tells_what_the_ledger_tells(at: Stand):
    a_day_of_business()
    operations.prove(now=at(MONDAY))

    [kept] = ProofRun.objects.get().solvency
    of_kind = books.trial_balance().by_kind()["USD"]
    earned = of_kind.get(AccountKind.CREATOR_CLEARING, 0) + of_kind.get(AccountKind.CREATOR_PAYABLE, 0)
    assert kept["creators_minor"] == earned > 0
    assert kept["cash_minor"] == of_kind[AccountKind.STRIPE_BALANCE]
    shown = page()
    assert "Everything that was asked holds" in shown
    assert f"${earned / 100:,.2f}" in shown


def test_what_is_broken_is_said_and_names_nobody(at: Stand):
    a_day_of_business()
    with connection.cursor() as cursor:
        cursor.execute("update tracking_trackedclip set views_settled = views_seen + 1")
    operations.prove(now=at(MONDAY))
    shown = page()

    assert "1 of 26 invariants do not hold" in shown
    assert " clip 1" not in shown


def test_it_says_when_nobody_asks_any_more():
    operations.prove(now=clock.now() - timedelta(hours=1, minutes=1))

    assert "Nobody has checked since" in page()


def test_books_that_cannot_be_added_up_keep_nobody_from_hearing_of_the_invariants(monkeypatch):
    def broken() -> books.TrialBalance:
        raise RuntimeError("the sums are gone")

    monkeypatch.setattr(operations, "trial_balance", broken)
    operations.prove(now=MONDAY)

    assert ProofRun.objects.get().solvency == []
    assert "Not added up yet" in page()


def test_paydays_are_told_from_their_plan_to_their_last_transfer(own_payday: Payday):
    transfer = own_payday.planned_transfer()
    [under_way] = batches.punctuality(weeks=8)
    assert (under_way.done_at, under_way.took) == (None, None)
    assert transfer.batch.iso_week in page()


def test_a_payday_that_was_sent_back_was_none(own_payday: Payday):
    batch = own_payday.planned_transfer().batch
    type(batch).objects.update(state="sent_back")

    assert batches.punctuality(weeks=8) == []
