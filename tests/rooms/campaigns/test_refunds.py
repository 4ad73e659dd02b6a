"""Refunds against the pretend Stripe: asked for once, sent once, booked as the balance there says."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection

from cliphaven.campaigns import queries
from cliphaven.campaigns.models import Deposit, Document, Refund, RefundRequest
from cliphaven.campaigns.operations import campaigns, refund_bookings, refunds
from cliphaven.campaigns.queries import payments
from cliphaven.campaigns.rules.refunds import RefundState, Withheld
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import AccountKind, EntryKind
from cliphaven.providers import stripe
from tests.people import a_campaign, a_user
from tests.rooms.campaigns.conftest import Sponsor, balance

pytestmark = pytest.mark.django_db
PAID = 100_00
FEE = PAID * 29 // 1000 + 30


def ask(sponsor: Sponsor, amount_minor: int, *, key: str = "form-1", user: str = "Ada", currency: str = "USD") -> int:
    return refunds.request_refund(
        organisation_id=sponsor.organisation.id,
        user_id=a_user(user).id,
        amount_minor=amount_minor,
        currency=currency,
        request_key=key,
        now=sponsor.world.now(),
    )


def send(sponsor: Sponsor) -> list[str]:
    """Send, or look up, whatever is due; answers the states."""
    for id_ in Refund.objects.order_by("id").values_list("id", flat=True):
        refunds.send(refund_id=id_, now=sponsor.world.now(), read_clock=sponsor.world.now)
    return states()


def states() -> list[str]:
    return list(Refund.objects.order_by("id").values_list("state", flat=True))


def refunding(sponsor: Sponsor) -> int:
    return balance(AccountKind.SPONSOR_REFUNDING, sponsor.organisation.id)


def refunds_at_stripe(deposit: Deposit) -> list[stripe.RefundFacts]:
    return stripe.refunds_of_charge(str(deposit.charge_id))


def total(sponsor: Sponsor) -> int:
    found = payments.refundable(organisation_id=sponsor.organisation.id, currency="USD", now=sponsor.world.now())
    return found.total_minor


def test_what_is_asked_for_waits_in_the_books_before_stripe_is_told(sponsor):
    sponsor.paid(PAID)
    ask(sponsor, 40_00)

    assert (sponsor.free(), refunding(sponsor), states()) == (60_00, 40_00, ["requested"])


def test_a_refund_that_went_through_is_booked_from_stripes_balance(sponsor):
    before = sponsor.at_stripe()
    deposit = sponsor.paid(PAID)
    ask(sponsor, 40_00)

    assert send(sponsor) == ["succeeded"]
    assert (sponsor.free(), refunding(sponsor)) == (60_00, 0)
    assert balance(AccountKind.STRIPE_BALANCE) == sponsor.at_stripe() - before == PAID - FEE - 40_00
    [there] = refunds_at_stripe(deposit)
    assert books.entry(EntryKind.REFUND, there.stripe_id) is not None


def test_three_parts_of_one_payment_never_exceed_it_and_each_is_its_own_amount(sponsor):
    deposit = sponsor.paid(PAID)
    for number, amount in enumerate((50_00, 30_00, 20_00)):
        ask(sponsor, amount, key=f"form-{number}")
        send(sponsor)

    assert [facts.amount_minor for facts in refunds_at_stripe(deposit)] == [20_00, 30_00, 50_00]
    assert (sponsor.free(), refunding(sponsor)) == (0, 0)
    assert balance(AccountKind.STRIPE_BALANCE) == -FEE
    with pytest.raises(refunds.RefundRefused):
        ask(sponsor, 1, key="form-4")


def test_a_double_click_is_one_request(sponsor):
    sponsor.paid(PAID)

    assert ask(sponsor, 40_00) == ask(sponsor, 40_00)
    assert (RefundRequest.objects.count(), Refund.objects.count(), refunding(sponsor)) == (1, 1, 40_00)


@pytest.mark.parametrize("other", [{"amount_minor": 41_00}, {"amount_minor": 40_00, "user": "Cleo"}])
def test_the_same_form_with_other_content_is_refused(sponsor, other):
    sponsor.paid(PAID)
    ask(sponsor, 40_00)

    with pytest.raises(refunds.RefundRefused, match="sent before"):
        ask(sponsor, **other)


@pytest.mark.parametrize("amount_minor", [0, -1, PAID + 1])
def test_an_amount_that_cannot_go_back_changes_nothing(sponsor, amount_minor):
    sponsor.paid(PAID)

    with pytest.raises(refunds.RefundRefused):
        ask(sponsor, amount_minor)
    assert (sponsor.free(), Refund.objects.count()) == (PAID, 0)


def test_the_newest_payments_go_back_first_one_refund_to_each(sponsor):
    old, new = sponsor.paid(60_00), sponsor.paid(50_00)
    ask(sponsor, 70_00)
    send(sponsor)

    assert [facts.amount_minor for facts in refunds_at_stripe(new)] == [50_00]
    assert [facts.amount_minor for facts in refunds_at_stripe(old)] == [20_00]


def test_what_is_set_aside_or_earned_is_not_refundable(sponsor):
    sponsor.paid(PAID)
    campaign = a_campaign(budget_minor=1_00)
    campaigns.fund_campaign(
        campaign_id=campaign.id,
        organisation_id=sponsor.organisation.id,
        user_id=a_user("Ada").id,
        amount_minor=70_00,
        request_key="more-money",
        now=sponsor.world.now(),
    )

    assert total(sponsor) == PAID - 70_00
    with pytest.raises(refunds.RefundRefused, match=r"At most \$30\.00"):
        ask(sponsor, PAID - 70_00 + 1)


def test_a_payment_older_than_180_days_cannot_go_back_and_the_wallet_says_so(sponsor):
    sponsor.paid(PAID)
    Deposit.objects.update(settled_at=sponsor.world.now() - timedelta(days=180))
    found = payments.refundable(organisation_id=sponsor.organisation.id, currency="USD", now=sponsor.world.now())

    assert (found.total_minor, found.withheld) == (0, {Withheld.TOO_OLD: PAID})


def test_an_answer_that_was_lost_is_not_sent_twice(sponsor):
    deposit = sponsor.paid(PAID)
    ask(sponsor, 40_00)
    sponsor.world.fault("stripe", "drop_after_effect", path_prefix="v1/refunds")
    assert send(sponsor) == ["unknown"]
    sponsor.world.advance(minutes=5)

    assert send(sponsor) == ["succeeded"]
    assert len(refunds_at_stripe(deposit)) == 1


def test_after_the_key_was_forgotten_the_refund_is_looked_up_by_its_name(sponsor):
    deposit = sponsor.paid(PAID)
    ask(sponsor, 40_00)
    sponsor.world.fault("stripe", "drop_after_effect", path_prefix="v1/refunds")
    send(sponsor)
    sponsor.world.advance(hours=25)  # the key is pruned: the same key would be executed anew

    assert send(sponsor) == ["succeeded"]
    assert [facts.amount_minor for facts in refunds_at_stripe(deposit)] == [40_00]


def test_what_never_reached_stripe_is_sent_anew_only_after_it_was_missing_twice(sponsor):
    deposit = sponsor.paid(PAID)
    ask(sponsor, 40_00)
    sponsor.world.fault("stripe", "error_500", path_prefix="v1/refunds")
    send(sponsor)
    sponsor.world.advance(hours=25)
    assert send(sponsor) == ["unknown"]
    assert refunds_at_stripe(deposit) == []
    sponsor.world.advance(minutes=11)
    send(sponsor)
    assert (Refund.objects.get().attempt, send(sponsor)) == (2, ["succeeded"])
    assert len(refunds_at_stripe(deposit)) == 1


def test_a_no_gives_the_wallet_its_money_back_with_the_reason(sponsor):
    deposit = sponsor.paid(PAID)
    ask(sponsor, 40_00)
    sponsor.world.post("/control/stripe/disputes", {"charge": deposit.charge_id})

    assert send(sponsor) == ["released"]
    refund = Refund.objects.get()
    assert (refund.failure_code, refunding(sponsor), sponsor.free()) == ("charge_disputed", 0, PAID)
    assert "disputed" in refund.failure_sentence
    assert books.entry(EntryKind.REFUND_FAILED, f"refund:{refund.id}") is not None


def test_a_refund_that_waits_at_stripe_is_followed_to_its_end(sponsor):
    sponsor.paid(PAID, card="7726")
    sponsor.world.advance(days=3)
    ask(sponsor, 40_00)
    assert send(sponsor) == ["pending"]
    sponsor.world.advance(days=2)
    refunds.sweep(now=sponsor.world.now())

    assert states() == ["succeeded"]


def test_a_refund_that_fails_after_it_succeeded_is_money_in_the_wallet_again(sponsor):
    before = sponsor.at_stripe()
    sponsor.paid(PAID, card="5126")
    sponsor.world.advance(days=3)
    ask(sponsor, 40_00)
    assert send(sponsor) == ["succeeded"]
    sponsor.world.advance(days=3)
    refunds.sweep(now=sponsor.world.now())

    assert (states(), sponsor.free(), refunding(sponsor)) == (["failed"], PAID, 0)
    assert balance(AccountKind.STRIPE_BALANCE) == sponsor.at_stripe() - before
    assert [document.kind for document in Document.objects.exclude(kind="receipt").order_by("id")] == [
        "refund_note",
        "returned_refund_note",
    ]


def test_a_refund_that_failed_counts_no_longer_against_its_payment(sponsor):
    sponsor.paid(PAID, card="5126")
    sponsor.world.advance(days=3)
    ask(sponsor, PAID)
    send(sponsor)
    assert total(sponsor) == 0
    sponsor.world.advance(days=3)
    refunds.sweep(now=sponsor.world.now())

    assert total(sponsor) == PAID


def _facts(refund: Refund, **changes: Any) -> stripe.RefundFacts:
    taken = stripe.MoneyMoved(
        balance_transaction_id=f"txn_{refund.id}_{refund.request.request_key}",
        amount_minor=-refund.amount_minor,
        fee_minor=0,
        currency="USD",
        created_at=refund.due_at,
    )
    told: dict[str, Any] = {
        "stripe_id": f"re_{refund.id}",
        "charge_id": str(refund.deposit.charge_id),
        "status": "succeeded",
        "amount_minor": refund.amount_minor,
        "currency": "USD",
        "failure_code": "",
        "metadata": {},
        "created_at": refund.due_at,
        "taken": taken,
        "returned": None,
    }
    return stripe.RefundFacts(**{**told, **changes})


def _told(sponsor: Sponsor, **changes: Any) -> Refund:
    """Hand an answer of Stripe's to the one refund, and read its row."""
    refund = Refund.objects.get()
    refunds.SENDER.take_over(item_id=refund.id, facts=_facts(refund, **changes), now=sponsor.world.now())
    return Refund.objects.get()


def test_a_refund_without_balance_transaction_is_not_booked_until_there_is_one(sponsor):
    sponsor.paid(PAID)
    ask(sponsor, 40_00)
    assert _told(sponsor, status="pending", taken=None).booked_at is None
    assert (refunding(sponsor), balance(AccountKind.STRIPE_BALANCE)) == (40_00, PAID - FEE)

    assert _told(sponsor).booked_at is not None
    assert (refunding(sponsor), balance(AccountKind.STRIPE_BALANCE)) == (0, PAID - FEE - 40_00)


def test_the_same_answer_again_books_nothing_again(sponsor):
    sponsor.paid(PAID)
    ask(sponsor, 40_00)

    assert [_told(sponsor).state for _ in range(3)] == ["succeeded"] * 3
    assert (sponsor.free(), refunding(sponsor)) == (60_00, 0)


def test_an_old_answer_does_not_undo_a_newer_one(sponsor):
    sponsor.paid(PAID)
    ask(sponsor, 40_00)
    _told(sponsor)

    assert _told(sponsor, status="pending").state == "succeeded"


def test_a_status_that_nobody_has_heard_of_changes_nothing(sponsor):
    sponsor.paid(PAID)
    ask(sponsor, 40_00)
    _told(sponsor, status="requires_action", taken=None)

    assert _told(sponsor, status="teleported", taken=None).state == "requires_action"


def test_a_refund_canceled_before_any_money_left_is_in_the_wallet_again(sponsor):
    sponsor.paid(PAID)
    ask(sponsor, 40_00)
    _told(sponsor, status="pending", taken=None)

    assert _told(sponsor, status="canceled", taken=None).returned_at is not None
    assert (sponsor.free(), refunding(sponsor)) == (PAID, 0)


def test_a_failed_refund_whose_money_is_not_back_waits_for_it(sponsor):
    sponsor.paid(PAID)
    ask(sponsor, 40_00)
    _told(sponsor)
    assert _told(sponsor, status="failed").returned_at is None
    assert sponsor.free() == 60_00

    back = stripe.MoneyMoved(
        balance_transaction_id="txn_back",
        amount_minor=40_00,
        fee_minor=0,
        currency="USD",
        created_at=sponsor.world.now(),
    )
    assert _told(sponsor, status="failed", returned=back).returned_at is not None
    assert sponsor.free() == PAID


def test_the_fee_of_a_refund_is_ours_and_booked_as_it_stands(sponsor):
    sponsor.paid(PAID)
    ask(sponsor, 40_00)
    refund = Refund.objects.get()
    taken = stripe.MoneyMoved(
        balance_transaction_id="txn_fee",
        amount_minor=-40_00,
        fee_minor=35,
        currency="USD",
        created_at=sponsor.world.now(),
    )
    refunds.SENDER.take_over(item_id=refund.id, facts=_facts(refund, taken=taken), now=sponsor.world.now())

    assert balance(AccountKind.PLATFORM_PROCESSING) == FEE + 35
    assert balance(AccountKind.STRIPE_BALANCE) == PAID - FEE - 40_00 - 35


@pytest.mark.parametrize("moved", [{"amount_minor": -39_00}, {"currency": "EUR"}])
def test_money_that_moved_otherwise_than_asked_waits_for_a_person(sponsor, moved):
    sponsor.paid(PAID)
    ask(sponsor, 40_00)
    odd = {
        "balance_transaction_id": "txn_odd",
        "amount_minor": -40_00,
        "fee_minor": 0,
        "currency": "USD",
        "created_at": sponsor.world.now(),
    }
    refund = _told(sponsor, taken=stripe.MoneyMoved(**{**odd, **moved}))

    assert (refund.state, refund.failure_code, refund.booked_at) == ("needs_review", "not_booked", None)
    assert (refund.stripe_id, refunding(sponsor)) == (f"re_{refund.id}", 40_00)


def test_a_refund_in_review_is_looked_up_and_not_sent_when_a_person_says_so(sponsor):
    deposit = sponsor.paid(PAID)
    ask(sponsor, 40_00)
    sponsor.world.fault("stripe", "drop_after_effect", path_prefix="v1/refunds")
    send(sponsor)
    refund = Refund.objects.get()
    Refund.objects.update(state="needs_review")
    assert refunds.look_again(refund_id=refund.id, now=sponsor.world.now())
    assert not refunds.look_again(refund_id=refund.id, now=sponsor.world.now())

    assert (send(sponsor), len(refunds_at_stripe(deposit))) == (["succeeded"], 1)


def test_two_refunds_for_one_row_are_an_alarm(sponsor):
    sponsor.paid(PAID)
    ask(sponsor, 40_00)
    _told(sponsor)

    with pytest.raises(refund_bookings.RefundSentTwice):
        _told(sponsor, stripe_id="re_other")


def test_a_refund_made_by_hand_at_stripe_is_nothing_we_asked_for(sponsor, caplog):
    deposit = sponsor.paid(PAID)
    stripe.send_refund(
        charge_id=str(deposit.charge_id), amount_minor=1_00, metadata={}, idempotency_key=f"hand-{deposit.charge_id}"
    )

    said = refunds.settle_charge_hint(charge_id=str(deposit.charge_id), now=sponsor.world.now())
    assert "by hand" in said
    assert "was not asked for here" in caplog.text


BREAKS = """
create function breaks() returns trigger language plpgsql as $$ begin raise exception 'odd'; end $$;
create trigger odd before update on campaigns_refund for each row when (new.id = {odd}) execute function breaks();
"""


def test_whatever_is_odd_about_a_refund_keeps_no_other_waiting_and_is_told_at_the_end(sponsor):
    sponsor.paid(PAID, card="7726")
    sponsor.world.advance(days=3)
    for number in range(2):
        ask(sponsor, 10_00, key=f"form-{number}")
    assert send(sponsor) == ["pending", "pending"]
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute(BREAKS.format(odd=Refund.objects.order_by("id")[0].id))
    sponsor.world.advance(days=2)
    with pytest.raises(DatabaseError, match="odd"):
        refunds.sweep(now=sponsor.world.now())

    assert states() == ["pending", "succeeded"]


def test_a_letter_about_a_lost_answer_brings_it(sponsor):
    deposit = sponsor.paid(PAID)
    ask(sponsor, 40_00)
    sponsor.world.fault("stripe", "drop_after_effect", path_prefix="v1/refunds")
    send(sponsor)
    [there] = refunds_at_stripe(deposit)

    refunds.settle_hint(stripe_id=there.stripe_id, now=sponsor.world.now())
    assert states() == ["succeeded"]


@pytest.mark.parametrize("state", [state for state in RefundState if state is not RefundState.NEEDS_REVIEW])
def test_every_state_can_be_left_to_a_person(state):
    from cliphaven.campaigns.rules.refunds import REFUND_EDGES  # noqa: PLC0415

    assert RefundState.NEEDS_REVIEW in REFUND_EDGES[state]


def test_another_organisations_payments_are_not_refundable(sponsor):
    sponsor.paid(PAID)
    other = sponsor.organisation.id + 1

    found = payments.refundable(organisation_id=other, currency="USD", now=sponsor.world.now())
    assert found.total_minor == 0
    assert queries.wallet(organisation_id=other, currency="USD").deposits == []
