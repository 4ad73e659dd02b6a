"""The books beside Stripe, to the cent, in a world where nobody else has money."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cliphaven.campaigns.models import Campaign, Deposit
from cliphaven.campaigns.operations import campaigns, wallet
from cliphaven.campaigns.rules import TermsDraft
from cliphaven.payouts.models import BankPayout, Transfer
from cliphaven.payouts.operations import reconciliation
from cliphaven.providers import stripe
from tests.people import MONDAY, a_user, adas_organisation
from tests.rooms.payouts.conftest import CPM_MINOR, Payday
from tests.world import SandboxWorld, free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def own_payday(tmp_path: Path, settings: Any) -> Iterator[Payday]:
    """A pretend Stripe that serves this test alone."""
    with SandboxWorld(tmp_path, site_port=free_port()) as world:
        settings.STRIPE_API_BASE = f"{world.url}/stripe"
        settings.KEY_PREFIX = f"ch:test-{uuid.uuid4().hex[:12]}"
        world.post("/control/clock", {"set": MONDAY.isoformat()})
        yield Payday(world)


def pay_in(payday: Payday, amount_minor: int) -> None:
    """A sponsor's payment, made and booked as in life, its fee included."""
    started = wallet.start_deposit(
        organisation_id=adas_organisation().id,
        user_id=a_user("Ada").id,
        amount_minor=amount_minor,
        currency="USD",
        return_url="http://127.0.0.1:1/",
        now=payday.now,
    )
    payday.world.http.post(started.pay_url, data={"method": "card", "card": "0077"})
    session_id = Deposit.objects.get(id=started.deposit_id).checkout_session_id
    wallet.settle_deposit(checkout_session_id=str(session_id), now=payday.now)


def paid_creator(payday: Payday) -> BankPayout:
    """Somebody for whom both phases have begun."""
    organisation = adas_organisation()
    pay_in(payday, 200_00)
    campaign_id = campaigns.create_campaign(
        organisation_id=organisation.id,
        title="Trail shoes",
        brief="Show the sole.",
        currency="USD",
        starts_on=MONDAY.date(),
        ends_on=None,
        terms=TermsDraft(cpm_minor={"tiktok": CPM_MINOR}, hold_days=0),
        now=payday.now,
    )
    campaigns.fund_campaign(
        campaign_id=campaign_id,
        organisation_id=organisation.id,
        user_id=a_user("Ada").id,
        amount_minor=100_00,
        request_key="first",
        now=payday.now,
    )
    campaigns.activate_campaign(campaign_id=campaign_id, organisation_id=organisation.id)
    payday.owe(payday.creator(), 20_00, campaign=Campaign.objects.get(id=campaign_id))
    payday.send(Transfer.objects.get(batch=payday.plan()))
    return payday.pay_out(BankPayout.objects.get())


def differences(payday: Payday) -> dict[str, int]:
    return {line.account: line.difference_minor for line in reconciliation.compare_with_stripe(now=payday.now)}


def test_the_mirrors_agree_at_every_stage(own_payday: Payday):
    payout = paid_creator(own_payday)
    agreed = {"stripe:balance": 0, f"stripe:connected:{payout.creator_id}": 0}
    assert differences(own_payday) == agreed

    own_payday.advance(days=3)
    own_payday.settle(payout)

    assert differences(own_payday) == agreed


def test_money_that_moved_behind_our_back_shows(own_payday: Payday):
    payout = paid_creator(own_payday)
    own_payday.platform_receives(50_00)

    found = differences(own_payday)

    assert found["stripe:balance"] < -45_00  # fifty dollars less what Stripe keeps of it
    assert found[f"stripe:connected:{payout.creator_id}"] == 0


def test_a_transfer_made_by_hand_shows_on_both_sides(own_payday: Payday):
    payout = paid_creator(own_payday)
    stripe.send_transfer(
        amount_minor=3_00,
        currency="USD",
        destination=payout.connected_account,
        transfer_group="by-hand",
        metadata={},
        idempotency_key="by-hand",
    )

    assert differences(own_payday) == {"stripe:balance": 3_00, f"stripe:connected:{payout.creator_id}": -3_00}


def test_a_payout_called_paid_and_not_yet_heard_of_shows(own_payday: Payday):
    payout = paid_creator(own_payday)
    own_payday.advance(days=3)

    assert differences(own_payday)[f"stripe:connected:{payout.creator_id}"] == payout.amount_minor
