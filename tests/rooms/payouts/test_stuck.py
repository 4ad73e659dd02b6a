"""What does not go on by itself is listed, and goes on when somebody says so; meanwhile the rest is paid."""

import json
import os
from datetime import timedelta
from typing import Any

import pytest
from click.testing import Result
from django.db import transaction
from typer.testing import CliRunner

from cliphaven.config.commands import app
from cliphaven.foundation.errors import ProviderFailed
from cliphaven.ledger import operations as ledger
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.payouts import queries
from cliphaven.payouts.models import Act, BankPayout, Batch, BatchState, StaffAct, Transfer, TransferReversal
from cliphaven.payouts.operations import releases, reversals, reviews, settlement
from cliphaven.payouts.queries import history
from cliphaven.payouts.queries import stuck as stuck_items
from cliphaven.providers import stripe
from tests.people import MONDAY, ben, dot
from tests.rooms.payouts.conftest import REFUSING_BANK, Payday, balance, group_of, net
from tests.rooms.payouts.test_reversals import reverse_at_stripe, take_back

pytestmark = pytest.mark.django_db


def shell(*words: str) -> Result:
    return CliRunner().invoke(app, ["payouts", *words])


def by_hand(transfer: Transfer, *, amount_minor: int | None = None) -> stripe.TransferFacts:
    """Somebody made the transfer at Stripe, under a key of their own."""
    return stripe.send_transfer(
        amount_minor=amount_minor or transfer.amount_minor,
        currency="USD",
        destination=transfer.destination,
        transfer_group=group_of(transfer),
        metadata={"transfer": str(transfer.id)},
        idempotency_key=f"{group_of(transfer)}:by-hand",
    )


def two_transfers(payday: Payday) -> tuple[Transfer, Transfer]:
    payday.platform_receives(200_00)
    creator = payday.creator()
    payday.owe(creator, 20_00)
    payday.owe(creator, 30_00)
    first, second = Transfer.objects.filter(batch=payday.plan()).order_by("id")
    return first, second


def puzzled(payday: Payday, transfer: Transfer) -> Transfer:
    """Its answer was lost, and what Stripe has is a cent too much: that needs a person."""
    payday.world.fault("stripe", "error_500", path_prefix="v1/transfers")
    payday.send(transfer)
    by_hand(transfer, amount_minor=transfer.amount_minor + 1)
    payday.advance(hours=26)
    assert payday.send(transfer).state == "needs_review"
    return transfer


def stopped(payday: Payday, settings: Any) -> Transfer:
    transfer = payday.planned_transfer()
    good, settings.STRIPE_API_KEY = settings.STRIPE_API_KEY, "sk_test_wrong"
    payday.send(transfer)
    settings.STRIPE_API_KEY = good
    payday.advance(hours=1)
    return transfer


@pytest.mark.parametrize("puzzled_first", [True, False])
def test_a_transfer_in_review_does_not_keep_the_others_from_the_bank(payday: Payday, puzzled_first: bool):
    good, bad = two_transfers(payday)
    if puzzled_first:
        puzzled(payday, bad)
        payday.send(good)
    else:
        payday.send(good)
        puzzled(payday, bad)

    payout = BankPayout.objects.get()

    assert payout.amount_minor == good.amount_minor
    assert payday.pay_out(payout).state == "pending"


def test_what_a_person_has_put_right_is_paid_out_as_the_next_part(payday: Payday):
    good, bad = two_transfers(payday)
    payday.send(good)
    puzzled(payday, bad)
    first = payday.pay_out(BankPayout.objects.get())
    [wrong] = payday.at_stripe(bad)
    taken_out_of_its_metadata(payday, wrong)

    reviews.look_again_for_transfer(transfer_id=bad.id, now=payday.now)
    for _ in range(3):
        payday.send(bad)
        payday.advance(minutes=11)
    second = payday.pay_out(BankPayout.objects.get(part=2))

    assert (bad.state, bad.attempt, second.amount_minor, second.attempt) == ("sent", 2, bad.amount_minor, 1)
    payday.advance(days=4)
    assert [payday.settle(payout).state for payout in (first, second)] == ["paid", "paid"]
    assert balance(AccountKind.CREATOR_IN_TRANSIT, good.creator_id) == 0
    assert books.trial_balance().is_balanced


def taken_out_of_its_metadata(payday: Payday, wrong: stripe.TransferFacts) -> None:
    answer = payday.world.http.post(
        f"{payday.world.url}/stripe/v1/transfers/{wrong.stripe_id}",
        data={"metadata[transfer]": ""},
        headers={"Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}"},
    )
    answer.raise_for_status()


def test_a_reviewed_transfer_is_looked_up_again_and_not_sent(payday: Payday):
    transfer = payday.planned_transfer()
    Transfer.objects.filter(id=transfer.id).update(state="needs_review")
    made = by_hand(transfer)

    assert shell("look-again", f"transfer:{transfer.id}").exit_code == 0
    payday.send(transfer)

    assert (transfer.state, transfer.stripe_id) == ("sent", made.stripe_id)


def moved_between(transfer: Transfer, kind: EntryKind) -> None:
    """The transfer's money leaves (UNRESERVE) or enters (RESERVE) the reserved part, as nobody ever should let it."""
    reserved, payable = (
        Account(kind=account, owner_id=transfer.creator_id, currency=transfer.currency)
        for account in (AccountKind.CREATOR_RESERVED, AccountKind.CREATOR_PAYABLE)
    )
    debit, credit = (reserved, payable) if kind is EntryKind.UNRESERVE else (payable, reserved)
    leg = ledger.Leg(debit=debit, credit=credit, amount_minor=transfer.amount_minor)
    with transaction.atomic():
        ledger.record(
            [ledger.Entry(kind=kind, external_id="transfer:0", legs=(leg,), occurred_at=MONDAY, cause="a test")]
        )


def test_a_transfer_that_the_books_refuse_waits_for_a_person_and_is_then_adopted(payday: Payday):
    transfer = payday.planned_transfer()
    moved_between(transfer, EntryKind.UNRESERVE)

    assert payday.send(transfer).state == "needs_review"
    [made] = payday.at_stripe(transfer)
    assert (transfer.failure_code, transfer.stripe_id) == ("not_booked", made.stripe_id)

    moved_between(transfer, EntryKind.RESERVE)
    reviews.look_again_for_transfer(transfer_id=transfer.id, now=payday.now)

    assert (payday.send(transfer).state, payday.at_stripe(transfer)) == ("sent", [made])
    assert balance(AccountKind.STRIPE_CONNECTED, transfer.creator_id) == transfer.amount_minor


def test_a_reviewed_payout_is_looked_up_twice_before_it_is_sent(payday: Payday):
    payout = payday.waiting_payout()
    BankPayout.objects.filter(id=payout.id).update(state="needs_review")

    assert shell("look-again", f"payout:{payout.id}").exit_code == 0

    states = []
    for _ in range(3):
        states.append(payday.pay_out(payout).state)
        payday.advance(minutes=11)
    assert states == ["unknown", "waiting_for_funds", "pending"]
    assert len(stripe.payouts_of(payout.connected_account)) == 1


def test_a_line_with_a_part_in_review_says_so_and_the_rest_is_shown_on_its_way(payday: Payday):
    good, bad = two_transfers(payday)
    payday.send(good)
    puzzled(payday, bad)
    payday.pay_out(BankPayout.objects.get())

    [line] = history.payout_history(creator_id=ben().id).payouts
    [place] = queries.money_places(creator_id=ben().id, now=payday.now)

    assert line.state == "needs_review"
    assert [step.title for step in line.steps][1:4] == [
        "Sent to your Stripe account",
        "With our staff",
        "On its way to your bank",
    ]
    assert [(blocker.rule, blocker.amount_minor) for blocker in place.blockers] == [
        ("With our staff", net(30_00)),
        ("On its way to your bank", net(20_00)),
    ]


def test_a_stopped_batch_is_listed_with_its_reason_and_goes_on_when_told(payday: Payday, settings: Any):
    transfer = stopped(payday, settings)
    week = transfer.batch.iso_week
    listed = shell("list-stuck")
    assert (listed.exit_code, f"batch {week} is stopped, transfers waiting: 1" in listed.output) == (1, True)
    assert "Invalid API Key" in listed.output

    dot()
    resumed = shell("resume", week, "--as", "dot@example.test")

    assert (resumed.exit_code, resumed.stdout) == (0, f"{week} goes on: what is open is sent now.\n")
    assert [(act.act, act.staff) for act in StaffAct.objects.all()] == [(Act.RESUMED, dot())]
    assert payday.send(transfer).state == "sent"
    assert shell("list-stuck").exit_code == 0


def test_a_stopped_batch_does_not_keep_the_next_week_waiting(payday: Payday, settings: Any):
    transfer = stopped(payday, settings)
    payday.advance(days=7)
    payday.owe(transfer.creator, 30_00)
    following = Transfer.objects.get(batch=payday.plan())

    assert payday.send(following).state == "sent"
    assert payday.pay_out(BankPayout.objects.get(batch=following.batch)).state == "pending"


def test_a_batch_that_is_not_stopped_is_not_resumed(payday: Payday):
    dot()
    batch = payday.planned_transfer().batch

    refused = shell("resume", batch.iso_week, "--as", "dot@example.test")

    assert (refused.exit_code, refused.stderr) == (1, f"The batch of {batch.iso_week} is not stopped.\n")
    assert Batch.objects.get().state == BatchState.PLANNED
    assert StaffAct.objects.count() == 0
    with pytest.raises(releases.NoSuchBatch):
        releases.resume(week="2026-W99", staff_id=dot().id, now=payday.now)


@pytest.mark.parametrize("address", ["nobody@example.test", "ben@example.test"])
def test_a_stopped_batch_goes_on_for_nobody_else(payday: Payday, settings: Any, address: str):
    week = stopped(payday, settings).batch.iso_week

    assert shell("resume", week, "--as", address).exit_code == 1
    assert Batch.objects.get().state == BatchState.STOPPED


@pytest.mark.parametrize("name", ["transfer:1", "payout:1", "reversal:1", "transfer:999999999999999999"])
def test_an_item_that_is_not_in_review_is_not_looked_up(name: str):
    assert shell("look-again", name).exit_code == 1


@pytest.mark.parametrize("name", ["12", "deposit:1", "transfer:", "transfer:x", "payout:\u0663", "payout:-1"])
def test_a_name_of_nothing_is_said_to_be_one(name: str):
    answer = shell("look-again", "--", name)

    assert (answer.exit_code, "is not transfer:ID, payout:ID or reversal:ID" in answer.stderr) == (2, True)


def test_nothing_stuck_is_said_and_exits_well(payday: Payday):
    payday.pay_out(payday.waiting_payout())

    assert (shell("list-stuck").output, shell("list-stuck").exit_code) == ("Nothing is stuck.\n", 0)


def test_items_in_review_are_listed_for_programs(payday: Payday):
    transfer = puzzled(payday, payday.planned_transfer())

    found = json.loads(shell("list-stuck", "--json").output)

    [item] = found["items"]
    assert (item["name"], item["amount_minor"], item["currency"]) == (f"transfer:{transfer.id}", net(20_00), "USD")
    assert (item["state"], item["week"], found["batches"]) == ("needs_review", transfer.batch.iso_week, [])
    assert item["reason"].startswith("look_up_disagrees: ")


def taken_back_in_part(payday: Payday) -> TransferReversal:
    """Somebody took a part of a sent transfer back at Stripe, and that waits for a person."""
    payday.waiting_payout()
    transfer = Transfer.objects.get()
    reverse_at_stripe(payday, transfer, 5_00)
    reversals.settle_hint(stripe_id=str(transfer.stripe_id), now=payday.now)
    return TransferReversal.objects.get(state="needs_review")


def test_a_reversal_in_review_is_listed_and_looked_up_again_by_its_name(payday: Payday):
    reversal = taken_back_in_part(payday)

    [item] = stuck_items.stuck(now=payday.now).items
    answer = shell("look-again", item.name)

    reversal.refresh_from_db()
    assert (item.name, item.amount_minor, item.currency) == (f"reversal:{reversal.id}", 5_00, "USD")
    assert item.reason.startswith("taken_back_in_part: ")
    assert (answer.exit_code, reversal.state) == (0, "unknown")


def test_a_reversal_that_takes_days_is_listed_and_its_transfer_is_not(payday: Payday):
    payday.waiting_payout()
    payday.advance(days=5)
    take_back(payday, Transfer.objects.get())
    assert stuck_items.stuck(now=payday.now + timedelta(days=1)).items == []

    [slow] = stuck_items.stuck(now=payday.now + timedelta(days=2)).items

    assert (slow.name.partition(":")[0], slow.state) == ("reversal", "asked")


def test_a_transfer_of_which_nobody_reads_what_was_taken_back_is_listed_itself(payday: Payday):
    transfer = payday.send(payday.planned_transfer())
    Transfer.objects.filter(id=transfer.id).update(state="reversing")

    [slow] = stuck_items.stuck(now=payday.now + timedelta(days=2)).items

    assert (slow.name, slow.state) == (f"transfer:{transfer.id}", "reversing")


def test_what_takes_too_long_is_listed_as_it_stands(payday: Payday):
    transfer = payday.planned_transfer()
    assert stuck_items.stuck(now=payday.now + timedelta(days=1)).items == []

    [slow] = stuck_items.stuck(now=payday.now + timedelta(days=2)).items

    assert (slow.name, slow.state) == (f"transfer:{transfer.id}", "reserved")


def test_a_payout_that_waits_for_a_week_is_listed(payday: Payday):
    payout = payday.waiting_payout(is_slow=True)
    payday.pay_out(payout)
    settlement.sweep(now=payday.now)

    assert stuck_items.stuck(now=payday.now + timedelta(days=6)).items == []
    assert [item.name for item in stuck_items.stuck(now=payday.now + timedelta(days=7)).items] == [
        f"payout:{payout.id}"
    ]


@pytest.mark.parametrize("state", ["pending", "in_transit"])
def test_a_payout_that_is_on_its_way_for_a_week_is_listed(payday: Payday, state: str):
    payout = payday.pay_out(payday.waiting_payout())
    BankPayout.objects.filter(id=payout.id).update(state=state)

    assert stuck_items.stuck(now=payday.now + timedelta(days=6)).items == []
    [slow] = stuck_items.stuck(now=payday.now + timedelta(days=7)).items

    assert (slow.name, slow.state) == (f"payout:{payout.id}", state)


def test_a_payout_that_waits_for_another_bank_account_is_listed(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout(bank=REFUSING_BANK))
    payday.advance(days=3)
    payday.settle(payout)

    [given_up] = stuck_items.stuck(now=payday.now).items

    assert (given_up.name, given_up.state) == (f"payout:{payout.id}", "failed")


def test_a_payout_that_cannot_be_read_leaves_the_next_readings_to_others(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout())
    payday.advance(hours=7)
    BankPayout.objects.filter(id=payout.id).update(connected_account="acct_left")

    with pytest.raises(ProviderFailed):
        settlement.settle(bank_payout_id=payout.id, now=payday.now)

    assert settlement.sweep(now=payday.now) == 0
    assert settlement.sweep(now=payday.now + timedelta(hours=1)) == 1


def test_a_list_that_is_cut_short_says_so(payday: Payday, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stuck_items, "ITEMS_MAX", 1)
    for transfer in two_transfers(payday):
        Transfer.objects.filter(id=transfer.id).update(state="needs_review")

    listed = [line for line in shell("list-stuck").output.splitlines() if not line.startswith("ALARM")]

    assert (len(listed), listed[-1]) == (2, "There is more than is listed here.")
