"""Twenty-six invariants: each check belongs to one of them, and says so when its rule is broken behind our backs."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from cliphaven.backoffice.queries import at_rest, invariants
from cliphaven.backoffice.queries.invariants import QUESTIONS
from cliphaven.backoffice.rules.invariants import INVARIANTS, Invariant
from cliphaven.campaigns.models import Campaign
from cliphaven.earnings import operations as earnings
from cliphaven.earnings.models import Accrual, EarningAct
from cliphaven.earnings.operations import reversing
from cliphaven.ledger import operations as books
from cliphaven.ledger.queries import Look
from cliphaven.notifications.models import Message
from cliphaven.payouts.models import BankPayout, Batch, Transfer, TransferReversal
from tests.people import MONDAY, a_campaign, a_user, an_approved_clip, ben, dot, seen
from tests.rooms.backoffice.paid import paid_creator
from tests.rooms.payouts.conftest import Payday
from tests.rooms.tracking.answers import record

pytestmark = pytest.mark.django_db

DOCUMENT = Path(__file__).parents[3] / "docs/invariants.md"
REPLAYED = "accruals follow from terms and readings"
BOOKED = "accruals equal their entries"
WORTH = "clips earn what their views are worth"
FEES = "fees are the agreed part of what clips earned"
SPENT = "campaigns spend what their clips earned"
NEVER_FALL = "counted views never fall"
COMPLETE = "campaigns are complete when nothing is left to earn"
KEPT = "believed views are the highest believed reading"
READ = "missing and stale readings change nothing"
CHAINED = "readings follow from each other"
SHOWN = "what creators are shown adds up"
STAGES = "stages equal their accounts"
MESSAGES = "each message has its cause and comes once"
SECRETS = "no secret is written down"
EFFECTS = "acts on earnings have their effect"
LEVEL = "the trial balance is level"
SIDES = "assets are what is owed and what is ours"
WAITS = "earnings wait as long as agreed"
STEP_FEES = "each step carries its part of the fee"
FEES_BACK = "fees go back with what does not count"
LEGS = "each leg moves an amount between two accounts"
ONE_BATCH = "a week has one batch"
ONE_TRANSFER = "a week pays nobody twice for a campaign"


def broken() -> set[str]:
    """The names of the checks that do not hold."""
    return {check.name for check in invariants.ask(now=MONDAY) if check.failures}


def forge(*statements: str) -> None:
    """What somebody can do who owns the tables, and takes the guards away first."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        for statement in statements:
            for table in re.findall(r"(?:update|insert into|delete from) ([a-z_]+)", statement):
                cursor.execute(f"alter table {table} disable trigger user")
            cursor.execute(statement)


def earned() -> Campaign:
    """A clip of 10,000 views earned 15.00, of which 1.50 are our fee."""
    campaign = a_campaign()
    seen(an_approved_clip(campaign), 10_000)
    earnings.accrue_campaign(campaign_id=campaign.id, now=MONDAY)
    return campaign


# One list.


def test_they_are_twenty_six_in_the_order_of_their_numbers():
    assert [one.number for one in INVARIANTS] == [f"I{number}" for number in range(1, 27)]


def test_every_check_belongs_to_exactly_one_of_them():
    named = [name for one in INVARIANTS for name in one.checks]

    assert sorted(named) == sorted(QUESTIONS)
    assert all(one.checks for one in INVARIANTS)


def test_what_is_asked_answers_under_its_own_name():
    look = Look(now=MONDAY)

    assert [question.ask(look).name for question in QUESTIONS.values()] == list(QUESTIONS)


def test_they_answer_in_the_order_of_their_numbers():
    answers = list(invariants.answers(invariants.ask(now=MONDAY)))

    assert [answer.invariant for answer in answers] == list(INVARIANTS)


def test_what_was_written_decides_what_is_asked():
    asked = {check.name for check in invariants.ask(now=MONDAY, written=frozenset({"payouts_batch"}))}

    assert asked == {"a week has one batch"}


def test_a_check_of_nobody_has_no_number():
    with pytest.raises(KeyError):
        invariants.number_of("nobody asks this")


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda one: one.number)
def test_the_document_says_what_is_asked(invariant: Invariant):
    reads = sorted({table for name in invariant.checks for table in QUESTIONS[name].reads})
    tables = [f"`{table}`" for table in reads if not table.startswith("ledger_")]
    books = ["the books"] if len(tables) < len(reads) else []
    where = ", ".join([*books, *tables]) or "time alone"

    assert (
        f"| {invariant.number} | {invariant.says} | {'<br>'.join(invariant.checks)} | {where} |" in DOCUMENT.read_text()
    )


# Each breaks when its rule is broken.

EARNINGS: dict[str, tuple[str, set[str]]] = {
    "a leg that moves nothing": (
        "alter table ledger_leg drop constraint ledger_leg_amount_check;"
        " insert into ledger_leg (debit_account, credit_account, amount, kind, leg, legs, external_id, cause, actor,"
        " reason, occurred_at) select debit_account, credit_account, 0, kind, leg, legs, 'pi_zero', cause, actor,"
        " reason, occurred_at from ledger_leg where kind = 1",
        {LEGS},
    ),
    "views that are counted twice": ("update earnings_accrual set views_from = 1", {NEVER_FALL, REPLAYED}),
    "more paid than views are worth": ("update campaigns_rate set cpm_minor = 100", {WORTH, REPLAYED}),
    "less paid than views are worth": ("update campaigns_rate set cpm_minor = 200", {WORTH, REPLAYED}),
    "another fee than agreed": ("update campaigns_terms set fee_bp = 900", {FEES, STEP_FEES}),
    "a row that says more than the books": (
        "update earnings_accrual set gross_minor = gross_minor + 1, gross_total_minor = gross_total_minor + 1",
        {SPENT, FEES, BOOKED, REPLAYED, STAGES, SHOWN},
    ),
    "a hold period that is shorter than agreed": (
        "update earnings_accrual set clears_at = clears_at - interval '1 day'",
        {WAITS},
    ),
    "a campaign that is complete too early": (
        "update campaigns_campaign set state = 'completed', completed_at = '2026-11-02 06:00+00'",
        {COMPLETE},
    ),
    "views that stand above what was seen": (
        "update tracking_trackedclip set views_settled = views_seen + 1",
        {KEPT},
    ),
    "views that nobody read": (
        "update tracking_trackedclip set views_seen = views_seen + 1",
        {KEPT},
    ),
    "a reading that its call did not make": ("update tracking_vendorcall set measured = 0", {READ}),
    "a balance that its parts do not explain": (
        "update earnings_accrual set stage = 'held'",
        {SHOWN, STAGES},
    ),
}


@pytest.mark.parametrize("what", EARNINGS)
def test_what_is_forged_in_earnings_is_told(what: str):
    statement, expected = EARNINGS[what]
    earned()
    assert broken() == set()
    forge(*statement.split(";"))

    assert broken() == expected


def test_a_clock_set_back_between_two_accruals_makes_no_campaign_complete_too_early():
    campaign = a_campaign(budget_minor=15_00)
    clip = an_approved_clip(campaign)
    seen(clip, 6_000)
    earnings.accrue_campaign(campaign_id=campaign.id, now=MONDAY + timedelta(hours=5))
    seen(clip, 10_000, at=MONDAY + timedelta(minutes=1))
    earnings.accrue_campaign(campaign_id=campaign.id, now=MONDAY + timedelta(minutes=1))

    campaign.refresh_from_db()
    assert (campaign.state, campaign.completed_at) == ("completed", MONDAY + timedelta(minutes=1))
    assert COMPLETE not in broken()


def test_a_campaign_that_goes_on_with_nothing_left_is_told():
    campaign = a_campaign(budget_minor=15_00)
    seen(an_approved_clip(campaign), 10_000)
    earnings.accrue_campaign(campaign_id=campaign.id, now=MONDAY)
    assert broken() == set()
    Campaign.objects.update(state="active")

    assert broken() == {COMPLETE}


def test_a_fee_that_is_kept_of_what_is_void_is_told():
    earned()
    accrual = Accrual.objects.get()
    reversing.reverse_earnings(
        clip_id=accrual.clip_id,
        accrual_ids=[accrual.id],
        reason="our_mistake",
        note="We counted wrongly.",
        actor="user:7",
        claw_back=False,
        now=MONDAY,
    )
    assert broken() == set()
    forge(
        "alter table earnings_earningreversal drop constraint a_reversal_returns_what_its_receiver_has",
        "update earnings_earningreversal set fee_minor = fee_minor - 1",
    )

    assert FEES_BACK in broken()


def test_a_stale_reading_that_came_after_a_newer_one_is_told():
    clip = an_approved_clip(a_campaign())
    seen(clip, 10_000, at=MONDAY)
    seen(clip, 20_000, at=MONDAY - timedelta(hours=1))

    assert broken() == {READ, KEPT}  # and what was measured last lies behind


def test_a_missing_reading_that_was_taken_for_nothing_is_told():
    clip = an_approved_clip(a_campaign())
    seen(clip, 10_000, at=MONDAY - timedelta(hours=1))
    seen(clip, 0)

    assert broken() == {READ, KEPT}


def test_a_count_of_nothing_that_was_kept_and_not_believed_is_no_alarm():
    clip = an_approved_clip(a_campaign())
    record({clip: 10_000}, at=MONDAY - timedelta(hours=2))
    record({clip: 0}, at=MONDAY - timedelta(hours=1))

    assert broken() == set()


def test_a_kept_sum_that_is_off_is_told_by_balances_and_by_sides():
    earned()
    forge(
        "insert into ledger_checkpoint (account_id, upto_xid, debits, credits)"
        " select id, 1, 1, 0 from ledger_account where code = 'stripe:balance'",
        "insert into ledger_checkpoint_run values (1)",
    )

    assert {LEVEL, SIDES, "checkpoints equal their legs"} <= broken()


@pytest.mark.parametrize("key", ["bank-payout:77:paid", "bank-payout:77:failed", "reversal:77", "clip:77:approved:0"])
def test_news_of_what_did_not_happen_is_told(key: str):
    Message.objects.create(user=ben(), key=key, subject="News", text="It is here.", queued_at=MONDAY)

    assert broken() == {MESSAGES}


def test_news_that_come_twice_are_told():
    forge("alter table notifications_message drop constraint one_message_per_event_and_user")
    for _ in range(2):
        Message.objects.create(user=ben(), key="rehearsal:1", subject="News", text="It is here.", queued_at=MONDAY)

    assert broken() == {MESSAGES}


def test_an_act_without_its_effect_is_told():
    clip = an_approved_clip(a_campaign())
    EarningAct.objects.create(
        clip=clip,
        deed="held",
        reason="under_review",
        actor=f"user:{dot().id}",
        currency="USD",
        entries=1,
        amount_minor=15_00,
        acted_at=MONDAY,
    )

    assert broken() == {EFFECTS}


# Made up here, of the shapes that vendors give to theirs.
TOLD = {
    "our own key": lambda: settings.STRIPE_API_KEY,
    "a key": lambda: "sk_live_" + "4eC39HqLyjWDarj",
    "a secret for letters": lambda: "whsec_" + "9f8e7d6c5b4a",
    "a token": lambda: "Authorization: Bearer " + "abcdefghijklmnop",
    "a card": lambda: "4242 4242 4242 4242",
    "an IBAN": lambda: "DE89 3704 0044 0532 0130 00",
    "an account": lambda: "000123456789",
}


@pytest.mark.parametrize("what", TOLD)
def test_a_secret_that_is_written_down_is_told_and_not_repeated(what: str, settings: Any):
    settings.STRIPE_API_KEY = "a key of nobody's"
    secret = TOLD[what]()
    Message.objects.create(user=ben(), key="x", subject="News", text=f"It is {secret}.", queued_at=MONDAY)
    [check] = [check for check in invariants.ask(now=MONDAY) if check.failures]

    assert check.name == SECRETS
    assert secret not in "".join(check.failures)


@pytest.mark.parametrize(
    "text",
    [
        "https://www.tiktok.com/@ben/video/7000000000000000001",
        "Your payout of $4,242.42 has reached your bank. Its trace number is 091000010000123.",
        "Order 4242424242424241 is not a card's number: its last digit does not add up.",
        "pi_3MtwBwLkdIwHu7ix28a3tqPa",
        "An id that is all digits for a while, such as re_b4242424242424242f0a1c2d3, holds no card's number.",
    ],
)
def test_what_only_looks_long_is_no_secret(text: str):
    Message.objects.create(user=ben(), key="x", subject="News", text=text, queued_at=MONDAY)

    assert broken() == set()


def elsewhere() -> None:
    """The money is said to have been for a campaign in which nobody earned anything."""
    Transfer.objects.update(campaign_id=a_campaign(title="Road shoes").id)


def a_later_attempt() -> None:
    payout = BankPayout.objects.get()
    payout.pk, payout.attempt, payout.state, payout.stripe_id = None, 2, "failed", None
    payout.save(force_insert=True)


def sent_again_as_itself() -> None:
    transfer = Transfer.objects.get()
    TransferReversal.objects.create(
        transfer=transfer,
        amount_minor=1,
        state="needs_review",
        due_at=MONDAY,
        created_at=MONDAY,
        sent_again_id=transfer.stripe_id,
        proposed_by=dot(),
        closed_by=a_user("Eli", is_staff=True),
    )


SENT: dict[str, tuple[Callable[[], None], set[str]]] = {
    "a step that there is not": (
        lambda: forge("update payouts_transfer set steps = 'reserved released sent'"),
        {"transfers, payouts and reversals walk only listed steps"},
    ),
    "a state that no step led to": (
        lambda: forge("update payouts_bankpayout set steps = 'waiting_for_funds sending'"),
        {"transfers, payouts and reversals walk only listed steps"},
    ),
    "an attempt that goes on beside a later one": (a_later_attempt, {"an attempt is over before the next one"}),
    "a transfer that counts twice": (
        sent_again_as_itself,
        {"an object at Stripe counts once", "sent transfers are in the books, and no others"},
    ),
    "a batch of another week": (
        lambda: forge("update payouts_batch set iso_week = '2026-W01'"),
        {"a week has one batch"},
    ),
    "a batch that is named after a day": (
        lambda: forge("update payouts_batch set iso_week = '2026-11'"),
        {"a week has one batch"},
    ),
    "a campaign that sends what it did not earn": (
        elsewhere,
        {"nobody is sent more for a campaign than they earned in it"},
    ),
}


@pytest.mark.parametrize("what", SENT)
def test_what_is_forged_in_payouts_is_told(own_payday: Payday, what: str):
    act, expected = SENT[what]
    paid_creator(own_payday)
    assert broken() == set()
    act()

    assert broken() == expected


def another_transfer_of_the_week(transfer: Transfer) -> Transfer:
    """The same creator and campaign once more, in a second batch of that week."""
    batch = transfer.batch
    batch.pk, batch.number, batch.state = None, 2, "planned"
    batch.save(force_insert=True)
    transfer.pk, transfer.batch, transfer.state, transfer.stripe_id = None, batch, "reserved", None
    transfer.save(force_insert=True)
    return transfer


def test_a_week_that_pays_somebody_twice_is_told(own_payday: Payday):
    paid_creator(own_payday)
    forge("drop index one_live_batch_per_week")
    another_transfer_of_the_week(Transfer.objects.select_related("batch").get())

    assert {ONE_BATCH, ONE_TRANSFER} <= broken()


def test_a_batch_that_was_sent_back_although_it_had_paid_pays_twice_when_the_week_is_planned_again(own_payday: Payday):
    paid_creator(own_payday)
    first = Transfer.objects.select_related("batch").get()
    Batch.objects.update(state="sent_back")
    another_transfer_of_the_week(first)

    assert broken() & {ONE_BATCH, ONE_TRANSFER} == {ONE_TRANSFER}


def test_a_week_that_is_planned_again_pays_once_what_its_first_batch_gave_back(own_payday: Payday):
    paid_creator(own_payday)
    first = Transfer.objects.select_related("batch").get()
    Batch.objects.update(state="sent_back")
    Transfer.objects.update(state="released")
    another_transfer_of_the_week(first)

    assert not broken() & {ONE_BATCH, ONE_TRANSFER}


def test_two_payouts_at_once_are_told(own_payday: Payday):
    payout = paid_creator(own_payday)
    forge("drop index one_live_bank_payout")
    payout.pk, payout.attempt, payout.state, payout.stripe_id = None, 2, "waiting_for_funds", None
    payout.save(force_insert=True)

    assert "one payout at a time" in broken()


def test_an_entry_in_two_currencies_is_told():
    earned()
    forge("update ledger_account set currency = 'EUR' where code = 'platform:fees'")

    assert "one currency per entry" in broken()


def test_books_that_are_off_are_told_also_of_closed_time():
    earned()
    books.close_books(through=MONDAY, actor="system", now=MONDAY)
    assert broken() == set()
    with connection.cursor() as cursor:
        cursor.execute(
            "select conrelid::regclass::text, conname from pg_constraint"
            " where contype = 'f' and confrelid = 'ledger_account'::regclass"
        )
        for table, name in cursor.fetchall():
            cursor.execute(f'alter table {table} drop constraint "{name}"')
    forge("delete from ledger_account where code = 'platform:fees'")

    assert {"books sum to zero", LEVEL, SIDES, "closed time sums to zero"} <= broken()


def test_the_database_keeps_the_steps_whatever_is_written_there(own_payday: Payday):
    paid_creator(own_payday)
    Transfer.objects.update(steps="")

    assert Transfer.objects.get().steps == "reserved sending sent"
    assert BankPayout.objects.get().steps.startswith("waiting_for_funds sending ")


# At rest.


def as_stripe_has_it(**changes: Any) -> at_rest.AtStripe:
    transfer = Transfer.objects.select_related("batch").get()
    facts = {
        "stripe_id": transfer.stripe_id,
        "group": transfer.group,
        "destination": transfer.destination,
        "amount_minor": transfer.amount_minor,
        "currency": transfer.currency,
    }
    return at_rest.AtStripe(**{**facts, **changes})


def test_transfers_and_items_belong_to_each_other(own_payday: Payday):
    paid_creator(own_payday)
    sent = as_stripe_has_it()

    assert at_rest.transfers_are_sent_once([sent]).failures == ()
    assert at_rest.transfers_are_sent_once([]).failures == (
        f"{sent.stripe_id} is an item's, and Stripe has no such transfer",
    )
    assert at_rest.transfers_are_sent_once([sent, as_stripe_has_it(stripe_id="tr_twin")]).failures == (
        "Stripe made tr_twin, and no item of ours is it",
        f"{sent.group} was sent 2 times",
    )
    [other] = at_rest.transfers_are_sent_once([as_stripe_has_it(amount_minor=1)]).failures
    assert "is what we asked for" in other


def promised(external_id: str, amount_minor: int | None, *, was_yes: bool) -> at_rest.Promise:
    from cliphaven.ledger.chart import EntryKind  # noqa: PLC0415

    return at_rest.Promise(
        kind=EntryKind.FUND_CAMPAIGN, external_id=external_id, amount_minor=amount_minor, was_yes=was_yes
    )


def test_answers_are_kept():
    name = f"{a_campaign(budget_minor=15_00).id}:first-money"
    kept = [promised(name, 15_00, was_yes=True), promised(name, 15_00, was_yes=False)]

    assert at_rest.answers_are_kept([*kept, promised("1:never", 1, was_yes=False)]).failures == ()
    assert at_rest.answers_are_kept([promised(name, None, was_yes=True)]).failures == ()


@pytest.mark.parametrize(
    ("promise", "sentence"),
    [
        (("1:lost", 15_00, True), "fund_campaign 1:lost was answered with yes and is not in the books"),
        ((None, 15_00, False), "was answered with no and is in the books"),
        ((None, 16_00, True), "is 1500 in the books, and ['1600'] was answered with yes"),
    ],
)
def test_a_broken_promise_is_told(promise: tuple[str | None, int, bool], sentence: str):
    name = f"{a_campaign(budget_minor=15_00).id}:first-money"
    external_id, amount_minor, was_yes = promise
    [failure] = at_rest.answers_are_kept([promised(external_id or name, amount_minor, was_yes=was_yes)]).failures

    assert sentence in failure


def test_what_leaves_the_house_tells_no_secret(settings: Any):
    settings.APIFY_TOKEN = "a token of nobody's"
    found = at_rest.tells_no_secret(["All is well", "GET /?token=a token of nobody's"])

    assert (found.looked_at, found.failures) == (2, ("text 2 holds APIFY_TOKEN",))
