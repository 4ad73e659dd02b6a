"""Business that went through Stripe from end to end: a sponsor's payment, a creator's transfer and payout."""

from datetime import timedelta

from cliphaven.campaigns.models import Campaign, Deposit
from cliphaven.campaigns.operations import campaigns, wallet
from cliphaven.campaigns.rules import TermsDraft
from cliphaven.payouts.models import BankPayout, Transfer
from cliphaven.tracking.models import TrackedClip
from tests.people import MONDAY, a_user, adas_organisation
from tests.rooms.payouts.conftest import CPM_MINOR, GOOD_BANK, Payday

PAID_IN = 200_00
GROSS = 20_00


def pay_in(payday: Payday, amount_minor: int = PAID_IN) -> None:
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


def paid_creator(payday: Payday, *, bank: str = GOOD_BANK) -> BankPayout:
    """Somebody for whom both phases have begun."""
    return payday.pay_out(sent_creator(payday, bank=bank))


def sent_creator(payday: Payday, *, bank: str = GOOD_BANK) -> BankPayout:
    """Somebody whose money is on the connected account, and the payout that has not begun."""
    organisation = adas_organisation()
    pay_in(payday)
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
    campaigns.activate_campaign(campaign_id=campaign_id, organisation_id=organisation.id, now=MONDAY)
    payday.owe(payday.creator(bank=bank), GROSS, campaign=Campaign.objects.get(id=campaign_id))
    payday.send(Transfer.objects.get(batch=payday.plan()))
    # Nobody polls here, however many days pass, and that is not what is asked.
    TrackedClip.objects.update(due_at=payday.now + timedelta(weeks=52))
    return BankPayout.objects.get()
