"""Staff who click at the same moment: each deed is done once, and everybody hears what became of theirs."""

from cliphaven.tracking.models import Canary, TrackedClip, TrackingAct
from cliphaven.tracking.operations import asking_again, canaries
from tests.concurrency.test_one_budget import at_once
from tests.people import MONDAY, a_campaign, an_approved_clip, dot, seen
from tests.rooms.tracking.test_costs import a_call

STAFF = 6


def test_a_clip_that_is_asked_for_at_once_is_wanted_once(committed):
    clip = an_approved_clip(a_campaign())
    seen(clip, 4_200)
    staff_id = dot().id

    def ask(key: str) -> str:
        return str(
            asking_again.read_clip_again(
                clip_id=clip.id, staff_id=staff_id, why="The sponsor asks", request_key=key, now=MONDAY
            )
        )

    assert at_once(lambda _: ask("the-same-form"), workers=STAFF) == {"1": STAFF}
    assert TrackingAct.objects.count() == 1

    TrackedClip.objects.update(wanted_since=None)
    assert at_once(lambda number: ask(f"another-form-{number}"), workers=STAFF) == {"1": 1, "0": STAFF - 1}


def test_a_quarantine_that_is_ended_at_once_is_ended_once(committed):
    call, staff_id = a_call(MONDAY, quarantined_at=MONDAY), dot().id

    def clear(number: int) -> str:
        try:
            canaries.clear(call_id=call.id, staff_id=staff_id, why="Edited", request_key=f"form-{number}", now=MONDAY)
        except canaries.NotInQuarantine as refused:
            return refused.code
        return "cleared"

    assert at_once(clear, workers=STAFF) == {"cleared": 1, "not_in_quarantine": STAFF - 1}
    assert TrackingAct.objects.count() == 1


def test_a_canary_that_is_added_at_once_is_one(committed):
    staff_id = dot().id

    def add(_: int) -> str:
        return str(
            canaries.add(
                url="https://www.tiktok.com/@old/video/7000000000000012345",
                views=50_000,
                growth_per_day=0,
                staff_id=staff_id,
                why="It stands still",
                now=MONDAY,
            )
        )

    assert list(at_once(add, workers=STAFF).values()) == [STAFF]
    assert Canary.objects.count() == 1
