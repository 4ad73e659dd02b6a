"""Clips of the pretend world for the adapters to find."""

import uuid
from collections.abc import Callable

import pytest

from cliphaven.providers.readings import Platform, RequestedClip
from tests.world import SandboxWorld

Post = Callable[..., RequestedClip]


@pytest.fixture
def post(world: SandboxWorld) -> Post:
    """Call it to let somebody post a clip that shows exactly `views`: `post("tiktok", views=1234)`."""

    def posted(platform: Platform, *, views: int, action: str = "") -> RequestedClip:
        handle = f"demo{uuid.uuid4().hex[:16]}"
        account = world.post("/control/audience/accounts", {"platform": platform, "handle": handle})
        order = {"platform": platform, "author_id": account["author_id"], "final_views": 100_000}
        video = world.post("/control/audience/videos", order)
        path = f"/control/audience/videos/{platform}/{video['id']}"
        world.post(path, {"action": "set_views", "views": views})
        if action:
            world.post(path, {"action": action})
        return RequestedClip(platform=platform, video_id=video["id"], url=video["url"])

    return posted
