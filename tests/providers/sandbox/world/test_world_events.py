"""PostHog's capture as its own client meets it."""

from typing import Any

import pytest
from posthog import Posthog


def captured(world: Any) -> list[Any]:
    return list(world.http.get("/posthog/captured").json()["results"])


@pytest.mark.parametrize("gzip", [False, True])
def test_an_event_is_captured(world: Any, gzip: bool) -> None:
    client = Posthog("phc_sandbox", host=f"{world.url}/posthog", gzip=gzip)
    client.capture("clip_submitted", distinct_id="user-1", properties={"clip": 7})
    client.shutdown()
    [event] = captured(world)
    assert (event["event"], event["properties"]["clip"]) == ("clip_submitted", 7)


def test_the_same_uuid_is_the_same_event(world: Any) -> None:
    client = Posthog("phc_sandbox", host=f"{world.url}/posthog", sync_mode=True)
    for _ in range(2):
        client.capture("clip_submitted", distinct_id="user-1", uuid="0199c3a0-0000-7000-8000-000000000001")
    assert len(captured(world)) == 1


def test_a_batch_without_a_key_is_refused(world: Any) -> None:
    assert world.http.post("/posthog/batch/", json={"batch": []}).status_code == 401
