"""Early fraud warnings: what is kept together, what waits, and how it ends."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cliphaven.campaigns import queries
from cliphaven.campaigns.models import Deposit, Refund, SpendPause
from cliphaven.campaigns.operations import acts, disputes, refunds, spending, warnings
from cliphaven.campaigns.queries import payments
from cliphaven.earnings.operations import accruing as earnings
from cliphaven.ledger.chart import AccountKind
from cliphaven.providers import stripe
from tests.people import a_user, an_approved_clip, dot, seen
from tests.rooms.campaigns.conftest import Sponsor, balance
from tests.rooms.campaigns.test_disputes import PAID, a_draft, fund

pytestmark = pytest.mark.django_db


def warned(sponsor: Sponsor, deposit: Deposit) -> SpendPause:
    """The card network warns of a payment, and we read it."""
    told = sponsor.world.post("/control/stripe/fraud-warnings", {"charge": deposit.charge_id})
    warnings.settle_warning(stripe_id=told["id"], now=sponsor.world.now())
    return SpendPause.objects.get(warning_id=told["id"])


def free(sponsor: Sponsor) -> int:
    found = payments.spending(organisation_id=sponsor.organisation.id, currency="USD", now=sponsor.world.now())
    return found.free_minor


def give_back(sponsor: Sponsor, amount_minor: int) -> list[Refund]:
    request_id = refunds.request_refund(
        organisation_id=sponsor.organisation.id,
        user_id=a_user("Ada").id,
        amount_minor=amount_minor,
        currency="USD",
        request_key=f"refund-{amount_minor}",
        now=sponsor.world.now(),
    )
    found = list(Refund.objects.filter(request_id=request_id))
    for refund in found:
        refunds.send(refund_id=refund.id, now=sponsor.world.now(), read_clock=sponsor.world.now)
    return found


def test_a_warned_payments_money_cannot_be_set_aside(sponsor):
    sponsor.paid(50_00)
    pause = warned(sponsor, sponsor.paid(PAID))
    campaign = a_draft(sponsor)

    assert (free(sponsor), pause.lasts_until) == (50_00, pause.paused_since + timedelta(days=14))
    with pytest.raises(spending.SpendingPaused, match=r"at most \$50\.00"):
        fund(sponsor, campaign, 50_01)
    fund(sponsor, campaign, 50_00, key="another-form")
    assert sponsor.free() == PAID


def test_a_form_sent_twice_is_still_one_when_the_warning_came_in_between(sponsor):
    deposit, campaign = sponsor.paid(PAID), a_draft(sponsor)
    fund(sponsor, campaign, 60_00)
    warned(sponsor, deposit)
    fund(sponsor, campaign, 60_00)

    assert sponsor.free() == 40_00


def test_it_can_go_back_to_its_own_card_before_any_other(sponsor):
    warning = warned(sponsor, sponsor.paid(PAID))
    sponsor.paid(50_00)
    [refund] = give_back(sponsor, 70_00)

    assert refund.deposit_id == warning.deposit_id


def test_while_the_wallet_covers_the_warned_payment_campaigns_go_on_earning(sponsor):
    campaign = a_draft(sponsor)
    warned(sponsor, sponsor.paid(PAID))

    assert queries.spend_paused([campaign.id], now=sponsor.world.now()) == set()


def test_when_it_does_not_all_campaigns_in_that_currency_wait_and_creators_read_why(sponsor):
    deposit = sponsor.paid(PAID)
    campaign, other = a_draft(sponsor, 1_00), a_draft(sponsor)
    warned(sponsor, deposit)
    ids = [campaign.id, other.id]

    assert queries.spend_paused(ids, now=sponsor.world.now()) == set(ids)
    sentences = queries.pause_sentences(ids, now=sponsor.world.now())
    assert "is being checked" in sentences[campaign.id]


def test_views_earn_nothing_meanwhile_and_everything_afterwards(sponsor):
    deposit = sponsor.paid(PAID)
    campaign = a_draft(sponsor, 50_00)
    clip = an_approved_clip(campaign)
    pause = warned(sponsor, deposit)
    now = sponsor.world.now()
    seen(clip, 1_000)
    assert earnings.accrue_campaign(campaign_id=campaign.id, now=now) == 0
    seen(clip, 2_000, at=now)
    warnings.lift(pause_id=pause.id, user_id=dot().id, because="Spoke to the cardholder", now=now)

    assert earnings.accrue_campaign(campaign_id=campaign.id, now=now) == 1
    assert balance(AccountKind.CAMPAIGN_BUDGET, campaign.id) == 50_00 + 1 - 2_000 * 150 // 1000


def test_the_creators_page_of_a_clip_says_why_nothing_is_added(sponsor):
    deposit = sponsor.paid(PAID)
    clip = an_approved_clip(a_draft(sponsor, 50_00))
    client = Client()
    client.force_login(clip.creator)
    before = client.get(reverse("clip", args=[clip.id])).content.decode()
    warned(sponsor, deposit)

    after = client.get(reverse("clip", args=[clip.id])).content.decode()
    assert ["is being checked" in page for page in (before, after)] == [False, True]


def test_other_organisations_and_currencies_do_not_wait(sponsor):
    campaign = a_draft(sponsor)
    deposit = sponsor.paid(PAID, currency="EUR")
    warned(sponsor, deposit)
    sponsor.paid(1_00 * 5, currency="EUR")

    assert queries.spend_paused([campaign.id], now=sponsor.world.now()) == set()
    assert free(sponsor) == sponsor.free()


def test_a_warning_ends_by_itself_after_fourteen_days(sponsor):
    deposit = sponsor.paid(PAID)
    campaign = a_draft(sponsor, 10_00)
    pause = warned(sponsor, deposit)
    ids = [campaign.id]
    before, after = pause.paused_since + timedelta(days=14, seconds=-1), pause.paused_since + timedelta(days=14)

    assert queries.spend_paused(ids, now=before) == set(ids)
    assert queries.spend_paused(ids, now=after) == set()
    assert (warnings.lift_what_is_over(now=before), warnings.lift_what_is_over(now=after)) == (0, 1)
    pause.refresh_from_db()
    assert (pause.lifted_at, pause.lifted_because, pause.lifted_by_id) == (after, "no dispute followed", None)


def test_a_payment_in_question_stays_together_after_fourteen_days(sponsor):
    deposit = sponsor.paid(PAID)
    warned(sponsor, deposit)
    opened = sponsor.world.post("/control/stripe/disputes", {"charge": deposit.charge_id, "inquiry": True})
    disputes.settle_dispute(stripe_id=opened["id"], now=sponsor.world.now())
    sponsor.world.advance(days=15)

    assert (free(sponsor), warnings.lift_what_is_over(now=sponsor.world.now())) == (0, 0)
    sponsor.world.post(f"/control/stripe/disputes/{opened['id']}/close", {"won": False})
    disputes.settle_dispute(stripe_id=opened["id"], now=sponsor.world.now())
    assert (free(sponsor), warnings.lift_what_is_over(now=sponsor.world.now())) == (PAID, 1)


def test_a_person_ends_it_with_a_reason(sponsor):
    pause = warned(sponsor, sponsor.paid(PAID))
    warnings.lift(pause_id=pause.id, user_id=dot().id, because=" Spoke to the cardholder ", now=sponsor.world.now())
    pause.refresh_from_db()

    assert (pause.lifted_by_id, pause.lifted_because, free(sponsor)) == (dot().id, "Spoke to the cardholder", PAID)
    with pytest.raises(warnings.PauseNotLifted):
        warnings.lift(pause_id=pause.id, user_id=dot().id, because="Again", now=sponsor.world.now())


def test_a_person_who_ends_it_says_why(sponsor):
    pause = warned(sponsor, sponsor.paid(PAID))

    with pytest.raises(acts.NoteMissing, match="Say why"):
        warnings.lift(pause_id=pause.id, user_id=dot().id, because="  ", now=sponsor.world.now())


def test_a_chargebacks_pause_is_not_for_a_person_to_end(sponsor):
    deposit = sponsor.paid(PAID)
    a_draft(sponsor, PAID)
    opened = sponsor.world.post("/control/stripe/disputes", {"charge": deposit.charge_id})
    disputes.settle_dispute(stripe_id=opened["id"], now=sponsor.world.now())

    with pytest.raises(warnings.PauseNotLifted, match="owes nothing"):
        warnings.lift(pause_id=SpendPause.objects.get().id, user_id=dot().id, because="Please", now=sponsor.world.now())


def test_it_ends_when_the_payment_was_given_back_in_full(sponsor):
    sponsor.paid(50_00)
    pause = warned(sponsor, sponsor.paid(PAID))
    give_back(sponsor, PAID)

    assert (free(sponsor), warnings.lift_what_is_over(now=sponsor.world.now())) == (50_00, 1)
    pause.refresh_from_db()
    assert pause.lifted_because == "nothing is left of the payment"


def test_a_chargeback_takes_the_place_of_its_warning(sponsor):
    sponsor.paid(50_00)
    deposit = sponsor.paid(PAID)
    warned(sponsor, deposit)
    opened = sponsor.world.post("/control/stripe/disputes", {"charge": deposit.charge_id})
    disputes.settle_dispute(stripe_id=opened["id"], now=sponsor.world.now())

    assert (sponsor.free(), free(sponsor)) == (50_00, 50_00)


def test_the_same_warning_again_pauses_nothing_again(sponsor):
    pause = warned(sponsor, sponsor.paid(PAID))
    facts = stripe.fraud_warning(str(pause.warning_id))

    assert warnings.take_in(facts=facts, now=sponsor.world.now()) == "known already"
    assert SpendPause.objects.count() == 1


def test_a_warning_of_somebody_elses_payment_is_not_ours(sponsor):
    deposit = sponsor.paid(PAID)
    told = sponsor.world.post("/control/stripe/fraud-warnings", {"charge": deposit.charge_id})
    Deposit.objects.update(charge_id="ch_other", payment_intent_id="pi_other", checkout_session_id="cs_other")

    said = warnings.settle_warning(stripe_id=told["id"], now=sponsor.world.now())
    assert (said, SpendPause.objects.count()) == ("no payment of ours", 0)


def test_a_warning_that_no_letter_told_of_is_found(sponsor):
    deposit = sponsor.paid(PAID)
    sponsor.world.post("/control/stripe/fraud-warnings", {"charge": deposit.charge_id})
    disputes.sweep(now=sponsor.world.now())

    assert free(sponsor) == 0
    assert balance(AccountKind.SPONSOR_WALLET, sponsor.organisation.id) == PAID


def test_staff_see_what_is_paused_and_until_when(sponsor):
    pause = warned(sponsor, sponsor.paid(PAID))
    [shown] = queries.live_pauses(now=sponsor.world.now())

    assert (shown.pause_id, shown.reason, shown.organisation_name, shown.until) == (
        pause.id,
        "fraud_warning",
        "Ada Ltd",
        pause.lasts_until,
    )
    assert queries.live_pauses(now=sponsor.world.now(), organisation_id=sponsor.organisation.id + 1) == []
