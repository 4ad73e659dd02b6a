"""What moved in a period, by account and kind of entry."""

from datetime import timedelta

import pytest

from cliphaven.foundation.transactions import own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from tests.people import MONDAY, a_campaign, adas_organisation, deposited

pytestmark = pytest.mark.django_db


def test_a_periods_turnover_is_summed_by_account_and_kind_on_the_normal_side():
    campaign = a_campaign(budget_minor=300_00)
    deposited(adas_organisation(), 50_00, payment="pi_more")
    wallet = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=adas_organisation().id, currency="USD")
    cash = Account(kind=AccountKind.STRIPE_BALANCE, currency="USD")
    budget = Account(kind=AccountKind.CAMPAIGN_BUDGET, owner_id=campaign.id, currency="USD")

    moved = books.turnover([wallet, cash, budget], since=MONDAY, until=MONDAY + timedelta(seconds=1))

    assert moved == {
        (wallet, EntryKind.DEPOSIT): 300_00 + 50_00,
        (wallet, EntryKind.FUND_CAMPAIGN): -300_00,
        (cash, EntryKind.DEPOSIT): 300_00 + 50_00,  # an asset grows by debits
        (budget, EntryKind.FUND_CAMPAIGN): 300_00,
    }


def test_a_period_ends_right_before_its_end():
    deposited(adas_organisation(), 50_00)
    cash = Account(kind=AccountKind.STRIPE_BALANCE, currency="USD")

    assert books.turnover([cash], since=MONDAY - timedelta(days=1), until=MONDAY) == {}


def test_a_reversal_can_count_as_so_much_less_of_what_it_reverses():
    campaign = a_campaign(budget_minor=300_00)
    budget = Account(kind=AccountKind.CAMPAIGN_BUDGET, owner_id=campaign.id, currency="USD")
    wallet = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=adas_organisation().id, currency="USD")
    _reverse_funding(campaign.id)
    period = {"since": MONDAY, "until": MONDAY + timedelta(seconds=1)}

    assert books.turnover([budget], **period) == {
        (budget, EntryKind.FUND_CAMPAIGN): 300_00,
        (budget, EntryKind.REVERSAL): -300_00,
    }
    assert books.turnover([budget, wallet], **period, net_of_reversals=True) == {
        (budget, EntryKind.FUND_CAMPAIGN): 0,
        (wallet, EntryKind.FUND_CAMPAIGN): 0,
        (wallet, EntryKind.DEPOSIT): 300_00,
    }


@own_transaction
def _reverse_funding(campaign_id: int) -> None:
    ledger.reverse(
        kind=EntryKind.FUND_CAMPAIGN,
        external_id=f"{campaign_id}:first-money",
        cause="test",
        actor="test",
        reason="Set aside by mistake",
        now=MONDAY,
    )
