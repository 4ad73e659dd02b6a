"""The proof of a batch: it holds when all is well, and each thing that differs is said."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from click.testing import Result
from django.db import transaction
from typer.testing import CliRunner

from cliphaven.config.commands import app
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.payouts.models import BankPayout, Batch, Transfer
from cliphaven.payouts.operations import balance_transactions, proofs
from cliphaven.payouts.queries.proofs import AtStripe, BatchProof, ProofCheck, batch_proof, times_of_sending
from cliphaven.providers import stripe
from tests.people import MONDAY, a_user, ben, dot
from tests.rooms.payouts.conftest import REFUSING_BANK, Payday, group_of, net

pytestmark = pytest.mark.django_db


def paid(payday: Payday) -> Batch:
    """A batch of two transfers of one creator, all the way to the bank, with Stripe's list brought in."""
    payday.platform_receives(200_00)
    payday.owe(payday.creator(), 20_00)
    payday.owe(ben(), 30_00)
    batch = payday.plan()
    for transfer in Transfer.objects.filter(batch=batch).order_by("id"):
        payday.send(transfer)
    payout = payday.pay_out(BankPayout.objects.get(batch=batch))
    payday.advance(days=3)
    payday.settle(payout)
    bring_in(payday)
    return batch


def bring_in(payday: Payday) -> None:
    for account in ("", *BankPayout.objects.values_list("connected_account", flat=True).distinct()):
        balance_transactions.bring_in(stripe_account=account, now=payday.now)


def proof(payday: Payday, batch: Batch) -> BatchProof:
    return proofs.prove(week=batch.iso_week, now=payday.now)


def failing(payday: Payday, batch: Batch) -> dict[str, list[str]]:
    return {check.name: list(check.failures) for check in proof(payday, batch).checks if check.failures}


def test_a_batch_that_went_well_is_proved_in_every_part(payday: Payday):
    found = proof(payday, paid(payday))

    assert (found.holds, found.is_whole) == (True, True), found.checks
    [line] = found.sums
    assert (line.planned_minor, line.sent_minor, line.paid_minor, line.open_minor) == (
        net(20_00) + net(30_00),
        net(20_00) + net(30_00),
        net(20_00) + net(30_00),
        0,
    )
    assert all(check.looked_at for check in found.checks)


def test_what_is_still_open_is_said_and_is_no_proof_yet(payday: Payday):
    batch = payday.planned_transfer().batch

    found = proof(payday, batch)

    assert (found.holds, found.is_whole) == (True, False)
    assert found.checks[0].sentence == "The run is not over: $18.00 of $18.00 are still open"


def test_what_is_open_although_the_run_is_over_is_wrong(payday: Payday):
    batch = payday.planned_transfer().batch
    Batch.objects.update(state="done")

    assert failing(payday, batch) == {"planned is sent, given back or in review": ["$18.00 of $18.00 are still open"]}


def test_what_was_given_back_and_what_waits_for_a_person_is_accounted_for(payday: Payday):
    payday.platform_receives(200_00)
    payday.owe(payday.creator(), 20_00)
    payday.owe(ben(), 30_00)
    batch = payday.plan()
    first, second = Transfer.objects.order_by("id")
    Transfer.objects.filter(id=first.id).update(destination="acct_gone")
    payday.send(first)
    Transfer.objects.filter(id=second.id).update(state="needs_review")

    found = proof(payday, batch)

    [line] = found.sums
    assert (line.given_back_minor, line.in_review_minor, line.open_minor) == (net(20_00), net(30_00), 0)
    assert found.holds


def test_a_transfer_that_the_books_do_not_have_is_named(payday: Payday):
    batch = paid(payday)
    transfer = Transfer.objects.order_by("id").first()
    assert transfer is not None
    name = transfer.stripe_id
    Transfer.objects.filter(id=transfer.id).update(stripe_id="tr_made_up")

    said = failing(payday, batch)

    assert said["transfers are in the books"] == ["tr_made_up is not in the books as it was sent"]
    account = transfer.destination
    assert said["Stripe's own transfers are these"] == [
        f"tr_made_up of $18.00 to {account} is not at Stripe as we know it",
        f"Stripe has {name} of $18.00 to {account}, which we do not know",
    ]


def test_another_amount_than_was_sent_is_named_everywhere(payday: Payday):
    batch = paid(payday)
    Transfer.objects.filter(amount_minor=net(20_00)).update(amount_minor=net(20_00) + 1)

    assert set(failing(payday, batch)) == {
        "what was sent goes on to banks",
        "reserved and given back are in the books",
        "transfers are in the books",
        "Stripe's own transfers are these",
        "each transfer left our balance at Stripe",
    }


def test_a_transfer_that_somebody_made_at_stripe_for_this_batch_is_named(payday: Payday):
    batch = paid(payday)
    transfer = Transfer.objects.order_by("id").first()
    assert transfer is not None
    stripe.send_transfer(
        amount_minor=5_00,
        currency="USD",
        destination=transfer.destination,
        transfer_group=group_of(transfer),
        metadata={},
        idempotency_key=f"{group_of(transfer)}:by-hand",
    )

    [sentence] = failing(payday, batch)["Stripe's own transfers are these"]
    assert sentence.endswith(f"of $5.00 to {transfer.destination}, which we do not know")


def test_a_transfer_in_the_books_that_nobody_knows_is_found(payday: Payday):
    batch = paid(payday)
    with transaction.atomic():
        cash = Account(kind=AccountKind.STRIPE_BALANCE, currency="USD")
        connected = Account(kind=AccountKind.STRIPE_CONNECTED, owner_id=ben().id, currency="USD")
        ledger.record(
            [
                ledger.Entry(
                    kind=EntryKind.TRANSFER,
                    external_id="tr_nobody",
                    legs=(ledger.Leg(debit=connected, credit=cash, amount_minor=1),),
                    occurred_at=MONDAY,
                    cause="test",
                )
            ]
        )

    assert failing(payday, batch) == {
        "no transfer in the books without its row": ["the books have 3 transfers in all, we know of 2"]
    }


def test_a_payout_that_is_called_paid_and_is_not_in_the_books_is_named(payday: Payday):
    batch = paid(payday)
    BankPayout.objects.update(stripe_id="po_made_up")

    said = failing(payday, batch)

    assert said["payouts that arrived or came back are in the books"] == [
        "po_made_up is not in the books as it was paid"
    ]
    assert "each payout left its connected account at Stripe" in said


def test_a_payout_of_another_amount_than_was_sent_is_named(payday: Payday):
    batch = paid(payday)
    BankPayout.objects.update(amount_minor=1)

    assert failing(payday, batch)["what was sent goes on to banks"] == [
        f"creator {ben().id}: $45.00 were sent, $0.01 go on to the bank"
    ]


def test_a_second_attempt_is_not_a_second_payout(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout(bank=REFUSING_BANK))
    for _ in range(2):
        payday.advance(days=2)
        payday.settle(payout)

    assert "what was sent goes on to banks" not in failing(payday, payout.batch)


def test_more_transfers_than_fit_on_a_page_are_all_compared(payday: Payday, monkeypatch: pytest.MonkeyPatch):
    batch = paid(payday)
    monkeypatch.setattr("cliphaven.providers.stripe.outgoing.PAGE_SIZE", 1)

    found = proof(payday, batch)

    assert (found.holds, found.is_whole) == (True, True), found.checks
    assert at_stripe(found).looked_at == 2


def test_more_transfers_than_a_proof_looks_through_are_a_gap_that_is_said(
    payday: Payday, monkeypatch: pytest.MonkeyPatch
):
    batch = paid(payday)
    monkeypatch.setattr(proofs, "LISTED_MAX", 1)

    found = proof(payday, batch)

    assert (found.holds, at_stripe(found).looked_at) == (True, None)


def test_the_mondays_that_follow_are_not_looked_through(payday: Payday, monkeypatch: pytest.MonkeyPatch):
    first = paid(payday)
    payday.advance(days=7)
    payday.owe(ben(), 20_00)
    payday.send(Transfer.objects.get(batch=payday.plan()))
    Batch.objects.filter(id=first.id).update(done_at=payday.now)  # a payout of it came back late
    monkeypatch.setattr(proofs, "LISTED_MAX", 2)

    assert at_stripe(proof(payday, first)).looked_at == 2


def test_a_transfer_that_a_pause_kept_for_weeks_is_found(payday: Payday, monkeypatch: pytest.MonkeyPatch):
    transfer = payday.planned_transfer()
    payday.advance(days=17)
    payday.send(transfer)
    payday.advance(days=5)
    [own_week, late] = times_of_sending(batch=transfer.batch, now=payday.now)

    assert own_week[1] < late[0]
    assert late[1] - late[0] < timedelta(hours=5)
    assert (at_stripe(proof(payday, transfer.batch)).looked_at, failing(payday, transfer.batch)) == (1, {})


def test_what_is_sent_while_stripe_is_asked_is_neither_missing_nor_strange(payday: Payday):
    asked_at = payday.now
    payday.platform_receives(200_00)
    payday.owe(payday.creator(), 20_00)
    payday.owe(ben(), 30_00)
    batch = payday.plan()
    younger, unanswered = Transfer.objects.filter(batch=batch).order_by("id")
    payday.advance(minutes=1)
    payday.send(younger)
    payday.world.fault("stripe", "drop_after_effect", path_prefix="v1/transfers")
    assert payday.send(unanswered).state == "unknown"
    [made] = payday.at_stripe(unanswered)

    def found(*listed: AtStripe) -> list[str]:
        said = batch_proof(week=batch.iso_week, at_stripe=listed, now=asked_at)
        assert said is not None
        return list(at_stripe(said).failures)

    awaited = AtStripe(
        stripe_id=made.stripe_id,
        number=str(unanswered.id),
        amount_minor=made.amount_minor,
        currency=made.currency,
        destination=made.destination,
    )
    assert found(awaited) == []
    [twice] = found(awaited, replace(awaited, stripe_id="tr_second"))
    assert twice.startswith("Stripe has tr_second of $27.00")


def at_stripe(found: BatchProof) -> ProofCheck:
    [check] = [check for check in found.checks if check.name == "Stripe's own transfers are these"]
    return check


def test_when_stripe_is_silent_the_rest_is_proved_and_the_gap_is_said(payday: Payday, settings: Any):
    batch = paid(payday)
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    found = proof(payday, batch)

    assert (found.holds, found.is_whole) == (True, False)
    assert [check.name for check in found.checks if check.looked_at is None] == ["Stripe's own transfers are these"]


def test_before_stripes_list_was_brought_in_nothing_is_claimed_of_it(payday: Payday):
    batch = payday.send(payday.planned_transfer()).batch

    unknown = [check.name for check in proof(payday, batch).checks if check.looked_at is None]

    assert unknown == ["each transfer left our balance at Stripe"]


def test_what_is_younger_than_the_list_is_not_said_to_be_missing(payday: Payday):
    transfer = payday.planned_transfer()
    balance_transactions.bring_in(stripe_account="", now=payday.now)
    payday.advance(minutes=5)
    batch = payday.send(transfer).batch

    assert failing(payday, batch) == {}


def shell(*words: str) -> Result:
    return CliRunner().invoke(app, ["payouts", *words])


def test_the_command_prints_each_check_and_succeeds(payday: Payday):
    batch = paid(payday)

    result = shell("proof", batch.iso_week)

    assert (result.exit_code, result.stderr) == (0, "")
    assert "ok    transfers are in the books: 2 compared" in result.stdout


def test_the_command_fails_when_anything_differs_also_for_programs(payday: Payday):
    batch = paid(payday)
    BankPayout.objects.update(amount_minor=1)

    result = shell("proof", batch.iso_week, "--json")
    said = json.loads(result.stdout)

    assert (result.exit_code, said["holds"], said["week"]) == (1, False, batch.iso_week)
    assert said["sums"][0]["planned_minor"] == net(20_00) + net(30_00)


def test_a_proof_with_a_gap_does_not_pass_for_a_proof(payday: Payday, settings: Any):
    batch = paid(payday)
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    assert shell("proof", batch.iso_week).exit_code == 2


def test_a_week_without_a_batch_has_no_proof():
    result = shell("proof", "2026-W01")

    assert (result.exit_code, result.stderr) == (1, "No batch of 2026-W01 was planned.\n")


def test_the_command_releases_in_the_name_of_two_people(payday: Payday, settings: Any):
    dot(), a_user("Eli", is_staff=True)
    settings.RELEASE_LIMIT_MINOR = {**settings.RELEASE_LIMIT_MINOR, "USD": 1}
    week = payday.planned_transfer().batch.iso_week

    first = shell("release", week, "--as", "dot@example.test")
    again = shell("release", week, "--as", "dot@example.test")
    second = shell("release", week, "--as", "eli@example.test")

    assert (first.exit_code, first.stdout) == (0, f"{week} waits for one more person.\n")
    assert (again.exit_code, again.stderr.startswith("You have released this batch already.")) == (1, True)
    assert (second.exit_code, second.stdout) == (0, f"{week} is released, and goes out now.\n")


@pytest.mark.parametrize("address", ["nobody@example.test", "ben@example.test"])
def test_the_command_releases_for_nobody_else(payday: Payday, settings: Any, address: str):
    settings.RELEASE_LIMIT_MINOR = {**settings.RELEASE_LIMIT_MINOR, "USD": 1}
    week = payday.planned_transfer().batch.iso_week

    assert shell("release", week, "--as", address).exit_code == 1


def test_alarms_are_listed_with_what_is_stuck(payday: Payday):
    payday.owe(payday.creator(), 20_00)
    payday.advance(days=1)

    result = shell("list-stuck")
    said = json.loads(shell("list-stuck", "--json").stdout)

    assert result.exit_code == 1
    assert result.stdout.startswith("ALARM Payday ")
    assert [alarm["key"].split(":")[0] for alarm in said["alarms"]] == ["missed"]
