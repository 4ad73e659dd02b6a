"""Runs at Apify: what they are asked, and what becomes of those that do not end, or whose answer is gone.

Clauses are those of docs/vendors.md.
"""

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cliphaven.clips.models import Vendor
from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.providers.apify import runs
from cliphaven.providers.apify.actors import CLIP_ACTORS
from cliphaven.tracking.models import TrackedClip, VendorCall
from cliphaven.tracking.operations import adopting, polling
from tests.rooms.tracking.test_polling import poll_at, tracked
from tests.rooms.tracking.vendors.scene import ACTOR, BEFORE, SINCE, Scene, a_scene
from tests.world import SandboxWorld


def run_of(scene: Scene) -> dict[str, Any]:
    """The latest call's run, as the vendor tells it."""
    assert scene.call is not None
    headers = {"Authorization": f"Bearer {os.environ['APIFY_TOKEN']}"}
    answer = scene.world.http.get(f"/apify/v2/actor-runs/{scene.call.run_id}", headers=headers)
    told: dict[str, Any] = answer.json()["data"]
    return told


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run is waited for one second only."""
    monkeypatch.setattr(runs, "WAIT_SECONDS", 1)


@pytest.mark.django_db
def test_a_run_is_started_with_every_limit_there_is(world: SandboxWorld) -> None:
    scene = a_scene(world, "instagram", clips=3)
    scene.fetch_call()

    options = run_of(scene)["options"]

    limits = {name: options[name] for name in ("maxItems", "maxTotalChargeUsd", "memoryMbytes", "timeoutSecs")}
    assert limits == {"maxItems": 3 + 5, "maxTotalChargeUsd": 0.5, "memoryMbytes": 1024, "timeoutSecs": 300}


def test_a_run_is_asked_for_nothing_that_costs_extra() -> None:
    asked = CLIP_ACTORS["tiktok"].run_input(["https://www.tiktok.com/@demo/video/7000000000000000000"])

    extras = {name: value for name, value in asked.items() if name.startswith(("should", "scrape", "exclude"))}
    assert len(extras) == 8
    assert not any(extras.values())
    assert (asked["resultsPerPage"], asked["commentsPerPost"], asked["proxyCountryCode"]) == (1, 0, "None")
    assert CLIP_ACTORS["instagram"].run_input(["https://www.instagram.com/p/DZN3mhZB00Q/"]) == {
        "directUrls": ["https://www.instagram.com/p/DZN3mhZB00Q/"],
        "resultsType": "posts",
        "resultsLimit": 1,
        "addParentData": False,
    }


@pytest.mark.django_db
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", ["run_stuck", "run_stuck_timing_out", "run_stuck_aborting"])
def test_a_run_that_never_ends_is_read_later_ended_by_us_and_paid_for_once(world: SandboxWorld, kind: str) -> None:
    scene = a_scene(world, "tiktok", clips=2)
    before = scene.known()
    scene.fault(kind, path=ACTOR["tiktok"])
    scene.ask()
    assert scene.call is not None
    assert (scene.known(), scene.call.ended_at, scene.outcomes()) == (before, None, {})

    # Its clips wait for it, and nobody pays for them a second time.
    assert poll_at(scene.at + polling.LEASE - timedelta(minutes=1)).calls == 0
    adopted = [
        adopting.adopt_lost(read_clock=lambda at=at: at, lease=polling.LEASE)  # type: ignore[misc]
        for at in (scene.at + polling.LEASE, scene.at + adopting.ABORTED_AFTER, scene.at + adopting.ABORTED_AFTER)
    ]

    assert adopted == [0, 0, 1]
    scene.fetch_call()
    assert (run_of(scene)["status"], scene.outcomes()) == ("ABORTED", {"measured": 1, "provider_error": 1})
    assert scene.call.cost_microusd == 1_000 + 3_000  # half of what it was asked for
    assert sorted(scene.views()) == [BEFORE, SINCE]


@pytest.mark.django_db
def test_of_a_dataset_that_is_gone_the_bill_is_kept_and_its_clips_are_asked_about_again(world: SandboxWorld) -> None:
    scene = a_scene(world, "tiktok")
    before = scene.known()
    scene.fault("dataset_expired", path=ACTOR["tiktok"])
    scene.ask()

    adopting.adopt_lost(read_clock=lambda: scene.at + polling.LEASE, lease=polling.LEASE)

    scene.fetch_call()
    assert scene.call is not None
    assert (scene.known(), scene.outcomes()) == (before, {"provider_error": 1})
    assert (scene.call.cost_microusd, scene.call.failure[:16]) == (4_000, "record-not-found")
    assert tracked(scene.clips[0]).leased_until is None


@pytest.mark.django_db
def test_an_answer_that_comes_after_a_newer_one_changes_nothing(world: SandboxWorld) -> None:
    scene = a_scene(world, "tiktok")
    # Nobody kept the first run's answer, and its clip was asked about again meanwhile.
    scene.fault("answer_html", times=12)
    scene.ask()
    world.http.delete("/control/faults").raise_for_status()
    first = scene.call
    assert first is not None
    TrackedClip.objects.update(leased_until=None)
    scene.ask(after=timedelta(minutes=20))
    newer = scene.known()

    adopting.adopt_lost(read_clock=lambda: scene.at, lease=polling.LEASE)

    assert scene.known() == newer
    assert VendorCall.objects.get(id=first.id).cost_microusd == 4_000


@pytest.mark.django_db
@pytest.mark.parametrize("answers", [True, False])
def test_a_poller_that_stood_still_for_longer_than_its_lease_changes_nothing_any_more(
    world: SandboxWorld, answers: bool
) -> None:
    scene = a_scene(world, "tiktok")
    scene.at = world.advance(hours=2)
    TrackedClip.objects.update(wanted_since=scene.at, due_at=scene.at)
    [batch] = polling._claim(now=scene.at, vendor=Vendor.APIFY)
    slow = polling._fetch(batch, lambda: scene.at + timedelta(hours=1))
    poll_at(scene.at + polling.LEASE)  # somebody else adopts its run
    adopted = scene.known()

    said = slow.said if answers else ProviderFailed("It broke.", outcome=Outcome.UNKNOWN)
    polling._record(batch, replace(slow, said=said))

    assert (scene.known(), scene.views()) == (adopted, [SINCE])
    assert VendorCall.objects.get(id=batch.call.id).outcomes == {"measured": 1}
