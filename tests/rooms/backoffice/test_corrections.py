"""Entries by hand: one of the staff proposes, another books or declines, and the books have the last word."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from cliphaven.backoffice.models import Correction
from cliphaven.backoffice.operations import corrections
from cliphaven.backoffice.operations.corrections import CorrectionRefused
from cliphaven.backoffice.queries import corrections as queries
from cliphaven.backoffice.rules import corrections as rules
from cliphaven.campaigns.models import Campaign
from cliphaven.earnings.operations.crediting import CreditRefused
from cliphaven.foundation.transactions import own_transaction
from cliphaven.identity.models import User
from cliphaven.ledger import operations as ledger
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import PERMITTED, Account, AccountKind, EntryKind
from cliphaven.notifications.models import Message
from tests.concurrency.test_one_budget import at_once
from tests.people import MONDAY, a_campaign, a_user, adas_organisation, ben, deposited, dot

REASON = "Views that the platform purged"
PROVISION = "provision:platform_losses:invalid_view_reserve"
CREDIT = "invalid_view_credit:invalid_view_reserve:sponsor_wallet"
TOP_UP = "adjustment:stripe_balance:platform_adjustments"
RESERVE = Account(kind=AccountKind.INVALID_VIEW_RESERVE, currency="USD")
LOSSES = Account(kind=AccountKind.PLATFORM_LOSSES, currency="USD")


def eli() -> User:
    return a_user("Eli", is_staff=True)


def proposed(movement: str = PROVISION, amount_minor: int = 40_00, **words: object) -> int:
    asked: dict[str, object] = {
        "owner_id": None,
        "currency": "USD",
        "reason": REASON,
        "refers_to": "",
        "proposed_by_id": dot().id,
        "now": MONDAY,
    }
    return corrections.propose(movement=movement, amount_minor=amount_minor, **{**asked, **words})  # type: ignore[arg-type]


def booked(correction_id: int) -> int:
    corrections.book(correction_id=correction_id, decided_by_id=eli().id, now=MONDAY)
    return correction_id


def a_closed_campaign() -> str:
    """As a correction refers to it."""
    campaign = a_campaign(budget_minor=1_00)
    Campaign.objects.filter(id=campaign.id).update(state="closed")
    return f"campaign {campaign.id}"


def state(correction_id: int) -> str:
    return Correction.objects.get(id=correction_id).state


@pytest.mark.django_db
def test_a_proposal_moves_nothing_until_a_second_person_books_it():
    correction_id = proposed()
    assert books.balances([LOSSES, RESERVE]) == {LOSSES: 0, RESERVE: 0}

    booked(correction_id)
    assert books.balances([LOSSES, RESERVE]) == {LOSSES: 40_00, RESERVE: 40_00}


@pytest.mark.django_db
def test_the_entry_names_both_people_the_reason_and_the_correction():
    correction_id = booked(proposed(TOP_UP, refers_to="txn_123"))

    entry = books.entry(EntryKind.ADJUSTMENT, f"correction:{correction_id}")
    assert entry is not None
    assert (entry.cause, entry.reason) == (f"correction {correction_id}, txn_123", REASON)
    assert entry.actor == f"user:{dot().id} and user:{eli().id}"


@pytest.mark.django_db
def test_nobody_decides_what_they_proposed():
    correction_id = proposed()

    with pytest.raises(CorrectionRefused, match="Somebody else must decide"):
        corrections.book(correction_id=correction_id, decided_by_id=dot().id, now=MONDAY)
    with pytest.raises(CorrectionRefused, match="Somebody else must decide"):
        corrections.decline(correction_id=correction_id, decided_by_id=dot().id, reason=REASON, now=MONDAY)
    assert state(correction_id) == "proposed"


@pytest.mark.django_db
def test_the_database_too_wants_another_person():
    correction_id = proposed()

    with pytest.raises(IntegrityError, match="correction_is_decided_by_another"), transaction.atomic():
        Correction.objects.filter(id=correction_id).update(state="booked", decided_by=dot(), decided_at=MONDAY)
    with pytest.raises(IntegrityError, match="correction_is_decided_by_somebody"), transaction.atomic():
        Correction.objects.filter(id=correction_id).update(state="booked", decided_at=MONDAY)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "update backoffice_correction set amount_minor = 1",
        "update backoffice_correction set state = 'declined', reason = 'another', decided_by_id = {eli}",
        "delete from backoffice_correction",
        "truncate backoffice_correction",
    ],
)
def test_what_was_proposed_stays(statement: str):
    proposed()
    connection.cursor().execute("set constraints all immediate")

    with pytest.raises(DatabaseError, match="stays as it was proposed"), transaction.atomic():
        connection.cursor().execute(statement.format(eli=eli().id))


@pytest.mark.django_db
def test_a_decision_is_final_for_the_database_too():
    correction_id = booked(proposed())

    with pytest.raises(DatabaseError, match="is decided once"), transaction.atomic():
        Correction.objects.filter(id=correction_id).update(state="declined")


@pytest.mark.django_db
def test_a_declined_proposal_moves_nothing_and_says_why():
    correction_id = proposed()
    corrections.decline(
        correction_id=correction_id, decided_by_id=eli().id, reason="It is the wrong sponsor", now=MONDAY
    )

    facts = queries.correction(correction_id=correction_id)
    assert facts is not None
    assert (facts.state, facts.decider, facts.decision_reason) == ("declined", "Eli", "It is the wrong sponsor")
    assert books.balance(RESERVE) == 0
    with pytest.raises(CorrectionRefused, match="is declined already"):
        booked(correction_id)


@pytest.mark.django_db
def test_declining_needs_a_reason():
    with pytest.raises(CorrectionRefused, match="Give a reason of 10"):
        corrections.decline(correction_id=proposed(), decided_by_id=eli().id, reason="No.", now=MONDAY)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"movement": "deposit:stripe_balance:sponsor_wallet"}, "one of the movements shown"),
        ({"movement": "adjustment:sponsor_wallet:creator_payable"}, "one of the movements shown"),
        ({"amount_minor": 0}, "more than nothing"),
        ({"amount_minor": 10**13 + 1}, "no larger than"),
        ({"currency": "CHF"}, "one of the currencies"),
        ({"reason": "because"}, "Give a reason"),
        ({"reason": "   so so    "}, "Give a reason"),
        ({"movement": CREDIT}, "Say whose account"),
        ({"movement": CREDIT, "owner_id": 987_654}, "nobody with the number 987654"),
        ({"movement": "write_off:platform_losses:creator_receivable", "owner_id": 987_654}, "nobody with the number"),
        ({"refers_to": "x" * 121}, "at most 120"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(words, sentence):
    with pytest.raises(CorrectionRefused, match=sentence):
        proposed(**words)


@pytest.mark.django_db
def test_only_staff_propose_and_decide():
    with pytest.raises(CorrectionRefused, match="Only staff"):
        proposed(proposed_by_id=ben().id)
    correction_id = proposed()
    with pytest.raises(CorrectionRefused, match="Only staff"):
        corrections.book(correction_id=correction_id, decided_by_id=ben().id, now=MONDAY)


@pytest.mark.django_db
def test_the_rest_of_the_staff_is_told():
    eli()
    correction_id = proposed()

    told = Message.objects.get(user=eli())
    assert told.link == f"/staff/ledger/corrections/{correction_id}/"
    assert "$40.00" in told.subject


def test_an_account_that_would_fall_below_zero_is_refused_with_a_sentence_and_the_proposal_stays(committed: str):
    organisation = adas_organisation()
    correction_id = proposed(CREDIT, 40_00, owner_id=organisation.id, refers_to=a_closed_campaign())
    with pytest.raises(CreditRefused, match="make a provision first"):
        booked(correction_id)

    assert state(correction_id) == "proposed"
    booked(proposed(PROVISION, 40_00))
    booked(correction_id)
    assert state(correction_id) == "booked"
    assert books.balance(RESERVE) == 0


def test_two_who_book_at_once_book_it_once(committed: str):
    correction_id = proposed()
    people = [eli().id, a_user("Fay", is_staff=True).id]

    def decide(number: int) -> str:
        try:
            corrections.book(correction_id=correction_id, decided_by_id=people[number], now=MONDAY)
        except CorrectionRefused as refused:
            return refused.sentence
        return "booked"

    assert at_once(decide, workers=2) == {"booked": 1, "This correction is booked already": 1}
    assert books.balance(RESERVE) == 40_00


def test_who_books_and_who_declines_at_once_do_not_both_win(committed: str):
    correction_id = proposed()
    people = [eli().id, a_user("Fay", is_staff=True).id]

    def decide(number: int) -> str:
        try:
            if number:
                corrections.book(correction_id=correction_id, decided_by_id=people[number], now=MONDAY)
            else:
                corrections.decline(
                    correction_id=correction_id, decided_by_id=people[number], reason=REASON, now=MONDAY
                )
        except CorrectionRefused:
            return "too late"
        return "decided"

    assert at_once(decide, workers=2) == {"decided": 1, "too late": 1}
    assert books.balance(RESERVE) == (40_00 if state(correction_id) == "booked" else 0)


@pytest.mark.django_db
def test_a_proposal_lives_for_seven_days():
    correction_id = proposed()
    too_late = MONDAY + timedelta(days=7)

    assert corrections.expire(now=too_late - timedelta(seconds=1)) == 0
    with pytest.raises(CorrectionRefused, match="older than seven days"):
        corrections.book(correction_id=correction_id, decided_by_id=eli().id, now=too_late)
    assert corrections.expire(now=too_late) == 1
    assert state(correction_id) == "expired"


@pytest.mark.django_db
def test_a_correction_can_be_undone_by_a_correction():
    correction_id = booked(proposed())
    undoing = corrections.propose_reversal(
        correction_id=correction_id, reason="It was the wrong month", proposed_by_id=eli().id, now=MONDAY
    )
    facts = queries.correction(correction_id=undoing)
    assert facts is not None
    assert (facts.debit, facts.credit, facts.amount_minor, facts.undoes) == (
        RESERVE.code,
        LOSSES.code,
        40_00,
        correction_id,
    )

    corrections.book(correction_id=undoing, decided_by_id=dot().id, now=MONDAY)
    assert books.balances([LOSSES, RESERVE]) == {LOSSES: 0, RESERVE: 0}


@pytest.mark.django_db
def test_a_correction_is_undone_once_and_a_reversal_never():
    correction_id = booked(proposed())
    again = {"reason": "It was the wrong month", "proposed_by_id": eli().id, "now": MONDAY}
    undoing = corrections.propose_reversal(correction_id=correction_id, **again)

    with pytest.raises(CorrectionRefused, match="proposed already"):
        corrections.propose_reversal(correction_id=correction_id, **again)
    corrections.book(correction_id=undoing, decided_by_id=dot().id, now=MONDAY)
    with pytest.raises(CorrectionRefused, match="a reversal cannot"):
        corrections.propose_reversal(correction_id=undoing, **again)


@pytest.mark.django_db
def test_a_reversal_that_was_declined_can_be_proposed_again():
    correction_id = booked(proposed())
    again = {"reason": "It was the wrong month", "proposed_by_id": eli().id, "now": MONDAY}
    undoing = corrections.propose_reversal(correction_id=correction_id, **again)
    corrections.decline(correction_id=undoing, decided_by_id=dot().id, reason="It was the right one", now=MONDAY)

    assert corrections.propose_reversal(correction_id=correction_id, **again) > undoing


def test_the_preview_says_what_both_accounts_would_be(committed: str):
    organisation = adas_organisation()
    deposited(organisation, 100_00)
    [pays, gets] = queries.effects(
        _facts(proposed(CREDIT, 40_00, owner_id=organisation.id, refers_to=a_closed_campaign()))
    )

    assert (pays.account, pays.before_minor, pays.after_minor, pays.is_refused) == (RESERVE.code, 0, -40_00, True)
    assert (gets.before_minor, gets.after_minor, gets.is_refused) == (100_00, 140_00, False)


@pytest.mark.django_db
def test_the_preview_says_the_truth_for_every_kind_of_account():
    for number, movement in enumerate((PROVISION, TOP_UP)):
        before = proposed(movement, 10_00 + number)
        effects = queries.effects(_facts(before))
        booked(before)
        after = [books.balance(_account(effect.account)) for effect in effects]
        assert [effect.after_minor for effect in effects] == after


def test_every_movement_of_these_kinds_is_offered_and_no_other():
    offered = set(rules.movements().values())

    assert offered == {(kind, movement) for kind in rules.KINDS for movement in PERMITTED[kind]}
    assert {kind for kind, _ in offered} == {
        EntryKind.ADJUSTMENT,
        EntryKind.WRITE_OFF,
        EntryKind.PROVISION,
        EntryKind.INVALID_VIEW_CREDIT,
    }


def test_a_debt_is_written_off_and_no_more_than_is_owed(committed: str):
    creator = ben()
    owes(creator, 12_00)
    written_off = proposed("write_off:platform_losses:creator_receivable", 12_01, owner_id=creator.id)
    with pytest.raises(CorrectionRefused, match="not enough"):
        booked(written_off)

    booked(proposed("write_off:platform_losses:creator_receivable", 12_00, owner_id=creator.id))
    assert books.balance(LOSSES) == 12_00


@own_transaction
def owes(creator: User, amount_minor: int) -> None:
    """A creator was paid for views that turned out not to count."""
    receivable = Account(kind=AccountKind.CREATOR_RECEIVABLE, owner_id=creator.id, currency="USD")
    budget = Account(kind=AccountKind.CAMPAIGN_BUDGET, owner_id=1, currency="USD")
    leg = ledger.Leg(debit=receivable, credit=budget, amount_minor=amount_minor)
    ledger.record(
        [
            ledger.Entry(
                kind=EntryKind.CLAWBACK, external_id="1:1", legs=(leg,), occurred_at=MONDAY, cause="test", reason="test"
            )
        ]
    )


def _facts(correction_id: int) -> queries.CorrectionFacts:
    facts = queries.correction(correction_id=correction_id)
    assert facts is not None
    return facts


def _account(code: str) -> Account:
    from cliphaven.ledger.chart import account_named  # noqa: PLC0415

    account = account_named(code, currency="USD")
    assert account is not None
    return account
