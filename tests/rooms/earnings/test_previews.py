"""What a reversal would come to is shown before anybody decides, and is what then happens."""

from datetime import timedelta

import pytest

from cliphaven.campaigns.models import Campaign
from cliphaven.earnings import operations
from cliphaven.earnings.models import Accrual
from cliphaven.earnings.operations import reversing
from cliphaven.earnings.queries import previews
from cliphaven.ledger.chart import AccountKind
from tests.people import adas_organisation, seen
from tests.rooms.earnings.earners import (
    LATER,
    a_plain_campaign,
    balance,
    broken,
    budget_of,
    cleared,
    earned,
    fees,
    money_of,
    reserved,
)

pytestmark = pytest.mark.django_db


def preview(*accruals: Accrual) -> previews.Preview:
    found = previews.reversal_preview(clip_id=accruals[0].clip_id, accrual_ids=[accrual.id for accrual in accruals])
    assert found is not None
    return found


def reverse(*accruals: Accrual) -> previews.Reversed:
    return reversing.reverse_earnings(
        clip_id=accruals[0].clip_id,
        accrual_ids=[accrual.id for accrual in accruals],
        reason="bought_views",
        note="They came from one place.",
        actor="user:7",
        claw_back=True,
        now=LATER,
    )


def paid_and_unpaid() -> tuple[Accrual, Accrual, Campaign]:
    """900 of a clip are set aside for a transfer, 1,800 of it clear; 270 of another clip clear, too."""
    campaign = a_plain_campaign()
    first = earned(1_000, campaign=campaign)
    cleared()
    reserved()
    seen(first.clip, 3_000, at=LATER)
    operations.accrue_campaign(campaign_id=campaign.id, now=LATER)
    earned(300, campaign=campaign, at=LATER)
    return first, Accrual.objects.get(clip=first.clip, number=2), campaign


def test_it_says_what_is_taken_from_where_and_who_has_it():
    first, second, _ = paid_and_unpaid()

    found = preview(first, second)

    assert found.comes_to == previews.Reversed(voided_minor=1_800, clawed_back_minor=900, owed_minor=900 - 270)
    assert [(source.stage, source.clip_id, source.amount_minor) for source in found.given_back] == [
        ("clearing", first.clip_id, 1_800)
    ]
    assert [(source.stage, source.amount_minor) for source in found.others] == [("clearing", 270)]
    assert (found.fee_minor, found.returned_to, found.returned_minor, found.made_good_minor) == (
        300,
        "campaign",
        3_000,
        0,
    )
    assert found.paid_entries == 1


def test_what_is_shown_is_what_then_happens():
    first, second, campaign = paid_and_unpaid()
    shown, before = preview(first, second), budget_of(campaign)

    assert reverse(first, second) == shown.comes_to
    assert budget_of(campaign) - before == shown.returned_minor
    assert money_of() == {"reserved": 900, "owed": shown.comes_to.owed_minor}
    assert fees() == 30
    assert broken() == {}


def test_of_a_closed_campaign_what_was_paid_makes_good_the_losses():
    first, second, campaign = paid_and_unpaid()
    Campaign.objects.filter(id=campaign.id).update(state="closed")
    shown, before = preview(first, second), balance(AccountKind.SPONSOR_WALLET, adas_organisation().id)

    assert (shown.returned_to, shown.returned_minor, shown.made_good_minor) == ("wallet", 1_800 + 200, 900)
    assert shown.fee_minor == 200
    reverse(first, second)
    assert balance(AccountKind.SPONSOR_WALLET, adas_organisation().id) - before == shown.returned_minor
    assert balance(AccountKind.PLATFORM_LOSSES) == -shown.made_good_minor


def test_what_is_reversed_or_of_another_clip_is_left_out():
    first, second, campaign = paid_and_unpaid()
    other = earned(700, campaign=campaign, at=LATER + timedelta(days=1))
    reverse(second)

    found = previews.reversal_preview(clip_id=first.clip_id, accrual_ids=[first.id, second.id, other.id])

    assert found is not None
    assert found.accrual_ids == (first.id,)
    assert previews.reversal_preview(clip_id=first.clip_id, accrual_ids=[second.id, other.id]) is None
