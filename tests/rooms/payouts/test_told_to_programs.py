"""What becomes of payouts is told to their creators' programs."""

import json

import pytest

from cliphaven.deliveries.models import Event
from tests.rooms.deliveries.hooks import an_endpoint
from tests.rooms.payouts.conftest import CLOSED_BANK, Payday

pytestmark = pytest.mark.django_db


def told() -> list[dict]:
    return [json.loads(one.body) for one in Event.objects.order_by("deliveries__id")]


def test_a_payout_that_arrived(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout())
    an_endpoint("http://127.0.0.1:9/", user=payout.creator)
    payday.advance(days=3)
    payday.settle(payout)
    payday.settle(payout)

    [letter] = told()
    assert letter["type"] == "payout.paid"
    assert letter["data"] == {
        "payout": f"{payout.batch_id}-USD",
        "week": payout.batch.iso_week,
        "amount": {"amount": payout.amount_minor, "currency": "USD"},
    }


def test_a_payout_that_did_not_arrive(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout(bank=CLOSED_BANK))
    an_endpoint("http://127.0.0.1:9/", user=payout.creator)
    payday.advance(days=3)
    payout = payday.settle(payout)

    [letter] = told()
    assert letter["type"] == "payout.failed"
    assert letter["data"]["code"] == payout.failure_code
