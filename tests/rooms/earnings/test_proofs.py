"""What was earned cannot be rewritten; and had somebody who may do anything done it, the proofs would tell."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from cliphaven.earnings import operations, queries
from cliphaven.earnings.models import Accrual, Hold
from cliphaven.earnings.operations import holding, reversing
from cliphaven.earnings.queries import proofs
from cliphaven.foundation.transactions import sqlstate
from tests.people import MONDAY, a_campaign, an_approved_clip, read_again, seen

pytestmark = pytest.mark.django_db

GUARDED = (
    *("earnings_accrual", "earnings_hold", "earnings_earningreversal", "earnings_recovery", "earnings_deduction"),
    *("campaigns_terms", "campaigns_rate", "ledger_leg"),
)
NEXT_WEEK = MONDAY + timedelta(days=8)


def earned() -> Accrual:
    """An accrual of 15.00, fee 1.50."""
    campaign = a_campaign()
    seen(an_approved_clip(campaign), 10_000)
    operations.accrue_campaign(campaign_id=campaign.id, now=MONDAY)
    return Accrual.objects.get()


def reserved() -> Accrual:
    """The same, cleared and set aside for transfer 7."""
    earned()
    read_again(at=NEXT_WEEK)
    operations.clear_all(now=NEXT_WEEK)
    [part] = queries.payable_parts()
    with transaction.atomic():
        operations.reserve_for_transfers(
            reservations=[operations.Reservation(transfer_id=7, part=part)], cause="batch", now=NEXT_WEEK
        )
    return Accrual.objects.get()


def refused(statement: str) -> str:
    """The SQLSTATE with which PostgreSQL refuses the statement."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")
            cursor.execute(statement)
    except DatabaseError as error:
        return sqlstate(error)
    return "accepted"


def forged(statement: str) -> dict[str, tuple[str, ...]]:
    """What the proofs say after the owner of the tables took the guards away and ran the statement."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        for table in GUARDED:
            cursor.execute(f"alter table {table} disable trigger user")
        cursor.execute(statement)
    return {check.name: check.failures for check in proofs.books_checks() if check.failures}


@pytest.mark.parametrize(
    "statement",
    [
        "update earnings_accrual set gross_minor = gross_minor + 1",
        "update earnings_accrual set fee_minor = 0",
        "update earnings_accrual set unfunded_minor = 1",
        "update earnings_accrual set views_to = views_to + 1",
        "update earnings_accrual set creator_id = creator_id + 1",
        "update earnings_accrual set clears_at = accrued_at",
        "update earnings_accrual set currency = 'EUR'",
        "update earnings_accrual set stage = 'clearing', cleared_at = null, reserved_for = null",
        "update earnings_accrual set cleared_at = cleared_at + interval '1 day'",
        "update earnings_accrual set reserved_for = 8",
        "delete from earnings_accrual",
        "truncate earnings_accrual cascade",
        "update earnings_accrual set stage = 'held'",
        "update earnings_accrual set stage = 'reversed', reserved_for = null",
        "update earnings_accrual set gross_total_minor = gross_total_minor + 1",
    ],
)
def test_the_database_refuses_to_rewrite_what_was_earned(statement):
    reserved()

    assert refused(statement) == "EA001"


def test_an_accrual_clears_once_is_set_aside_and_given_back():
    accrual = reserved()
    with transaction.atomic():
        operations.release_from_transfer(
            transfer_id=7,
            creator_id=accrual.creator_id,
            currency="USD",
            amount_minor=accrual.net_minor,
            reason="refused",
            now=NEXT_WEEK,
        )

    accrual.refresh_from_db()
    assert (accrual.cleared_at, accrual.reserved_for) == (NEXT_WEEK, None)


def test_sound_accruals_pass_every_proof_and_are_counted():
    reserved()

    assert [(check.name, check.looked_at, check.failures) for check in proofs.books_checks()] == [
        ("accruals equal their entries", 1, ()),
        ("cleared accruals equal their entries", 1, ()),
        ("stages equal their accounts", 2, ()),  # clearing and payable, both empty again
        ("reserved accruals equal what is set aside", 1, ()),
        ("holds equal their entries", 0, ()),
        ("released holds equal their entries", 0, ()),
        ("voids equal their entries", 0, ()),
        ("clawbacks equal their entries", 0, ()),
        ("recoveries equal their entries", 0, ()),
        ("accruals follow from terms and readings", 1, ()),
        ("creators stay below their caps", 0, ()),
        ("counted views were seen", 1, ()),
        ("counted views never fall", 1, ()),
        ("clips earn what their views are worth", 1, ()),
        ("fees are the agreed part of what clips earned", 1, ()),
        ("campaigns spend what their clips earned", 1, ()),
        ("campaigns are complete when nothing is left to earn", 1, ()),
        ("earnings wait as long as agreed", 1, ()),
        ("each step carries its part of the fee", 1, ()),
        ("fees go back with what does not count", 0, ()),
        ("acts on earnings have their effect", 0, ()),
        ("credit notes equal their entries", 0, ()),
        ("credits stay within what was paid", 0, ()),
    ]


def test_an_accrual_that_was_made_larger_is_named_by_books_and_terms():
    accrual = earned()
    found = forged(
        "update earnings_accrual set gross_minor = gross_minor + 1, gross_total_minor = gross_total_minor + 1"
    )

    name = f"accrual {accrual.clip_id}:1"
    assert found == {
        "accruals equal their entries": (f"{name} is not what the books say",),
        "stages equal their accounts": (f"creator:{accrual.creator_id}:clearing holds 1350 USD, its accruals 1351",),
        "accruals follow from terms and readings": (
            f"{name} should be worth 1500 and is 1501, 0 above a cap and 0 unfunded",
        ),
        "fees are the agreed part of what clips earned": (
            f"of clip {accrual.clip_id} 1350 went to its creator and 150 to us, of 1501",
        ),
        "campaigns spend what their clips earned": (
            f"campaign {accrual.campaign_id} spent $15.00, its rows say $15.01",
        ),
    }


def test_an_accrual_that_was_given_to_somebody_else_is_named():
    earned()
    found = forged(
        "update earnings_accrual set creator_id = (select max(id) from identity_user where id <> creator_id)"
    )

    assert "accruals equal their entries" in found


def test_an_entry_whose_accrual_was_taken_away_is_missed():
    accrual = earned()
    found = forged("delete from earnings_accrual")

    assert found == {
        "accruals equal their entries": ("the books have 1 such entries for 0 of our rows",),
        "stages equal their accounts": (f"creator:{accrual.creator_id}:clearing holds 1350 USD, its accruals 0",),
        "clips earn what their views are worth": (f"clip {accrual.clip_id} earned, and no row says why",),
        "campaigns spend what their clips earned": (
            f"campaign {accrual.campaign_id} spent $15.00, its rows say $0.00",
        ),
    }


def test_an_accrual_that_was_never_booked_is_named():
    accrual = earned()
    found = forged("delete from ledger_leg where kind = 5")

    assert found == {
        "accruals equal their entries": (
            f"accrual {accrual.clip_id}:1 is not what the books say",
            "the books have 0 such entries for 1 of our rows",
        ),
        "stages equal their accounts": (f"creator:{accrual.creator_id}:clearing holds 0 USD, its accruals 1350",),
        "clips earn what their views are worth": (
            f"clip {accrual.clip_id} earned 0 for 10,000 views, which are worth 1500",
        ),
        "fees are the agreed part of what clips earned": (
            f"clip {accrual.clip_id} paid a fee of 0, its rows say 150, and 150 is agreed",
            f"of clip {accrual.clip_id} 0 went to its creator and 0 to us, of 1500",
        ),
        "campaigns spend what their clips earned": (
            f"campaign {accrual.campaign_id} spent $0.00, its rows say $15.00",
        ),
    }


def test_terms_that_were_changed_after_the_fact_are_noticed():
    accrual = earned()
    found = forged("update campaigns_terms set fee_bp = 500")

    sentence = f"accrual {accrual.clip_id}:1 should carry a fee of {1_500 * 500 // 10_000} and carries 150"
    assert found == {
        "each step carries its part of the fee": (sentence,),
        "fees are the agreed part of what clips earned": (
            f"clip {accrual.clip_id} paid a fee of 150, its rows say 150, and {1_500 * 500 // 10_000} is agreed",
        ),
    }


def test_a_rate_that_was_changed_after_the_fact_is_noticed():
    accrual = earned()
    found = forged("update campaigns_rate set cpm_minor = 300")

    sentence = f"accrual {accrual.clip_id}:1 should be worth {10_000 * 300 // 1_000} and is 1500, 0 above a cap"
    assert found == {
        "accruals follow from terms and readings": (f"{sentence} and 0 unfunded",),
        "clips earn what their views are worth": (
            f"clip {accrual.clip_id} earned 1500 for 10,000 views, which are worth {10_000 * 300 // 1_000}",
        ),
    }


def test_views_that_no_reading_says_are_noticed():
    accrual = earned()
    found = forged("update earnings_accrual set views_to = 10001")

    assert f"accrual {accrual.clip_id}:1 counts 10,001 views, which its reading does not say" in str(found)


def test_an_accrual_that_was_cleared_without_the_books_is_noticed():
    earned()
    found = forged("update earnings_accrual set stage = 'payable', cleared_at = now()")

    assert "cleared accruals equal their entries" in found


def test_money_set_aside_that_would_be_paid_twice_is_noticed():
    reserved()
    found = forged("update earnings_accrual set stage = 'payable', reserved_for = null")

    assert found["reserved accruals equal what is set aside"] == (
        "the books hold money for 1 transfers, accruals for 0",
    )
    assert "stages equal their accounts" in found


def test_a_reservation_that_was_moved_to_another_transfer_is_noticed():
    reserved()
    found = forged("update earnings_accrual set reserved_for = 8")

    assert found == {"reserved accruals equal what is set aside": ("transfer:8 does not hold what its accruals say",)}


def held_and_reversed() -> None:
    """A hold that was released, one that is open, a void, a clawback, and a debt that later earnings paid."""
    campaign = a_campaign(budget_minor=10**6)

    def another(views: int, *, at=MONDAY) -> Accrual:
        clip = an_approved_clip(campaign)
        seen(clip, views, at=at)
        operations.accrue_campaign(campaign_id=campaign.id, now=at)
        return Accrual.objects.get(clip=clip)

    def hold(accrual: Accrual) -> int:
        holding.hold_earnings(
            clip_id=accrual.clip_id,
            accrual_ids=[accrual.id],
            reason="under_review",
            note="",
            actor="user:7",
            releases_at=NEXT_WEEK + timedelta(days=20),
            now=MONDAY,
        )
        return Hold.objects.get(accrual=accrual).id

    def reverse(accrual: Accrual) -> None:
        reversing.reverse_earnings(
            clip_id=accrual.clip_id,
            accrual_ids=[accrual.id],
            reason="bought_views",
            note="Found out.",
            actor="user:7",
            claw_back=True,
            now=NEXT_WEEK,
        )

    paid = another(10_000)
    read_again(at=NEXT_WEEK)
    operations.clear_all(now=NEXT_WEEK)
    [part] = queries.payable_parts()
    with transaction.atomic():
        operations.reserve_for_transfers(
            reservations=[operations.Reservation(transfer_id=7, part=part)], cause="batch", now=NEXT_WEEK
        )
    hold_id = hold(released := another(1_000))
    holding.release_holds(clip_id=released.clip_id, hold_ids=[hold_id], actor="user:7", note="Fine.", now=MONDAY)
    hold(another(2_000))
    reverse(released)
    reverse(paid)
    another(50_000, at=NEXT_WEEK)
    read_again(at=NEXT_WEEK + timedelta(days=8))
    operations.clear_all(now=NEXT_WEEK + timedelta(days=8))


def test_holds_reversals_and_debts_pass_every_proof():
    held_and_reversed()

    checks = {check.name: (check.looked_at, check.failures) for check in proofs.books_checks()}
    for name, number in (("holds", 2), ("released holds", 1), ("voids", 1), ("clawbacks", 1), ("recoveries", 1)):
        assert checks[f"{name} equal their entries"] == (number, ())


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("update earnings_hold set amount_minor = amount_minor + 1", {"holds", "released holds"}),
        ("update earnings_hold set came_from = 'payable' where outcome = 'released'", {"holds", "released holds"}),
        ("delete from ledger_leg where kind = 14", {"released holds"}),
        (
            "update earnings_earningreversal set fee_minor = 0, returned_minor = net_minor where kind = 'void'",
            {"voids"},
        ),
        ("update earnings_earningreversal set returned_to = 'wallet' where kind = 'void'", {"voids"}),
        (
            "update earnings_earningreversal set net_minor = net_minor - 1, returned_minor = returned_minor - 1"
            " where kind = 'clawback'",
            {"clawbacks"},
        ),
        (
            "update earnings_earningreversal set returned_to = 'losses', returned_minor = 0 where kind = 'clawback'",
            {"clawbacks"},
        ),
        ("update earnings_deduction set amount_minor = 1 where recovery_id is not null", {"recoveries"}),
        ("delete from earnings_deduction where reversal_id is not null", {"clawbacks"}),
    ],
)
def test_what_was_forged_about_holds_and_reversals_is_noticed(statement, names):
    held_and_reversed()

    assert {f"{name} equal their entries" for name in names} <= forged(statement).keys()
