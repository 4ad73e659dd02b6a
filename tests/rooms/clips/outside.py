"""What creators do outside the house: open accounts, write bios, post videos."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cliphaven.clips.models import Channel
from cliphaven.identity.models import User
from tests.world import SandboxWorld


@dataclass(frozen=True)
class Account:
    """An account in the pretend world."""

    world: SandboxWorld
    platform: str
    handle: str
    author_id: str

    def write_bio(self, bio: str) -> None:
        self.world.http.patch(
            f"/control/audience/accounts/{self.platform}/{self.author_id}", json={"bio": bio}
        ).raise_for_status()

    def take_handle(self, handle: str) -> None:
        self.world.http.patch(
            f"/control/audience/accounts/{self.platform}/{self.author_id}", json={"handle": handle}
        ).raise_for_status()

    def post(self, **options: Any) -> dict[str, Any]:
        # "steady": nothing happens to the video that no test asked for.
        defaults = {"caption": "On the trail", "fate": "steady"}
        order = {"platform": self.platform, "author_id": self.author_id, **defaults, **options}
        video: dict[str, Any] = self.world.post("/control/audience/videos", order)
        return video


def an_account(world: SandboxWorld, *, platform: str = "tiktok", bio: str = "") -> Account:
    """A fresh account with a handle of its own."""
    handle = f"ben{secrets.token_hex(5)}"
    made = world.post("/control/audience/accounts", {"platform": platform, "handle": handle, "bio": bio})
    return Account(world, platform, handle, made["author_id"])


def proved(account: Account, creator: User, *, at: datetime) -> Channel:
    """The account as a channel that the creator has proved."""
    return Channel.objects.create(
        creator=creator,
        platform=account.platform,
        handle=account.handle,
        author_id=account.author_id,
        state="verified",
        code="TESTCODE23",
        code_expires_at=at,
        verified_at=at,
        added_at=at,
    )
