"""A new bank account is paid three days later; its owner, or one of the staff, can say otherwise in the meantime."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cliphaven.identity.models import User
from cliphaven.notifications.models import Message
from cliphaven.payouts import queries
from cliphaven.payouts.models import BankPayout, PauseReason, PayoutPause, StaffAct
from cliphaven.payouts.operations import acts, alarms, holds, onboarding, pauses
from cliphaven.payouts.queries import alarms as standing
from tests.people import ben, dot, mallory, staff_in
from tests.rooms.payouts.conftest import Payday, bank_of

pytestmark = pytest.mark.django_db
HOLD = timedelta(hours=72)


def held_payout(payday: Payday) -> BankPayout:
    """A payout of Ben's that waits, because his bank account has changed since."""
    payout = payday.waiting_payout()
    change_bank(payday)
    return payday.pay_out(payout)


def change_bank(payday: Payday) -> None:
    payday.change_bank(ben())
    onboarding.refresh_creator(creator_id=ben().id, now=payday.now)


def lift(
    payday: Payday, *, by: User | None = None, reason: str = "He called us from the number we know", key: str = ""
) -> None:
    holds.lift(
        creator_id=ben().id,
        bank_id=bank_of(ben()).stripe_id,
        staff_id=(by or dot()).id,
        reason=reason,
        request_key=key,
        now=payday.now,
    )


def page_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_what_waits_says_until_when_and_what_to_do(payday: Payday):
    payout = held_payout(payday)
    until = bank_of(ben()).changed_at + HOLD

    assert f"begin on {until:%-d %B at %H:%M} UTC" in payout.failure_sentence
    assert "If it was not you, say so" in payout.failure_sentence
    [place] = queries.money_places(creator_id=ben().id, now=payday.now)
    [blocker] = place.blockers
    assert (blocker.amount_minor, blocker.clears_at) == (payout.amount_minor, until)
    assert blocker.rule == "Waits because your bank account is new"
    assert place.held_bank is not None
    assert place.held_bank.held_until == until


def test_the_next_payday_says_when_the_money_goes_on(payday: Payday):
    payday.owe(payday.creator(), 20_00)
    [place] = queries.money_places(creator_id=ben().id, now=payday.now)
    payday.advance(seconds=(place.payday.at - payday.now).total_seconds() - 3600)
    change_bank(payday)

    [place] = queries.money_places(creator_id=ben().id, now=payday.now)

    until = bank_of(ben()).changed_at + HOLD
    assert place.payday.amount_minor == place.balance.payable_minor
    assert f"new bank account on {until:%-d %B at %H:%M} UTC" in place.payday.sentence


def test_the_page_shows_the_change_with_its_date_and_a_way_to_say_no(payday: Payday):
    held_payout(payday)

    page = page_of(ben()).get(reverse("payouts")).content.decode()

    assert bank_of(ben()).name in page
    assert "payouts to it begin on" in page
    assert reverse("bank_disown") in page


def test_it_was_not_me_stops_everything_and_tells_the_staff(payday: Payday):
    payout = held_payout(payday)

    answer = page_of(ben()).post(reverse("bank_disown"), follow=True).content.decode()

    pause = PayoutPause.objects.get()
    assert (pause.reason, pause.by_creator, pause.resumed_at) == (PauseReason.SECURITY, True, None)
    assert "Nothing goes out any more" in answer
    assert "It was not me" not in answer
    payday.advance(hours=80)
    assert (payday.pay_out(payout).state, payout.failure_code) == ("waiting_for_funds", "payouts_paused")
    [alarm] = standing.alarms(now=payday.now)
    assert alarm.link == reverse("staff_creator_payouts", args=[ben().id])
    dot()
    alarms.sound(now=payday.now)
    assert Message.objects.filter(user=dot(), subject__contains="somebody else changed").exists()


def test_once_the_staff_has_looked_it_goes_on(payday: Payday):
    payout = held_payout(payday)
    holds.disown(creator_id=ben().id, now=payday.now)
    payday.advance(hours=80)

    pauses.resume(creator_id=ben().id, staff_id=dot().id, now=payday.now)

    assert standing.alarms(now=payday.now) == []
    assert payday.pay_out(payout).state == "pending"


def test_it_was_not_me_outweighs_a_pause_for_another_reason(payday: Payday):
    payout = held_payout(payday)
    pauses.pause(creator_id=ben().id, staff_id=dot().id, reason=PauseReason.EARNINGS, note="Odd views", now=payday.now)

    holds.disown(creator_id=ben().id, now=payday.now)

    live = PayoutPause.objects.get(resumed_at=None)
    assert (live.reason, live.by_creator) == (PauseReason.SECURITY, True)
    assert "Odd views" in live.note
    payday.advance(hours=80)
    assert payday.pay_out(payout).failure_code == "payouts_paused"


def test_said_twice_or_where_the_staff_looks_already_it_is_one_pause(payday: Payday):
    held_payout(payday)
    holds.disown(creator_id=ben().id, now=payday.now)
    holds.disown(creator_id=ben().id, now=payday.now)

    assert PayoutPause.objects.count() == 1


def test_where_nothing_changed_there_is_nothing_to_disown(payday: Payday):
    payday.creator()
    answer = page_of(ben()).post(reverse("bank_disown"), follow=True)

    assert "was not changed lately" in answer.content.decode()
    assert not PayoutPause.objects.exists()


def test_a_change_can_be_disowned_for_two_weeks(payday: Payday):
    payday.creator()
    change_bank(payday)
    changed_at = bank_of(ben()).changed_at

    with pytest.raises(holds.NothingChanged):
        holds.disown(creator_id=ben().id, now=changed_at + timedelta(days=14))
    holds.disown(creator_id=ben().id, now=changed_at + timedelta(days=14, seconds=-1))
    assert PayoutPause.objects.count() == 1


def test_finance_lets_it_go_sooner_with_a_reason_that_the_creator_reads(payday: Payday):
    payout = held_payout(payday)

    lift(payday)

    assert payday.pay_out(payout).state == "pending"
    told = Message.objects.get(user=ben(), subject="Payouts to your new bank account begin now")
    assert "He called us from the number we know" in told.text
    act = StaffAct.objects.get()
    assert (act.act, act.creator, act.staff) == ("hold_lifted", ben(), dot())


def test_by_the_button_of_the_page_once(payday: Payday):
    held_payout(payday)
    finance, where = page_of(staff_in("finance")), reverse("staff_creator_payouts", args=[ben().id])
    [(bank, form)] = finance.get(where).context["changed_banks"]
    order = {"bank_id": bank.bank_id, "reason": "He called us", "request_key": form["request_key"].value()}

    for _ in range(2):
        finance.post(reverse("creator_hold_lift", args=[ben().id]), order)

    assert StaffAct.objects.filter(act="hold_lifted").count() == 1
    assert "One of you let payouts to it begin" in finance.get(where).content.decode()


@pytest.mark.parametrize("role", ["support", "risk", "admin"])
def test_no_other_role_does(payday: Payday, role: str):
    held_payout(payday)

    with pytest.raises(acts.NotStaff):
        lift(payday, by=staff_in(role))
    with pytest.raises(acts.NotStaff):
        lift(payday, by=mallory())


def test_nor_without_a_reason_nor_for_another_bank_account_than_was_looked_at(payday: Payday):
    held_payout(payday)
    looked_at = bank_of(ben()).stripe_id
    with pytest.raises(acts.ReasonMissing):
        lift(payday, reason=" ")

    change_bank(payday)

    with pytest.raises(holds.NotHeld):
        holds.lift(creator_id=ben().id, bank_id=looked_at, staff_id=dot().id, reason="He called", now=payday.now)


def test_the_next_change_waits_its_own_time(payday: Payday):
    payout = held_payout(payday)
    lift(payday)
    change_bank(payday)

    assert bank_of(ben()).hold_lifted_at is None
    assert (payday.pay_out(payout).state, payout.failure_code) == ("waiting_for_funds", "new_bank_account")


def test_a_request_that_comes_twice_lets_go_once(payday: Payday):
    held_payout(payday)
    for _ in range(2):
        lift(payday, key="a-request-of-mine")

    assert StaffAct.objects.count() == 1


def test_the_first_bank_account_is_told_and_not_held(payday: Payday):
    payday.creator()

    assert bank_of(ben()).held_until is None
    assert Message.objects.get(user=ben()).subject == "Your payouts are set up"


def test_the_api_tells_the_same(payday: Payday):
    held_payout(payday)
    until: datetime = bank_of(ben()).held_until
    mine = page_of(ben())
    [balance] = mine.get(reverse("api:api_balance")).json()
    assert datetime.fromisoformat(balance["new_bank"]["held_until"]) == until

    finance = page_of(staff_in("finance"))
    [bank] = finance.get(reverse("api:api_changed_banks", args=[ben().id])).json()
    assert (bank["is_held"], bank["bank_id"]) == (True, bank_of(ben()).stripe_id)
    lifted = finance.post(
        reverse("api:api_hold_lift", args=[ben().id]),
        {"bank_id": bank["bank_id"], "reason": "He called us"},
        content_type="application/json",
        headers={"Idempotency-Key": "a-request-of-mine"},
    )
    assert lifted.status_code == 200, lifted.content
    [balance] = mine.get(reverse("api:api_balance")).json()
    assert balance["new_bank"] is None
    assert mine.post(reverse("api:api_bank_disown")).status_code == 200
    assert PayoutPause.objects.get().by_creator
