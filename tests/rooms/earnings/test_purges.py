"""Views that a platform took back: what is unpaid is held and voided, what was paid is credited to the sponsor once."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from cliphaven.campaigns.models import Campaign, Document
from cliphaven.clips.models import Clip
from cliphaven.earnings import operations
from cliphaven.earnings.models import Accrual, CreditNote, EarningReversal, Hold, PurgeFollowUp
from cliphaven.earnings.operations import crediting, holding, purging, reversing, suspecting
from cliphaven.earnings.queries import credit_notes
from cliphaven.foundation.transactions import own_transaction
from cliphaven.fraud.models import RiskCase
from cliphaven.fraud.operations import appeals, cases
from cliphaven.ledger import operations as ledger
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.notifications.models import Message
from cliphaven.tracking.models import Observation, Purge, TrackedClip
from tests.people import MONDAY, a_user, adas_organisation, an_approved_clip, ben, dot, read_again, seen
from tests.rooms.earnings.earners import a_plain_campaign, balance, broken, budget_of, cleared, money_of, reserved
from tests.rooms.fraud.doubts import a_policy

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEPS = (4_000, 7_000, 10_000)
"""Three entries: to 4,000, to 7,000, to 10,000; a tenth of each is the fee."""
BACK_AT = MONDAY + 4 * HOUR
PAID_AT = MONDAY + 8 * DAY


def a_clip_of(*steps: int, campaign: Campaign | None = None) -> Clip:
    """A clip that was read at these counts, an hour apart, and earned one minor unit a view."""
    clip = an_approved_clip(campaign or a_plain_campaign())
    for hour, views in enumerate(steps):
        seen(clip, views, at=MONDAY + hour * HOUR)
        operations.accrue_campaign(campaign_id=clip.campaign_id, now=MONDAY + hour * HOUR)
    return clip


def purged(clip: Clip, to: int, *, at: datetime = BACK_AT) -> Purge:
    """The platform shows fewer views, twice."""
    tracked = TrackedClip.objects.get(clip=clip)
    before, highest, reading = tracked.views_settled, tracked.views_seen, tracked.seen_observation_id
    confirmed = seen(clip, to, at=at)
    # What was seen stays seen: earnings follow the highest count.
    TrackedClip.objects.filter(clip=clip).update(
        views_seen=highest, views_settled=to, seen_observation_id=reading, measured_at=at
    )
    return Purge.objects.create(
        clip=clip,
        observation=Observation.objects.get(id=confirmed.id),
        views_before=before,
        views_after=to,
        fell_at=at - timedelta(minutes=20),
        confirmed_at=at,
    )


def followed(*, at: datetime) -> None:
    """What the schedule does about purges, once."""
    purging.follow_purges(now=at)
    cases.end_due(now=at)
    suspecting.settle_cases(now=at)
    purging.settle_purges(now=at)


@own_transaction
def provided(minor: int) -> None:
    """Two people set money aside for views that will turn out not to count."""
    losses, reserve = (
        Account(kind=kind, currency="USD") for kind in (AccountKind.PLATFORM_LOSSES, AccountKind.INVALID_VIEW_RESERVE)
    )
    leg = ledger.Leg(debit=losses, credit=reserve, amount_minor=minor)
    ledger.record(
        [
            ledger.Entry(
                kind=EntryKind.PROVISION, external_id="correction:1", legs=(leg,), occurred_at=MONDAY, cause="test"
            )
        ]
    )


def wallet() -> int:
    return balance(AccountKind.SPONSOR_WALLET, adas_organisation().id)


def reserve() -> int:
    return balance(AccountKind.INVALID_VIEW_RESERVE)


def a_paid_clip(*steps: int, campaign: Campaign | None = None) -> Clip:
    """A clip whose earnings are all in a payout."""
    clip = a_clip_of(*(steps or STEPS), campaign=campaign)
    cleared(at=PAID_AT)
    reserved(at=PAID_AT)
    return clip


def test_exactly_the_unpaid_entries_above_what_stands_are_held_and_the_creator_is_told_why():
    clip = a_clip_of(*STEPS)
    purged(clip, 7_000)
    followed(at=BACK_AT)

    assert money_of() == {"clearing": 7_000 - 700, "held": 3_000 - 300}
    case = RiskCase.objects.get()
    assert (case.state, case.evidence, case.decided_by, case.voids_at) == (
        "voiding",
        "purge",
        "system",
        BACK_AT + 7 * DAY,
    )
    assert "took back 3,000 of 10,000 views" in Message.objects.get(key__startswith="hold:", user=ben()).text
    assert broken() == {}


def test_nothing_is_taken_before_the_creator_could_appeal_and_then_exactly_that():
    clip = a_clip_of(*STEPS)
    purged(clip, 7_000)
    followed(at=BACK_AT)
    before = budget_of(clip.campaign)
    followed(at=BACK_AT + 7 * DAY - HOUR)
    assert money_of() == {"clearing": 6_300, "held": 2_700}

    followed(at=BACK_AT + 7 * DAY)

    assert money_of() == {"clearing": 6_300}
    assert budget_of(clip.campaign) == before + 3_000
    reversal = EarningReversal.objects.get()
    assert (reversal.kind, reversal.reason, reversal.actor) == ("void", "views_taken_back", "system")
    assert "took back 3,000 of 10,000 views" in reversal.note
    assert broken() == {}


def test_an_entry_that_reaches_below_what_stands_goes_on_counting():
    clip = a_clip_of(*STEPS)
    purged(clip, 8_000)
    followed(at=BACK_AT)

    assert money_of() == {"clearing": 9_000}
    assert not RiskCase.objects.exists()


def test_views_that_come_back_in_time_count():
    clip = a_clip_of(*STEPS)
    purged(clip, 7_000)
    followed(at=BACK_AT)
    TrackedClip.objects.update(views_settled=10_000)

    followed(at=BACK_AT + 7 * DAY)

    assert not EarningReversal.objects.exists()
    assert PurgeFollowUp.objects.get().outcome == "came_back"


def test_an_appeal_that_is_granted_gives_it_back_for_good():
    clip = a_clip_of(*STEPS)
    purged(clip, 7_000)
    followed(at=BACK_AT)
    appeal_id = appeals.appeal(
        case_id=RiskCase.objects.get().id, creator_id=ben().id, text="A fault.", request_key="a", now=BACK_AT + DAY
    )
    appeals.decide_appeal(
        appeal_id=appeal_id,
        is_granted=True,
        staff_id=dot().id,
        note="So it is.",
        request_key="b",
        now=BACK_AT + 2 * DAY,
    )
    for days in (2, 7, 8):
        followed(at=BACK_AT + days * DAY)

    assert money_of() == {"clearing": 9_000}
    assert RiskCase.objects.get().state == "released"


def test_nobody_answers_and_the_clock_is_for_the_creator():
    clip = a_clip_of(*STEPS)
    purged(clip, 7_000)
    followed(at=BACK_AT)
    appeals.appeal(
        case_id=RiskCase.objects.get().id, creator_id=ben().id, text="A fault.", request_key="a", now=BACK_AT + 6 * DAY
    )
    appeals.grant_overdue(now=BACK_AT + 9 * DAY)
    followed(at=BACK_AT + 9 * DAY)

    assert money_of() == {"clearing": 9_000}


def test_one_of_the_staff_may_undo_what_the_house_decided():
    clip = a_clip_of(*STEPS)
    purged(clip, 7_000)
    followed(at=BACK_AT)
    cases.release(
        case_id=RiskCase.objects.get().id, staff_id=dot().id, note="A fault of theirs.", request_key="r", now=BACK_AT
    )
    followed(at=BACK_AT + 8 * DAY)

    assert money_of() == {"clearing": 9_000}


def test_what_somebody_let_go_is_not_held_again():
    clip = a_clip_of(*STEPS)
    newest = Accrual.objects.order_by("-id")[0]
    holding.hold_earnings(
        clip_id=clip.id,
        accrual_ids=[newest.id],
        reason="views_dropped",
        note="",
        actor=f"user:{dot().id}",
        releases_at=MONDAY + 20 * DAY,
        now=BACK_AT,
    )
    hold_id = Hold.objects.get().id
    holding.release_holds(clip_id=clip.id, hold_ids=[hold_id], note="Fine.", actor=f"user:{dot().id}", now=BACK_AT)
    purged(clip, 7_000)
    followed(at=BACK_AT)

    assert not RiskCase.objects.exists()


def test_paid_views_that_are_gone_become_a_credit_note_from_the_reserve_and_nothing_is_taken_from_the_creator():
    provided(50_00)
    clip = a_paid_clip()
    purged(clip, 7_000, at=PAID_AT + DAY)
    followed(at=PAID_AT + DAY)
    before = wallet()
    followed(at=PAID_AT + 7 * DAY)
    assert not CreditNote.objects.exists()

    for days in (8, 9, 10):
        followed(at=PAID_AT + days * DAY)

    note = CreditNote.objects.get()
    entry = books.entry(EntryKind.INVALID_VIEW_CREDIT, note.entry_name)
    assert (note.views, note.views_from, note.views_to, note.amount_minor) == (3_000, 7_000, 10_000, 3_000)
    assert entry is not None
    assert [leg.amount_minor for leg in entry.legs] == [3_000]
    assert (wallet(), reserve()) == (before + 3_000, 50_00 - 30_00)
    assert money_of() == {"reserved": 9_000}
    assert Document.objects.get(kind="credit_note").facts["views"] == 3_000
    assert PurgeFollowUp.objects.get().outcome == "credited"
    assert broken() == {}


def test_of_an_entry_that_reaches_below_its_part_is_credited():
    provided(50_00)
    clip = a_paid_clip()
    purged(clip, 6_000, at=PAID_AT + DAY)
    for days in (1, 8):
        followed(at=PAID_AT + days * DAY)

    # 3,000 of the entry above 7,000, and a third of the one from 4,000 to 7,000.
    assert CreditNote.objects.get().amount_minor == 3_000 + 3_000 * 1_000 // 3_000


def test_a_second_purge_is_credited_for_what_the_first_left():
    provided(100_00)
    clip = a_paid_clip()
    purged(clip, 8_000, at=PAID_AT + DAY)
    for days in (1, 8):
        followed(at=PAID_AT + days * DAY)
    purged(clip, 4_000, at=PAID_AT + 9 * DAY)
    for days in (9, 16):
        followed(at=PAID_AT + days * DAY)

    amounts = [note.amount_minor for note in CreditNote.objects.order_by("id")]
    assert amounts == [2_000, 4_000]  # 10,000 to 8,000, then 8,000 to 4,000
    assert broken() == {}


def test_the_policy_caps_what_is_credited_for_one_clip_and_the_note_says_so():
    provided(50_00)
    a_policy(credit_max_minor={"USD": 10_00})
    clip = a_paid_clip()
    purged(clip, 7_000, at=PAID_AT + DAY)
    for days in (1, 8):
        followed(at=PAID_AT + days * DAY)

    note = CreditNote.objects.get()
    assert (note.amount_minor, note.capped_minor) == (1_000, 2_000)
    assert broken() == {}


def test_what_was_earned_before_the_window_is_not_credited():
    provided(50_00)
    a_policy(credit_window_days=5)
    clip = a_paid_clip()
    purged(clip, 7_000, at=PAID_AT + DAY)
    for days in (1, 8):
        followed(at=PAID_AT + days * DAY)

    assert not CreditNote.objects.exists()
    assert PurgeFollowUp.objects.get().outcome == "too_late"


def test_a_reserve_that_holds_too_little_keeps_the_credit_waiting_and_tells_the_staff():
    dot()
    provided(20_00)
    clip = a_paid_clip()
    purged(clip, 7_000, at=PAID_AT + DAY)
    for days in (1, 8):
        followed(at=PAID_AT + days * DAY)

    assert not CreditNote.objects.exists()
    assert PurgeFollowUp.objects.get().settled_at is None
    assert "holds $20.00: make a provision first" in Message.objects.get(key__startswith="credit_waits").text


def test_a_credit_waits_until_what_it_is_about_is_paid():
    provided(50_00)
    clip = a_clip_of(*STEPS)
    purged(clip, 8_000)
    for days in (0, 7):
        followed(at=BACK_AT + days * DAY)
    assert not CreditNote.objects.exists()

    cleared(at=PAID_AT)
    reserved(at=PAID_AT)
    followed(at=PAID_AT + HOUR)

    assert CreditNote.objects.get().amount_minor == 2_000


def test_a_clawback_of_what_was_credited_makes_good_the_losses_and_the_campaign_has_nothing_twice():
    provided(50_00)
    clip = a_paid_clip()
    purged(clip, 7_000, at=PAID_AT + DAY)
    for days in (1, 8):
        followed(at=PAID_AT + days * DAY)
    budget, losses = budget_of(clip.campaign), balance(AccountKind.PLATFORM_LOSSES)
    newest = Accrual.objects.order_by("-id")[0]

    reversing.reverse_earnings(
        clip_id=clip.id,
        accrual_ids=[newest.id],
        reason="bought_views",
        note="Bought.",
        actor=f"user:{dot().id}",
        claw_back=True,
        now=PAID_AT + 9 * DAY,
    )

    assert budget_of(clip.campaign) == budget
    assert balance(AccountKind.PLATFORM_LOSSES) == losses - 2_700
    assert broken() == {}


def test_credited_and_other_entries_are_not_reversed_in_one_go():
    provided(50_00)
    clip = a_paid_clip()
    purged(clip, 7_000, at=PAID_AT + DAY)
    for days in (1, 8):
        followed(at=PAID_AT + days * DAY)

    with pytest.raises(reversing.ReversalRefused, match="credited 1 of these entries"):
        reversing.reverse_earnings(
            clip_id=clip.id,
            accrual_ids=list(Accrual.objects.values_list("id", flat=True)),
            reason="bought_views",
            note="Bought.",
            actor=f"user:{dot().id}",
            claw_back=True,
            now=PAID_AT + 9 * DAY,
        )


def test_what_two_people_credited_for_the_clip_is_not_credited_again():
    provided(90_00)
    clip = a_paid_clip()
    purged(clip, 7_000, at=PAID_AT + DAY)
    followed(at=PAID_AT + DAY)
    Campaign.objects.update(state="closed")
    with transaction.atomic():
        crediting.credit_invalid_views(
            correction_id=9,
            campaign_id=clip.campaign_id,
            clip_id=clip.id,
            amount_minor=2_500,
            reason="Seen by hand.",
            actor="user:1 and user:2",
            now=PAID_AT + 2 * DAY,
        )
    followed(at=PAID_AT + 8 * DAY)

    assert [note.amount_minor for note in CreditNote.objects.order_by("id")] == [2_500, 500]
    assert [line.by_people for line in credit_notes.credit_page(organisation_id=adas_organisation().id).notes] == [
        False,
        True,
    ]
    assert broken() == {}


def test_a_purge_of_views_that_never_became_money_is_nothing():
    clip = a_clip_of(4_000)
    seen(clip, 9_000, at=MONDAY + HOUR)
    purged(clip, 8_000)
    followed(at=BACK_AT)

    assert PurgeFollowUp.objects.get().outcome == "nothing_counted"


def test_the_database_refuses_to_change_a_credit_note():
    provided(50_00)
    clip = a_paid_clip()
    purged(clip, 7_000, at=PAID_AT + DAY)
    for days in (1, 8):
        followed(at=PAID_AT + days * DAY)

    with pytest.raises(DatabaseError, match="kept as it was recorded"), transaction.atomic():
        CreditNote.objects.update(amount_minor=1)
    with pytest.raises(DatabaseError, match="What became of a purge is kept"), transaction.atomic():
        PurgeFollowUp.objects.update(outcome="came_back")


def test_a_video_that_was_submitted_before_never_earns_twice():
    """Exact duplicates by the platform's own id need no case: the table has one clip per video."""
    campaign = a_plain_campaign()
    first = an_approved_clip(campaign, video_id="70000000000000777")

    with pytest.raises(DatabaseError, match="unique"), transaction.atomic():
        an_approved_clip(campaign, creator=a_user("Mallory"), video_id=first.video_id)
    read_again(at=MONDAY)
