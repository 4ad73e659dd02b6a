"""One run's visit to a platform: what it can see, and what it gets wrong."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sandbox.audience.chance import bits, draw
from sandbox.audience.posting import account_by_id, video_by_id
from sandbox.audience.reading import Reading, reading
from sandbox.store import Json
from sandbox.world import World

MISSING_SHARE: Final = 0.01
DUPLICATE_SHARE: Final = 0.005
STRANGER_SHARE: Final = 0.01


@dataclass(frozen=True)
class Visit:
    """A run looking at the platforms at one moment; its seed decides which of its items go wrong."""

    world: World
    moment_unix: float
    seed: int

    def unlucky(self, share: float, what: str) -> bool:
        """Whether this run meets this bad luck, which has this share of all cases in a world as rough as ours."""
        most = share * self.world.config.disorder
        return most > 0 and draw(self.seed, what) < most

    def see(self, platform: str, video_id: str) -> tuple[Json, Reading] | None:
        """The post and its public state, or None when nothing can be seen under that id."""
        video = video_by_id(self.world.store, platform, video_id)
        if video is None:
            return None
        state = reading(video, self.moment_unix, self.world.config.disorder)
        return None if state is None else (video, state)

    def latest(self, account: Json, limit: int) -> list[tuple[Json, Reading]]:
        """The newest visible posts of an account, newest first."""
        found = []
        for video_id in reversed(account["videos"]):
            seen = self.see(account["platform"], video_id)
            if seen is not None:
                found.append(seen)
        found.sort(key=lambda seen: float(seen[0]["posted_unix"]), reverse=True)
        return found[:limit]

    def author(self, video: Json) -> Json:
        """The account that posted."""
        account = account_by_id(self.world.store, video["platform"], video["author_id"])
        if account is None:
            raise LookupError(f"{video['platform']} video {video['id']} has no author")
        return account

    def disordered(self, items: Iterable[tuple[str, Json]]) -> list[Json]:
        """The items as a dataset holds them: in an order of their own, a few lost, a few twice. Keys name the items."""
        kept: list[Json] = []
        for key, item in items:
            if self.unlucky(MISSING_SHARE, f"missing {key}"):
                continue
            kept.append(item)
            if self.unlucky(DUPLICATE_SHARE, f"twice {key}"):
                kept.append(json.loads(json.dumps(item)))
        if self.world.config.disorder:
            kept.sort(key=lambda item: bits(self.seed, str(item.get("id") or item.get("url"))))
        return kept


def iso(moment_unix: float) -> str:
    """The moment as JavaScript writes it: milliseconds and Z."""
    moment = datetime.fromtimestamp(moment_unix, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def whole_second_iso(moment_unix: float) -> str:
    """The second in which the moment lies, as the actors write a post's time."""
    return iso(int(moment_unix))
