"""The staff's page about money in: what waits, what can be done about it there, and what the staff is mailed about."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from cliphaven.backoffice.operations import money_in
from cliphaven.backoffice.queries import money_in as queries
from cliphaven.campaigns.models import Deposit, Dispute, MoneyInAct, Refund, SpendPause
from cliphaven.campaigns.operations import disputes, wallet
from cliphaven.config.templatetags.formats import day
from cliphaven.foundation import clock
from cliphaven.ledger.chart import AccountKind
from cliphaven.notifications.models import Message
from cliphaven.webhooks.models import ProviderEvent
from tests.people import MONDAY, a_user, dot
from tests.rooms.campaigns.conftest import Sponsor, balance, sponsor
from tests.rooms.campaigns.test_deposits import AMOUNT, a_payment
from tests.rooms.campaigns.test_disputes import PAID, disputed, facts_of, moved
from tests.rooms.campaigns.test_refunds import ask, refunding, send
from tests.rooms.campaigns.test_warnings import free, warned

__all__ = ["sponsor"]
pytestmark = pytest.mark.django_db
FORM = {"note": "Refunded at Stripe by hand", "request_key": "the-form-that-was-shown"}


def staff() -> Client:
    client = Client()
    client.force_login(dot())
    return client


def text(answer: HttpResponse) -> str:
    """What a person reads of a page, without its tags."""
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))


def page() -> str:
    answer = staff().get(reverse("staff_money_in"))
    assert answer.status_code == 200
    return text(answer)


def act(name: str, *where: object, **form: str) -> str:
    """Press a button of the page, and read what it says then."""
    return text(staff().post(reverse(name, args=where), form, follow=True))


def mails() -> list[str]:
    return list(Message.objects.order_by("id").values_list("subject", flat=True))


def converted(sponsor: Sponsor) -> Deposit:
    started = sponsor.opens(AMOUNT)
    wallet.take_in(deposit_id=started.deposit_id, payment=a_payment(booked_currency="EUR"), now=sponsor.world.now())
    return Deposit.objects.get(id=started.deposit_id)


def refund_in_review(sponsor: Sponsor) -> Refund:
    sponsor.paid(PAID)
    ask(sponsor, 40_00)
    Refund.objects.update(state="needs_review", failure_sentence="Stripe's answer needs a person.")
    return Refund.objects.get()


def test_when_nothing_waits_the_page_says_so():
    shown = page()

    for sentence in ("Nothing waits", "No open dispute", "Nobody is paused", "all dealt with"):
        assert sentence in shown


def test_a_payment_that_waits_is_shown_with_its_reason_and_settled_with_a_note(sponsor):
    deposit = converted(sponsor)
    shown = page()
    assert "Payment of Ada Ltd pi_told Paid in USD, and Stripe converted it to EUR" in shown
    assert "$250.00" in shown
    assert "gets no entry of its own" in act("money_in_settle", "deposit", deposit.id, **FORM)

    deposit.refresh_from_db()
    shown = page()
    assert (deposit.state, "Nothing waits" in shown) == ("seen_to", True)
    assert "Dot saw to it: payment pi_told" in shown
    assert FORM["note"] in shown


def test_looking_again_says_what_stripe_says(sponsor):
    deposit = converted(sponsor)

    assert "the same as before" in act("money_in_look_again", "deposit", deposit.id)


def test_a_refund_in_review_is_looked_up_again_from_the_page(sponsor):
    refund = refund_in_review(sponsor)
    assert "Refund of Ada Ltd" in page()
    assert "within five minutes" in act("money_in_look_again", "refund", refund.id)

    assert Refund.objects.get().state == "unknown"


def test_a_refund_that_stripe_never_had_is_back_in_the_wallet_when_it_is_settled(sponsor):
    refund = refund_in_review(sponsor)
    assert refunding(sponsor) == 40_00
    assert "$40.00 is back in the wallet" in act("money_in_settle", "refund", refund.id, **FORM)

    assert (refunding(sponsor), sponsor.free()) == (0, PAID)


def test_a_dispute_stands_there_with_the_day_by_which_it_must_be_answered(sponsor):
    disputed(sponsor, sponsor.paid(PAID))
    due_at = Dispute.objects.get().due_at
    assert due_at is not None

    assert f"the next by {day(due_at)}" in page()
    assert queries.waiting_count() == 1


def test_a_dispute_that_the_books_cannot_tell_is_settled_on_the_page(sponsor):
    deposit = sponsor.paid(PAID)
    opened = sponsor.world.post("/control/stripe/disputes", {"charge": deposit.charge_id, "inquiry": True})
    foreign = moved(sponsor, 1, -90_00, currency="EUR")
    facts = facts_of(sponsor, deposit, stripe_id=opened["id"], moved=(foreign,))
    disputes.take_in(facts=facts, now=sponsor.world.now())
    assert "Moved EUR, while the payment was USD" in page()
    assert "as you put it right" in act("money_in_settle", "dispute", Dispute.objects.get().id, **FORM)

    assert (Dispute.objects.get().review_reason, "Nothing waits" in page()) == ("", True)


def test_a_warning_is_ended_with_a_note(sponsor):
    pause = warned(sponsor, sponsor.paid(PAID))
    assert ("A card network warned" in page(), free(sponsor)) == (True, 0)
    assert "is free again" in act("money_in_lift", pause.id, **FORM)

    assert (free(sponsor), SpendPause.objects.get().lifted_by_id) == (PAID, dot().id)
    assert "Dot ended the warning's pause" in page()


@pytest.mark.parametrize("form", [{}, {"note": "", "request_key": "the-form-that-was-shown"}, {"note": "x" * 301}])
def test_without_a_note_nothing_is_settled(sponsor, form):
    deposit = converted(sponsor)

    assert "nothing has changed" in act("money_in_settle", "deposit", deposit.id, **form)
    assert (Deposit.objects.get().state, MoneyInAct.objects.count()) == ("needs_review", 0)


def test_a_button_pressed_too_late_says_so(sponsor):
    deposit = sponsor.paid(PAID)

    assert "does not wait for a person" in act("money_in_look_again", "deposit", deposit.id)


def test_while_stripe_is_silent_nothing_is_done(sponsor, settings):
    refund = refund_in_review(sponsor)
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    assert "does not answer just now" in act("money_in_settle", "refund", refund.id, **FORM)
    assert Refund.objects.get().state == "needs_review"


def test_letters_that_were_given_up_are_taken_up_again_from_the_page():
    a_letter(4)
    assert "Letters of Stripe were given up" in page()

    assert "1 letters are dealt with once more" in act("money_in_letters")


def a_letter(days: int) -> None:
    ProviderEvent.objects.create(
        provider="stripe", event_id=f"evt_{days}", event_type="x", received_at=clock.now() - timedelta(days=days)
    )


def sound(sponsor: Sponsor) -> list[str]:
    """Sound the alarms, and read the subjects of all mails so far."""
    money_in.sound(now=sponsor.world.now())
    return mails()


def test_each_thing_that_waits_is_mailed_to_the_staff_once(sponsor):
    dot()
    converted(sponsor)
    refund_in_review(sponsor)

    expected = ["A payment of $250.00 waits for a person", "A refund of $40.00 waits for a person"]
    assert [sound(sponsor), sound(sponsor)] == [expected, expected]
    assert Message.objects.first().link == reverse("staff_money_in")


def test_what_is_in_review_again_after_a_look_is_mailed_again(sponsor):
    dot()
    deposit = converted(sponsor)
    assert len(sound(sponsor)) == 1
    act("money_in_look_again", "deposit", deposit.id)

    assert len(sound(sponsor)) == 2


def test_a_dispute_is_mailed_when_it_comes_and_once_more_three_days_before_it_must_be_answered(sponsor):
    dot()
    disputed(sponsor, sponsor.paid(PAID))
    [first] = sound(sponsor)
    assert first.startswith("A payment of $100.00 is disputed: answer it by ")
    due_at = Dispute.objects.get().due_at
    money_in.sound(now=due_at - timedelta(days=3, seconds=1))
    assert len(mails()) == 1
    money_in.sound(now=due_at - timedelta(days=3))
    assert len(mails()) == 2


def test_a_dispute_that_was_answered_is_no_alarm(sponsor):
    disputed(sponsor, sponsor.paid(PAID))
    Dispute.objects.update(was_answered=True)

    assert (queries.alarms(now=sponsor.world.now()), queries.waiting_count()) == ([], 0)


def test_a_warning_is_mailed_once(sponsor):
    dot()
    warned(sponsor, sponsor.paid(PAID))

    assert [sound(sponsor) for _ in range(2)] == [["A card network warns of a payment of Ada Ltd"]] * 2


@pytest.mark.parametrize(
    ("age", "subjects"),
    [
        (timedelta(minutes=30), []),
        (timedelta(minutes=31), ["Letters of Stripe are not dealt with"]),
        (timedelta(days=3), ["Letters of Stripe lay there for three days and were given up"]),
    ],
)
def test_letters_that_nobody_deals_with_are_an_alarm(age, subjects):
    ProviderEvent.objects.create(provider="stripe", event_id="evt_1", event_type="x", received_at=MONDAY - age)
    dot()
    money_in.sound(now=MONDAY)

    assert mails() == subjects


def test_sponsors_know_nothing_of_the_page(sponsor):
    converted(sponsor)
    client = Client()
    client.force_login(a_user("Ada"))

    assert client.get(reverse("staff_money_in")).status_code == 404
    assert client.post(reverse("money_in_settle", args=["deposit", 1]), FORM).status_code == 404


def test_the_way_to_the_page_counts_what_waits(sponsor):
    converted(sponsor)
    disputed(sponsor, sponsor.paid(PAID))
    answer: Any = staff().get(reverse("staff_money_in"))
    [way] = [item for item in answer.context["navigation"] if item.label == "Money in"]

    assert (way.count, way.current) == (2, True)


def test_a_settled_refund_leaves_the_books_sound(sponsor):
    refund = refund_in_review(sponsor)
    act("money_in_settle", "refund", refund.id, **FORM)
    send(sponsor)

    assert balance(AccountKind.SPONSOR_REFUNDING, sponsor.organisation.id) == 0
