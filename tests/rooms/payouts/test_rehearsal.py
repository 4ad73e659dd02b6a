"""The rehearsal says on Sunday what Monday does, by the code that does it, and writes nothing."""

from datetime import timedelta
from typing import Any

import pytest

from cliphaven.campaigns.rules import TermsDraft
from cliphaven.earnings import operations as earnings
from cliphaven.identity.models import User
from cliphaven.notifications.models import Message
from cliphaven.payouts import rules
from cliphaven.payouts.models import BankAccount, Batch, ConnectedAccount, PauseReason, Skip, SkipReason, Transfer
from cliphaven.payouts.operations import pauses, rehearsals
from cliphaven.payouts.queries import outliers
from cliphaven.payouts.queries.rehearsals import CurrencyRehearsal, Rehearsal
from tests.people import a_campaign, a_user, an_approved_clip, ben, dot, seen
from tests.rooms.payouts.conftest import CPM_MINOR, Payday, bank_of, net

pytestmark = pytest.mark.django_db


def rehearse(payday: Payday) -> Rehearsal:
    return rehearsals.rehearse(now=payday.now)


def dollars(payday: Payday) -> CurrencyRehearsal:
    [total] = rehearse(payday).totals
    return total


def on_monday(payday: Payday) -> Batch:
    """What then really happens."""
    payday.world.post("/control/clock", {"set": rules.next_payday(payday.now).isoformat()})
    earnings.clear_all(now=payday.now)
    return payday.plan()


def still_clearing(payday: Payday, user: User, gross_minor: int) -> None:
    terms = TermsDraft(cpm_minor={"tiktok": CPM_MINOR}, hold_days=3)
    campaign = a_campaign(budget_minor=gross_minor + 1, terms=terms)
    seen(an_approved_clip(campaign, creator=user), gross_minor)
    earnings.accrue_campaign(campaign_id=campaign.id, now=payday.now)


def some_monday(payday: Payday) -> None:
    """Several creators in every situation."""
    payday.platform_receives(500_00)
    payday.owe(payday.creator("Ben"), 20_00)
    payday.owe(a_user("Ben"), 30_00)
    payday.owe(payday.creator("Nova"), 5_00)  # too little
    payday.owe(a_user("Omar"), 40_00)  # no account
    payday.owe(payday.creator("Pia"), 50_00)
    pauses.pause(
        creator_id=a_user("Pia").id, staff_id=dot().id, reason=PauseReason.EARNINGS, note="Why", now=payday.now
    )


def test_it_names_who_is_paid_and_who_is_left_out_as_the_batch_then_does(payday: Payday):
    some_monday(payday)
    found = rehearse(payday)
    batch = on_monday(payday)

    assert [(line.name, line.amount_minor) for line in found.payouts] == [("Ben", net(20_00) + net(30_00))]
    assert sum(transfer.amount_minor for transfer in Transfer.objects.filter(batch=batch)) == net(20_00) + net(30_00)
    skips = {skip.creator.name: SkipReason(skip.reason).label for skip in Skip.objects.filter(batch=batch)}
    assert {line.name: line.reason for line in found.left_out} == skips
    assert set(skips) == {"Nova", "Omar", "Pia"}


def test_it_writes_nothing(payday: Payday):
    some_monday(payday)
    accounts = list(ConnectedAccount.objects.order_by("id").values())
    messages = Message.objects.count()

    rehearse(payday)

    assert (Batch.objects.count(), Transfer.objects.count(), Skip.objects.count()) == (0, 0, 0)
    assert list(ConnectedAccount.objects.order_by("id").values()) == accounts
    assert Message.objects.count() == messages


def test_each_campaign_has_its_part(payday: Payday):
    payday.owe(payday.creator(), 20_00)
    payday.owe(ben(), 30_00)

    [line] = rehearse(payday).payouts

    assert sorted(part.amount_minor for part in line.parts) == [net(20_00), net(30_00)]


def test_what_clears_until_then_is_in_it_and_said(payday: Payday):
    payday.owe(payday.creator(), 20_00)
    still_clearing(payday, ben(), 30_00)

    total = dollars(payday)

    assert (total.amount_minor, total.clears_before_minor) == (net(20_00) + net(30_00), net(30_00))
    assert sum(t.amount_minor for t in Transfer.objects.filter(batch=on_monday(payday))) == total.amount_minor


def test_what_clears_later_is_not_in_it(payday: Payday):
    payday.world.post("/control/clock", {"set": (rules.next_payday(payday.now) - timedelta(hours=20)).isoformat()})
    payday.creator()
    still_clearing(payday, ben(), 30_00)

    assert rehearse(payday).payouts == []


def test_changes_are_told_against_the_last_run(payday: Payday):
    for name in ("Ben", "Nova", "Pia"):
        payday.owe(payday.creator(name), 20_00)
    payday.plan()
    payday.advance(days=3)
    payday.owe(a_user("Ben"), 30_00)
    payday.owe(a_user("Nova"), 15_00)
    payday.owe(payday.creator("Omar"), 20_00)

    found = rehearse(payday)

    assert {line.name: (line.before_minor, line.change) for line in found.payouts} == {
        "Ben": (net(20_00), "up"),
        "Nova": (net(20_00), "down"),
        "Omar": (0, "new"),
    }
    assert [(line.name, line.before_minor) for line in found.left_out] == [("Pia", net(20_00))]
    assert found.changes == {"new": 1, "up": 1, "down": 1, "same": 0, "gone": 1}


def test_cash_that_is_missing_at_stripe_is_told(payday: Payday):
    payday.owe(payday.creator(), 1_000_000_00)
    total = dollars(payday)

    assert total.cash is not None
    assert total.shortfall_minor == net(1_000_000_00) - total.cash.available_minor > 0
    assert not total.helped_by_pending


def test_enough_cash_is_no_shortfall(payday: Payday):
    payday.platform_receives(100_00)
    payday.owe(payday.creator(), 20_00)

    assert dollars(payday).shortfall_minor == 0


def test_without_an_answer_of_stripe_the_cash_is_unknown_and_the_rest_is_there(payday: Payday, settings: Any):
    payday.owe(payday.creator(), 20_00)
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    total = dollars(payday)

    assert (total.amount_minor, total.cash, total.shortfall_minor) == (net(20_00), None, None)


def test_a_run_above_the_limit_says_that_it_needs_a_release(payday: Payday, settings: Any):
    payday.owe(payday.creator(), 20_00)
    settings.RELEASE_LIMIT_MINOR = {**settings.RELEASE_LIMIT_MINOR, "USD": net(20_00)}
    assert not dollars(payday).needs_release

    settings.RELEASE_LIMIT_MINOR = {**settings.RELEASE_LIMIT_MINOR, "USD": net(20_00) - 1}
    assert dollars(payday).needs_release


def test_a_bank_account_that_is_new_since_the_last_run_is_pointed_out(payday: Payday):
    payday.owe(payday.creator(), 20_00)
    payday.plan()
    payday.owe(ben(), 20_00)
    assert rehearse(payday).payouts[0].new_bank == ""

    payday.advance(hours=1)
    BankAccount.objects.update(changed_at=payday.now)

    assert rehearse(payday).payouts[0].new_bank == f"another bank account: {bank_of(ben()).name}"


def test_an_amount_far_above_the_usual_is_pointed_out():
    usual = {1: [10_00, 11_00, 12_00]}

    assert outliers.unusual({1: 33_00}, before=usual) == {}
    assert outliers.unusual({1: 33_01}, before=usual) == {1: "3 times the usual"}


def test_two_payouts_before_are_not_enough_to_call_something_usual():
    assert outliers.unusual({1: 1_000_00}, before={1: [10_00, 10_00]}) == {}


def test_the_largest_of_a_large_run_are_pointed_out():
    amounts = {creator: creator * 100 for creator in range(1, 101)}

    assert set(outliers.unusual(amounts, before={})) == {99, 100}  # two in a hundred
    assert outliers.unusual({1: 5, 2: 6}, before={}) == {}


def test_the_rule_is_said_in_words():
    assert outliers.RULE.startswith("More than 3 times the middle one of the creator's earlier payouts")


def test_a_batch_that_was_sent_back_is_not_what_is_compared_with(payday: Payday):
    payday.owe(payday.creator(), 20_00)
    payday.plan()
    Batch.objects.update(state="sent_back")

    assert rehearse(payday).compared_with == ""


def sunday(payday: Payday) -> None:
    payday.world.post("/control/clock", {"set": (rules.next_payday(payday.now) - timedelta(hours=24)).isoformat()})


def test_on_sunday_everybody_of_the_staff_is_mailed_once(payday: Payday):
    some_monday(payday)
    a_user("Eli", is_staff=True)
    sunday(payday)

    for _ in range(2):
        assert rehearsals.mail_rehearsal(now=payday.now)

    mails = Message.objects.filter(key__startswith="rehearsal:")
    assert {mail.user.name for mail in mails} == {"Dot", "Eli"}
    assert mails[0].subject == "Tomorrow's payday: $45.00"
    assert "Left out, with reasons: 3." in mails[0].text


def test_on_other_days_nobody_is(payday: Payday):
    dot()

    assert not rehearsals.mail_rehearsal(now=payday.now)
    assert Message.objects.count() == 0


def test_the_mail_says_what_is_missing_and_that_two_must_release_it(payday: Payday):
    dot()
    payday.owe(payday.creator(), 1_000_000_00)
    sunday(payday)

    rehearsals.mail_rehearsal(now=payday.now)

    text = Message.objects.get(key__startswith="rehearsal:").text
    assert "USD: more than $10,000.00, so two of you must release it." in text
    assert "are missing at Stripe today. Nothing on its way covers it." in text
