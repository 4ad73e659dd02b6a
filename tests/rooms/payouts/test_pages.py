"""What creators see of their money, and who sees it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from cliphaven.campaigns.models import Campaign
from cliphaven.campaigns.rules import TermsDraft
from cliphaven.earnings import operations as earnings
from cliphaven.identity.models import User
from cliphaven.payouts import queries, rules
from cliphaven.payouts.models import BankAccount, Transfer
from cliphaven.payouts.queries import history
from cliphaven.providers import stripe
from tests.people import a_campaign, a_user, adas_organisation, an_approved_clip, ben, dot, mallory, read_again, seen
from tests.rooms.payouts.conftest import CLOSED_BANK, CPM_MINOR, Payday, account_of, net

pytestmark = pytest.mark.django_db
PAGES = ["/creator/", "/creator/payouts/"]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def place(payday: Payday) -> queries.MoneyPlace:
    [found] = queries.money_places(creator_id=ben().id, now=payday.now)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_a_newcomer_sees_their_pages(payday: Payday, page: str):
    answer = signed_in(ben()).get(page)

    assert answer.status_code == 200
    assert "Set up" in answer.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_a_creator_sees_their_own_money_and_nobody_elses(payday: Payday, page: str):
    payday.owe(payday.creator(), 1_234_56)

    assert "$1,111.10" in signed_in(ben()).get(page).content.decode()  # less ten per cent, 123.46
    assert "$1,111.10" not in signed_in(mallory()).get(page).content.decode()


@pytest.mark.parametrize("page", [*PAGES, "/creator/payouts/onboarding/return/"])
def test_sponsors_and_staff_find_nothing_here_and_strangers_sign_in(page: str):
    adas_organisation()

    assert signed_in(a_user("Ada")).get(page).status_code == 404
    assert signed_in(dot()).get(page).status_code == 404
    assert Client().get(page).status_code == 302


def test_the_stages_add_up_all_the_way_to_the_bank(payday: Payday):
    transfer = payday.planned_transfer()
    assert place(payday).balance.reserved_minor == net(20_00)

    payout = payday.pay_out(payday.send(transfer).batch.bank_payouts.get())
    assert place(payday).balance.in_transit_minor == net(20_00)
    payday.advance(days=3)
    payday.settle(payout)

    arrived = place(payday)
    assert (arrived.balance.owed_minor, arrived.paid_minor) == (0, net(20_00))
    assert signed_in(ben()).get("/creator/payouts/").status_code == 200


def test_the_next_payday_says_what_it_pays(payday: Payday):
    payday.owe(payday.creator(), 20_00)

    said = place(payday).payday

    assert (said.at.weekday(), said.at.hour, said.amount_minor) == (0, 6, net(20_00))
    assert said.at - payday.now < timedelta(days=7)
    assert said.sentence == "$18.00 has cleared."


def test_below_the_minimum_the_next_payday_pays_nothing_and_says_why(payday: Payday):
    payday.owe(payday.creator(), 5_00)

    found = place(payday)

    assert found.payday.amount_minor == 0
    assert found.payday.sentence == "$4.50 is below the smallest payout of $10.00: it adds up."
    assert [blocker.amount_minor for blocker in found.blockers] == [net(5_00)]


def paid_on_monday(payday: Payday) -> int:
    """What the batch then really pays."""
    payday.world.post("/control/clock", {"set": rules.next_payday(payday.now).isoformat()})
    read_again(at=payday.now)
    earnings.clear_all(now=payday.now)
    return sum(transfer.amount_minor for transfer in Transfer.objects.filter(batch=payday.plan()))


def test_little_of_a_campaign_that_has_ended_is_promised_as_the_batch_pays_it(payday: Payday):
    ended = payday.owe(payday.creator(), 5_00)
    Campaign.objects.filter(id=ended.id).update(state="completed")

    found = place(payday)

    assert (found.payday.amount_minor, found.payday.sentence) == (net(5_00), "$4.50 has cleared.")
    assert found.blockers == ()
    assert paid_on_monday(payday) == found.payday.amount_minor


def test_little_that_nothing_was_added_to_for_ninety_days_is_promised_as_the_batch_pays_it(payday: Payday):
    payday.owe(payday.creator(), 5_00)
    payday.advance(days=90)

    found = place(payday)

    assert (found.payday.amount_minor, found.payday.sentence) == (net(5_00), "$4.50 has cleared.")
    assert paid_on_monday(payday) == found.payday.amount_minor


def test_beside_an_ended_campaign_the_little_of_a_running_one_is_kept_and_said(payday: Payday):
    ended = payday.owe(payday.creator(), 5_00)
    Campaign.objects.filter(id=ended.id).update(state="completed")
    payday.owe(ben(), 3_00)

    found = place(payday)

    assert found.payday.sentence == (
        "$4.50 is from campaigns that have ended. $2.70 is below the smallest payout of $10.00: it adds up."
    )
    assert [(blocker.rule, blocker.amount_minor) for blocker in found.blockers] == [
        ("Below the smallest payout", net(3_00))
    ]
    assert paid_on_monday(payday) == found.payday.amount_minor == net(5_00)


def test_what_clears_before_monday_counts_towards_the_smallest_payout(payday: Payday):
    payday.owe(payday.creator(), 6_00)
    still_clearing(payday, 6_00)

    found = place(payday)

    assert found.payday.sentence == "$5.40 has cleared, $5.40 clears before then."
    assert [blocker.rule for blocker in found.blockers] == ["In the hold period"]
    assert paid_on_monday(payday) == found.payday.amount_minor == net(12_00)


def test_little_that_still_clears_is_not_said_to_wait_for_more_alone(payday: Payday):
    payday.creator()
    still_clearing(payday, 5_00)

    said = place(payday).payday

    assert (said.amount_minor, said.sentence) == (
        0,
        "$4.50 is below the smallest payout of $10.00: it adds up, or goes out once its campaign has ended.",
    )


def still_clearing(payday: Payday, gross_minor: int) -> None:
    """Ben has earned this, and it clears in three days."""
    terms = TermsDraft(cpm_minor={"tiktok": CPM_MINOR}, hold_days=3)
    campaign = a_campaign(budget_minor=gross_minor + 1, terms=terms)
    seen(an_approved_clip(campaign, creator=ben()), gross_minor)
    earnings.accrue_campaign(campaign_id=campaign.id, now=payday.now)


def test_money_without_a_bank_account_of_its_currency_is_promised_nothing(payday: Payday):
    payday.owe(payday.creator(), 20_00)
    BankAccount.objects.update(currency="EUR")

    found = place(payday)

    assert found.payday.amount_minor == 0
    assert found.payday.sentence == "$18.00 would go out, but Stripe has no bank account of yours for USD."
    assert [blocker.what_to_do for blocker in found.blockers] == [
        "Add a bank account in USD with Stripe, under Bank and identity"
    ]


def test_little_without_an_account_is_not_said_to_go_out(payday: Payday):
    payday.owe(ben(), 5_00)

    assert place(payday).payday.sentence == "$4.50 is below the smallest payout of $10.00: it adds up."


def test_without_an_account_the_next_payday_pays_nothing_and_says_why(payday: Payday):
    payday.owe(ben(), 20_00)

    found = place(payday)

    assert found.payday.amount_minor == 0
    assert found.payday.sentence == "$18.00 would go out, but first: set up payouts."
    assert [blocker.rule for blocker in found.blockers] == ["Payouts are not set up"]


def test_blockers_and_what_can_be_paid_are_all_there_is(payday: Payday):
    payday.owe(payday.creator(), 20_00)
    payday.plan()
    payday.owe(ben(), 30_00)

    found = place(payday)

    blocked = sum(blocker.amount_minor for blocker in found.blockers)
    assert found.balance.owed_minor == found.balance.payable_minor + blocked == net(20_00) + net(30_00)


def test_a_returned_payout_is_named_with_its_amount_and_the_way_out(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout(bank=CLOSED_BANK))
    payday.advance(days=2)
    payday.settle(payout)
    payday.advance(days=1)
    payday.settle(payout)

    [blocker] = place(payday).blockers
    assert (blocker.rule, blocker.amount_minor) == ("Has not reached your bank", net(20_00))
    assert blocker.what_to_do == "Your bank says the account is closed. Add another bank account"


def test_a_refused_transfer_is_told_with_its_reason(payday: Payday):
    transfer = payday.planned_transfer()
    Transfer.objects.filter(id=transfer.id).update(destination="acct_gone")
    payday.send(transfer)

    [line] = history.payout_history(creator_id=ben().id).payouts
    assert (line.state, [step.title for step in line.steps]) == (
        "released",
        ["Planned", "Refused, back in your balance"],
    )
    assert "goes into the next run" in signed_in(ben()).get("/creator/payouts/").content.decode()


def test_a_paid_payout_shows_every_step(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout())
    [line] = history.payout_history(creator_id=ben().id).payouts
    assert [(step.title, step.ahead) for step in line.steps][-1] == ("In your bank", True)

    payday.advance(days=3)
    payday.settle(payout)

    [line] = history.payout_history(creator_id=ben().id).payouts
    assert (line.state, [step.title for step in line.steps]) == (
        "paid",
        ["Planned", "Sent to your Stripe account", "On its way to your bank", "In your bank"],
    )


def test_older_payouts_are_on_the_next_page(payday: Payday, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(history, "BATCHES_SHOWN", 1)
    payday.owe(payday.creator(), 20_00)
    payday.plan()
    payday.advance(days=7)
    payday.owe(ben(), 30_00)
    payday.plan()

    first = history.payout_history(creator_id=ben().id)
    second = history.payout_history(creator_id=ben().id, before=first.before)

    assert [line.amount_minor for line in (*first.payouts, *second.payouts)] == [net(30_00), net(20_00)]
    assert second.before is None


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "\u0663", ""])
def test_a_meddled_page_address_is_the_first_page(before: str):
    assert signed_in(ben()).get("/creator/payouts/", {"before": before}).status_code == 200


def test_a_monday_left_out_is_told_with_its_reason(payday: Payday):
    payday.owe(ben(), 20_00)
    payday.plan()

    assert "Payouts are not set up yet" in signed_in(ben()).get("/creator/payouts/").content.decode()


def test_a_list_of_mondays_that_is_cut_short_says_so(payday: Payday, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queries, "SKIPS_SHOWN_MAX", 2)
    payday.owe(ben(), 20_00)
    titles = []
    for _ in range(3):
        payday.plan()
        page = signed_in(ben()).get("/creator/payouts/").content.decode()
        titles.append("The latest 2 Mondays you were left out" in page)
        payday.advance(days=7)

    assert titles == [False, False, True]


def test_the_button_goes_on_to_stripe_and_back(payday: Payday):
    client = signed_in(ben())

    away = client.post("/creator/payouts/onboarding/")
    assert away.status_code == 302
    payday.world.http.post(away["Location"], data={"action": "complete", "bank_number": "000123456789"})
    back = client.get("/creator/payouts/onboarding/return/")

    assert back["Location"] == "/creator/payouts/"
    assert account_of(ben()).is_usable


def test_the_set_up_is_not_started_by_following_a_link(payday: Payday):
    assert signed_in(ben()).get("/creator/payouts/onboarding/").status_code == 405


def test_stripe_not_answering_is_said_kindly(payday: Payday, settings: Any):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    answer = signed_in(ben()).post("/creator/payouts/onboarding/", follow=True)

    assert "Stripe does not answer just now" in answer.content.decode()


def test_a_payout_in_another_mood_has_a_sentence_for_it(payday: Payday):
    payout = payday.waiting_payout(is_slow=True)
    payday.pay_out(payout)

    assert stripe.payouts_of(payout.connected_account) == []
    assert "still making the money available" in signed_in(ben()).get("/creator/payouts/").content.decode()
