"""The staff is told when a vendor of counts refuses us, or bills what we did not order."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cliphaven.backoffice.operations import vendor_alarms
from cliphaven.notifications.models import Message
from cliphaven.tracking.models import VendorBill, VendorCall
from tests.people import MONDAY, dot

pytestmark = pytest.mark.django_db


def refused(code: str, *, platform: str = "tiktok") -> None:
    VendorCall.objects.create(
        platform=platform, source="test", asked=1, failure=f"{code} It said no.", started_at=MONDAY, ended_at=MONDAY
    )


def billed(**figures: int) -> None:
    nothing = dict.fromkeys(("runs", "mended", "added", "strange", "strange_microusd"), 0)
    amounts = dict.fromkeys(("billed_microusd", "booked_microusd"), 0)
    month = dict.fromkeys(("month_billed_microusd", "month_booked_microusd"), 0)
    VendorBill.objects.create(
        billed_on=MONDAY.date(),
        month_begins_on=MONDAY.date().replace(day=1),
        read_at=MONDAY,
        **{**nothing, **amounts, **month, **figures},
    )


def subjects() -> list[str]:
    return list(Message.objects.order_by("id").values_list("subject", flat=True))


@pytest.mark.parametrize(
    ("code", "platform", "vendor"),
    [
        ("not-enough-usage-to-run-paid-actor", "instagram", "Apify"),
        ("user-or-token-not-found", "tiktok", "Apify"),
        ("keyInvalid", "youtube", "YouTube"),
        ("quotaExceeded", "youtube", "YouTube"),
    ],
)
def test_a_refusal_that_somebody_must_mend_is_mailed_once_a_day(code: str, platform: str, vendor: str) -> None:
    dot()
    refused(code, platform=platform)

    told = [vendor_alarms.sound(now=MONDAY + timedelta(minutes=minutes)) for minutes in (1, 11)]

    assert (told, subjects()) == ([1, 1], [f"{vendor} refuses us"])


@pytest.mark.parametrize("code", ["rate-limit-exceeded", "unreadable", "backendError"])
def test_what_passes_by_itself_is_not_mailed(code: str) -> None:
    dot()
    refused(code)

    assert (vendor_alarms.sound(now=MONDAY), subjects()) == (0, [])


def test_runs_of_strangers_and_a_bill_that_differs_are_mailed() -> None:
    dot()
    billed(runs=3, strange=1, strange_microusd=4_000, billed_microusd=104_001, booked_microusd=50_000)

    assert vendor_alarms.sound(now=MONDAY) == 2  # 104,001 - 4,000 - 50,000 = 50,001 millionths: above five cents
    assert subjects() == ["Apify's bill is not ours"] * 2


def test_a_bill_that_differs_by_five_cents_is_borne() -> None:
    dot()
    billed(billed_microusd=100_000, booked_microusd=50_000)

    assert vendor_alarms.sound(now=MONDAY) == 0


def test_the_costs_page_shows_the_bill_beside_what_was_booked(client: Client) -> None:
    billed(runs=3, added=1, billed_microusd=9_000, booked_microusd=10_000, month_billed_microusd=44_000)
    client.force_login(dot())
    day = MONDAY.date().isoformat()

    shown = client.get(reverse("staff_costs"), {"since": day, "until": day}).content.decode()

    assert "Held against Apify" in shown
    for figure in ("$0.0090", "$0.0100", "$0.0010 less", "$0.0440 billed"):
        assert figure in shown
