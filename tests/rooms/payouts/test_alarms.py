"""What a person must see is found by itself, told once, and stands until its cause is gone."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from procrastinate.contrib.django import app as procrastinate_app

from cliphaven.config import schedule
from cliphaven.foundation.jobs import Queue
from cliphaven.notifications.models import Message
from cliphaven.payouts import rules
from cliphaven.payouts.models import BankPayout, Batch, Transfer
from cliphaven.payouts.operations import alarms as sounding
from cliphaven.payouts.operations import batches, releases, reversals
from cliphaven.payouts.queries.alarms import Alarm, alarms, oldest_in_transit_at
from cliphaven.payouts.queries.batches import batch_of
from tests.people import a_user, dot
from tests.rooms.payouts.conftest import Payday
from tests.rooms.payouts.test_reversals import reverse_at_stripe, take_back

pytestmark = pytest.mark.django_db
HUGE = 90_000_000_00


def standing(payday: Payday) -> list[Alarm]:
    return alarms(now=payday.now)


def titles(payday: Payday) -> list[str]:
    return [alarm.title for alarm in standing(payday)]


def mails() -> list[str]:
    return list(Message.objects.filter(key__startswith="alarm:").order_by("id").values_list("subject", flat=True))


def test_when_all_is_well_nothing_sounds(payday: Payday):
    payday.send(payday.planned_transfer())

    assert standing(payday) == []


def test_a_monday_that_was_slept_through_sounds_after_an_hour(payday: Payday):
    payday.owe(payday.creator(), 20_00)
    week = rules.due_week(payday.now)
    payday.world.post("/control/clock", {"set": (rules.last_payday(payday.now) + timedelta(minutes=59)).isoformat()})
    assert standing(payday) == []
    payday.advance(minutes=1)

    [alarm] = standing(payday)

    assert (alarm.title, alarm.since) == (f"Payday {week} has not been planned", rules.last_payday(payday.now))


def test_a_monday_that_is_caught_up_on_wednesday_is_planned_once_and_quiet(payday: Payday):
    payday.owe(payday.creator(), 20_00)
    payday.advance(days=2)
    assert len(standing(payday)) == 1

    for _ in range(3):
        batches.plan_weekly_batch(now=payday.now)

    assert (standing(payday), Batch.objects.count(), Transfer.objects.count()) == ([], 1, 1)


def test_a_house_in_which_nobody_is_owed_anything_has_missed_nothing(payday: Payday):
    payday.advance(days=2)

    assert standing(payday) == []


def test_a_week_after_others_is_missed_although_nothing_is_owed(payday: Payday):
    payday.plan()
    payday.advance(days=7, hours=2)

    assert len(standing(payday)) == 1


def test_the_week_of_a_fifty_third_monday_is_missed_like_any_other(payday: Payday):
    payday.owe(payday.creator(), 20_00)
    new_years_eve = payday.now.replace(year=2026, month=12, day=31)

    assert [alarm.title for alarm in alarms(now=new_years_eve)] == ["Payday 2026-W53 has not been planned"]


def test_a_release_that_is_waited_for_sounds_after_two_hours(payday: Payday, settings: Any):
    settings.RELEASE_LIMIT_MINOR = {**settings.RELEASE_LIMIT_MINOR, "USD": 1}
    batch = payday.planned_transfer().batch
    payday.advance(hours=1, minutes=59)
    assert standing(payday) == []
    payday.advance(minutes=1)

    assert titles(payday) == [f"Payday {batch.iso_week} still waits to be released"]

    releases.send_back(week=batch.iso_week, staff_id=dot().id, reason="No", now=payday.now)
    assert standing(payday) == []


def test_a_week_that_was_to_be_planned_again_and_is_not_sounds_after_an_hour(payday: Payday, settings: Any):
    settings.RELEASE_LIMIT_MINOR = {**settings.RELEASE_LIMIT_MINOR, "USD": 1}
    week = payday.planned_transfer().batch.iso_week
    releases.send_back(week=week, staff_id=dot().id, reason="No", now=payday.now)
    releases.plan_again(week=week, staff_id=dot().id, now=payday.now)
    payday.advance(minutes=59)
    assert standing(payday) == []
    payday.advance(minutes=1)

    assert titles(payday) == [f"Payday {week} was to be planned again, and is not"]

    batches.plan_weekly_batch(now=payday.now)
    assert standing(payday) == []


def test_a_stopped_batch_sounds_with_its_reason(payday: Payday):
    batch = payday.planned_transfer().batch
    releases.stop(week=batch.iso_week, staff_id=dot().id, reason="Look at the amounts.", now=payday.now)

    [alarm] = standing(payday)

    assert alarm.title == f"Payday {batch.iso_week} is stopped"
    assert alarm.sentence.startswith("Look at the amounts. Nothing more of it is sent")


def test_stopped_once_more_is_news(payday: Payday):
    batch, staff = payday.planned_transfer().batch, dot()
    for _ in range(2):
        releases.stop(week=batch.iso_week, staff_id=staff.id, reason="Wait", now=payday.now)
        sounding.sound(now=payday.now)
        releases.resume(week=batch.iso_week, staff_id=staff.id, now=payday.now)

    assert mails() == [f"Payday {batch.iso_week} is stopped"] * 2


def test_an_item_for_a_person_sounds_and_the_next_one_is_news(payday: Payday):
    dot()
    payday.platform_receives(200_00)
    for name in ("Ben", "Nova"):
        payday.owe(payday.creator(name), 20_00)
    week = payday.plan().iso_week
    first, second = Transfer.objects.order_by("id")
    Transfer.objects.filter(id=first.id).update(state="needs_review", claimed_at=payday.now)
    for _ in range(2):
        sounding.sound(now=payday.now)
    payday.advance(minutes=10)
    Transfer.objects.filter(id=second.id).update(state="needs_review", claimed_at=payday.now)
    sounding.sound(now=payday.now)

    assert mails() == [f"{week}: 1 item for a person to look at", f"{week}: 2 items for a person to look at"]


def test_a_reversal_for_a_person_sounds_and_counts_as_a_problem_of_its_batch(payday: Payday):
    dot()
    payday.waiting_payout()
    transfer = Transfer.objects.get()
    reverse_at_stripe(payday, transfer, 5_00)
    reversals.settle_hint(stripe_id=str(transfer.stripe_id), now=payday.now)
    sounding.sound(now=payday.now)

    week = transfer.batch.iso_week
    found = batch_of(week=week)

    assert mails() == [f"{week}: 1 item for a person to look at"]
    assert found is not None
    assert found.problems == 1


def test_a_reversal_that_nobody_knows_of_for_a_day_sounds(payday: Payday):
    payday.waiting_payout()
    reversal = take_back(payday, Transfer.objects.get())
    payday.world.fault("stripe", "error_500", path_prefix="v1/transfers")
    reversals.send(reversal_id=reversal.id, now=payday.now, read_clock=payday.world.now)
    payday.advance(hours=24)

    assert titles(payday) == ["Nobody knows what became of 1 reversal"]


def test_what_nobody_knows_for_a_day_sounds(payday: Payday):
    transfer = payday.planned_transfer()
    Transfer.objects.filter(id=transfer.id).update(
        state="unknown", first_sent_at=payday.now, last_claimed_to_send_at=payday.now
    )
    payday.advance(hours=23)
    assert standing(payday) == []
    payday.advance(hours=1)

    assert titles(payday) == ["Nobody knows what became of 1 transfer"]


def our_balance_was_short(payday: Payday, settings: Any, *names: str) -> Batch:
    """A run of as many transfers, none of which Stripe has the money for."""
    settings.RELEASE_LIMIT_MINOR = {**settings.RELEASE_LIMIT_MINOR, "USD": 10 * HUGE}
    for name in names:
        payday.owe(payday.creator(name), HUGE)
    batch = payday.plan()
    for transfer in Transfer.objects.filter(batch=batch).order_by("id"):
        assert payday.send(transfer).failure_code == "balance_insufficient"
    return batch


def test_transfers_that_our_own_balance_was_short_of_sound_once_until_the_next_payday(payday: Payday, settings: Any):
    dot()
    batch = our_balance_was_short(payday, settings, "Ben", "Nova")
    for _ in range(2):
        sounding.sound(now=payday.now)

    # ninety million dollars each, less a tenth
    title = f"{batch.iso_week}: 2 transfers released, $162,000,000.00: our balance was short"
    assert (titles(payday), mails()) == ([title], [title])
    payday.world.post("/control/clock", {"set": rules.next_payday(payday.now).isoformat()})
    payday.plan()
    assert titles(payday) == []


def test_transfers_that_our_own_balance_was_short_of_are_problems_of_their_batch(payday: Payday, settings: Any):
    found = batch_of(week=our_balance_was_short(payday, settings, "Ben", "Nova").iso_week)

    assert found is not None
    assert found.problems == 2


def test_a_transfer_that_its_account_refused_is_no_alarm(payday: Payday):
    transfer = payday.planned_transfer()
    Transfer.objects.filter(id=transfer.id).update(destination="acct_gone")
    assert payday.send(transfer).state == "released"

    assert titles(payday) == []


def test_what_stripe_sent_after_all_and_what_the_books_refuse_is_for_a_person(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout())
    BankPayout.objects.filter(id=payout.id).update(failure_code=rules.NOT_BOOKED)
    transfer = Transfer.objects.get()
    Transfer.objects.filter(id=transfer.id).update(state="released", failure_code=rules.SENT_AFTER_ALL)
    found = batch_of(week=transfer.batch.iso_week)

    assert [title.partition(": ")[2] for title in titles(payday)] == ["2 items for a person to look at"]
    assert found is not None
    assert found.problems == 2


def test_what_is_late_sounds(payday: Payday):
    payday.planned_transfer()
    payday.advance(days=2)

    assert titles(payday)[0].endswith("1 item later than anything should be")


def test_what_is_on_its_way_for_a_week_sounds(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout())
    assert oldest_in_transit_at() == payout.created_at
    payday.world.post("/control/clock", {"set": (payday.now + timedelta(days=6, hours=23)).isoformat()})
    assert not [title for title in titles(payday) if "on the way to a bank" in title]
    payday.advance(hours=1)

    assert [title for title in titles(payday) if "on the way to a bank" in title]


def test_what_a_bank_refused_waits_for_its_creator_and_does_not_sound(payday: Payday):
    payout = payday.waiting_payout()
    BankPayout.objects.filter(id=payout.id).update(state="failed", failed_at=payday.now)

    assert standing(payday) == []


def test_paused_creators_and_batches_that_wait_are_not_late(payday: Payday, settings: Any):
    settings.RELEASE_LIMIT_MINOR = {**settings.RELEASE_LIMIT_MINOR, "USD": 1}
    week = payday.planned_transfer().batch.iso_week
    payday.advance(days=3)

    assert titles(payday) == [f"Payday {week} still waits to be released"]


def test_each_alarm_is_mailed_to_all_of_the_staff_once(payday: Payday):
    dot(), a_user("Eli", is_staff=True), a_user("Mallory")
    payday.owe(payday.creator(), 20_00)
    payday.advance(days=1)

    for _ in range(3):
        assert sounding.sound(now=payday.now) == 1
        payday.advance(minutes=10)

    told = Message.objects.filter(key__startswith="alarm:")
    assert sorted(mail.user.name for mail in told) == ["Dot", "Eli"]


def test_it_sounds_from_a_queue_that_no_money_runs_in():
    task = procrastinate_app.tasks["payouts.sound_alarms"]
    [line] = [line for line in schedule.LINES if line.task == "payouts.sound_alarms"]

    assert (task.queue, line.cron) == (Queue.NOTIFICATIONS, "*/10 * * * *")


@pytest.mark.parametrize("page", ["/staff/", "/staff/payday/"])
def test_alarms_stand_on_top_of_the_staffs_pages(payday: Payday, page: str):
    payday.owe(payday.creator(), 20_00)
    payday.advance(days=1)
    client = Client()
    client.force_login(dot())

    shown = client.get(page).content.decode()

    assert 'role="alert"' in shown
    assert "has not been planned" in shown
