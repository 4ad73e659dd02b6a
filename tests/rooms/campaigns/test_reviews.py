"""What waits for a person: looked up again, or settled with a note; what Stripe has decides where the money is."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from cliphaven.campaigns import queries
from cliphaven.campaigns.models import Deposit, Dispute, MoneyInAct, Refund
from cliphaven.campaigns.operations import acts, disputes, refund_bookings, refunds, reviews, wallet
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import AccountKind, EntryKind
from cliphaven.providers import stripe
from tests.people import a_user, dot
from tests.rooms.campaigns.conftest import Sponsor, balance
from tests.rooms.campaigns.test_deposits import AMOUNT, a_payment
from tests.rooms.campaigns.test_disputes import PAID, facts_of, moved
from tests.rooms.campaigns.test_refunds import _facts, ask, refunding, refunds_at_stripe, send

pytestmark = pytest.mark.django_db
NOTE = "Refunded at Stripe by hand, see the mail of Monday"


def converted(sponsor: Sponsor) -> Deposit:
    """A payment that Stripe converted, so that the books cannot tell it."""
    started = sponsor.opens(AMOUNT)
    payment = a_payment(booked_currency="EUR")
    wallet.take_in(deposit_id=started.deposit_id, payment=payment, now=sponsor.world.now())
    return Deposit.objects.get(id=started.deposit_id)


def settle_deposit(sponsor: Sponsor, deposit: Deposit, **changes: Any) -> None:
    asked = {"staff_id": dot().id, "note": NOTE, "request_key": "the-form-that-was-shown"}
    reviews.settle_deposit(deposit_id=deposit.id, now=sponsor.world.now(), **{**asked, **changes})


def settle_refund(sponsor: Sponsor, refund: Refund, **changes: Any) -> Refund:
    asked = {"staff_id": dot().id, "note": NOTE, "request_key": "the-form-that-was-shown"}
    reviews.settle_refund(refund_id=refund.id, now=sponsor.world.now(), **{**asked, **changes})
    refund.refresh_from_db()
    return refund


def test_a_payment_is_asked_about_again_and_booked_when_stripe_tells_it_otherwise(sponsor):
    started = sponsor.opens(AMOUNT)
    sponsor.pays(started)
    wallet.take_in(deposit_id=started.deposit_id, payment=a_payment(booked_currency="EUR"), now=sponsor.world.now())
    said = reviews.look_again_at_deposit(deposit_id=started.deposit_id, staff_id=dot().id, now=sponsor.world.now())

    assert said == "The payment is in the books now"
    assert (sponsor.state(started), sponsor.free(), Deposit.objects.get().review_reason) == ("paid", AMOUNT, "")


def test_a_payment_that_stripe_tells_the_same_of_goes_on_waiting_and_the_look_is_written_down(sponsor):
    deposit = converted(sponsor)
    said = reviews.look_again_at_deposit(deposit_id=deposit.id, staff_id=dot().id, now=sponsor.world.now())

    assert "converted it to EUR" in said
    assert [(one.who, one.what) for one in queries.latest_acts()] == [("Dot", "had it looked up again")]
    assert [review.times_looked for review in queries.in_review()] == [1]


def test_a_payment_that_was_seen_to_waits_no_more_and_no_news_ever_books_it(sponsor):
    deposit = converted(sponsor)
    settle_deposit(sponsor, deposit)
    assert (queries.in_review(), queries.in_review_count()) == ([], 0)
    wallet.take_in(deposit_id=deposit.id, payment=a_payment(), now=sponsor.world.now())
    wallet.take_in(deposit_id=deposit.id, payment=a_payment(booked_currency="EUR"), now=sponsor.world.now())

    deposit.refresh_from_db()
    assert (deposit.state, sponsor.free(), balance(AccountKind.STRIPE_BALANCE)) == ("seen_to", 0, 0)


def test_settling_says_who_and_why_and_a_second_click_is_the_same(sponsor):
    deposit = converted(sponsor)
    for _ in range(2):
        settle_deposit(sponsor, deposit)

    [act] = MoneyInAct.objects.all()
    assert (act.staff_id, act.act, act.deposit_id, act.note) == (dot().id, "settled", deposit.id, NOTE)


def test_the_same_form_for_something_else_is_refused(sponsor):
    settle_deposit(sponsor, converted(sponsor))
    other = sponsor.paid(PAID)
    Deposit.objects.filter(id=other.id).update(state="needs_review")

    with pytest.raises(acts.KeyUsedBefore):
        settle_deposit(sponsor, other)


@pytest.mark.parametrize("note", ["", "  ", "x" * 301])
def test_nothing_is_settled_without_a_note_that_others_can_read(sponsor, note):
    deposit = converted(sponsor)
    with pytest.raises(acts.NoteMissing):
        settle_deposit(sponsor, deposit, note=note)

    assert (Deposit.objects.get().state, MoneyInAct.objects.count()) == ("needs_review", 0)


def test_only_staff_settles(sponsor):
    with pytest.raises(acts.NotStaff):
        settle_deposit(sponsor, converted(sponsor), staff_id=a_user("Ada").id)


def test_what_does_not_wait_is_neither_looked_up_nor_settled(sponsor):
    deposit = sponsor.paid(PAID)
    ask(sponsor, 40_00)
    refund = Refund.objects.get()
    now, staff_id = sponsor.world.now(), dot().id
    disputes.take_in(facts=facts_of(sponsor, deposit), now=now)
    for act in (
        lambda: reviews.look_again_at_deposit(deposit_id=deposit.id, staff_id=staff_id, now=now),
        lambda: reviews.look_again_at_refund(refund_id=refund.id, staff_id=staff_id, now=now),
        lambda: reviews.look_again_at_dispute(dispute_id=Dispute.objects.get().id, staff_id=staff_id, now=now),
        lambda: settle_deposit(sponsor, deposit),
        lambda: settle_deposit(sponsor, Deposit(id=0)),
        lambda: settle_refund(sponsor, Refund(id=0)),
        lambda: reviews.settle_dispute(dispute_id=0, staff_id=staff_id, note=NOTE, now=now),
    ):
        with pytest.raises(reviews.NotInReview):
            act()
    assert MoneyInAct.objects.count() == 0


def odd(sponsor: Sponsor) -> Refund:
    """A refund of 40.00 of which Stripe told that it took another amount."""
    sponsor.paid(PAID)
    ask(sponsor, 40_00)
    refund = Refund.objects.get()
    made = stripe.send_refund(
        charge_id=str(refund.deposit.charge_id),
        amount_minor=40_00,
        metadata={"refund": refunds._name(refund)},
        idempotency_key=f"odd-{refund.deposit.charge_id}",
    )
    refund.stripe_id = made.stripe_id
    refunds.SENDER.take_over(item_id=refund.id, facts=odd_facts(sponsor, refund), now=sponsor.world.now())
    return Refund.objects.get()


def odd_facts(sponsor: Sponsor, refund: Refund, **changes: Any) -> stripe.RefundFacts:
    """The refund as Stripe tells it: it took 39.00 of the 40.00."""
    told: dict[str, Any] = {
        "balance_transaction_id": "txn_odd",
        "amount_minor": -39_00,
        "fee_minor": 0,
        "currency": "USD",
        "created_at": sponsor.world.now(),
    }
    return _facts(refund, stripe_id=refund.stripe_id, taken=stripe.MoneyMoved(**{**told, **changes}))


@pytest.mark.parametrize("moved_otherwise", [{}, {"currency": "EUR", "amount_minor": -37_00, "fee_minor": 25}])
def test_a_refund_that_stripe_took_otherwise_is_booked_as_asked_for_once_a_person_has_seen_to_the_rest(
    sponsor, moved_otherwise
):
    refund = odd(sponsor)
    fees = balance(AccountKind.PLATFORM_PROCESSING)
    assert (refund.state, refunding(sponsor)) == ("needs_review", 40_00)
    facts = odd_facts(sponsor, refund, **moved_otherwise)
    asked = {"refund_id": refund.id, "staff_id": dot().id, "note": NOTE, "request_key": "the-form"}
    refund_bookings.settle(facts=facts, now=sponsor.world.now(), **asked)

    refund.refresh_from_db()
    assert (refund.state, refunding(sponsor), sponsor.free()) == ("succeeded", 0, PAID - 40_00)
    assert books.entry(EntryKind.REFUND, str(refund.stripe_id)) is not None
    assert (refund.failure_sentence, queries.in_review()) == ("", [])
    assert balance(AccountKind.PLATFORM_PROCESSING) == fees


def test_a_refund_is_settled_as_stripe_has_it_now(sponsor):
    refund = settle_refund(sponsor, odd(sponsor))

    assert (refund.state, refunding(sponsor), sponsor.free()) == ("succeeded", 0, PAID - 40_00)


def test_what_was_settled_stays_so_when_stripe_tells_the_same_again(sponsor):
    refund = settle_refund(sponsor, odd(sponsor))
    refund_bookings.take_in(refund_id=refund.id, facts=odd_facts(sponsor, refund), now=sponsor.world.now())

    refund.refresh_from_db()
    assert (refund.state, refunding(sponsor)) == ("succeeded", 0)


def test_a_refund_that_stripe_never_had_is_back_in_the_wallet(sponsor):
    deposit = sponsor.paid(PAID)
    ask(sponsor, 40_00)
    Refund.objects.update(state="needs_review", failure_sentence="Nobody knows")
    refund = settle_refund(sponsor, Refund.objects.get())

    assert (refund.state, refunding(sponsor), sponsor.free()) == ("released", 0, PAID)
    assert refunds_at_stripe(deposit) == []
    assert books.entry(EntryKind.REFUND_FAILED, f"refund:{refund.id}") is not None


def test_a_refund_that_may_still_be_on_its_way_to_stripe_is_not_settled(sponsor):
    sponsor.paid(PAID)
    ask(sponsor, 40_00)
    sponsor.world.fault("stripe", "error_500", path_prefix="v1/refunds")
    send(sponsor)
    Refund.objects.update(state="needs_review")
    with pytest.raises(reviews.NotYetKnown):
        settle_refund(sponsor, Refund.objects.get())
    assert (Refund.objects.get().state, refunding(sponsor)) == ("needs_review", 40_00)

    sponsor.world.advance(hours=2)
    assert settle_refund(sponsor, Refund.objects.get()).state == "released"


def test_a_refund_that_stripe_had_and_hides_is_never_given_back(sponsor):
    sponsor.paid(PAID)
    ask(sponsor, 40_00)
    Refund.objects.update(state="needs_review", stripe_id="re_hidden")

    with pytest.raises(refund_bookings.RefundNotSettled, match="re_hidden"):
        settle_refund(sponsor, Refund.objects.get())
    assert (refunding(sponsor), MoneyInAct.objects.count()) == (40_00, 0)


def test_a_refund_in_review_is_looked_up_again(sponsor):
    refund = odd(sponsor)
    said = reviews.look_again_at_refund(refund_id=refund.id, staff_id=dot().id, now=sponsor.world.now())

    assert "within five minutes" in said
    assert send(sponsor) == ["succeeded"]  # what Stripe really has is 40.00
    assert refunding(sponsor) == 0


def dispute_in_review(sponsor: Sponsor, *moves: stripe.MoneyMoved) -> tuple[Dispute, stripe.DisputeFacts]:
    """A dispute of which a movement is in euros."""
    deposit = sponsor.paid(PAID)
    opened = sponsor.world.post("/control/stripe/disputes", {"charge": deposit.charge_id, "inquiry": True})
    facts = facts_of(
        sponsor, deposit, stripe_id=opened["id"], moved=(moved(sponsor, 1, -90_00, currency="EUR"), *moves)
    )
    disputes.take_in(facts=facts, now=sponsor.world.now())
    return Dispute.objects.get(), facts


def test_a_dispute_that_was_seen_to_waits_no_more_and_its_other_movements_are_booked(sponsor):
    dispute, facts = dispute_in_review(sponsor, moved(sponsor, 2, -10_00))
    now = sponsor.world.now()
    assert (sponsor.free(), dispute.review_reason != "") == (PAID, True)
    disputes.settle(facts=facts, staff_id=dot().id, note=NOTE, request_key="the-form", now=now)
    for _ in range(2):
        disputes.take_in(facts=facts, now=now)

    dispute.refresh_from_db()
    assert (dispute.review_reason, dispute.seen_to, sponsor.free()) == ("", ["txn_1"], PAID - 10_00)


def test_a_dispute_is_settled_as_stripe_tells_it_now(sponsor):
    dispute, _ = dispute_in_review(sponsor)
    reviews.settle_dispute(dispute_id=dispute.id, staff_id=dot().id, note=NOTE, now=sponsor.world.now())

    dispute.refresh_from_db()
    assert (dispute.review_reason, queries.in_review()) == ("", [])
    with pytest.raises(disputes.DisputeNotSettled):
        reviews.settle_dispute(dispute_id=dispute.id, staff_id=dot().id, note=NOTE, now=sponsor.world.now())


def test_a_dispute_whose_payment_is_in_the_books_by_now_waits_no_more_once_it_is_read_again(sponsor):
    deposit = sponsor.paid(PAID)
    opened = sponsor.world.post("/control/stripe/disputes", {"charge": deposit.charge_id})
    Deposit.objects.update(state="needs_review")
    disputes.settle_dispute(stripe_id=opened["id"], now=sponsor.world.now())
    assert Dispute.objects.get().review_reason
    Deposit.objects.update(state="paid")
    said = reviews.look_again_at_dispute(
        dispute_id=Dispute.objects.get().id, staff_id=dot().id, now=sponsor.world.now()
    )

    assert said == "What the dispute moved is in the books now"
    assert (Dispute.objects.get().review_reason, sponsor.free()) == ("", 0)


@pytest.mark.parametrize(
    "change",
    ["update campaigns_moneyinact set note = 'x'", "delete from campaigns_moneyinact", "truncate campaigns_moneyinact"],
)
def test_the_database_refuses_to_change_what_was_done(sponsor, change):
    settle_deposit(sponsor, converted(sponsor))

    connection.cursor().execute("set constraints all immediate")
    with pytest.raises(DatabaseError, match="stays as it was written down"), transaction.atomic():
        connection.cursor().execute(change)
