"""Money in, with real commits: letters, many workers, and everything that wants the same money at the same time."""

import threading

from django.db import connections, transaction

from cliphaven.campaigns.models import (
    Deposit,
    Dispute,
    DisputeMovement,
    Document,
    MoneyInAct,
    Refund,
    SpendPause,
)
from cliphaven.campaigns.operations import campaigns, disputes, refunds, reviews, wallet
from cliphaven.earnings.operations import accruing as earnings
from cliphaven.foundation import jobs
from cliphaven.foundation.errors import Refused
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import AccountKind
from cliphaven.notifications.models import Message
from tests.concurrency.test_one_budget import at_once
from tests.people import a_campaign, a_user, an_approved_clip, ben, dot, seen
from tests.rooms.campaigns.conftest import balance
from tests.rooms.campaigns.test_deposits import a_payment
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

    answers = at_once(lambda _: str(ask(sponsor, 40_00)))
    assert (len(answers), answers.total()) == (1, 20)
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


def test_two_workers_read_one_dispute_and_book_it_once(committed, sponsor):
    deposit = sponsor.paid(PAID)
    sponsor.paid(50_00)
    opened = sponsor.world.post("/control/stripe/disputes", {"charge": deposit.charge_id})

    answers = at_once(lambda _: disputes.settle_dispute(stripe_id=opened["id"], now=sponsor.world.now()), workers=8)
    assert answers == {"booked 1 of 1 movements": 1, "nothing new to book": 7}
    assert (sponsor.free(), DisputeMovement.objects.count()) == (50_00, 1)


def test_a_chargeback_beside_views_that_earn_and_money_set_aside_loses_no_cent(committed, sponsor):
    deposit = sponsor.paid(PAID)
    many = [a_campaign(budget_minor=5_00) for _ in range(4)]
    for campaign in many:
        seen(an_approved_clip(campaign), 20_000)
    opened = sponsor.world.post("/control/stripe/disputes", {"charge": deposit.charge_id})
    a_user("Ada")

    def work(number: int) -> str:
        campaign = many[number % 4]
        try:
            if number == 0:
                return disputes.settle_dispute(stripe_id=opened["id"], now=sponsor.world.now())
            if number % 2:
                earnings.accrue_campaign(campaign_id=campaign.id, now=sponsor.world.now())
            else:
                campaigns.fund_campaign(
                    campaign_id=campaign.id,
                    organisation_id=sponsor.organisation.id,
                    user_id=a_user("Ada").id,
                    amount_minor=1_00,
                    request_key=f"form-{number:04d}",
                    now=sponsor.world.now(),
                )
        except Refused:
            return "refused"
        return "done"

    answers = at_once(work, workers=12)
    assert answers["booked 1 of 1 movements"] == 1
    assert [check.failures for check in books.verify() if check.failures] == []
    left = sum(balance(AccountKind.CAMPAIGN_BUDGET, campaign.id) for campaign in many) + sponsor.free()
    earned = balance(AccountKind.CREATOR_CLEARING, ben().id) + balance(AccountKind.PLATFORM_FEES)
    owed = balance(AccountKind.SPONSOR_RECEIVABLE, sponsor.organisation.id)
    assert left + earned - owed == PAID + 4 * 5_00 - PAID
    assert owed == 0 or left == 0


def test_the_letters_of_a_dispute_and_a_warning_are_dealt_with(site, sponsor, run_jobs):
    deposit, other = sponsor.paid(PAID), sponsor.paid(PAID)
    opened = sponsor.world.post("/control/stripe/disputes", {"charge": deposit.charge_id})
    sponsor.world.post("/control/stripe/fraud-warnings", {"charge": other.charge_id})
    sponsor.world.settle()
    run_jobs()
    assert (sponsor.free(), SpendPause.objects.get().deposit_id) == (PAID, other.id)

    sponsor.world.post(f"/control/stripe/disputes/{opened['id']}/close", {"won": True})
    sponsor.world.settle()
    run_jobs()
    assert (Dispute.objects.get().status, sponsor.free()) == ("won", 2 * PAID)


def test_numbers_given_at_once_have_no_gap_and_no_twin(committed, sponsor):
    started = [sponsor.opens(PAID) for _ in range(10)]
    for one in started:
        sponsor.pays(one)

    at_once(lambda number: sponsor.looks(started[number]).state, workers=10)
    assert sorted(Document.objects.values_list("number", flat=True)) == list(range(1, 11))


def test_the_schedules_task_tells_the_staff_what_waits(committed, sponsor, run_jobs):
    dot()
    started = sponsor.opens(PAID)
    payment = a_payment(booked_currency="EUR")
    wallet.take_in(deposit_id=started.deposit_id, payment=payment, now=sponsor.world.now())
    jobs.defer("backoffice.sound_money_in")
    run_jobs()

    assert [message.subject for message in Message.objects.all()] == ["A payment of $100.00 waits for a person"]


def test_two_of_the_staff_settle_one_refund_once(committed, sponsor):
    sponsor.paid(PAID)
    refund = Refund.objects.get(request_id=ask(sponsor, 40_00))
    Refund.objects.update(state="needs_review")
    staff = [dot(), a_user("Eli", is_staff=True)]

    def work(number: int) -> str:
        try:
            reviews.settle_refund(
                refund_id=refund.id,
                staff_id=staff[number % 2].id,
                note="Stripe has none",
                request_key=f"form-{number:04d}",
                now=sponsor.world.now(),
            )
        except Refused as refused:
            return refused.code
        return "settled"

    assert at_once(work, workers=6) == {"settled": 1, "refund_not_settled": 5}
    assert (refunding(sponsor), sponsor.free(), MoneyInAct.objects.count()) == (0, PAID, 1)


def test_a_chargeback_waits_for_whoever_is_spending_from_a_campaign(committed, sponsor):
    deposit = sponsor.paid(PAID)
    campaign = a_campaign(budget_minor=5_00)
    opened = sponsor.world.post("/control/stripe/disputes", {"charge": deposit.charge_id})
    booked = threading.Event()

    def charge_back() -> None:
        try:
            disputes.settle_dispute(stripe_id=opened["id"], now=sponsor.world.now())
        finally:
            booked.set()
            connections.close_all()

    with transaction.atomic():
        campaigns.locked_budget(campaign_id=campaign.id)
        worker = threading.Thread(target=charge_back)
        worker.start()
        assert not booked.wait(1.5)
    worker.join(30)
    assert (booked.is_set(), sponsor.free()) == (True, 0)


def test_a_refund_waits_for_whoever_has_its_payments(committed, sponsor):
    deposit = sponsor.paid(PAID)
    asked = threading.Event()

    def ask_for_it() -> None:
        try:
            ask(sponsor, 40_00)
        finally:
            asked.set()
            connections.close_all()

    a_user("Ada")
    with transaction.atomic():
        Deposit.objects.select_for_update(no_key=True).get(id=deposit.id)
        worker = threading.Thread(target=ask_for_it)
        worker.start()
        assert not asked.wait(1.5)
    worker.join(30)
    assert (asked.is_set(), refunding(sponsor)) == (True, 40_00)
