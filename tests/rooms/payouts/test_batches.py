"""One batch a week, whoever plans it; everybody in it or told why not."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from cliphaven.foundation.errors import ProviderFailed
from cliphaven.ledger.chart import AccountKind
from cliphaven.payouts import rules
from cliphaven.payouts.models import Batch, BatchState, ConnectedAccount, Skip, SkipReason, Transfer
from cliphaven.payouts.operations import batches, onboarding, settlement
from cliphaven.payouts.queries import choices
from tests.people import a_user
from tests.rooms.payouts.conftest import Payday, account_of, balance, net


def plan(payday: Payday) -> int | None:
    return batches.plan_weekly_batch(now=payday.now)


def reasons() -> dict[str, str]:
    return {skip.creator.name: skip.reason for skip in Skip.objects.select_related("creator")}


@pytest.mark.django_db
def test_what_has_cleared_is_reserved_campaign_by_campaign(payday: Payday):
    ben = payday.creator()
    first, second = payday.owe(ben, 20_00), payday.owe(ben, 30_00)

    plan(payday)

    assert {
        (transfer.campaign_id, transfer.amount_minor, transfer.destination, transfer.state)
        for transfer in Transfer.objects.all()
    } == {
        (first.id, net(20_00), account_of(ben).stripe_id, "reserved"),
        (second.id, net(30_00), account_of(ben).stripe_id, "reserved"),
    }
    assert balance(AccountKind.CREATOR_RESERVED, ben.id) == net(20_00) + net(30_00)
    assert balance(AccountKind.CREATOR_PAYABLE, ben.id) == 0


@pytest.mark.django_db
def test_planning_again_changes_nothing(payday: Payday):
    payday.owe(payday.creator(), 20_00)
    plan(payday)

    assert plan(payday) is None
    assert (Batch.objects.count(), Transfer.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_what_is_earned_after_the_plan_waits_for_the_next_monday(payday: Payday):
    ben = payday.creator()
    payday.owe(ben, 20_00)
    plan(payday)
    payday.owe(ben, 40_00)

    assert plan(payday) is None
    payday.advance(days=7)
    plan(payday)

    assert [transfer.amount_minor for transfer in Transfer.objects.order_by("id")] == [net(20_00), net(40_00)]


@pytest.mark.django_db
def test_a_missed_monday_is_caught_up_once(payday: Payday):
    payday.owe(payday.creator(), 20_00)
    payday.advance(days=4)

    plan(payday)

    assert [batch.iso_week for batch in Batch.objects.all()] == [rules.due_week(payday.now)]


@pytest.mark.django_db
def test_before_six_the_week_before_is_due(payday: Payday):
    payday.owe(payday.creator(), 20_00)
    early = rules.next_payday(payday.now) - timedelta(seconds=1)

    batches.plan_weekly_batch(now=early)

    assert Batch.objects.get().iso_week == rules.due_week(payday.now)


@pytest.mark.django_db
def test_too_little_is_kept_and_said(payday: Payday):
    ben = payday.creator()
    payday.owe(ben, 11_00)  # 9.90 after the fee

    plan(payday)

    assert reasons() == {"Ben": SkipReason.BELOW_MINIMUM}
    assert Skip.objects.get().amount_minor == net(11_00) == 9_90
    assert balance(AccountKind.CREATOR_PAYABLE, ben.id) == 9_90


@pytest.mark.django_db
def test_too_little_of_a_campaign_that_has_ended_is_paid(payday: Payday):
    campaign = payday.owe(payday.creator(), 5_00)
    campaign.state = "completed"
    campaign.save()

    plan(payday)

    assert Transfer.objects.get().amount_minor == net(5_00)


@pytest.mark.django_db
def test_who_has_no_account_or_half_of_one_is_told_so(payday: Payday):
    payday.owe(a_user("Nova"), 20_00)
    half = a_user("Halim")
    onboarding.start(creator_id=half.id, return_url="http://x", refresh_url="http://x", now=payday.now)
    payday.owe(half, 20_00)

    plan(payday)

    assert reasons() == {"Nova": SkipReason.NO_CONNECTED_ACCOUNT, "Halim": SkipReason.ACCOUNT_INCOMPLETE}


@pytest.mark.django_db
def test_an_account_set_up_since_is_seen_without_any_webhook(payday: Payday):
    ben = payday.creator()
    payday.owe(ben, 20_00)
    account = account_of(ben)
    account.transfers_active = account.payouts_enabled = False
    account.save()

    plan(payday)

    assert Transfer.objects.count() == 1


@pytest.mark.django_db
def test_stripe_not_answering_postpones_the_batch(payday: Payday, settings: Any):
    payday.owe(payday.creator(), 20_00)
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    with pytest.raises(ProviderFailed):
        plan(payday)

    assert Batch.objects.count() == 0


@pytest.mark.django_db
def test_after_six_hours_it_goes_without_those_that_cannot_be_read(payday: Payday, settings: Any):
    payday.owe(payday.creator(), 20_00)
    payday.advance(hours=6)
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    plan(payday)

    assert reasons() == {"Ben": SkipReason.ACCOUNT_UNREADABLE}


@pytest.mark.django_db
def test_a_key_that_stripe_refuses_plans_nothing_however_late(payday: Payday, settings: Any):
    payday.owe(payday.creator(), 20_00)
    payday.advance(hours=6)
    settings.STRIPE_API_KEY = "sk_test_wrong"

    with pytest.raises(ProviderFailed):
        plan(payday)

    assert Batch.objects.count() == 0


@pytest.mark.django_db
def test_when_every_account_seems_to_have_left_nothing_is_planned_or_noted(payday: Payday):
    for name in ("Ben", "Nova"):
        creator = payday.creator(name)
        payday.owe(creator, 20_00)
        ConnectedAccount.objects.filter(creator=creator).update(stripe_id=f"acct_of_another_platform_{name}")

    for _ in range(2):
        with pytest.raises(ProviderFailed, match="none of the 2 connected accounts"):
            plan(payday)

    assert Batch.objects.count() == 0
    assert [account.is_usable for account in ConnectedAccount.objects.all()] == [True, True]


@pytest.mark.django_db
def test_a_full_run_takes_those_who_wait_longest(payday: Payday, monkeypatch: pytest.MonkeyPatch):
    payday.owe(payday.creator("Ben"), 20_00)
    payday.advance(minutes=1)
    payday.owe(payday.creator("Nova"), 20_00)
    monkeypatch.setattr(choices, "CREATORS_MAX", 1)

    plan(payday)

    assert reasons() == {"Nova": SkipReason.RUN_FULL}
    assert Transfer.objects.get().creator.name == "Ben"


@pytest.mark.django_db
def test_a_batch_with_nobody_in_it_is_done(payday: Payday):
    plan(payday)

    settlement.sweep(now=payday.now)

    assert Batch.objects.get().state == BatchState.DONE


def test_two_schedulers_at_once_plan_one_batch(committed: str, payday: Payday):
    payday.owe(payday.creator(), 20_00)
    start, failures = threading.Barrier(4), []

    def schedule() -> None:
        try:
            start.wait(20)
            batches.plan_weekly_batch(now=payday.now)
        except BaseException as error:  # shown by the test's own thread
            failures.append(error)
        finally:
            connections.close_all()

    schedulers = [threading.Thread(target=schedule) for _ in range(4)]
    for scheduler in schedulers:
        scheduler.start()
    for scheduler in schedulers:
        scheduler.join(60)

    assert failures == []
    assert (Batch.objects.count(), Transfer.objects.count()) == (1, 1)
