"""A purge is followed, voided and credited once, however many do it at a moment, and whatever else is decided."""

from datetime import timedelta

import pytest

from cliphaven.earnings.models import Accrual, CreditNote, EarningReversal, Hold, PurgeFollowUp
from cliphaven.earnings.operations import purging, reversing
from cliphaven.foundation.errors import Refused
from cliphaven.fraud.models import RiskCase
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import EntryKind
from tests.concurrency.test_doubt_at_once import WORKERS, at_once
from tests.people import dot
from tests.rooms.earnings.earners import broken, money_of
from tests.rooms.earnings.test_purges import (
    BACK_AT,
    PAID_AT,
    STEPS,
    a_clip_of,
    a_paid_clip,
    followed,
    provided,
    purged,
    reserve,
)

DAY = timedelta(days=1)
CREDITED_AT = PAID_AT + 8 * DAY


@pytest.fixture
def paid(committed):
    """A clip whose 3,000 highest views were paid and purged a week ago: 30.00 are to be credited."""
    provided(50_00)
    clip = a_paid_clip()
    purged(clip, 7_000, at=PAID_AT + DAY)
    followed(at=PAID_AT + DAY)
    return clip


def test_many_who_follow_one_purge_open_one_case_and_hold_once(committed):
    purged(a_clip_of(*STEPS), 7_000)

    followed_by = at_once(*[lambda: purging.follow_purges(now=BACK_AT)] * WORKERS)

    assert sum(followed_by) == 1
    assert (RiskCase.objects.count(), Hold.objects.count(), PurgeFollowUp.objects.count()) == (1, 1, 1)
    assert money_of() == {"clearing": 6_300, "held": 2_700}
    assert broken() == {}


def test_many_who_credit_one_purge_issue_one_note(paid):
    settled = at_once(*[lambda: purging.settle_purges(now=CREDITED_AT)] * WORKERS)

    assert sum(settled) == 1
    assert [note.amount_minor for note in CreditNote.objects.all()] == [3_000]
    assert books.entry_count(EntryKind.INVALID_VIEW_CREDIT) == 1
    assert reserve() == 50_00 - 30_00
    assert broken() == {}


def test_who_claws_back_while_it_is_credited_gives_nobody_anything_twice(paid):
    newest = Accrual.objects.order_by("-id")[0]
    staff_id = dot().id

    def claw_back() -> object:
        return reversing.reverse_earnings(
            clip_id=paid.id,
            accrual_ids=[newest.id],
            reason="bought_views",
            note="Bought.",
            actor=f"user:{staff_id}",
            claw_back=True,
            now=CREDITED_AT,
        )

    answers = at_once(claw_back, lambda: purging.settle_purges(now=CREDITED_AT))

    assert not isinstance(answers[0], Refused)
    credited = sum(note.amount_minor for note in CreditNote.objects.all())
    returned = sum(one.returned_minor for one in EarningReversal.objects.all())
    # Whoever came first: the campaign has the 30.00 again, or the wallet has.
    assert credited + returned == 30_00
    assert broken() == {}
