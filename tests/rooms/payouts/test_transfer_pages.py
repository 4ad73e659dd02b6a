"""The staff's page of one transfer: what became of it, taking it back, and seeing to what that left behind."""

import re

import pytest
from django.test import Client

from cliphaven.identity.models import User
from cliphaven.payouts.models import BankPayout, StaffAct, Transfer, TransferReversal
from cliphaven.payouts.queries.transfers import TransferOverview, transfer_overview
from tests.people import a_user, ben, dot
from tests.rooms.payouts.conftest import Payday
from tests.rooms.payouts.test_edges import send_again
from tests.rooms.payouts.test_reversals import hint, reverse_at_stripe, send

pytestmark = pytest.mark.django_db


def of(transfer: Transfer, action: str = "") -> str:
    return f"/staff/payday/{transfer.batch.iso_week}/transfer/{transfer.id}/{action}"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(transfer: Transfer) -> str:
    answer = signed_in(dot()).get(of(transfer))
    assert answer.status_code == 200
    return answer.content.decode()


def did(transfer: Transfer, action: str, **fields: str) -> str:
    """What the page says after a button was pressed."""
    return signed_in(dot()).post(of(transfer, action), fields, follow=True).content.decode()


def key_in(shown: str) -> str:
    """The key of the form that the page shows."""
    [found] = set(re.findall(r'name="request_key" value="([^"]+)"', shown))
    return found


def sent(payday: Payday) -> Transfer:
    payday.waiting_payout()
    return Transfer.objects.get()


def overview(transfer: Transfer) -> TransferOverview:
    found = transfer_overview(week=transfer.batch.iso_week, transfer_id=transfer.id)
    assert found is not None
    return found


def taken_in_part(payday: Payday) -> tuple[Transfer, TransferReversal]:
    """Five of eighteen dollars were taken back at Stripe: that waits for a person."""
    transfer = sent(payday)
    reverse_at_stripe(payday, transfer, 5_00)
    hint(payday, transfer)
    return transfer, TransferReversal.objects.get()


def test_a_sent_transfer_is_taken_back_by_a_button_with_a_reason(payday: Payday):
    transfer = sent(payday)
    shown = page(transfer)
    assert "Take $18.00 back" in shown

    said = did(transfer, "take-back/", reason="The account is closed", request_key=key_in(shown))

    reversal = TransferReversal.objects.get()
    assert "Stripe is told to take it back" in said
    assert (reversal.amount_minor, reversal.asked_by, reversal.reason) == (18_00, dot(), "The account is closed")
    assert send(payday, reversal).state == "done"
    assert "All of it was taken back." not in page(transfer)  # it is not with Stripe any more
    assert overview(transfer).why_not == "Only what is with Stripe can be taken back."


def test_the_button_pressed_twice_asks_once(payday: Payday):
    transfer = sent(payday)
    key = key_in(page(transfer))

    did(transfer, "take-back/", reason="The account is closed", request_key=key)
    said = did(transfer, "take-back/", reason="The account is closed", request_key=key)

    assert "This was asked for already." in said
    assert (TransferReversal.objects.count(), StaffAct.objects.count()) == (1, 1)


@pytest.mark.parametrize("fields", [{"request_key": "the-form-shown"}, {"reason": "Why", "request_key": "x"}])
def test_without_a_reason_or_its_key_nothing_is_taken_back(payday: Payday, fields: dict[str, str]):
    transfer = sent(payday)

    assert "Nothing was done: say why" in did(transfer, "take-back/", **fields)
    assert TransferReversal.objects.count() == 0


def test_what_went_on_to_a_bank_has_no_button_and_says_why(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout())
    transfer = Transfer.objects.get()

    assert overview(transfer).why_not.startswith("It is on its way to a bank")
    payday.advance(days=3)
    payday.settle(payout)
    assert overview(transfer).why_not.startswith("It is in a bank")
    assert "Take $18.00 back" not in page(transfer)


def test_what_is_being_taken_back_is_not_offered_again(payday: Payday):
    transfer = sent(payday)
    did(transfer, "take-back/", reason="The account is closed", request_key=key_in(page(transfer)))

    assert overview(transfer).why_not == "It is being taken back."


def test_what_the_page_offers_is_what_can_be_done(payday: Payday):
    """The page and the operation go by the same rules, for every state of the payout."""
    transfer = sent(payday)
    for state, may_be in (("waiting_for_funds", True), ("failed", True), ("in_transit", False), ("unknown", False)):
        BankPayout.objects.update(state=state, first_sent_at=payday.now)
        assert (overview(transfer).why_not == "") is may_be, state


def test_the_rest_of_a_part_taken_back_is_offered_and_settles_both(payday: Payday):
    transfer, part = taken_in_part(payday)
    shown = page(transfer)
    assert "Take $13.00 back" in shown  # eighteen less five
    assert "Somebody at Stripe" in shown

    did(transfer, "take-back/", reason="The rest, too", request_key="the-form-shown")
    rest = TransferReversal.objects.exclude(id=part.id).get()
    send(payday, rest)

    part.refresh_from_db()
    assert (rest.amount_minor, part.state) == (13_00, "done")


def test_a_reversal_in_review_is_looked_up_again_by_a_button(payday: Payday):
    transfer, part = taken_in_part(payday)
    assert "Look again" in page(transfer)

    did(transfer, f"reversals/{part.id}/look-again/")

    part.refresh_from_db()
    assert part.state == "unknown"
    assert "is in review" in did(transfer, f"reversals/{part.id}/look-again/")


def test_what_was_sent_again_is_booked_when_two_have_said_so(payday: Payday):
    transfer, part = taken_in_part(payday)
    settle = f"reversals/{part.id}/settle/"
    assert "Nothing was done: say why" in did(transfer, settle, request_key="the-form-shown")
    assert "Stripe has 0 transfers" in did(transfer, settle, reason="Sent again", request_key="the-form-shown")
    send_again(part)

    assert "your word is noted" in did(transfer, settle, reason="Sent again", request_key="the-form-shown")
    assert "Dot says that it was sent again: Sent again" in page(transfer)
    eli = signed_in(a_user("Eli", is_staff=True))
    fields = {"reason": "I see it at Stripe", "request_key": "another-form"}
    said = eli.post(of(transfer, settle), fields, follow=True).content.decode()

    part.refresh_from_db()
    assert "It is booked, and settled with your note." in said
    assert part.state == "done"
    assert "Sent again, as Dot and Eli say: I see it at Stripe" in page(transfer)


def test_what_stripe_does_not_have_can_be_looked_up_but_not_settled(payday: Payday):
    transfer = sent(payday)
    TransferReversal.objects.create(
        transfer=transfer, amount_minor=18_00, state="needs_review", due_at=payday.now, created_at=payday.now
    )

    [line] = overview(transfer).reversals

    assert (line.may_be_looked_up, line.may_be_settled) == (True, False)


def test_the_batch_names_a_reversal_that_waits_and_leads_to_it(payday: Payday):
    transfer, part = taken_in_part(payday)
    shown = signed_in(dot()).get(f"/staff/payday/{transfer.batch.iso_week}/").content.decode()

    assert f"reversal:{part.id}" in shown
    assert f'href="{of(transfer)}"' in shown


def test_amounts_lead_to_their_lines_in_the_books(payday: Payday):
    transfer, _ = taken_in_part(payday)
    client = signed_in(dot())

    found = re.findall(r'href="(/staff/ledger/entries/[^"]+)"', page(transfer))

    assert len(found) == 2  # the transfer, and what was taken back of it
    assert [client.get(path).status_code for path in found] == [200, 200]


def test_another_weeks_transfer_is_not_there(payday: Payday):
    transfer = sent(payday)

    assert signed_in(dot()).get(f"/staff/payday/2026-W01/transfer/{transfer.id}/").status_code == 404


def test_a_name_is_text_whatever_it_is(payday: Payday):
    transfer = sent(payday)
    User.objects.filter(id=ben().id).update(name="<b>Ben</b>")
    a_user("Dot", is_staff=True)

    assert "<b>Ben</b>" not in page(transfer)
