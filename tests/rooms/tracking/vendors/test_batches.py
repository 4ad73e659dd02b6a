"""A whole batch and a vendor in trouble: what was measured is believed, and silence proves nothing about the others.

Clauses are those of docs/vendors.md.
"""

from datetime import timedelta
from typing import Any

import pytest

from cliphaven.tracking.models import TrackedClip
from tests.rooms.tracking.test_polling import act, tracked
from tests.rooms.tracking.vendors.scene import ACTOR, BEFORE, SINCE, Scene, a_scene
from tests.world import SandboxWorld

pytestmark = [pytest.mark.usefixtures("world"), pytest.mark.django_db]


def availabilities(scene: Scene) -> set[str]:
    return set(TrackedClip.objects.filter(clip__in=scene.clips).values_list("availability", flat=True))


# I-10: from five failures and more than 30 in 100 on, the vendor is the likelier cause.
@pytest.mark.parametrize(
    ("kind", "platform", "counted"),
    [
        ("not_found", "tiktok", {"provider_error": 6}),
        ("not_found", "instagram", {"provider_error": 6}),
        ("restricted_page", "instagram", {"restricted": 6}),
        ("no_items", "instagram", {"provider_error": 6}),
        ("views_null", "tiktok", {"provider_error": 6}),
        ("old_counter_only", "instagram", {"provider_error": 6}),
        ("items_empty", "tiktok", {"missing": 6}),
        ("items_empty", "youtube", {"missing": 6}),
        ("status_deleted", "youtube", {"provider_error": 6}),
    ],
)
def test_when_a_whole_batch_fails_no_clip_is_held_to_be_gone_and_all_are_asked_again_soon(
    world: SandboxWorld, kind: str, platform: str, counted: dict[str, int]
) -> None:
    scene = a_scene(world, platform, clips=6)
    before = scene.known()
    scene.fault(kind)

    scene.ask()

    assert (scene.known(), scene.outcomes()) == (before, counted)
    assert availabilities(scene) == {"alive"}
    assert set(scene.waits()) == {timedelta(minutes=10)}


def test_a_third_of_a_batch_that_fails_is_doubted_and_the_rest_is_believed(world: SandboxWorld) -> None:
    scene = a_scene(world, "tiktok", clips=15)
    scene.fault("third_not_found")

    scene.ask()

    assert scene.outcomes() == {"provider_error": 6, "measured": 9}  # 34 in 100 of 15, rounded up
    assert sorted(scene.views()) == [BEFORE] * 6 + [SINCE] * 9
    assert availabilities(scene) == {"alive"}


def test_four_clips_that_fail_in_a_batch_are_unreachable(world: SandboxWorld) -> None:
    scene = a_scene(world, "tiktok", clips=11)
    scene.fault("third_not_found")

    scene.ask()

    assert scene.outcomes() == {"gone_hint": 4, "measured": 7}  # 34 in 100 of 11, rounded up: fewer than five
    assert [tracked(clip).availability for clip in scene.clips].count("unreachable") == 4
    assert sorted(scene.views()) == [BEFORE] * 4 + [SINCE] * 7


def test_clips_that_were_not_there_before_do_not_excuse_each_other(world: SandboxWorld) -> None:
    scene = a_scene(world, "tiktok", clips=6)
    TrackedClip.objects.filter(clip__in=scene.clips).update(availability="unreachable")
    scene.fault("not_found")

    scene.ask()

    assert scene.outcomes() == {"gone_hint": 6}


@pytest.mark.parametrize("platform", ["tiktok", "youtube"])
def test_of_a_batch_that_is_answered_by_half_the_other_half_is_asked_again_soon(
    world: SandboxWorld, platform: str
) -> None:
    scene = a_scene(world, platform, clips=10)
    scene.fault("half_answered")

    scene.ask()

    assert scene.outcomes() == {"measured": 5, "missing": 5}
    assert sorted(scene.views()) == [BEFORE] * 5 + [SINCE] * 5
    assert availabilities(scene) == {"alive"}


@pytest.mark.parametrize("platform", ["tiktok", "instagram", "youtube"])
def test_items_in_another_order_are_matched_by_their_ids(world: SandboxWorld, platform: str) -> None:
    scene = a_scene(world, platform, clips=4)
    for number, clip in enumerate(scene.clips):
        act(clip, world, "set_views", views=SINCE + number)
    scene.fault("items_reversed")

    scene.ask()

    assert scene.views() == [SINCE + number for number in range(4)]


@pytest.mark.parametrize("platform", ["tiktok", "instagram"])
def test_items_under_each_others_ids_are_believed_for_none(world: SandboxWorld, platform: str) -> None:
    scene = a_scene(world, platform, clips=4)
    before = scene.known()
    scene.fault("items_of_another")

    scene.ask()

    assert (scene.known(), scene.outcomes()["mismatch"]) == (before, 4)


# runs that ended badly.
@pytest.mark.parametrize("kind", ["run_failed", "run_timed_out", "run_aborted"])
@pytest.mark.parametrize("platform", ["tiktok", "instagram"])
def test_what_a_run_found_before_it_failed_is_believed_and_what_it_did_not_find_proves_nothing(
    world: SandboxWorld, kind: str, platform: str
) -> None:
    scene = a_scene(world, platform, clips=4)
    scene.fault(kind, path=ACTOR[platform])

    scene.ask()

    assert scene.outcomes() == {"measured": 2, "provider_error": 2}
    assert sorted(scene.views()) == [BEFORE] * 2 + [SINCE] * 2
    assert availabilities(scene) == {"alive"}
    unread = [clip for clip in scene.clips if tracked(clip).views_seen == BEFORE]
    assert {tracked(clip).due_at for clip in unread} == {scene.at + timedelta(minutes=10)}


def test_an_error_item_of_a_failed_run_is_no_sign_that_its_clip_is_gone(world: SandboxWorld) -> None:
    scene = a_scene(world, "tiktok", clips=2)
    scene.fault("run_failed", path=ACTOR["tiktok"])
    scene.fault("not_found")

    scene.ask()

    assert (scene.outcomes(), availabilities(scene)) == ({"provider_error": 2}, {"alive"})


# Y-5, Y-7: refusals. What is paid for stops until it renews; what is too fast waits.
@pytest.mark.parametrize(
    ("platform", "fault", "waits", "blocked"),
    [
        ("tiktok", {"kind": "out_of_credit_402", "method": "POST"}, timedelta(minutes=10), timedelta(hours=1)),
        ("tiktok", {"kind": "rate_limit_429", "method": "POST"}, timedelta(minutes=10), None),
        ("tiktok", {"kind": "wrong_key_401", "method": "POST"}, timedelta(minutes=10), None),
        ("tiktok", {"kind": "timeout_408", "method": "POST"}, timedelta(minutes=10), None),
        ("youtube", {"kind": "quota_exceeded_403"}, timedelta(minutes=10), "the next eight o'clock"),
        ("youtube", {"kind": "too_fast_403"}, timedelta(minutes=10), None),
        ("youtube", {"kind": "forbidden_403"}, timedelta(minutes=10), None),
        ("youtube", {"kind": "key_invalid_400"}, timedelta(minutes=10), None),
        ("youtube", {"kind": "backend_error_503", "times": 3}, timedelta(minutes=10), None),
        ("youtube", {"kind": "error_503", "times": 3}, timedelta(minutes=10), None),
    ],
)
def test_a_refused_call_says_nothing_about_its_clips_and_is_counted(
    world: SandboxWorld, platform: str, fault: dict[str, Any], waits: timedelta, blocked: timedelta | str | None
) -> None:
    scene = a_scene(world, platform, clips=2)
    before = scene.known()
    scene.fault(**fault)

    assert scene.ask().failed_calls == 1

    assert scene.call is not None
    assert (scene.known(), scene.outcomes()) == (before, {"provider_error": 2})
    assert (set(scene.waits()), availabilities(scene)) == ({waits}, {"alive"})
    until = scene.call.blocked_until
    if isinstance(blocked, str):
        # The quota of Pacific days is there again at eight in the morning, UTC.
        assert until is not None
        assert (until.hour, until.minute, scene.at < until <= scene.at + timedelta(days=1)) == (8, 0, True)
    else:
        assert (None if until is None else until - scene.at) == blocked


@pytest.mark.parametrize(("platform", "kind"), [("tiktok", "out_of_credit_402"), ("youtube", "quota_exceeded_403")])
def test_a_vendor_without_credit_or_quota_is_asked_nothing_until_it_renews(
    world: SandboxWorld, platform: str, kind: str
) -> None:
    scene = a_scene(world, platform)
    scene.fault(kind, method="POST" if platform == "tiktok" else "GET")
    scene.ask()
    assert scene.call is not None
    assert scene.call.blocked_until is not None
    left = scene.call.blocked_until - scene.at

    assert scene.ask(after=left / 2).calls == 0
    assert scene.ask(after=left / 2).measured == 1
