"""Phase 1: one transfer an item, whatever happens to answers, workers and keys."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import AccountKind
from cliphaven.payouts.models import Batch, BatchState, Transfer
from cliphaven.payouts.operations import releases, settlement, transfers
from cliphaven.providers import stripe
from tests.people import dot
from tests.rooms.payouts.conftest import Payday, balance, group_of, net

pytestmark = pytest.mark.django_db
TRANSFERS = "v1/transfers"


def sent_once(payday: Payday, transfer: Transfer) -> bool:
    """Stripe made one transfer, and the books say the same."""
    [made] = payday.at_stripe(transfer)
    owner = transfer.creator_id
    return (
        transfer.state == "sent"
        and transfer.stripe_id == made.stripe_id
        and balance(AccountKind.CREATOR_RESERVED, owner) == 0
        and balance(AccountKind.CREATOR_IN_TRANSIT, owner) == transfer.amount_minor
        and balance(AccountKind.STRIPE_CONNECTED, owner) == transfer.amount_minor
        and books.trial_balance().is_balanced
    )


def given_back(transfer: Transfer) -> bool:
    owner = transfer.creator_id
    return (
        transfer.state == "released"
        and balance(AccountKind.CREATOR_RESERVED, owner) == 0
        and balance(AccountKind.CREATOR_PAYABLE, owner) == transfer.amount_minor
    )


def test_a_transfer_is_sent_and_booked(payday: Payday):
    transfer = payday.send(payday.planned_transfer())

    assert sent_once(payday, transfer)
    assert transfer.amount_minor == net(20_00)
    assert transfer.batch.state == BatchState.RUNNING


def test_sending_again_changes_nothing(payday: Payday):
    transfer = payday.send(payday.planned_transfer())

    assert sent_once(payday, payday.send(transfer))


def test_a_lost_answer_is_found_under_the_same_key(payday: Payday):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "drop_after_effect", path_prefix=TRANSFERS)

    assert payday.send(transfer).state == "unknown"
    assert balance(AccountKind.CREATOR_RESERVED, transfer.creator_id) == transfer.amount_minor
    payday.advance(minutes=2)

    assert sent_once(payday, payday.send(transfer))
    assert transfer.attempt == 1


@pytest.mark.parametrize("passed", [timedelta(minutes=2), timedelta(hours=26)])
def test_another_name_for_the_environment_makes_no_second_transfer(payday: Payday, settings: Any, passed: timedelta):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "drop_after_effect", path_prefix=TRANSFERS)
    payday.send(transfer)
    [made] = payday.at_stripe(transfer)

    settings.KEY_PREFIX = f"{settings.KEY_PREFIX}-renamed"
    payday.advance(seconds=passed.total_seconds())

    assert (payday.send(transfer).state, transfer.stripe_id) == ("sent", made.stripe_id)


def test_nothing_is_sent_again_before_its_pause_is_over(payday: Payday):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "error_500", path_prefix=TRANSFERS)
    payday.send(transfer)

    assert payday.send(transfer).state == "unknown"
    assert payday.at_stripe(transfer) == []


LOSSES = ["drop_after_effect", "error_500_with_effect"]


@pytest.mark.parametrize("kind", LOSSES)
def test_the_webhook_brings_a_lost_answer_at_once(payday: Payday, kind: str):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", kind, path_prefix=TRANSFERS)
    payday.send(transfer)
    [made] = payday.at_stripe(transfer)

    assert transfers.settle_hint(stripe_id=made.stripe_id, now=payday.now) == "transfer is sent"
    assert transfers.settle_hint(stripe_id=made.stripe_id, now=payday.now) == "no transfer waits for this answer"

    transfer.refresh_from_db()
    assert sent_once(payday, transfer)


@pytest.mark.parametrize("changed", [{"amount_minor": 1_00}, {"group": "another:house"}, {"item": "999999"}])
def test_a_transfer_that_is_not_the_one_asked_for_is_no_answer(payday: Payday, changed: dict[str, Any]):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "error_500", path_prefix=TRANSFERS)
    payday.send(transfer)
    strange = stripe.send_transfer(
        amount_minor=changed.get("amount_minor", transfer.amount_minor),
        currency="USD",
        destination=transfer.destination,
        transfer_group=changed.get("group", group_of(transfer)),
        metadata={"transfer": changed.get("item", str(transfer.id))},
        idempotency_key=f"{group_of(transfer)}:strange",
    )

    assert transfers.settle_hint(stripe_id=strange.stripe_id, now=payday.now) == "no transfer waits for this answer"


@pytest.mark.parametrize("kind", LOSSES)
def test_a_lost_answer_is_looked_up_when_its_key_is_old(payday: Payday, kind: str):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", kind, path_prefix=TRANSFERS)
    payday.send(transfer)
    payday.advance(hours=26)  # Stripe has forgotten the key: sending it again would pay again

    assert sent_once(payday, payday.send(transfer))
    assert transfer.attempt == 1


def test_what_is_absent_twice_is_sent_under_a_new_attempt(payday: Payday):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "error_500", path_prefix=TRANSFERS)
    payday.send(transfer)
    payday.advance(hours=26)

    assert payday.send(transfer).state == "unknown"
    payday.advance(minutes=5)
    assert payday.send(transfer).state == "unknown"
    payday.advance(minutes=6)
    assert (payday.send(transfer).state, transfer.attempt) == ("reserved", 2)
    assert payday.at_stripe(transfer) == []

    assert sent_once(payday, payday.send(transfer))


def test_a_look_up_that_fails_proves_nothing(payday: Payday):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "error_500", path_prefix=TRANSFERS)
    payday.send(transfer)
    payday.advance(hours=26)
    payday.world.fault("stripe", "error_500", method="GET", path_prefix=TRANSFERS, times=3)

    payday.send(transfer)

    assert (transfer.state, transfer.looked_up_at) == ("unknown", None)


def test_something_else_under_the_name_is_for_a_person(payday: Payday):
    transfer = payday.planned_transfer()
    stripe.send_transfer(
        amount_minor=transfer.amount_minor + 1,
        currency="USD",
        destination=transfer.destination,
        transfer_group=group_of(transfer),
        metadata={"transfer": str(transfer.id)},
        idempotency_key=f"{group_of(transfer)}:by-hand",
    )
    payday.world.fault("stripe", "error_500", path_prefix=TRANSFERS)
    payday.send(transfer)
    payday.advance(hours=26)

    assert payday.send(transfer).state == "needs_review"
    assert balance(AccountKind.CREATOR_RESERVED, transfer.creator_id) == transfer.amount_minor


@pytest.mark.parametrize("kind", ["conflict_409", "rate_limit_429"])
def test_what_was_not_executed_waits_and_goes_under_the_same_key(payday: Payday, kind: str):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", kind, path_prefix=TRANSFERS)

    assert payday.send(transfer).state == "reserved"
    assert transfer.due_at > payday.now
    payday.advance(minutes=2)

    assert sent_once(payday, payday.send(transfer))
    assert transfer.attempt == 1


def test_not_executed_after_unknown_stays_unknown(payday: Payday):
    transfer = payday.planned_transfer()
    payday.world.fault("stripe", "drop_after_effect", path_prefix=TRANSFERS)
    payday.world.fault("stripe", "conflict_409", path_prefix=TRANSFERS)
    payday.send(transfer)
    payday.advance(minutes=2)

    assert payday.send(transfer).state == "unknown"


def test_too_little_at_stripe_is_a_no_and_the_money_goes_back(payday: Payday, settings: Any):
    huge = 90_000_000_00
    settings.RELEASE_LIMIT_MINOR = {"USD": huge}  # nobody has to release it
    payday.owe(payday.creator(), huge)
    transfer = Transfer.objects.get(batch=payday.plan())

    payday.send(transfer)

    assert given_back(transfer)
    assert transfer.failure_code == "balance_insufficient"
    assert "goes into the next run" in transfer.failure_sentence


def test_what_was_given_back_is_paid_next_monday(payday: Payday):
    transfer = payday.planned_transfer()
    account = transfer.destination
    Transfer.objects.filter(id=transfer.id).update(destination="acct_gone")
    payday.send(transfer)
    assert given_back(transfer)

    payday.advance(days=7)
    payday.plan()

    again = Transfer.objects.get(state="reserved")
    assert (again.amount_minor, again.destination) == (transfer.amount_minor, account)
    assert sent_once(payday, payday.send(again))


def test_a_key_that_stripe_refuses_stops_the_whole_batch(payday: Payday, settings: Any):
    transfer = payday.planned_transfer()
    good, settings.STRIPE_API_KEY = settings.STRIPE_API_KEY, "sk_test_wrong"

    payday.send(transfer)

    assert transfer.state == "reserved"
    batch = Batch.objects.get(id=transfer.batch_id)
    assert (batch.state, "Invalid API Key" in batch.stop_reason) == (BatchState.STOPPED, True)
    settings.STRIPE_API_KEY = good
    payday.advance(hours=1)
    assert transfers.sweep(now=payday.now) == 0
    assert payday.send(transfer).state == "reserved"

    releases.resume(week=batch.iso_week, staff_id=dot().id, now=payday.now)

    assert transfers.sweep(now=payday.now) == 1
    assert sent_once(payday, payday.send(transfer))


class WorkerDied(BaseException):
    """Nobody catches it, like the end of a process."""


def died() -> Any:
    raise WorkerDied


def test_a_worker_that_dies_before_the_call_is_taken_over(payday: Payday):
    transfer = payday.planned_transfer()
    with pytest.raises(WorkerDied):
        transfers.send(transfer_id=transfer.id, now=payday.now, read_clock=died)
    transfer.refresh_from_db()
    assert transfer.state == "sending"

    payday.advance(minutes=9)
    assert transfers.sweep(now=payday.now) == 0
    payday.advance(minutes=2)
    assert transfers.sweep(now=payday.now) == 1

    assert sent_once(payday, payday.send(transfer))


def test_a_worker_that_dies_after_the_call_is_taken_over_without_paying_twice(
    payday: Payday, monkeypatch: pytest.MonkeyPatch
):
    transfer = payday.planned_transfer()
    with monkeypatch.context() as dying:
        dying.setattr(transfers, "_record_sent", lambda **_: died())
        with pytest.raises(WorkerDied):
            transfers.send(transfer_id=transfer.id, now=payday.now, read_clock=payday.world.now)
    payday.advance(minutes=11)

    assert sent_once(payday, payday.send(transfer))


@pytest.mark.parametrize("passed", [timedelta(hours=2), timedelta(hours=26)])
def test_a_worker_that_wakes_up_late_sends_nothing(payday: Payday, passed: timedelta):
    transfer = payday.planned_transfer()
    began = payday.now
    clock: Callable[[], Any] = lambda: began + passed  # noqa: E731

    transfers.send(transfer_id=transfer.id, now=began, read_clock=clock)

    assert payday.at_stripe(transfer) == []


def test_the_payout_opens_when_the_last_transfer_of_a_creator_is_final(payday: Payday):
    payday.platform_receives(200_00)
    ben = payday.creator()
    payday.owe(ben, 20_00)
    payday.owe(ben, 30_00)
    batch = payday.plan()
    first, second = Transfer.objects.filter(batch=batch).order_by("id")

    payday.send(first)
    assert batch.bank_payouts.count() == 0
    payday.send(second)

    assert batch.bank_payouts.get().amount_minor == first.amount_minor + second.amount_minor


def test_a_refused_campaign_does_not_keep_the_others_from_the_bank(payday: Payday):
    payday.platform_receives(200_00)
    ben = payday.creator()
    payday.owe(ben, 20_00)
    payday.owe(ben, 30_00)
    batch = payday.plan()
    good, bad = Transfer.objects.filter(batch=batch).order_by("id")
    Transfer.objects.filter(id=bad.id).update(destination="acct_gone")

    payday.send(good)
    payday.send(bad)

    assert batch.bank_payouts.get().amount_minor == good.amount_minor


def test_a_batch_of_refusals_alone_is_done(payday: Payday):
    transfer = payday.planned_transfer()
    Transfer.objects.filter(id=transfer.id).update(destination="acct_gone")
    payday.send(transfer)

    settlement.sweep(now=payday.now)

    assert Batch.objects.get(id=transfer.batch_id).state == BatchState.DONE
