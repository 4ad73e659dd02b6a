"""Above the limit nothing is sent until two of the staff have said so; and what else they can do to a week's batch."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from cliphaven.foundation.errors import ProviderFailed
from cliphaven.identity.models import User
from cliphaven.ledger.chart import AccountKind
from cliphaven.notifications.models import Message
from cliphaven.payouts import rules
from cliphaven.payouts.models import Act, Batch, BatchState, StaffAct, Transfer
from cliphaven.payouts.operations import acts, batches, releases, settlement, transfers
from cliphaven.payouts.queries import history
from tests.people import a_user, ben, dot, mallory
from tests.rooms.payouts.conftest import Payday, balance, net

pytestmark = pytest.mark.django_db
OWED = 20_00


def eli() -> User:
    """Another one of the staff."""
    return a_user("Eli", is_staff=True)


@pytest.fixture
def large(payday: Payday, settings: Any) -> Batch:
    """A batch of one cent more than the limit."""
    dot(), eli()
    settings.RELEASE_LIMIT_MINOR = {**settings.RELEASE_LIMIT_MINOR, "USD": net(OWED) - 1}
    payday.platform_receives(OWED * 2)
    payday.owe(payday.creator(), OWED)
    return payday.plan()


def release(payday: Payday, batch: Batch, by: User, **more: Any) -> int:
    return releases.release(week=batch.iso_week, staff_id=by.id, now=payday.now, **more)


def send_back(payday: Payday, batch: Batch, by: User, reason: str = "Ben's amount looks wrong", **more: Any) -> None:
    releases.send_back(week=batch.iso_week, staff_id=by.id, reason=reason, now=payday.now, **more)


def state_of(batch: Batch) -> str:
    batch.refresh_from_db()
    return batch.state


def test_up_to_the_limit_a_batch_goes_by_itself(payday: Payday, settings: Any):
    settings.RELEASE_LIMIT_MINOR = {**settings.RELEASE_LIMIT_MINOR, "USD": net(OWED)}
    transfer = payday.planned_transfer(OWED)

    assert transfer.batch.state == BatchState.PLANNED
    assert payday.send(transfer).state == "sent"


def test_above_the_limit_it_is_reserved_and_waits(payday: Payday, large: Batch):
    assert large.state == BatchState.AWAITING_RELEASE
    assert balance(AccountKind.CREATOR_RESERVED, ben().id) == net(OWED)


def test_nothing_that_waits_is_sent_by_a_job_or_a_sweep_however_late(payday: Payday, large: Batch):
    transfer = Transfer.objects.get()
    payday.advance(days=3)

    assert transfers.sweep(now=payday.now) == 0
    assert payday.send(transfer).state == "reserved"
    assert payday.at_stripe(transfer) == []


def test_the_staff_is_told_that_a_batch_waits_for_them(large: Batch):
    told = Message.objects.filter(key=f"batch:{large.id}:awaiting-release")

    assert {message.user for message in told} == {dot(), eli()}
    assert told[0].subject == f"Payday {large.iso_week} waits for two of you: $18.00"


def test_one_person_is_not_enough(payday: Payday, large: Batch):
    assert release(payday, large, dot()) == 1
    assert state_of(large) == BatchState.AWAITING_RELEASE
    assert payday.send(Transfer.objects.get()).state == "reserved"


def test_the_second_person_lets_it_go(payday: Payday, large: Batch):
    release(payday, large, dot())

    assert release(payday, large, eli()) == 0
    assert state_of(large) == BatchState.PLANNED
    assert payday.send(Transfer.objects.get()).state == "sent"


def test_the_same_person_twice_is_one_person(payday: Payday, large: Batch):
    release(payday, large, dot())

    with pytest.raises(releases.ReleasedBefore):
        release(payday, large, dot())
    assert state_of(large) == BatchState.AWAITING_RELEASE


@pytest.mark.parametrize("who", [ben, mallory])
def test_only_staff_release(payday: Payday, large: Batch, who: Any):
    with pytest.raises(acts.NotStaff):
        release(payday, large, who())
    assert StaffAct.objects.count() == 0


def test_somebody_who_is_no_longer_of_the_staff_does_not_count(payday: Payday, large: Batch):
    User.objects.filter(id=dot().id).update(is_active=False)

    with pytest.raises(acts.NotStaff):
        release(payday, large, dot())


def test_a_request_that_comes_twice_is_one_release(payday: Payday, large: Batch):
    assert release(payday, large, dot(), request_key="the-button") == 1
    assert release(payday, large, dot(), request_key="the-button") == 1
    assert StaffAct.objects.filter(act=Act.RELEASED).count() == 1


def test_a_key_is_not_good_for_something_else(payday: Payday, large: Batch):
    release(payday, large, dot(), request_key="the-button")

    with pytest.raises(acts.KeyUsedBefore):
        send_back(payday, large, dot(), request_key="the-button")


def test_what_is_released_cannot_be_sent_back(payday: Payday, large: Batch):
    release(payday, large, dot())
    release(payday, large, eli())

    with pytest.raises(releases.NotAwaitingRelease):
        send_back(payday, large, dot())


def test_a_batch_that_needs_no_release_takes_none(payday: Payday):
    transfer = payday.planned_transfer()

    with pytest.raises(releases.NotAwaitingRelease):
        release(payday, transfer.batch, dot())


def test_a_week_without_a_batch_cannot_be_released(payday: Payday):
    with pytest.raises(releases.NoSuchBatch):
        releases.release(week="2026-W01", staff_id=dot().id, now=payday.now)


def test_the_database_itself_wants_two_people(large: Batch):
    with pytest.raises(DatabaseError, match="two people"), transaction.atomic():
        Batch.objects.filter(id=large.id).update(state="planned")
    with pytest.raises(DatabaseError, match="two people"), transaction.atomic():
        Batch.objects.filter(id=large.id).update(state="running")


@pytest.mark.parametrize("meddling", ["update payouts_staffact set staff_id = 1", "delete from payouts_staffact"])
def test_who_did_what_stays_as_it_was(payday: Payday, large: Batch, meddling: str):
    release(payday, large, dot())

    with pytest.raises(DatabaseError, match="is kept"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(meddling)


def test_sent_back_everything_is_payable_again_and_the_creator_is_told(payday: Payday, large: Batch):
    release(payday, large, dot())
    send_back(payday, large, eli())

    assert state_of(large) == BatchState.SENT_BACK
    assert (balance(AccountKind.CREATOR_RESERVED, ben().id), balance(AccountKind.CREATOR_PAYABLE, ben().id)) == (
        0,
        net(OWED),
    )
    [line] = history.payout_history(creator_id=ben().id).payouts
    assert (line.state, [step.title for step in line.steps]) == (
        "released",
        ["Planned", "Taken back before it was sent"],
    )
    assert line.failure_sentence == releases.SENT_BACK_SENTENCE


def test_a_batch_of_many_is_sent_back_in_as_many_statements_as_one_of_two(
    payday: Payday, settings: Any, django_assert_max_num_queries: Any
):
    dot()
    settings.RELEASE_LIMIT_MINOR = {**settings.RELEASE_LIMIT_MINOR, "USD": 1}
    for number in range(8):
        payday.owe(payday.creator(f"Creator{number}"), OWED)
    batch = payday.plan()

    # one by one it would be eight times as many
    with django_assert_max_num_queries(25):
        send_back(payday, batch, dot())

    assert set(Transfer.objects.values_list("state", flat=True)) == {"released"}


def test_sending_back_needs_a_reason(payday: Payday, large: Batch):
    with pytest.raises(acts.ReasonMissing):
        send_back(payday, large, dot(), reason="  ")
    assert state_of(large) == BatchState.AWAITING_RELEASE


def test_what_was_sent_back_is_never_sent(payday: Payday, large: Batch):
    send_back(payday, large, dot())
    transfer = Transfer.objects.get()

    assert payday.send(transfer).state == "released"
    assert payday.at_stripe(transfer) == []


def test_the_scheduler_does_not_plan_again_what_people_sent_back(payday: Payday, large: Batch):
    send_back(payday, large, dot())

    assert batches.plan_weekly_batch(now=payday.now) is None
    assert Batch.objects.count() == 1


def test_the_week_is_planned_again_once_and_then_needs_two_releases_of_its_own(payday: Payday, large: Batch):
    release(payday, large, dot())
    send_back(payday, large, eli())

    plan_again(payday, large)

    again = Batch.objects.get(iso_week=large.iso_week, number=2)
    assert again.state == BatchState.AWAITING_RELEASE
    assert release(payday, again, dot()) == 1
    assert release(payday, again, eli()) == 0
    assert payday.send(Transfer.objects.get(batch=again)).state == "sent"


def test_there_is_no_third_plan(payday: Payday, large: Batch):
    for _ in range(2):
        send_back(payday, large, dot())
        if Batch.objects.count() == 1:
            plan_again(payday, large)

    with pytest.raises(releases.NotSentBack):
        plan_again(payday, large)
    assert batches.plan_weekly_batch(now=payday.now) is None


def test_a_week_that_is_over_is_not_planned_again(payday: Payday, large: Batch):
    send_back(payday, large, dot())
    payday.advance(days=7)

    with pytest.raises(releases.NotSentBack, match="next run"):
        plan_again(payday, large)
    assert balance(AccountKind.CREATOR_PAYABLE, ben().id) == net(OWED)


def test_a_request_to_plan_again_that_comes_twice_plans_once(payday: Payday, large: Batch):
    send_back(payday, large, dot())
    for _ in range(2):
        plan_again(payday, large, request_key="again")

    assert Batch.objects.filter(number=2).count() == 1
    assert StaffAct.objects.filter(act=Act.PLANNED_AGAIN).count() == 1


def test_what_is_being_planned_again_is_not_asked_for_once_more(payday: Payday, large: Batch):
    send_back(payday, large, dot())
    releases.plan_again(week=large.iso_week, staff_id=dot().id, now=payday.now)

    with pytest.raises(releases.NotSentBack, match="being planned again already"):
        releases.plan_again(week=large.iso_week, staff_id=eli().id, now=payday.now)


def test_a_batch_that_was_not_sent_back_is_not_planned_again(payday: Payday, large: Batch):
    with pytest.raises(releases.NotSentBack):
        releases.plan_again(week=large.iso_week, staff_id=dot().id, now=payday.now)
    assert batches.plan_weekly_batch(now=payday.now) is None


def test_only_staff_have_a_week_planned_again(payday: Payday, large: Batch):
    send_back(payday, large, dot())

    with pytest.raises(acts.NotStaff):
        releases.plan_again(week=large.iso_week, staff_id=ben().id, now=payday.now)


def test_planning_again_waits_for_stripe_in_a_job_and_not_in_the_request(payday: Payday, large: Batch, settings: Any):
    send_back(payday, large, dot())
    base, settings.STRIPE_API_BASE = settings.STRIPE_API_BASE, "http://127.0.0.1:9"

    releases.plan_again(week=large.iso_week, staff_id=dot().id, now=payday.now)

    assert waiting_jobs("payouts.plan_weekly_batch") == 1
    with pytest.raises(ProviderFailed):
        batches.plan_weekly_batch(now=payday.now)
    assert Batch.objects.count() == 1
    settings.STRIPE_API_BASE = base
    assert batches.plan_weekly_batch(now=payday.now) == Batch.objects.get(number=2).id


def plan_again(payday: Payday, batch: Batch, **more: Any) -> None:
    """Dot asks for it, and the job does it."""
    releases.plan_again(week=batch.iso_week, staff_id=dot().id, now=payday.now, **more)
    batches.plan_weekly_batch(now=payday.now)


def waiting_jobs(task: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from procrastinate_jobs where task_name = %s and status = 'todo'",
            [task],
        )
        return int(cursor.fetchone()[0])


def test_each_currency_has_a_limit_of_its_own(payday: Payday, settings: Any):
    settings.RELEASE_LIMIT_MINOR = {"USD": net(OWED), "EUR": 1, "GBP": 1, "JPY": 1}

    assert payday.planned_transfer(OWED).batch.state == BatchState.PLANNED


def test_a_stop_of_stripe_does_not_lead_around_the_release(payday: Payday, large: Batch):
    with transaction.atomic():
        batches.stop(batch_id=large.id, reason="Stripe does not let us in")

    assert state_of(large) == BatchState.AWAITING_RELEASE
    with pytest.raises(releases.NotStopped):
        releases.resume(week=large.iso_week, staff_id=dot().id, now=payday.now)


def test_staff_stop_a_batch_with_a_reason_and_let_it_go_on(payday: Payday):
    transfer = payday.planned_transfer()
    week = transfer.batch.iso_week

    releases.stop(week=week, staff_id=dot().id, reason="Look at the amounts", now=payday.now)
    assert payday.send(transfer).state == "reserved"
    releases.resume(week=week, staff_id=dot().id, now=payday.now)

    assert payday.send(transfer).state == "sent"
    assert list(StaffAct.objects.order_by("id").values_list("act", "reason")) == [
        ("stopped", "Look at the amounts"),
        ("resumed", ""),
    ]


def test_what_goes_on_is_sent_at_once_and_not_sweep_by_sweep(payday: Payday, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(transfers, "SWEEP_MAX", 1)
    payday.platform_receives(300_00)
    for name in ("Ben", "Nova", "Ada"):
        payday.owe(payday.creator(name), 20_00)
    batch = payday.plan()
    sent, waits, paused = Transfer.objects.filter(batch=batch).order_by("id")
    payday.send(sent)
    Transfer.objects.filter(id=paused.id).update(due_at=batches.NOT_DUE)
    releases.stop(week=batch.iso_week, staff_id=dot().id, reason="Wait", now=payday.now)
    forget_jobs()

    releases.resume(week=batch.iso_week, staff_id=dot().id, now=payday.now)

    # One transfer of the three has something due, and so has the payout of the first.
    assert (waiting_jobs("payouts.send_transfer"), waiting_jobs("payouts.send_bank_payout")) == (1, 1)
    assert payday.send(waits).state == "sent"


def forget_jobs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_jobs")


def test_what_is_over_cannot_be_stopped(payday: Payday):
    batch = payday.plan()
    settlement.sweep(now=payday.now)

    with pytest.raises(releases.NotSending):
        releases.stop(week=batch.iso_week, staff_id=dot().id, reason="Too late", now=payday.now)


def test_a_stop_needs_a_reason(payday: Payday):
    batch = payday.planned_transfer().batch

    with pytest.raises(acts.ReasonMissing):
        releases.stop(week=batch.iso_week, staff_id=dot().id, reason="", now=payday.now)


def test_the_week_of_a_fifty_third_monday_is_planned_once(payday: Payday):
    friday_of_w53 = payday.now.replace(year=2027, month=1, day=1, hour=12)

    assert rules.due_week(friday_of_w53) == "2026-W53"
    batches.plan_weekly_batch(now=friday_of_w53)
    assert batches.plan_weekly_batch(now=friday_of_w53 + timedelta(days=2)) is None
    assert [batch.iso_week for batch in Batch.objects.all()] == ["2026-W53"]
