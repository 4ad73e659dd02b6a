"""Earnings in doubt are kept apart, with a reason and a day, and come back by themselves."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from cliphaven.earnings import operations, queries
from cliphaven.earnings.models import Accrual, EarningAct, Hold
from cliphaven.earnings.operations import acts, holding
from cliphaven.foundation.transactions import sqlstate
from cliphaven.notifications.models import Message
from tests.people import MONDAY, ben, seen
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
    holding.hold_earnings(
        clip_id=accruals[0].clip_id,
        accrual_ids=[accrual.id for accrual in accruals],
        reason="under_review",
        note=note,
        actor="user:7",
        releases_at=releases_at or now + FORTNIGHT,
        now=now,
    )
    placed = Hold.objects.filter(accrual__in=accruals, ended_at=None)
    return list(placed.order_by("accrual_id").values_list("id", flat=True))


def release(*hold_ids, now=LATER, note="All is well.") -> int:
    [clip_id] = Hold.objects.filter(id__in=hold_ids).values_list("accrual__clip_id", flat=True).distinct()
    return holding.release_holds(clip_id=clip_id, hold_ids=hold_ids, actor="user:7", note=note, now=now)


def extend(*hold_ids, until, note="More.", now=LATER) -> int:
    [clip_id] = Hold.objects.filter(id__in=hold_ids).values_list("accrual__clip_id", flat=True).distinct()
    return holding.extend_holds(
        clip_id=clip_id, hold_ids=hold_ids, releases_at=until, note=note, actor="user:7", now=now
    )


def earned_again(accrual: Accrual, gross_minor: int, *, at=MONDAY) -> Accrual:
    """The same clip earns so much more."""
    seen(accrual.clip, accrual.views_to + gross_minor, at=at)
    operations.accrue_campaign(campaign_id=accrual.campaign_id, now=at)
    return Accrual.objects.get(clip=accrual.clip, number=accrual.number + 1)


def test_held_earnings_stand_apart_with_reason_and_day():
    accrual = earned(1_000)
    [hold_id] = hold(accrual)

    assert (stage_of(accrual), money_of()) == ("held", {"held": NET})
    [found] = queries.held_cases().cases
    assert (found.hold_ids, found.amount_minor, found.reason, found.releases_at) == (
        (hold_id,),
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

    release(hold_id)

    assert (stage_of(accrual), money_of()) == ("payable", {"payable": NET})
    ended = Hold.objects.get()
    assert (ended.outcome, ended.ended_by) == ("released", "user:7")
    assert broken() == {}


def test_a_hold_that_is_over_is_not_decided_again():
    [hold_id] = hold(earned(1_000))
    holding.release_due(now=MONDAY + FORTNIGHT)

    with pytest.raises(holding.HoldIsOver):
        release(hold_id)
    with pytest.raises(holding.HoldIsOver):
        extend(hold_id, until=LATER + FORTNIGHT)


def test_an_extension_is_a_named_act_and_the_creator_is_told():
    [hold_id] = hold(earned(1_000))
    until = MONDAY + timedelta(days=30)
    extend(hold_id, until=until, note="The platform answers slowly.")

    assert holding.release_due(now=MONDAY + FORTNIGHT) == 0
    assert holding.release_due(now=until) == 1
    assert Message.objects.filter(user=ben(), text__contains="The platform answers slowly.").count() == 1


def test_nothing_is_held_for_more_than_sixty_days():
    [hold_id] = hold(earned(1_000))

    with pytest.raises(holding.HoldRefused, match="60 days at most"):
        extend(hold_id, until=MONDAY + timedelta(days=61))


@pytest.mark.parametrize(
    "changes",
    [{"reason": "because"}, {"note": "x" * 2_001}, {"releases_at": MONDAY}, {"accrual_ids": []}],
    ids=str,
)
def test_an_unsound_hold_is_refused(changes):
    accrual = earned(1_000)
    sound = {
        "clip_id": accrual.clip_id,
        "accrual_ids": [accrual.id],
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
    one = earned(1_000)
    other = earned_again(one, 2_000)
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


def test_entries_of_another_clip_are_not_held_with_it():
    campaign = a_plain_campaign()
    with pytest.raises(holding.HoldRefused, match="1 of these entries"):
        hold(earned(1_000, campaign=campaign), earned(2_000, campaign=campaign))


def test_all_that_is_held_of_a_clip_is_let_go_at_once_and_the_creator_is_told_why():
    one = earned(1_000)
    hold_ids = hold(one, earned_again(one, 2_000))

    assert release(*hold_ids, note="They are people after all.") == 2_700
    assert money_of() == {"clearing": 2_700}
    [told] = Message.objects.filter(user=ben(), subject__contains="no longer held")
    assert told.subject.startswith("$27.00 of your clip")
    assert told.text.startswith("They are people after all.")
    assert broken() == {}


def test_when_one_of_several_holds_is_over_nothing_is_let_go():
    one = earned(1_000)
    first, second = hold(one, earned_again(one, 2_000))
    release(first)

    with pytest.raises(holding.HoldIsOver):
        release(first, second)
    assert money_of() == {"clearing": 900, "held": 1_800}


def test_holds_of_another_clip_are_not_let_go_with_it():
    campaign = a_plain_campaign()
    [own], [other] = hold(earned(1_000, campaign=campaign)), hold(earned(2_000, campaign=campaign))

    with pytest.raises(holding.HoldIsOver):
        holding.release_holds(
            clip_id=Hold.objects.get(id=own).accrual.clip_id,
            hold_ids=[own, other],
            actor="user:7",
            note="Fine.",
            now=LATER,
        )
    assert money_of() == {"held": 900 + 1_800}


@pytest.mark.parametrize("note", ["", "  ", "x" * 2_001])
def test_nothing_is_let_go_or_kept_longer_without_a_word(note):
    [hold_id] = hold(earned(1_000))

    with pytest.raises(holding.HoldRefused, match="Say why it is let go"):
        release(hold_id, note=note)
    with pytest.raises(holding.HoldRefused, match="Say why it takes longer"):
        extend(hold_id, until=LATER + FORTNIGHT, note=note)


def test_a_later_end_is_later_than_that_of_every_hold():
    one = earned(1_000)
    [first] = hold(one, releases_at=MONDAY + timedelta(days=10))
    [second] = hold(earned_again(one, 2_000), releases_at=MONDAY + timedelta(days=20))

    with pytest.raises(holding.HoldRefused, match="22 November 2026"):
        extend(first, second, until=MONDAY + timedelta(days=15))
    assert extend(first, second, until=MONDAY + timedelta(days=30)) == 2_700
    assert {hold.releases_at for hold in Hold.objects.all()} == {MONDAY + timedelta(days=30)}
    assert Message.objects.filter(subject__startswith="Held longer: $27.00").count() == 1


def test_what_people_do_to_holds_is_written_down_with_who_and_why():
    one = earned(1_000)
    hold_ids = hold(one, earned_again(one, 2_000))
    extend(*hold_ids, until=MONDAY + timedelta(days=30), note="More.")
    release(*hold_ids, note="Fine.")

    rows = EarningAct.objects.order_by("id").values_list("deed", "reason", "note", "actor", "entries", "amount_minor")
    assert list(rows) == [
        ("held", "under_review", "Have a look.", "user:7", 2, 2_700),
        ("extended", "under_review", "More.", "user:7", 2, 2_700),
        ("released", "under_review", "Fine.", "user:7", 2, 2_700),
    ]


def test_a_request_that_comes_twice_is_done_once():
    accrual = earned(1_000)
    about = {"clip_id": accrual.clip_id, "actor": "user:7", "now": LATER}

    def hold_it() -> int:
        return holding.hold_earnings(
            accrual_ids=[accrual.id],
            reason="disputed",
            note="",
            releases_at=LATER + FORTNIGHT,
            request_key="click-one",
            **about,
        )

    assert (hold_it(), hold_it()) == (900, 900)
    holds = {"hold_ids": [Hold.objects.get().id], **about}
    until = LATER + timedelta(days=20)
    for _ in range(2):
        assert holding.extend_holds(releases_at=until, note="More.", request_key="click-two", **holds) == 900
    for _ in range(2):
        assert holding.release_holds(note="Fine.", request_key="click-three", **holds) == 900
    assert EarningAct.objects.count() == 3
    assert Message.objects.filter(user=ben()).count() == 3
    with pytest.raises(acts.KeyUsedBefore):
        holding.release_holds(note="Fine.", request_key="click-one", **holds)


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
        "update earnings_earningact set note = 'other'",
        "delete from earnings_earningact",
        "truncate earnings_earningact",
    ],
)
def test_the_database_refuses_to_rewrite_holds(statement):
    [hold_id] = hold(earned(1_000))
    until = MONDAY + timedelta(days=30)
    extend(hold_id, until=until)
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
