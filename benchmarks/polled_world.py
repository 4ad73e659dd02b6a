"""Clips with real videos behind them: the pretend vendors as a process, and rows that are all due at once."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection

from benchmarks import tracked_world
from tests.world import SandboxWorld, free_port

VIDEOS_OF_ACCOUNT = 100  # an account is written anew with each of its videos
_POSTED_AGO = timedelta(days=5)


@contextmanager
def vendors() -> Iterator[SandboxWorld]:
    """The vendors, who answer at once; this process and all that it starts ask them."""
    before = dict(os.environ)
    with TemporaryDirectory() as folder, SandboxWorld(Path(folder), site_port=free_port()) as world:
        world.clock.set(virtual=tracked_world.NOON, speed=0)
        os.environ |= {
            "APIFY_API_BASE": f"{world.url}/apify",
            "YOUTUBE_API_BASE": f"{world.url}/youtube",
            "CLIPHAVEN_CLOCK_FILE": str(world.clock.path),
        }
        try:
            yield world
        finally:
            os.environ.clear()
            os.environ.update(before)


def make_clips(world: SandboxWorld, clips: int) -> None:
    """So many tracked clips, a third on each platform, with a video behind each."""
    tracked_world.make_clips(clips)
    numbers: list[int] = []
    videos: list[tuple[str, str]] = []
    for place, platform in enumerate(tracked_world.PLATFORMS):
        # As tracked_world deals them out; the very first one is of TikTok whatever its number.
        ids = [n for n in range(1, clips + 1) if (n % 3 == place if n > 1 else place == 0)]
        for start in range(0, len(ids), VIDEOS_OF_ACCOUNT):
            some = ids[start : start + VIDEOS_OF_ACCOUNT]
            numbers += some
            videos += _post(world, platform, name=f"{platform}{start}", number=len(some))
    with connection.cursor() as cursor:
        for change in (
            "update clips_clip c set video_id = n.video_id, canonical_url = n.url {} where c.id = n.id",
            "update tracking_trackedclip t set video_id = n.video_id, url = n.url {} where t.clip_id = n.id",
        ):
            cursor.execute(
                change.format("from unnest(%s::bigint[], %s::text[], %s::text[]) n(id, video_id, url)"),
                [numbers, [video for video, _ in videos], [url for _, url in videos]],
            )
        cursor.execute("vacuum (analyze) clips_clip, tracking_trackedclip")


def all_due(world: SandboxWorld, *, after: timedelta) -> datetime:
    """Let time pass, so that there is something new to read, and make every clip overdue; answers the moment."""
    now = world.advance(seconds=after.total_seconds())
    world.post("/control/youtube/quota", {"used": 0})
    with connection.cursor() as cursor:
        cursor.execute(
            "update tracking_trackedclip set due_at = %(now)s, ride_at = %(now)s, overdue_at = %(now)s,"
            " leased_until = null",
            {"now": now},
        )
        cursor.execute("vacuum (analyze) tracking_trackedclip, tracking_vendorcall")
    return now


def _post(world: SandboxWorld, platform: str, *, name: str, number: int) -> list[tuple[str, str]]:
    account = world.post("/control/audience/accounts", {"platform": platform, "handle": name, "bio": ""})
    order = {
        "platform": platform,
        "author_id": account["author_id"],
        "caption": "On the trail #shoes",
        "fate": "steady",
        "posted_at": (world.now() - _POSTED_AGO).isoformat(),
        "final_views": 90_000,
    }
    made = [world.post("/control/audience/videos", order) for _ in range(number)]
    return [(video["id"], video["url"]) for video in made]
