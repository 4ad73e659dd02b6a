"""What becomes of money in wallets is told to the organisation's programs."""

import json

import pytest

from cliphaven.deliveries.models import Event
from tests.rooms.campaigns.test_refunds import ask, send
from tests.rooms.deliveries.hooks import adas_endpoint

pytestmark = pytest.mark.django_db
PAID = 100_00


def told() -> list[tuple[str, int]]:
    letters = [json.loads(one.body) for one in Event.objects.order_by("deliveries__id")]
    return [(letter["type"], letter["data"]["amount"]["amount"]) for letter in letters]


def test_a_deposit_and_a_refund(sponsor):
    adas_endpoint("http://127.0.0.1:9/", "deposit.paid", "refund.paid")
    sponsor.paid(PAID)
    ask(sponsor, 40_00)
    send(sponsor)

    assert told() == [("deposit.paid", PAID), ("refund.paid", 40_00)]
