"""What staff see of the books and of Stripe, and what they can do there."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from cliphaven.backoffice.models import Correction, ReconciliationRun, Tie
from cliphaven.backoffice.operations import corrections, reconciliation
from cliphaven.backoffice.pages import ledger as ledger_pages
from cliphaven.backoffice.queries import corrections as queries
from cliphaven.campaigns.models import Campaign
from cliphaven.foundation.transactions import own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.payouts.models import Transfer
from tests.people import MONDAY, a_campaign, a_user, adas_organisation, deposited, dot
from tests.rooms.backoffice.paid import paid_creator, pay_in
from tests.rooms.backoffice.test_reconciliation import book, sent_by_hand
from tests.rooms.payouts.conftest import Payday

WALLET = "sponsor:{}:wallet"


def staff(name: str = "Dot") -> Client:
    client = Client()
    client.force_login(a_user(name, is_staff=True))
    return client


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def page(name: str, *args: object, client: Client | None = None, **asked: object) -> str:
    answer = (client or staff()).get(reverse(name, args=args), asked)
    assert answer.status_code == 200, text(answer)[:500]
    return text(answer)


def legs_on(html: str) -> int:
    return len(re.findall(r'href="/staff/ledger/entries/', html))


def three_payments() -> int:
    """7.00, 8.00 and 9.00 paid in; answers whose wallet it is."""
    organisation = adas_organisation()
    for number in (7, 8, 9):
        deposited(organisation, number * 100, payment=f"pi_{number}")
    return organisation.id


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, {"pi_7", "pi_8", "pi_9"}),
        ({"text": "pi_8"}, {"pi_8"}),
        ({"kind": "deposit"}, {"pi_7", "pi_8", "pi_9"}),
        ({"kind": "refund"}, set()),
        ({"amount": "9", "currency": "USD"}, {"pi_9"}),
        ({"amount": "9", "currency": "EUR"}, set()),
        ({"account": "stripe:balance"}, {"pi_7", "pi_8", "pi_9"}),
        ({"account": "platform:fees"}, set()),
        ({"since": "2026-11-02", "until": "2026-11-02"}, {"pi_7", "pi_8", "pi_9"}),
        ({"since": "2026-11-03"}, set()),
        ({"until": "2026-11-01"}, set()),
    ],
)
def test_legs_are_found_by_whatever_is_known_of_them(asked, found):
    three_payments()
    html = page("staff_ledger", **asked)

    assert {name for name in ("pi_7", "pi_8", "pi_9") if f"<code>{name}:" in html} == found


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"amount": "9"}, "Choose the currency"),
        ({"amount": "nine", "currency": "USD"}, "Write the amount"),
        ({"account": "the till"}, "No account has such a name"),
        ({"since": "2026-11-03", "until": "2026-11-01"}, "The first day is after the last"),
        ({"since": "yesterday"}, "valid date"),
    ],
)
def test_a_search_that_cannot_be_read_says_why(asked, sentence):
    answer = staff().get(reverse("staff_ledger"), asked)

    assert answer.status_code == 422
    assert sentence in text(answer)


@pytest.mark.django_db
def test_a_long_search_goes_on_where_it_stopped():
    organisation = adas_organisation()
    for number in range(53):
        deposited(organisation, 100 + number, payment=f"pi_{number:03}")
    first = page("staff_ledger", account="stripe:balance")
    [address] = re.findall(r'href="(\?account=stripe%3Abalance&amp;before=\d+)"', first)
    second = text(staff().get(reverse("staff_ledger") + address.replace("&amp;", "&")))

    assert (legs_on(first), legs_on(second)) == (50, 3)


@pytest.mark.django_db
def test_a_search_can_be_taken_along():
    organisation_id = three_payments()
    answer = staff().get(reverse("staff_ledger_csv"), {"text": "pi_8"})
    rows = list(csv.DictReader(io.StringIO(text(answer))))

    assert answer.headers["Content-Disposition"] == 'attachment; filename="ledger.csv"'
    assert [(row["amount"], row["currency"], row["debit"], row["credit"]) for row in rows] == [
        ("8.00", "USD", "stripe:balance", WALLET.format(organisation_id))
    ]


@pytest.mark.django_db
def test_a_file_that_cannot_hold_everything_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ledger_pages, "CSV_LINES_MAX", 2)
    three_payments()
    rows = text(staff().get(reverse("staff_ledger_csv"))).splitlines()

    assert len(rows) == 1 + 2 + 1
    assert "There is more" in rows[-1]


@pytest.mark.django_db
def test_a_spreadsheet_computes_nothing_of_what_people_wrote():
    book_provision(reason='=HYPERLINK("http://127.0.0.1")')
    [row] = csv.DictReader(io.StringIO(text(staff().get(reverse("staff_ledger_csv")))))

    assert row["reason"].startswith("'=HYPERLINK")


@own_transaction
def book_provision(*, reason: str) -> None:
    losses, reserve = (
        Account(kind=kind, currency="USD") for kind in (AccountKind.PLATFORM_LOSSES, AccountKind.INVALID_VIEW_RESERVE)
    )
    leg = ledger.Leg(debit=losses, credit=reserve, amount_minor=1)
    entry = ledger.Entry(
        kind=EntryKind.PROVISION,
        external_id="correction:1",
        legs=(leg,),
        occurred_at=MONDAY,
        cause="correction 1",
        reason=reason,
    )
    ledger.record([entry])


def test_an_account_shows_its_statement_for_some_days_and_what_it_held_at_the_end_of_one(committed: str):
    organisation_id = three_payments()
    add_later(organisation_id, 5_00, at=MONDAY + timedelta(days=2))
    code = WALLET.format(organisation_id)
    everything = page("staff_account", code, "USD")
    monday = page("staff_account", code, "USD", until="2026-11-02", at="2026-11-02")
    wednesday = page("staff_account", code, "USD", since="2026-11-04", at="2026-11-01")

    assert "$29.00" in everything
    assert legs_on(everything) == 4
    assert legs_on(monday) == 3
    assert "At the end of Mon 2 Nov 2026" in monday
    assert "$24.00" in monday
    assert legs_on(wednesday) == 1
    assert "may still change" in wednesday


def test_a_balance_of_closed_books_is_called_final(committed: str):
    organisation_id = three_payments()
    ledger.close_books(through=MONDAY + timedelta(days=1), actor="system", now=MONDAY + timedelta(days=2))

    assert "final: these books are closed" in page(
        "staff_account", WALLET.format(organisation_id), "USD", at="2026-11-02"
    )


@own_transaction
def add_later(organisation_id: int, amount_minor: int, *, at: object) -> None:
    cash = Account(kind=AccountKind.STRIPE_BALANCE, currency="USD")
    wallet = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=organisation_id, currency="USD")
    leg = ledger.Leg(debit=cash, credit=wallet, amount_minor=amount_minor)
    entry = ledger.Entry(
        kind=EntryKind.DEPOSIT,
        external_id="pi_later",
        legs=(leg,),
        occurred_at=at,  # type: ignore[arg-type]
        cause="test",
    )
    ledger.record([entry])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/staff/ledger/accounts/the:till/USD/",
        "/staff/ledger/accounts/stripe:balance/XXX/",
        "/staff/ledger/entries/gift/pi_1/",
        "/staff/ledger/entries/DEPOSIT/pi_7/",
        "/staff/ledger/entries/deposit/pi_nobody/",
        "/staff/ledger/corrections/99/",
    ],
)
def test_what_there_is_not_is_not_found(address: str):
    assert staff().get(address).status_code == 404


@pytest.mark.django_db
def test_an_account_that_was_never_used_is_empty():
    assert "Nothing has ever touched this account" in page("staff_account", "platform:losses", "EUR")


@pytest.mark.django_db
def test_an_entry_shows_its_legs_its_cause_who_acted_and_what_it_ties_to(own_payday: Payday):
    pay_in(own_payday)
    before = page("staff_ledger", kind="deposit")
    [address] = re.findall(r'href="(/staff/ledger/entries/deposit/pi_[^"]+)"', before)
    client = staff()
    assert "Not tied yet" in text(client.get(address))
    reconciliation.reconcile(now=own_payday.now)
    html = text(client.get(address))

    assert "Not tied yet" not in html
    assert re.search(r"<code>txn_\w+</code>", html)
    assert "+$200.00" in html
    assert "Ada" in html  # who paid, by name


@pytest.mark.django_db
def test_an_entry_and_its_reversal_lead_to_each_other_and_to_their_corrections():
    correction_id = booked_correction()
    undoing = corrections.propose_reversal(
        correction_id=correction_id, reason="The wrong month", proposed_by_id=dot().id, now=MONDAY
    )
    corrections.book(correction_id=undoing, decided_by_id=a_user("Eli", is_staff=True).id, now=MONDAY)
    entry = page("staff_entry", "provision", f"correction:{correction_id}")
    reversal = page("staff_entry", "reversal", f"29:correction:{correction_id}")

    assert reverse("staff_entry", args=["reversal", f"29:correction:{correction_id}"]) in entry
    assert reverse("staff_entry", args=["provision", f"correction:{correction_id}"]) in reversal
    assert reverse("staff_correction", args=[correction_id]) in entry
    assert "Dot and Eli" in entry


def booked_correction() -> int:
    correction_id = corrections.propose(
        movement="provision:platform_losses:invalid_view_reserve",
        owner_id=None,
        amount_minor=40_00,
        currency="USD",
        reason="For views that platforms purge",
        refers_to="",
        proposed_by_id=dot().id,
        now=MONDAY,
    )
    corrections.book(correction_id=correction_id, decided_by_id=a_user("Eli", is_staff=True).id, now=MONDAY)
    return correction_id


PROPOSAL = {
    "movement": "provision:platform_losses:invalid_view_reserve",
    "amount": "40",
    "currency": "USD",
    "reason": "For views that platforms purge",
    "refers_to": "",
    "owner_id": "",
}


def test_one_proposes_another_books(committed: str):
    eli, dots = staff("Eli"), staff("Dot")
    answer = dots.post(reverse("staff_corrections"), PROPOSAL)
    correction_id = Correction.objects.get().id
    assert answer.headers["Location"] == reverse("staff_correction", args=[correction_id])

    assert "Somebody else of the staff has to book" in page("staff_correction", correction_id, client=dots)
    assert "Book it" in page("staff_correction", correction_id, client=eli)
    assert "Somebody else must decide" in text(dots.post(reverse("correction_book", args=[correction_id]), follow=True))
    assert "Booked: the entry stands" in text(eli.post(reverse("correction_book", args=[correction_id]), follow=True))
    assert books.entry(EntryKind.PROVISION, f"correction:{correction_id}") is not None


def test_a_proposal_is_declined_with_a_reason(committed: str):
    staff("Dot").post(reverse("staff_corrections"), PROPOSAL)
    correction_id = Correction.objects.get().id
    address = reverse("correction_decline", args=[correction_id])

    assert "Give a reason" in text(staff("Eli").post(address, {"reason": "no"}, follow=True))
    assert "Nothing was moved" in text(staff("Eli").post(address, {"reason": "It is the wrong month"}, follow=True))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"amount": "a lot"}, "Write the amount"),
        ({"reason": "short"}, "at least 10"),
        ({"movement": ""}, "required"),
        ({"movement": "invalid_view_credit:invalid_view_reserve:sponsor_wallet"}, "Say whose account"),
    ],
)
def test_a_proposal_that_cannot_be_read_keeps_what_was_typed_and_says_why(wrong, sentence):
    answer = staff().post(reverse("staff_corrections"), {**PROPOSAL, **wrong})

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert not Correction.objects.exists()


@pytest.mark.django_db
def test_what_a_proposal_would_do_is_shown_before_it_is_booked():
    campaign = a_campaign()
    Campaign.objects.filter(id=campaign.id).update(state="closed")
    correction_id = corrections.propose(
        movement="invalid_view_credit:invalid_view_reserve:sponsor_wallet",
        owner_id=campaign.organisation_id,
        amount_minor=40_00,
        currency="USD",
        reason="Views that the platform purged",
        refers_to=f"campaign {campaign.id}",
        proposed_by_id=dot().id,
        now=MONDAY,
    )
    html = page("staff_correction", correction_id, client=staff("Eli"))

    assert "\N{MINUS SIGN}$40.00" in html
    assert "The books would refuse it" in html


@pytest.mark.django_db
def test_before_the_first_run_nothing_is_known():
    html = page("staff_reconciliation")

    assert "Stripe was not asked yet" in html
    assert "Agree" not in html


@pytest.mark.django_db
def test_what_does_not_tie_is_listed_with_what_to_do_and_a_way_to_correct_it(own_payday: Payday):
    payout = paid_creator(own_payday)
    sent_by_hand(payout.connected_account, 3_00)
    own_payday.world.post(
        "/control/stripe/balance-transactions", {"type": "moon_dust", "amount": 700, "currency": "chf"}
    )
    own_payday.world.post("/control/stripe/balance-transactions", {"type": "topup", "amount": 5, "currency": "usd"})
    own_payday.advance(hours=1)
    reconciliation.reconcile(now=own_payday.now)
    missing, unclassified = page("staff_reconciliation"), page("staff_reconciliation", show="unclassified")

    assert "Differ" in missing
    assert "the creator would be paid twice" in missing
    assert "700 minor units of CHF" in unclassified
    assert "/accounts/stripe:balance/CHF/" not in unclassified  # the books can have no such account
    # The top-up; a transfer by hand is undone at Stripe instead.
    assert len(re.findall(r"corrections/\?refers_to=txn_\w+#propose", missing)) == 1
    assert "it left the balance" in page("staff_reconciliation", show="in_flight").lower()


@pytest.mark.django_db
def test_an_entry_that_stripe_does_not_have_leads_to_the_proposal_of_its_reversal(own_payday: Payday):
    pay_in(own_payday)
    book(own_payday, EntryKind.DEPOSIT, "pi_nobody_paid", 7_00)
    own_payday.advance(hours=1)
    reconciliation.reconcile(now=own_payday.now)
    entry_address = reverse("staff_entry", args=["deposit", "pi_nobody_paid"])
    address = reverse("entry_reverse", args=["deposit", "pi_nobody_paid"])
    assert f"{entry_address}#reverse" in page("staff_reconciliation")
    assert address in page("staff_entry", "deposit", "pi_nobody_paid")

    dots, eli = staff("Dot"), staff("Eli")
    assert "Give a reason" in text(dots.post(address, {"reason": "no"}, follow=True))
    answer = dots.post(address, {"reason": "Nobody ever paid this"}, follow=True)
    assert "Reversal of the deposit pi_nobody_paid" in page("staff_corrections", client=eli)
    assert f'href="{entry_address}"' in text(answer)
    proposed = Correction.objects.get()
    shown = page("staff_correction", proposed.id, client=eli)
    assert "$7.00" in shown
    eli.post(reverse("correction_book", args=[proposed.id]))
    assert "This entry was reversed" in page("staff_entry", "deposit", "pi_nobody_paid")
    reconciliation.reconcile(now=own_payday.now)
    assert "comes out at nothing" in page("staff_entry", "deposit", "pi_nobody_paid")


@pytest.mark.django_db
def test_an_entry_that_ties_offers_no_reversal(own_payday: Payday):
    pay_in(own_payday)
    reconciliation.reconcile(now=own_payday.now)
    [name] = Tie.objects.filter(entry_kind=EntryKind.DEPOSIT).values_list("external_id", flat=True)

    assert "Undo it" not in page("staff_entry", "deposit", name)
    answer = staff().post(reverse("entry_reverse", args=["deposit", name]), {"reason": "Nobody paid this"}, follow=True)
    assert "did not find at Stripe" in text(answer)


@pytest.mark.django_db
def test_the_reversal_of_an_entry_with_several_legs_shows_what_it_does_to_every_account(own_payday: Payday):
    payout = paid_creator(own_payday)
    correction = Correction.objects.create(
        kind=EntryKind.REVERSAL,
        currency="USD",
        reversed_kind=EntryKind.TRANSFER,
        reversed_external_id=Transfer.objects.get().stripe_id,
        reason="It was never sent",
        proposed_by=dot(),
        proposed_at=own_payday.now,
    )
    facts = queries.correction(correction_id=correction.id)
    assert facts is not None
    creator = f"creator:{payout.creator_id}"

    assert {effect.account: effect.after_minor - effect.before_minor for effect in queries.effects(facts)} == {
        f"{creator}:in_transit": -18_00,
        f"{creator}:reserved": 18_00,
        "stripe:balance": 18_00,
        f"stripe:connected:{payout.creator_id}": -18_00,
    }
    assert facts.amount == "$18.00"
    html = page("staff_correction", correction.id, client=staff("Eli"))
    assert html.count("the books would refuse it") == 0
    assert f"{creator}:reserved" in html


@pytest.mark.django_db
def test_a_click_asks_stripe_as_a_job_and_two_clicks_ask_once(own_payday: Payday):
    from cliphaven.foundation import jobs  # noqa: PLC0415

    for _ in range(2):
        answer = staff().post(reverse("staff_reconciliation_run"))
        assert answer.headers["Location"] == reverse("staff_reconciliation")

    assert {line.queue: line.waiting for line in jobs.queue_health()}["books"] == 1
    jobs.run_here("backoffice.reconcile")
    assert ReconciliationRun.objects.get().state == "agreed"


@pytest.mark.django_db
def test_a_run_under_way_says_how_far_it_is_until_it_is_over():
    run = ReconciliationRun.objects.create(with_import=True, began_at=MONDAY, balances_total=40, balances_read=25)
    client = staff()
    assert "25 of 40 balances" in page("staff_reconciliation", client=client)
    ReconciliationRun.objects.filter(id=run.id).update(state="agreed", ended_at=MONDAY)
    polled = client.get(reverse("staff_reconciliation"), headers={"HX-Request": "true"})

    assert "The run is over" in text(polled)


@pytest.mark.django_db
def test_a_long_list_of_lines_goes_on(own_payday: Payday):
    for _ in range(51):
        own_payday.world.post("/control/stripe/balance-transactions", {"type": "x", "amount": 1, "currency": "usd"})
    reconciliation.reconcile(now=own_payday.now)
    first = page("staff_reconciliation")
    [address] = re.findall(r'href="(\?show=unclassified&amp;after=\d+)#lines"', first)
    second = text(staff().get(reverse("staff_reconciliation") + address.replace("&amp;", "&")))

    assert (first.count("Propose a correction"), second.count("Propose a correction")) == (50, 1)


@pytest.mark.django_db
def test_the_accounts_that_return_to_zero_say_since_when_they_have_not(own_payday: Payday):
    paid_creator(own_payday)
    own_payday.advance(hours=5)
    html = page("staff_reconciliation")

    assert "On the way to banks" in html
    assert re.search(r"Set aside for transfers</dt>\s*<dd[^>]*>\s*Nothing", html)


@pytest.mark.django_db
def test_a_campaign_is_found_in_the_books_by_its_account():
    campaign = a_campaign(budget_minor=5_00)

    assert legs_on(page("staff_ledger", account=f"campaign:{campaign.id}:budget")) == 1
