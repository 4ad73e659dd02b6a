"""Disputes against the pretend Stripe and as Stripe may tell them: what they take, from where, and what comes back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection

from cliphaven.campaigns import queries
from cliphaven.campaigns.models import Campaign, Deposit, Dispute, DisputeMovement, Refund, SpendPause
from cliphaven.campaigns.operations import campaigns, disputes, receivables, refunds, spending, wallet
from cliphaven.campaigns.queries import pauses, payments
from cliphaven.campaigns.rules.refunds import Withheld
from cliphaven.earnings.operations import accruing as earnings
from cliphaven.foundation.transactions import own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.providers import stripe
from tests.people import a_campaign, a_user, an_approved_clip, ben, deposited, seen
from tests.rooms.campaigns.conftest import Sponsor, balance

pytestmark = pytest.mark.django_db
PAID = 100_00
FEE = PAID * 29 // 1000 + 30
DISPUTE_FEE = 15_00
STATUSES = (
    "needs_response", "under_review", "won", "lost", "warning_needs_response", "warning_under_review",
    "warning_closed", "prevented", "appeal_needs_response", "appeal_under_review",
)  # fmt: skip


def disputed(sponsor: Sponsor, deposit: Deposit, **order: Any) -> str:
    """The payer's bank disputes a payment, and we read it; answers the dispute's id."""
    opened = sponsor.world.post("/control/stripe/disputes", {"charge": deposit.charge_id, **order})
    disputes.settle_dispute(stripe_id=opened["id"], now=sponsor.world.now())
    return str(opened["id"])


def closed(sponsor: Sponsor, stripe_id: str, *, won: bool) -> None:
    sponsor.world.post(f"/control/stripe/disputes/{stripe_id}/close", {"won": won})
    disputes.settle_dispute(stripe_id=stripe_id, now=sponsor.world.now())


def fund(sponsor: Sponsor, campaign: Campaign, amount_minor: int, *, key: str = "more-money") -> None:
    campaigns.fund_campaign(
        campaign_id=campaign.id,
        organisation_id=sponsor.organisation.id,
        user_id=a_user("Ada").id,
        amount_minor=amount_minor,
        request_key=key,
        now=sponsor.world.now(),
    )


def a_draft(sponsor: Sponsor, amount_minor: int = 0) -> Campaign:
    """A campaign without money of its own, but what is set aside for it now."""
    campaign = a_campaign(budget_minor=1)
    if amount_minor:
        fund(sponsor, campaign, amount_minor)
    return campaign


def budget(campaign: Campaign) -> int:
    return balance(AccountKind.CAMPAIGN_BUDGET, campaign.id)


def owed(sponsor: Sponsor) -> int:
    return balance(AccountKind.SPONSOR_RECEIVABLE, sponsor.organisation.id)


def facts_of(sponsor: Sponsor, deposit: Deposit, **changes: Any) -> stripe.DisputeFacts:
    told = stripe.DisputeFacts(
        stripe_id=f"dp_{deposit.charge_id}",
        charge_id=str(deposit.charge_id),
        payment_intent_id=str(deposit.payment_intent_id),
        status="needs_response",
        reason="fraudulent",
        amount_minor=PAID,
        currency="USD",
        due_by=None,
        was_answered=False,
        opened_at=sponsor.world.now(),
        moved=(),
    )
    return replace(told, **changes)


def moved(
    sponsor: Sponsor, number: int, amount_minor: int, *, fee: int = 0, currency: str = "USD"
) -> stripe.MoneyMoved:
    return stripe.MoneyMoved(
        balance_transaction_id=f"txn_{number}",
        amount_minor=amount_minor,
        fee_minor=fee,
        currency=currency,
        created_at=sponsor.world.now() + timedelta(seconds=number),
    )


def test_a_chargeback_takes_the_wallet_first_and_the_fee_is_ours(sponsor):
    before = sponsor.at_stripe()
    deposit = sponsor.paid(PAID)
    sponsor.paid(50_00)
    disputed(sponsor, deposit)

    assert (sponsor.free(), owed(sponsor)) == (PAID + 50_00 - PAID, 0)
    kept = FEE + (50_00 * 29 // 1000 + 30) + DISPUTE_FEE
    assert balance(AccountKind.PLATFORM_PROCESSING) == kept
    assert balance(AccountKind.STRIPE_BALANCE) == sponsor.at_stripe() - before == 50_00 - kept
    assert SpendPause.objects.count() == 0


def test_then_it_takes_unspent_budgets_and_the_rest_is_owed(sponsor):
    deposit = sponsor.paid(PAID)
    campaign = a_draft(sponsor, 60_00)
    _spend_elsewhere(campaign, 20_00)
    disputed(sponsor, deposit)

    assert (sponsor.free(), budget(campaign)) == (0, 0)
    assert owed(sponsor) == PAID - 40_00 - (60_00 + 1 - 20_00)


@own_transaction
def _spend_elsewhere(campaign: Campaign, amount_minor: int, *, number: int = 1) -> None:
    """Ben has earned some of the budget."""
    clearing = Account(kind=AccountKind.CREATOR_CLEARING, owner_id=ben().id, currency=campaign.currency)
    leg = ledger.Leg(
        debit=queries.budget_account(campaign_id=campaign.id, currency=campaign.currency),
        credit=clearing,
        amount_minor=amount_minor,
    )
    ledger.record(
        [
            ledger.Entry(
                kind=EntryKind.ACCRUAL,
                external_id=f"311:{number}",
                legs=(leg,),
                occurred_at=campaign.created_at,
                cause="test",
            )
        ]
    )


def test_what_creators_earned_is_never_touched(sponsor):
    deposit = sponsor.paid(PAID)
    campaign = a_draft(sponsor, PAID)
    _spend_elsewhere(campaign, 30_00)
    disputed(sponsor, deposit)

    assert balance(AccountKind.CREATOR_CLEARING, ben().id) == 30_00


def test_drafts_give_before_campaigns_and_newer_ones_before_older(sponsor):
    deposit = sponsor.paid(PAID)
    old, new, draft = a_draft(sponsor), a_draft(sponsor), a_draft(sponsor)
    for number, campaign in enumerate((old, new, draft)):
        fund(sponsor, campaign, 30_00, key=f"form-{number:04d}")
    Campaign.objects.filter(id=draft.id).update(state="draft")
    disputed(sponsor, deposit, amount=60_00)

    # 10.00 of the wallet, 30.01 of the draft, the rest of the newer campaign.
    assert [budget(one) for one in (old, new, draft)] == [30_01, 30_01 - (60_00 - 10_00 - 30_01), 0]


def test_drained_campaigns_are_paused_with_a_reason_that_creators_can_read(sponsor):
    deposit = sponsor.paid(PAID)
    campaign = a_draft(sponsor, PAID)
    disputed(sponsor, deposit)

    assert Campaign.objects.get(id=campaign.id).state == "paused"
    [sentence] = pauses.pause_sentences([campaign.id], now=sponsor.world.now()).values()
    assert "taken back by a card's bank" in sentence
    assert [pause.reason for pause in pauses.live_pauses(now=sponsor.world.now())] == ["chargeback"]


def test_who_owes_neither_funds_nor_opens_anything(sponsor):
    deposit = sponsor.paid(PAID)
    campaign = a_draft(sponsor, PAID)
    _spend_elsewhere(campaign, 30_00)
    disputed(sponsor, deposit)

    for act in (
        lambda: fund(sponsor, campaign, 1, key="another-form"),
        lambda: campaigns.activate_campaign(
            campaign_id=campaign.id, organisation_id=sponsor.organisation.id, now=sponsor.world.now()
        ),
    ):
        with pytest.raises(spending.SpendingPaused, match=r"\$29\.99 of it is owed"):
            act()


def test_the_next_payment_pays_the_debt_first_and_lifts_the_pause(sponsor):
    deposit = sponsor.paid(PAID)
    campaign = a_draft(sponsor, PAID)
    _spend_elsewhere(campaign, 30_01)
    disputed(sponsor, deposit)
    assert owed(sponsor) == 30_00
    later = sponsor.paid(50_00)

    assert (owed(sponsor), sponsor.free()) == (0, 20_00)
    name = f"sponsor:{sponsor.organisation.id}:{later.payment_intent_id}"
    assert books.entry(EntryKind.RECOVER, name) is not None
    assert SpendPause.objects.get().lifted_because == "recovered"
    fund(sponsor, campaign, 20_00, key="another-form")


def test_a_payment_smaller_than_the_debt_leaves_the_rest_owed(sponsor):
    deposit = sponsor.paid(PAID)
    campaign = a_draft(sponsor, PAID)
    _spend_elsewhere(campaign, 30_01)
    disputed(sponsor, deposit)
    sponsor.paid(10_00)

    assert (owed(sponsor), sponsor.free(), SpendPause.objects.get().lifted_at) == (20_00, 0, None)


def test_money_that_reached_the_wallet_by_another_door_is_recovered_by_the_sweep(sponsor):
    deposit = sponsor.paid(PAID)
    campaign = a_draft(sponsor, PAID)
    _spend_elsewhere(campaign, 30_01)
    disputed(sponsor, deposit)
    deposited(sponsor.organisation, 50_00)

    assert receivables.recover_all(now=sponsor.world.now()) == 1
    assert (owed(sponsor), sponsor.free()) == (0, 20_00)
    assert receivables.recover_all(now=sponsor.world.now()) == 0


def test_a_lost_dispute_leaves_everything_as_it_is(sponsor):
    stripe_id = disputed(sponsor, sponsor.paid(PAID))
    closed(sponsor, stripe_id, won=False)

    row = Dispute.objects.get()
    assert (row.status, row.is_over, row.closed_at is not None) == ("lost", True, True)
    assert (sponsor.free(), DisputeMovement.objects.count()) == (0, 1)


def test_won_money_goes_back_to_the_wallet_and_the_fee_stays_spent(sponsor):
    before = sponsor.at_stripe()
    stripe_id = disputed(sponsor, sponsor.paid(PAID))
    closed(sponsor, stripe_id, won=True)

    assert (sponsor.free(), balance(AccountKind.PLATFORM_PROCESSING)) == (PAID, FEE + DISPUTE_FEE)
    assert balance(AccountKind.STRIPE_BALANCE) == sponsor.at_stripe() - before


def test_won_money_settles_the_debt_first(sponsor):
    deposit = sponsor.paid(PAID)
    campaign = a_draft(sponsor, PAID)
    _spend_elsewhere(campaign, 30_01)
    stripe_id = disputed(sponsor, deposit)
    closed(sponsor, stripe_id, won=True)

    assert (owed(sponsor), sponsor.free()) == (0, PAID - 30_00)
    assert SpendPause.objects.get().lifted_at is not None


@own_transaction
def _write_off(sponsor: Sponsor, amount_minor: int, *, number: int = 1, refers_to: str = "") -> None:
    losses = Account(kind=AccountKind.PLATFORM_LOSSES, currency="USD")
    debt = Account(kind=AccountKind.SPONSOR_RECEIVABLE, owner_id=sponsor.organisation.id, currency="USD")
    leg = ledger.Leg(debit=losses, credit=debt, amount_minor=amount_minor)
    ledger.record(
        [
            ledger.Entry(
                kind=EntryKind.WRITE_OFF,
                external_id=f"correction:{number}",
                legs=(leg,),
                occurred_at=sponsor.world.now(),
                cause=f"correction {number}, {refers_to}",
            )
        ]
    )


def test_won_money_of_a_debt_that_was_written_off_is_the_platforms_again(sponsor):
    deposit = sponsor.paid(PAID)
    campaign = a_draft(sponsor, PAID)
    _spend_elsewhere(campaign, 30_01)
    stripe_id = disputed(sponsor, deposit)
    _write_off(sponsor, 30_00)
    closed(sponsor, stripe_id, won=True)

    assert (balance(AccountKind.PLATFORM_LOSSES), sponsor.free(), owed(sponsor)) == (0, PAID - 30_00, 0)


@own_transaction
def _take_back_the_write_off(sponsor: Sponsor) -> None:
    ledger.reverse(
        kind=EntryKind.WRITE_OFF,
        external_id="correction:1",
        cause="correction 2",
        actor="test",
        reason="The sponsor pays after all",
        now=sponsor.world.now(),
    )


def test_won_money_of_a_debt_whose_write_off_was_taken_back_and_paid_is_the_sponsors(sponsor):
    deposit = sponsor.paid(PAID)
    _spend_elsewhere(a_draft(sponsor, PAID), 30_01)
    stripe_id = disputed(sponsor, deposit)
    _write_off(sponsor, 30_00)
    _take_back_the_write_off(sponsor)
    sponsor.paid(30_00)  # pays the debt
    assert (owed(sponsor), sponsor.free()) == (0, 0)
    closed(sponsor, stripe_id, won=True)

    assert (balance(AccountKind.PLATFORM_LOSSES), sponsor.free()) == (0, PAID)


def _two_debts(sponsor: Sponsor) -> tuple[str, str]:
    """Two disputes, 30.00 owed for the first and 50.00 for the second."""
    first, second = sponsor.paid(PAID), sponsor.paid(50_00)
    _spend_elsewhere(a_draft(sponsor, PAID + 50_00), 80_01)
    one = disputed(sponsor, first)
    return one, disputed(sponsor, second)


def test_what_was_written_off_of_one_dispute_is_not_kept_from_another_that_the_sponsor_paid(sponsor):
    paid, written = _two_debts(sponsor)
    assert owed(sponsor) == 80_00
    _write_off(sponsor, 50_00, refers_to=written)
    sponsor.paid(30_00)  # pays the other debt
    closed(sponsor, paid, won=True)
    assert (balance(AccountKind.PLATFORM_LOSSES), sponsor.free()) == (50_00, PAID)

    closed(sponsor, written, won=True)
    assert (balance(AccountKind.PLATFORM_LOSSES), sponsor.free()) == (0, PAID)


def test_a_write_off_that_names_no_dispute_is_of_the_oldest_debt(sponsor):
    oldest, newer = _two_debts(sponsor)
    _write_off(sponsor, 30_00)
    sponsor.paid(50_00)
    closed(sponsor, newer, won=True)
    assert (balance(AccountKind.PLATFORM_LOSSES), sponsor.free()) == (30_00, 50_00)

    closed(sponsor, oldest, won=True)
    assert (balance(AccountKind.PLATFORM_LOSSES), sponsor.free()) == (0, 50_00 + PAID - 30_00)


def test_debts_in_two_currencies_are_recovered_by_the_same_sweep(sponsor):
    dollars, euros = sponsor.paid(PAID), sponsor.paid(PAID, currency="EUR")
    for deposit, currency, number in ((dollars, "USD", 1), (euros, "EUR", 2)):
        campaign = a_campaign(budget_minor=1, currency=currency)
        fund(sponsor, campaign, PAID, key=f"form-{currency}")
        _spend_elsewhere(campaign, 30_01, number=number)
        disputed(sponsor, deposit)
        deposited(sponsor.organisation, 50_00, currency=currency)

    assert receivables.recover_all(now=sponsor.world.now()) == 2
    whose = sponsor.organisation.id
    assert [balance(AccountKind.SPONSOR_WALLET, whose, currency=one) for one in ("USD", "EUR")] == [20_00, 20_00]


def test_a_dispute_that_the_books_refuse_is_for_a_person_and_the_others_are_taken_in(sponsor):
    other = sponsor.paid(50_00)
    deposit = sponsor.paid(PAID)
    opened = sponsor.world.post("/control/stripe/disputes", {"charge": deposit.charge_id})
    facts = stripe.dispute(opened["id"])
    _plant(f"{facts.stripe_id}:{facts.moved[0].balance_transaction_id}", sponsor)  # its name is taken
    sponsor.world.post("/control/stripe/disputes", {"charge": other.charge_id})
    disputes.sweep(now=sponsor.world.now())

    found = {dispute.stripe_id: dispute.review_reason for dispute in Dispute.objects.all()}
    assert "the books refuse it" in found.pop(opened["id"])
    assert list(found.values()) == [""]
    assert sponsor.free() == PAID - 1


@own_transaction
def _plant(name: str, sponsor: Sponsor) -> None:
    leg = ledger.Leg(
        debit=Account(kind=AccountKind.SPONSOR_WALLET, owner_id=sponsor.organisation.id, currency="USD"),
        credit=Account(kind=AccountKind.STRIPE_BALANCE, currency="USD"),
        amount_minor=1,
    )
    now = sponsor.world.now()
    ledger.record(
        [ledger.Entry(kind=EntryKind.CHARGEBACK, external_id=name, legs=(leg,), occurred_at=now, cause="test")]
    )


BREAKS = """
create function breaks() returns trigger language plpgsql as $$ begin raise exception 'odd'; end $$;
create trigger odd before insert on campaigns_dispute
    for each row when (new.stripe_id = '{odd}') execute function breaks();
"""


def test_whatever_is_odd_about_a_dispute_keeps_no_other_waiting_and_is_told_at_the_end(sponsor):
    odd, other = sponsor.paid(PAID), sponsor.paid(50_00)
    sponsor.world.post("/control/stripe/disputes", {"charge": other.charge_id})
    sponsor.world.advance(seconds=1)
    opened = sponsor.world.post("/control/stripe/disputes", {"charge": odd.charge_id})  # the newest is read first
    with connection.cursor() as cursor:
        cursor.execute(BREAKS.format(odd=opened["id"]))
    with pytest.raises(DatabaseError, match="odd"):
        disputes.sweep(now=sponsor.world.now())
    assert sponsor.free() == PAID

    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("drop trigger odd on campaigns_dispute")
    disputes.sweep(now=sponsor.world.now())
    assert sponsor.free() == 0


def test_an_inquiry_moves_nothing_and_pauses_nothing(sponsor):
    stripe_id = disputed(sponsor, sponsor.paid(PAID), inquiry=True)
    assert (sponsor.free(), DisputeMovement.objects.count()) == (PAID, 0)

    closed(sponsor, stripe_id, won=False)
    assert (sponsor.free(), Dispute.objects.get().status) == (PAID, "warning_closed")


def test_a_dispute_read_ten_times_is_booked_once(sponsor):
    stripe_id = disputed(sponsor, sponsor.paid(PAID))
    for _ in range(9):
        disputes.settle_dispute(stripe_id=stripe_id, now=sponsor.world.now())

    assert (sponsor.free(), DisputeMovement.objects.count()) == (0, 1)
    assert balance(AccountKind.PLATFORM_PROCESSING) == FEE + DISPUTE_FEE


def test_its_end_may_be_heard_of_before_its_beginning(sponsor):
    deposit = sponsor.paid(PAID)
    opened = sponsor.world.post("/control/stripe/disputes", {"charge": deposit.charge_id})
    sponsor.world.post(f"/control/stripe/disputes/{opened['id']}/close", {"won": True})
    disputes.settle_dispute(stripe_id=opened["id"], now=sponsor.world.now())

    assert (sponsor.free(), DisputeMovement.objects.count()) == (PAID, 2)


def test_a_dispute_of_a_payment_that_we_have_not_looked_up_is_read_after_it(sponsor):
    started = sponsor.opens(PAID)
    sponsor.pays(started, card="0259")
    sponsor.world.advance(seconds=1)
    session_id = Deposit.objects.get().checkout_session_id
    charge = stripe.checkout(str(session_id)).payment.charge_id
    assert sponsor.state(started) == "started"
    [facts] = [
        one for one in stripe.disputes_since(sponsor.world.now() - timedelta(hours=1)) if one.charge_id == charge
    ]
    disputes.settle_dispute(stripe_id=facts.stripe_id, now=sponsor.world.now())

    assert (sponsor.state(started), sponsor.free()) == ("paid", 0)


def test_a_dispute_of_somebody_elses_payment_is_not_ours(sponsor):
    deposit = sponsor.paid(PAID)
    opened = sponsor.world.post("/control/stripe/disputes", {"charge": deposit.charge_id})
    Deposit.objects.update(charge_id="ch_other", payment_intent_id="pi_other", checkout_session_id="cs_other")

    said = disputes.settle_dispute(stripe_id=opened["id"], now=sponsor.world.now())
    assert (said, Dispute.objects.count()) == ("no payment of ours", 0)


def test_a_status_of_the_future_is_kept_open_and_read_again(sponsor):
    deposit = sponsor.paid(PAID)
    disputes.take_in(facts=facts_of(sponsor, deposit, status="weighed_by_oracle"), now=sponsor.world.now())

    row = Dispute.objects.get()
    assert (row.status, row.is_over, sponsor.free()) == ("weighed_by_oracle", False, PAID)
    assert queries.disputes_open()[0].sentence == "The card's bank is looking at this payment."


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_known_and_moves_no_money_by_itself(sponsor, status):
    deposit = sponsor.paid(PAID)
    disputes.take_in(facts=facts_of(sponsor, deposit, status=status), now=sponsor.world.now())

    assert (Dispute.objects.get().status, sponsor.free()) == (status, PAID)


def test_money_is_booked_by_balance_transactions_with_their_fees_whatever_the_amount_says(sponsor):
    deposit = sponsor.paid(PAID)
    taken = moved(sponsor, 1, -90_00, fee=15_00)
    counter = moved(sponsor, 2, 0, fee=15_00)
    back = moved(sponsor, 3, 90_00, fee=-15_00)
    disputes.take_in(facts=facts_of(sponsor, deposit, moved=(taken, counter)), now=sponsor.world.now())
    assert (sponsor.free(), balance(AccountKind.PLATFORM_PROCESSING)) == (10_00, FEE + 30_00)

    facts = facts_of(sponsor, deposit, status="won", moved=(taken, counter, back))
    disputes.take_in(facts=facts, now=sponsor.world.now())
    assert (sponsor.free(), balance(AccountKind.PLATFORM_PROCESSING)) == (PAID, FEE + 15_00)
    assert books.entry(EntryKind.FEE_RETURNED, "txn_3") is not None


def test_money_in_another_currency_waits_for_a_person(sponsor):
    deposit = sponsor.paid(PAID)
    foreign = moved(sponsor, 1, -90_00, currency="EUR")
    said = disputes.take_in(facts=facts_of(sponsor, deposit, moved=(foreign,)), now=sponsor.world.now())

    assert (said, sponsor.free()) == ("left to a person", PAID)
    assert "EUR" in Dispute.objects.get().review_reason


def test_an_older_reading_does_not_overwrite_a_newer_one(sponsor):
    deposit = sponsor.paid(PAID)
    now = sponsor.world.now()
    disputes.take_in(facts=facts_of(sponsor, deposit, status="won"), now=now)
    disputes.take_in(facts=facts_of(sponsor, deposit), now=now - timedelta(minutes=1))

    assert Dispute.objects.get().status == "won"


def test_a_disputed_payment_is_not_refundable_and_the_wallet_says_why(sponsor):
    deposit = sponsor.paid(PAID)
    other = sponsor.paid(50_00)
    disputed(sponsor, deposit, amount=20_00)
    found = payments.refundable(organisation_id=sponsor.organisation.id, currency="USD", now=sponsor.world.now())

    assert [(part.deposit_id, part.amount_minor) for part in found.parts] == [(other.id, 50_00)]
    assert found.withheld == {Withheld.DISPUTED: 80_00}


def test_a_refund_that_is_refused_pays_the_debt_of_the_chargeback(sponsor):
    deposit = sponsor.paid(PAID)
    refunds.request_refund(
        organisation_id=sponsor.organisation.id,
        user_id=a_user("Ada").id,
        amount_minor=PAID,
        currency="USD",
        request_key="form-1",
        now=sponsor.world.now(),
    )
    disputed(sponsor, deposit)
    assert owed(sponsor) == PAID
    refunds.send(refund_id=Refund.objects.get().id, now=sponsor.world.now(), read_clock=sponsor.world.now)
    assert (owed(sponsor), sponsor.free()) == (0, 0)


def test_disputes_that_no_letter_told_of_are_found_and_open_ones_followed(sponsor):
    deposit = sponsor.paid(PAID)
    opened = sponsor.world.post("/control/stripe/disputes", {"charge": deposit.charge_id})
    disputes.sweep(now=sponsor.world.now())
    assert sponsor.free() == 0

    sponsor.world.advance(days=2)
    sponsor.world.post(f"/control/stripe/disputes/{opened['id']}/close", {"won": True})
    disputes.sweep(now=sponsor.world.now())
    assert (Dispute.objects.get().status, sponsor.free()) == ("won", PAID)


def test_a_dispute_opened_between_two_looks_is_found_by_the_second(sponsor):
    deposit = sponsor.paid(PAID)
    disputes.sweep(now=sponsor.world.now())
    sponsor.world.advance(hours=2)
    sponsor.world.post("/control/stripe/disputes", {"charge": deposit.charge_id})
    sponsor.world.advance(hours=1)
    disputes.sweep(now=sponsor.world.now())

    assert sponsor.free() == 0


def test_an_open_dispute_is_followed_when_it_is_no_longer_in_the_list(sponsor):
    stripe_id = disputed(sponsor, sponsor.paid(PAID))
    for _ in range(2):
        sponsor.world.advance(days=1)
        disputes.sweep(now=sponsor.world.now())
    sponsor.world.post(f"/control/stripe/disputes/{stripe_id}/close", {"won": True})
    sponsor.world.advance(days=1)
    disputes.sweep(now=sponsor.world.now())

    assert (Dispute.objects.get().status, sponsor.free()) == ("won", PAID)


def test_the_list_is_looked_through_from_where_the_last_look_ended(sponsor):
    disputes.sweep(now=sponsor.world.now())
    sponsor.world.advance(days=3)
    disputes.sweep(now=sponsor.world.now())

    assert disputes.sweep(now=sponsor.world.now()) == 0


def test_staff_see_open_disputes_by_when_they_are_due(sponsor):
    first, second = sponsor.paid(PAID), sponsor.paid(PAID)
    disputed(sponsor, first)
    sponsor.world.advance(days=1)
    disputed(sponsor, second)
    closed(sponsor, disputed(sponsor, sponsor.paid(PAID)), won=False)

    found = queries.disputes_open()
    assert [dispute.deposit_id for dispute in found] == [first.id, second.id]
    assert found[0].due_by is not None
    assert found[0].organisation_name == "Ada Ltd"


def test_a_chargeback_and_views_that_earn_leave_the_books_sound(sponsor):
    deposit = sponsor.paid(PAID)
    campaign = a_draft(sponsor, PAID)
    seen(an_approved_clip(campaign), 10_000)
    earnings.accrue_campaign(campaign_id=campaign.id, now=sponsor.world.now())
    disputed(sponsor, deposit)

    assert owed(sponsor) == 10_000 * 150 // 1000 - 1
    assert balance(AccountKind.CREATOR_CLEARING, ben().id) > 0
    assert [check.failures for check in books.verify() if check.failures] == []


def test_a_wallet_look_up_of_an_unknown_charge_is_none(sponsor):
    sponsor.paid(PAID)

    assert wallet.settle_charge(charge_id=str(Deposit.objects.get().charge_id), now=sponsor.world.now())


def test_a_dispute_of_a_payment_that_the_books_do_not_have_waits_for_a_person(sponsor):
    deposit = sponsor.paid(PAID)
    sponsor.paid(50_00)
    Deposit.objects.filter(id=deposit.id).update(state="needs_review")
    taken = moved(sponsor, 1, -PAID, fee=15_00)
    disputes.take_in(facts=facts_of(sponsor, deposit, moved=(taken,)), now=sponsor.world.now())

    assert (sponsor.free(), DisputeMovement.objects.count()) == (PAID + 50_00, 0)
    assert "do not have" in Dispute.objects.get().review_reason


def test_a_sponsor_who_lets_a_campaign_go_on_is_past_the_chargeback(sponsor):
    deposit = sponsor.paid(PAID)
    campaign = a_draft(sponsor, 50_00)
    disputed(sponsor, deposit, amount=60_00)  # 50.00 of the wallet, 10.00 of the campaign
    assert receivables.recover_all(now=sponsor.world.now()) == 0
    assert SpendPause.objects.get().lifted_at is None
    campaigns.activate_campaign(
        campaign_id=campaign.id, organisation_id=sponsor.organisation.id, now=sponsor.world.now()
    )
    receivables.recover_all(now=sponsor.world.now())

    assert SpendPause.objects.get().lifted_because == "campaigns go on"


def test_staff_see_everything_that_waits_for_a_person(sponsor):
    deposit, other = sponsor.paid(PAID), sponsor.paid(PAID)
    foreign = moved(sponsor, 1, -90_00, currency="EUR")
    disputes.take_in(facts=facts_of(sponsor, other, moved=(foreign,)), now=sponsor.world.now())
    refunds.request_refund(
        organisation_id=sponsor.organisation.id,
        user_id=a_user("Ada").id,
        amount_minor=1_00,
        currency="USD",
        request_key="form-1",
        now=sponsor.world.now(),
    )
    Refund.objects.update(state="needs_review", failure_sentence="Why")
    Deposit.objects.filter(id=deposit.id).update(state="needs_review", review_reason="Converted")

    assert sorted((review.what, bool(review.why)) for review in queries.in_review()) == [
        ("deposit", True),
        ("dispute", True),
        ("refund", True),
    ]
