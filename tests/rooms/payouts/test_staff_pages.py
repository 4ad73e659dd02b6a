"""What the staff sees of payday and does about it; and what a creator takes along."""

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client

from cliphaven.campaigns.rules import TermsDraft
from cliphaven.identity.models import User
from cliphaven.payouts import queries
from cliphaven.payouts.models import Batch, BatchState, PayoutPause, Skip, SkipReason, Transfer
from cliphaven.payouts.operations import batches as operations
from cliphaven.payouts.queries import batches, items
from tests.people import MONDAY, a_campaign, a_user, ben, dot, mallory
from tests.rooms.payouts.conftest import CLOSED_BANK, CPM_MINOR, Payday, net

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(path: str, *, by: User | None = None) -> str:
    answer = signed_in(by or dot()).get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def did(path: str, **fields: str) -> str:
    """What the page says after a button was pressed."""
    return signed_in(dot()).post(path, fields, follow=True).content.decode()


@pytest.fixture
def large(payday: Payday, settings: Any) -> Batch:
    settings.RELEASE_LIMIT_MINOR = {**settings.RELEASE_LIMIT_MINOR, "USD": 1}
    return payday.planned_transfer().batch


def of(batch: Batch, action: str = "") -> str:
    return f"/staff/payday/{batch.iso_week}/{action}"


def owed_in_euros(payday: Payday, user: User, gross_minor: int) -> None:
    terms = TermsDraft(cpm_minor={"tiktok": CPM_MINOR}, hold_days=0)
    payday.owe(user, gross_minor, campaign=a_campaign(budget_minor=gross_minor + 1, currency="EUR", terms=terms))


def test_before_the_first_run_the_page_says_when_it_comes(payday: Payday):
    shown = page("/staff/payday/")

    assert "No run yet" in shown
    assert 'hx-get="/staff/payday/rehearsal/"' in shown


def test_the_rehearsal_is_a_page_and_a_part_of_one(payday: Payday):
    payday.owe(payday.creator(), 20_00)

    whole = page("/staff/payday/rehearsal/")
    part = signed_in(dot()).get("/staff/payday/rehearsal/", headers={"HX-Request": "true"}).content.decode()

    assert ("<html" in whole, "<html" in part) == (True, False)
    assert whole.count("$18.00") >= 3
    assert "Who would be paid" in part


def test_a_run_shows_its_money_items_and_whom_it_left_out(payday: Payday):
    payday.owe(a_user("Nova"), 30_00)
    batch = payday.planned_transfer().batch

    shown = page(of(batch))
    assert "$18.00" in shown
    assert "Trail shoes" in shown
    assert "Payouts are not set up yet" in page(of(batch) + "?show=left_out")
    assert "This run has none" in page(of(batch) + "?show=payouts")


def test_amounts_lead_to_their_lines_in_the_books(payday: Payday):
    transfer = payday.planned_transfer()
    planned = page(of(transfer.batch))
    payday.send(transfer)
    sent = page(of(transfer.batch))
    mine = page(f"/staff/payday/creators/{ben().id}/")

    assert f'href="/staff/ledger/entries/reserve/transfer:{transfer.id}/"' in planned
    assert f'href="/staff/ledger/entries/transfer/{transfer.stripe_id}/"' in sent
    assert f'href="/staff/ledger/accounts/creator:{ben().id}:in_transit/USD/"' in mine
    for path in re.findall(r'href="(/staff/ledger/[^"]+)"', sent + planned + mine):
        assert page(path)


def test_items_can_be_narrowed_to_a_state_and_nonsense_shows_all(payday: Payday):
    batch = payday.planned_transfer().batch

    assert "No item is in this state" in page(of(batch) + "?state=sent")
    assert "Attempt 1, 0 tries" in page(of(batch) + "?state=reserved")
    assert "Attempt 1, 0 tries" in page(of(batch) + "?state=nonsense&show=nonsense")


def test_items_come_page_by_page(payday: Payday, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(items, "ITEMS_SHOWN", 1)
    payday.owe(payday.creator(), 20_00)
    payday.owe(ben(), 30_00)
    batch = payday.plan()
    first, second = Transfer.objects.order_by("id")

    shown = page(of(batch))
    assert f"?show=transfers&amp;state=&amp;after={first.id}#items" in shown
    after = items.transfer_page(batch_id=batch.id, after=first.id)
    assert ([item.number for item in after.items], after.after) == ([second.id], None)


def test_past_runs_come_page_by_page(payday: Payday, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batches, "BATCHES_SHOWN", 1)
    first = payday.plan()
    payday.advance(days=7)
    second = payday.plan()

    newest = batches.batch_page()
    older = batches.batch_page(before=newest.before)

    assert [summary.iso_week for page in (newest, older) for summary in page.batches] == [
        second.iso_week,
        first.iso_week,
    ]
    assert older.before is None


def test_two_people_release_by_the_button(payday: Payday, large: Batch):
    assert "One more of you has to release it." in did(of(large, "release/"))
    assert "You have released it. Somebody else has to, too." in page(of(large))

    signed_in(a_user("Eli", is_staff=True)).post(of(large, "release/"))

    large.refresh_from_db()
    assert large.state == BatchState.PLANNED
    assert "Dot released it" in page(of(large))


def test_sent_back_and_planned_again_by_buttons(payday: Payday, large: Batch):
    assert "Say why" in did(of(large, "send-back/"))
    assert "nothing was sent" in did(of(large, "send-back/"), reason="Look at Ben")
    assert "Plan this week again" in page(of(large))

    assert "The week is being planned anew." in did(of(large, "plan-again/"))
    waits = page(of(large))
    assert ("This week is being planned again" in waits, "Plan this week again" in waits) == (True, False)
    operations.plan_weekly_batch(now=payday.now)

    assert [batch.state for batch in Batch.objects.order_by("id")] == ["sent_back", "awaiting_release"]
    shown = page(of(large))
    assert "a second time" in shown
    assert "Dot planned it again" in shown  # what was done to the first run is told with the second one


def test_stopped_with_a_reason_and_let_go_on_by_buttons(payday: Payday):
    batch = payday.planned_transfer().batch

    did(of(batch, "stop/"), reason="Look at the amounts")
    assert "Look at the amounts" in page(of(batch))
    did(of(batch, "resume/"))

    batch.refresh_from_db()
    assert batch.state == BatchState.RUNNING


def test_an_item_in_review_is_looked_up_again_by_a_button(payday: Payday):
    transfer = payday.planned_transfer()
    Transfer.objects.filter(id=transfer.id).update(state="needs_review", failure_sentence="What Stripe has differs.")
    batch = transfer.batch
    shown = page(of(batch))
    assert "Nobody is sure of these" in shown
    assert "What Stripe has differs." in shown

    did(of(batch, f"transfer/{transfer.id}/look-again/"))

    transfer.refresh_from_db()
    assert transfer.state == "unknown"
    assert "is in review" in did(of(batch, "payout/999/look-again/"))


def test_the_proof_is_a_part_of_the_page(payday: Payday):
    batch = payday.planned_transfer().batch

    part = signed_in(dot()).get(of(batch, "proof/"), headers={"HX-Request": "true"}).content.decode()

    assert "$18.00 of $18.00 are still open" in part


def test_the_proof_of_a_large_run_is_asked_for(payday: Payday, monkeypatch: pytest.MonkeyPatch):
    batch = payday.planned_transfer().batch
    assert 'hx-trigger="load"' in page(of(batch))
    monkeypatch.setattr("cliphaven.payouts.pages.payday.PROVED_UNASKED_MAX", 0)

    shown = page(of(batch))

    assert ('hx-trigger="load"' in shown, "Compare them" in shown) == (False, True)


def test_a_creator_is_paused_with_a_note_and_let_go_on(payday: Payday):
    path = f"/staff/payday/creators/{ben().id}/"
    payday.owe(payday.creator(), 20_00)

    assert "These payouts are paused" in did(path + "pause/", reason="security", note="A new phone")
    assert "A new phone" in page("/staff/payday/")
    assert "A new phone" not in page("/creator/payouts/", by=ben())
    assert "paused: somebody else may have been in your account" in page("/creator/payouts/", by=ben())
    did(path + "resume/")

    assert PayoutPause.objects.filter(resumed_at=None).count() == 0


def test_a_pause_without_a_note_is_not_made(payday: Payday):
    shown = did(f"/staff/payday/creators/{ben().id}/pause/", reason="security")

    assert "write a note" in shown
    assert PayoutPause.objects.count() == 0


def test_a_page_about_somebody_who_does_not_create_is_not_there():
    assert signed_in(dot()).get(f"/staff/payday/creators/{dot().id}/").status_code == 404


def test_money_in_two_currencies_is_never_added_up(payday: Payday):
    payday.owe(payday.creator(), 20_00)
    owed_in_euros(payday, ben(), 30_00)

    dollars, euros = queries.money_places(creator_id=ben().id, now=payday.now)
    shown = page("/creator/payouts/", by=ben())

    assert (dollars.balance.payable_minor, euros.balance.payable_minor) == (net(20_00), net(30_00))
    assert "Next payday in EUR" in shown
    assert "\u20ac27.00 would go out, but Stripe has no bank account of yours for EUR." in shown
    assert "Add a bank account at Stripe" in shown
    assert "$18.00 has cleared." in shown
    assert "Next payday in EUR" in page("/creator/", by=ben())


def test_a_creator_in_two_currencies_is_paid_in_one_and_told_about_the_other(payday: Payday):
    payday.owe(payday.creator(), 20_00)
    owed_in_euros(payday, ben(), 30_00)

    batch = payday.plan()

    assert [(t.currency, t.amount_minor) for t in Transfer.objects.all()] == [("USD", net(20_00))]
    assert [(s.currency, s.amount_minor, s.reason) for s in Skip.objects.all()] == [
        ("EUR", net(30_00), SkipReason.NO_BANK_ACCOUNT)
    ]
    assert [total.currency for total in page_totals(batch)] == ["USD"]


def page_totals(batch: Batch) -> Any:
    found = batches.batch_of(week=batch.iso_week)
    assert found is not None
    return found.sums


def test_a_run_in_two_currencies_has_two_sums(payday: Payday):
    first = payday.planned_transfer()
    campaign = a_campaign(currency="JPY")
    Transfer.objects.create(
        batch=first.batch,
        creator=ben(),
        campaign=campaign,
        destination="acct_ben",
        amount_minor=5_000,
        currency="JPY",
        due_at=MONDAY,
    )

    assert [(total.currency, total.planned_minor) for total in page_totals(first.batch)] == [
        ("JPY", 5_000),
        ("USD", net(20_00)),
    ]
    shown = page(of(first.batch))
    assert ("\u00a55,000" in shown, "$18.00" in shown) == (True, True)
    assert "\u00a55,000" in page("/staff/")


def rows(path: str, *, by: User) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(page(path, by=by))))


def test_the_statement_of_a_week_has_every_line(payday: Payday):
    payout = payday.pay_out(payday.waiting_payout(bank=CLOSED_BANK))
    payday.advance(days=2)
    payday.settle(payout)
    payday.advance(days=1)
    payday.settle(payout)

    transfer, to_bank = rows(f"/creator/payouts/{payout.batch.iso_week}/statement.csv", by=ben())

    assert (transfer["what"], transfer["campaign"], transfer["amount"], transfer["currency"]) == (
        "transfer",
        "Trail shoes",
        "18.00",
        "USD",
    )
    assert (to_bank["what"], to_bank["state"]) == ("payout", "returned")
    assert to_bank["reason"] == "Your bank says the account is closed. Add another bank account."


def test_a_week_that_left_somebody_out_has_a_statement_too(payday: Payday):
    payday.owe(ben(), 20_00)
    batch = payday.plan()

    [line] = rows(f"/creator/payouts/{batch.iso_week}/statement.csv", by=ben())

    assert (line["what"], line["amount"], line["reason"]) == (
        "left out",
        "18.00",
        "Payouts are not set up yet: connect your bank under Payouts",
    )


@pytest.mark.parametrize("file", ["statement.csv", "statement.pdf"])
def test_nobody_elses_statement_is_there(payday: Payday, file: str):
    batch = payday.planned_transfer().batch

    assert signed_in(mallory()).get(f"/creator/payouts/{batch.iso_week}/{file}").status_code == 404


def test_the_statement_is_drawn_with_whatever_people_wrote_the_same_each_time(payday: Payday):
    transfer = payday.planned_transfer()
    type(transfer.campaign).objects.filter(id=transfer.campaign_id).update(title='#panic() $x$ "*_ \u017b\u00f3\u0142w')
    path = f"/creator/payouts/{transfer.batch.iso_week}/statement.pdf"

    first, second = (signed_in(ben()).get(path) for _ in range(2))

    assert (first.status_code, first["Content-Type"], first.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert first.content == second.content


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@cmd"])
def test_a_title_is_text_to_a_spreadsheet_whatever_it_is(payday: Payday, title: str):
    transfer = payday.planned_transfer()
    type(transfer.campaign).objects.filter(id=transfer.campaign_id).update(title=title)

    [line] = rows(f"/creator/payouts/{transfer.batch.iso_week}/statement.csv", by=ben())

    assert line["campaign"] == f"'{title}"
