"""Runs that are told as they cannot be, and refusals that say when to come back.

For each: nothing is overwritten, nothing is paid, its kind is counted, nothing breaks. Clauses are those of
docs/vendors.md.
"""

from datetime import timedelta

import pytest

from cliphaven.providers import vendor_calls
from cliphaven.tracking.models import Observation, VendorCall
from cliphaven.tracking.operations import polling
from tests.rooms.tracking.test_polling import poll_at
from tests.rooms.tracking.vendors.scene import SINCE, a_scene
from tests.world import SandboxWorld

pytestmark = [pytest.mark.usefixtures("world"), pytest.mark.django_db]

REALLY = 1_000 + 3_000
"""What a run for one TikTok clip costs: its start and one item."""


# what a run cost. A bill that nobody can mean is none, and is read anew at night.
@pytest.mark.parametrize("kind", ["run_bill_endless", "run_bill_negative", "run_bill_text"])
def test_a_bill_that_cannot_be_costs_nothing_until_it_is_read_anew(world: SandboxWorld, kind: str) -> None:
    scene = a_scene(world, "tiktok")
    scene.fault(kind, method="POST")
    scene.fault(kind, times=3, path="v2/actor-runs")

    scene.ask()

    assert scene.call is not None
    assert (scene.views(), scene.outcomes(), scene.call.cost_microusd) == ([SINCE], {"measured": 1}, 0)


# A run's start whose answer cannot be read may be a paid run: it is found by its tag, and not started again.
@pytest.mark.parametrize("kind", ["run_dataset_elsewhere", "run_without_status"])
def test_a_start_whose_answer_cannot_be_read_is_found_by_its_tag(world: SandboxWorld, kind: str) -> None:
    scene = a_scene(world, "tiktok")
    scene.fault(kind, method="POST")

    scene.ask()

    assert scene.call is not None
    assert (scene.views(), scene.outcomes(), scene.call.cost_microusd) == ([SINCE], {"measured": 1}, REALLY)


@pytest.mark.parametrize("kind", ["run_of_another", "run_dataset_elsewhere", "run_without_status"])
def test_a_run_that_is_told_as_another_is_read_later_and_not_paid_twice(
    world: SandboxWorld, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vendor_calls, "_PAUSES_BEFORE_READING_AGAIN", ())
    scene = a_scene(world, "tiktok")
    before = scene.known()
    scene.fault("run_still_running", method="POST")
    scene.fault(kind, path="v2/actor-runs")

    scene.ask()

    assert (scene.known(), scene.outcomes()) == (before, {})
    poll_at(scene.at + polling.LEASE)
    scene.fetch_call()
    assert (scene.outcomes(), VendorCall.objects.count()) == ({"measured": 1}, 2)


@pytest.mark.parametrize("kind", ["run_moments_impossible", "run_moments_ahead", "run_names_strange"])
def test_a_run_of_strange_times_and_names_is_read_by_our_own_clock(world: SandboxWorld, kind: str) -> None:
    scene = a_scene(world, "tiktok")
    scene.fault(kind, method="POST")
    scene.fault(kind, times=3, path="v2/actor-runs")

    scene.ask()

    reading = Observation.objects.filter(clip=scene.clips[0]).latest("id")
    assert (scene.views(), scene.outcomes(), reading.observed_at) == ([SINCE], {"measured": 1}, scene.at)


# A-12, Y-7: too fast, with a number of seconds, with a date, and without a word about when; and answers from elsewhere.
@pytest.mark.parametrize("platform", ["tiktok", "instagram", "youtube"])
@pytest.mark.parametrize(
    ("kind", "times"),
    [
        ("rate_limit_429", 3),
        ("rate_limit_unsaid_429", 3),
        # Who names an hour is not asked again within the second.
        ("rate_limit_hour_429", 1),
        ("rate_limit_date_429", 1),
        # A redirect is followed nowhere: the key would go along.
        ("moved_302", 1),
        ("moved_307", 1),
    ],
)
def test_a_vendor_that_turns_us_away_is_asked_again_after_ten_minutes(
    world: SandboxWorld, platform: str, kind: str, times: int
) -> None:
    scene = a_scene(world, platform, clips=2)
    before = scene.known()
    scene.fault(kind, method="GET" if platform == "youtube" else "POST", times=times if platform == "youtube" else 1)

    polled = scene.ask()

    assert (polled.failed_calls, scene.outcomes(), scene.known()) == (1, {"provider_error": 2}, before)
    assert set(scene.waits()) == {timedelta(minutes=10)}
    assert world.http.get("/control/faults").json() == {"waiting": []}


@pytest.mark.parametrize("kind", ["error_500", "error_502", "error_503"])
def test_a_storm_of_errors_is_asked_into_ever_less_often(world: SandboxWorld, kind: str) -> None:
    scene = a_scene(world, "youtube")
    before, waited = scene.known(), []
    scene.fault(kind, times=3 * 5)

    for _ in range(5):
        scene.ask()
        waited += scene.waits()

    assert waited == [timedelta(minutes=10 * doubled) for doubled in (1, 2, 4, 8, 16)]
    assert scene.known() == before
    scene.ask()
    assert scene.views() == [SINCE]
