"""Money in, with real commits: letters, many workers, and everything that wants the same money at the same time."""

from cliphaven.campaigns.models import Refund
from cliphaven.campaigns.operations import campaigns, refunds
from cliphaven.foundation.errors import Refused
from cliphaven.ledger.chart import AccountKind
from tests.concurrency.test_one_budget import at_once
from tests.people import a_campaign, a_user
from tests.rooms.campaigns.conftest import balance
from tests.rooms.campaigns.test_refunds import PAID, ask, refunding, refunds_at_stripe, states


def test_the_news_of_refunds_settle_them(site, sponsor, run_jobs):
    sponsor.paid(PAID, card="7726")
    sponsor.world.advance(days=3)
    ask(sponsor, 40_00)
    run_jobs()
    assert states() == ["pending"]
    sponsor.world.advance(days=2)
    sponsor.world.settle()
    run_jobs()

    assert (states(), refunding(sponsor)) == (["succeeded"], 0)


def test_twenty_workers_send_one_refund(committed, sponsor):
    deposit = sponsor.paid(PAID)
    refund = Refund.objects.get(request_id=ask(sponsor, 40_00))

    def work(_: int) -> str:
        refunds.send(refund_id=refund.id, now=sponsor.world.now(), read_clock=sponsor.world.now)
        return "done"

    at_once(work)
    assert len(refunds_at_stripe(deposit)) == 1
    assert (states(), refunding(sponsor)) == (["succeeded"], 0)


def test_twenty_clicks_at_once_are_one_request(committed, sponsor):
    sponsor.paid(PAID)

    assert len(at_once(lambda _: str(ask(sponsor, 40_00)))) == 1
    assert refunding(sponsor) == 40_00


def test_refunds_and_funding_at_once_never_spend_the_same_money(committed, sponsor):
    sponsor.paid(PAID)
    campaign = a_campaign(budget_minor=1_00)

    def work(number: int) -> str:
        try:
            if number % 2:
                ask(sponsor, 10_00, key=f"form-{number:04d}")
                return "refund"
            campaigns.fund_campaign(
                campaign_id=campaign.id,
                organisation_id=sponsor.organisation.id,
                user_id=a_user("Ada").id,
                amount_minor=10_00,
                request_key=f"form-{number:04d}",
                now=sponsor.world.now(),
            )
        except Refused:
            return "refused"
        return "fund"

    a_user("Ada")
    answers = at_once(work)
    funded = balance(AccountKind.CAMPAIGN_BUDGET, campaign.id) - 1_00
    assert (answers["refused"], sponsor.free()) == (20 - PAID // 10_00, 0)
    assert refunding(sponsor) + funded == PAID
    assert refunding(sponsor) == answers["refund"] * 10_00
