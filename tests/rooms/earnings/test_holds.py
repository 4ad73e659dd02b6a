"""Earnings in doubt are kept apart, with a reason and a day, and come back by themselves."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from cliphaven.earnings import operations, queries
from cliphaven.earnings.models import Hold
from cliphaven.earnings.operations import holding
from cliphaven.foundation.transactions import sqlstate
from cliphaven.notifications.models import Message
from tests.people import MONDAY, ben
from tests.rooms.earnings.earners import (
    LATER,
    a_plain_campaign,
    broken,
    cleared,
    earned,
    explained,
    money_of,
    reserved,
    stage_of,
)

pytestmark = pytest.mark.django_db

NET = 1_000 - 100
FORTNIGHT = timedelta(days=14)


def hold(*accruals, now=MONDAY, releases_at=None, note="Have a look.") -> list[int]:
    return holding.hold_earnings(
        accrual_ids=[accrual.id for accrual in accruals],
        reason="under_review",
        note=note,
        actor="user:7",
        releases_at=releases_at or now + FORTNIGHT,
        now=now,
    )


def test_held_earnings_stand_apart_with_reason_and_day():
    accrual = earned(1_000)
    [hold_id] = hold(accrual)

    assert (stage_of(accrual), money_of()) == ("held", {"held": NET})
    [found] = queries.open_holds().holds
    assert (found.hold_id, found.amount_minor, found.reason, found.releases_at) == (
        hold_id,
        NET,
        "under_review",
        MONDAY + FORTNIGHT,
    )
    assert broken() == {}


def test_the_creator_is_told_once_for_a_clip_with_why_and_until_when():
    campaign = a_plain_campaign()
    hold(earned(1_000, campaign=campaign))

    message = Message.objects.get(user=ben())
    assert message.subject == f"$9.00 of your clip for {campaign.title} is held"
    assert "Our staff is looking at the clip. Have a look." in message.text
    assert "16 November 2026" in message.text


def test_held_earnings_do_not_clear_and_are_not_paid():
    hold(earned(1_000), releases_at=LATER + timedelta(days=1))
    cleared()

    assert queries.payable_parts() == []
    assert money_of() == {"held": NET}


def test_a_hold_ends_by_itself_on_its_day_and_not_before():
    accrual = earned(1_000)
    hold(accrual)

    assert holding.release_due(now=MONDAY + FORTNIGHT - timedelta(seconds=1)) == 0
    assert holding.release_due(now=MONDAY + FORTNIGHT) == 1
    assert (stage_of(accrual), money_of()) == ("clearing", {"clearing": NET})
    cleared(at=MONDAY + FORTNIGHT)
    assert money_of() == {"payable": NET}
    assert broken() == {}


def test_cleared_earnings_that_were_held_are_payable_again():
    accrual = earned(1_000)
    cleared()
    [hold_id] = hold(accrual, now=LATER)
    assert money_of() == {"held": NET}

    holding.release_hold(hold_id=hold_id, actor="user:7", note="All is well.", now=LATER)

    assert (stage_of(accrual), money_of()) == ("payable", {"payable": NET})
    ended = Hold.objects.get()
    assert (ended.outcome, ended.ended_by) == ("released", "user:7")
    assert broken() == {}


def test_a_hold_that_is_over_is_not_decided_again():
    [hold_id] = hold(earned(1_000))
    holding.release_due(now=MONDAY + FORTNIGHT)

    with pytest.raises(holding.HoldIsOver):
        holding.release_hold(hold_id=hold_id, actor="user:7", note="Again.", now=LATER)
    with pytest.raises(holding.HoldIsOver):
        holding.extend_hold(hold_id=hold_id, releases_at=LATER + FORTNIGHT, reason="More.", actor="user:7", now=LATER)


def test_an_extension_is_a_named_act_and_the_creator_is_told():
    [hold_id] = hold(earned(1_000))
    until = MONDAY + timedelta(days=30)
    holding.extend_hold(
        hold_id=hold_id, releases_at=until, reason="The platform answers slowly.", actor="user:7", now=LATER
    )

    assert holding.release_due(now=MONDAY + FORTNIGHT) == 0
    assert holding.release_due(now=until) == 1
    assert Message.objects.filter(user=ben(), text__contains="The platform answers slowly.").count() == 1


def test_nothing_is_held_for_more_than_sixty_days():
    [hold_id] = hold(earned(1_000))

    with pytest.raises(holding.HoldRefused, match="60 days at most"):
        holding.extend_hold(
            hold_id=hold_id, releases_at=MONDAY + timedelta(days=61), reason="More.", actor="user:7", now=LATER
        )


@pytest.mark.parametrize(
    "changes",
    [{"reason": "because"}, {"note": "x" * 2_001}, {"releases_at": MONDAY}, {"accrual_ids": []}],
    ids=str,
)
def test_an_unsound_hold_is_refused(changes):
    sound = {
        "accrual_ids": [earned(1_000).id],
        "reason": "under_review",
        "note": "",
        "actor": "user:7",
        "releases_at": MONDAY + FORTNIGHT,
        "now": MONDAY,
    }

    with pytest.raises(holding.HoldRefused):
        holding.hold_earnings(**(sound | changes))
    assert money_of() == {"clearing": NET}


def test_what_is_held_or_being_paid_is_not_held_and_then_neither_is_the_rest():
    campaign = a_plain_campaign()
    one, other = earned(1_000, campaign=campaign), earned(2_000, campaign=campaign)
    hold(one)
    with pytest.raises(holding.HoldRefused, match="1 of these entries"):
        hold(one, other)
    holding.release_due(now=MONDAY + FORTNIGHT)
    cleared(at=MONDAY + FORTNIGHT)
    reserved(at=MONDAY + FORTNIGHT)

    with pytest.raises(holding.HoldRefused, match="2 of these entries"):
        hold(one, other, now=MONDAY + FORTNIGHT)


def test_each_hold_is_a_blocker_of_its_own_with_reason_and_day():
    campaign = a_plain_campaign()
    hold(earned(1_000, campaign=campaign))
    hold(earned(2_000, campaign=campaign), releases_at=MONDAY + timedelta(days=3))

    found = explained(now=MONDAY)

    assert [(blocker.amount_minor, blocker.clears_at) for blocker in found.blockers] == [
        # what comes back to clearing is not payable before its hold period is over
        (2_000 - 200, MONDAY + timedelta(days=7)),
        (NET, MONDAY + FORTNIGHT),
    ]
    assert all("Our staff is looking" in blocker.rule for blocker in found.blockers)
    assert (found.held_minor, found.owed_minor, found.payable_minor) == (2_700, 2_700, 0)


def refused(statement: str) -> str:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")
            cursor.execute(statement)
    except DatabaseError as error:
        return sqlstate(error)
    return "accepted"


@pytest.mark.parametrize(
    "statement",
    [
        "update earnings_hold set amount_minor = 1",
        "update earnings_hold set reason = 'disputed'",
        "update earnings_hold set releases_at = releases_at - interval '1 day'",
        "update earnings_hold set ended_at = null, outcome = '', ended_by = ''",
        "delete from earnings_hold",
        "truncate earnings_hold cascade",
        "update earnings_holdextension set reason = 'other'",
        "delete from earnings_holdextension",
        "truncate earnings_holdextension",
    ],
)
def test_the_database_refuses_to_rewrite_holds(statement):
    [hold_id] = hold(earned(1_000))
    until = MONDAY + timedelta(days=30)
    holding.extend_hold(hold_id=hold_id, releases_at=until, reason="More.", actor="user:7", now=LATER)
    holding.release_due(now=until)

    assert refused(statement) == "EA001"


def test_a_held_accrual_is_not_reserved_behind_the_operations_back():
    accrual = earned(1_000)
    cleared()
    [part] = queries.payable_parts()
    hold(accrual, now=LATER)

    with pytest.raises(operations.ReservationOutOfDate), transaction.atomic():
        operations.reserve_for_transfers(
            reservations=[operations.Reservation(transfer_id=7, part=part)], cause="batch", now=LATER
        )
